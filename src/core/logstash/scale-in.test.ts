// Tests of how Logstash pods leave: one by one, each shown empty, and never with a volume that may hold logs.
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadTemplates } from '../../templates.ts';
import type { KubeObject, ObjectReference } from '../kubernetes.ts';
import { annotations, componentLabels } from '../names.ts';
import type { ConfigTemplates } from '../rendering/templates.ts';
import type { ResolvedStack } from '../stack.ts';
import { exampleIdentity, exampleStack } from '../stack.testing.ts';
import { liveSecrets, secretsOfLogstash } from '../workloads.testing.ts';
import { planLogstash } from './plan.ts';
import type { QueueFigures } from './queue.ts';
import type { QueueLook } from './scale-in.ts';

let templates: ConfigTemplates;
beforeAll(async () => {
  templates = await loadTemplates(join(import.meta.dirname, '../../../config-templates'));
});

type Spec = NonNullable<Parameters<typeof exampleStack>[0]>;

const stackOf = (replicas: number, more: Spec = {}): ResolvedStack => exampleStack({ logstash: { replicas }, ...more });
const closed = `closed-${exampleIdentity.generation}`;
const empty: QueueFigures = { inputs: [closed], unread: 0, inFlight: 0, deadLetters: false, fingerprint: 'x' };
const saying = (figures: Partial<QueueFigures> | undefined, unchangedSeconds = 15): QueueLook => ({
  figures: figures === undefined ? undefined : { ...empty, ...figures },
  unchangedSeconds,
});

interface World {
  /** Of the StatefulSet. */
  readonly replicas: number;
  /** Numbers of the pods; as many as replicas if absent. */
  readonly pods?: readonly number[];
  readonly podPhase?: string;
  /** What the claim of each number says; undefined for none. */
  readonly marks?: Readonly<Record<number, string>>;
  readonly claims?: readonly number[];
  readonly claimPhase?: string;
  readonly observedGeneration?: number;
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_none, ordinal) => ordinal);

function liveWorld(world: World): (reference: ObjectReference) => KubeObject | undefined {
  const { replicas, pods = upTo(replicas), podPhase = 'Running', marks = {}, claimPhase = 'Bound' } = world;
  const claims = world.claims ?? pods;
  const labels = componentLabels(exampleIdentity, 'logstash');
  const of = (kind: string, name: string, more: Partial<KubeObject['metadata']> = {}): KubeObject => ({
    apiVersion: kind === 'StatefulSet' ? 'apps/v1' : 'v1',
    kind,
    metadata: { name, namespace: 'team', uid: `${name}-uid`, resourceVersion: '5', labels, ...more },
  });
  const objects = [
    {
      ...of('StatefulSet', 'logs-ls', { generation: 3 }),
      spec: { replicas },
      status: { observedGeneration: world.observedGeneration ?? 3 },
    },
    ...pods.map((ordinal) => ({ ...of('Pod', `logs-ls-${ordinal}`), status: { phase: podPhase } })),
    ...claims.map((ordinal) => {
      const mark = marks[ordinal];
      const noted = mark === undefined ? {} : { annotations: { [annotations.drained]: mark } };
      return { ...of('PersistentVolumeClaim', `queue-logs-ls-${ordinal}`, noted), status: { phase: claimPhase } };
    }),
  ];
  const secrets = liveSecrets(secretsOfLogstash);
  return (reference) =>
    objects.find(({ kind, metadata }) => kind === reference.kind && metadata.name === reference.name) ??
    secrets(reference);
}

interface Outcome {
  readonly replicas: unknown;
  readonly closedPods: readonly string[];
  readonly marks: Readonly<Record<string, string | undefined>>;
  readonly deleted: readonly string[];
  readonly rules: readonly string[];
  readonly waiting: string | undefined;
  readonly order: readonly string[];
}

function outcome(stack: ResolvedStack, world: World, queue?: QueueLook): Outcome {
  const plan = planLogstash(stack, templates, liveWorld(world), { takenAt: '2026-03-01T00:00:00Z', queue });
  const writes = plan.actions.flatMap((action) => (action.kind === 'delete' ? [] : [action.object]));
  const written = (kind: string) => writes.filter((object) => object.kind === kind);
  const pipelines = written('ConfigMap').find(({ metadata }) => metadata.name === 'logs-ls-pipelines');
  const set = written('StatefulSet')[0];
  return {
    replicas: set === undefined ? world.replicas : (set['spec'] as { replicas: number }).replicas,
    closedPods: Object.entries((pipelines?.['data'] ?? {}) as Record<string, string>).flatMap(([file, text]) =>
      text.includes('"127.0.0.1"') ? [file.replace('.conf', '')] : [],
    ),
    marks: Object.fromEntries(
      written('PersistentVolumeClaim').map(({ metadata }) => [
        metadata.name,
        metadata.annotations?.[annotations.drained],
      ]),
    ),
    deleted: plan.actions.flatMap((action) => (action.kind === 'delete' ? [action.reference.name] : [])),
    rules: plan.refusals.map(({ rule, subject }) => `${rule} ${subject}`),
    waiting: plan.waiting,
    order: plan.actions.map((action) => (action.kind === 'delete' ? action.reference.kind : action.object.kind)),
  };
}

describe('[queue-left-behind] a Logstash pod that is to leave', () => {
  it('[queue-left-behind] first takes in no more logs, and only the highest of several', () => {
    const first = outcome(stackOf(1), { replicas: 3 });
    expect(first).toMatchObject({ replicas: 3, closedPods: ['logs-ls-2'], deleted: [] });
    expect(first.marks).toEqual({});
    expect(first.waiting).toContain('logs-ls-2');
  });

  it('[queue-left-behind] goes when its queue was seen empty for long enough, and its claim says so before', () => {
    const gone = outcome(stackOf(1), { replicas: 3 }, saying({}));
    expect(gone).toMatchObject({ replicas: 2, marks: { 'queue-logs-ls-2': 'true' }, deleted: [], rules: [] });
    expect(gone.order.indexOf('PersistentVolumeClaim')).toBeLessThan(gone.order.indexOf('StatefulSet'));
  });

  it.each<[string, QueueLook | undefined]>([
    ['nobody has asked it', undefined],
    ['it gives no answer', saying(undefined, 1_000)],
    ['it was seen empty a moment ago only', saying({}, 14)],
    ['events are queued', saying({ unread: 1 }, 1_000)],
    ['events are on their way', saying({ inFlight: 125 }, 1_000)],
    ['it still takes in logs', saying({ inputs: ['filebeat'] }, 1_000)],
    ['it runs the closed pipeline of an earlier edit', saying({ inputs: ['closed-0'] }, 1_000)],
    ['it has another input, too', saying({ inputs: [closed, 'filebeat'] }, 1_000)],
  ])('[queue-left-behind] stays while %s', (_name, queue) => {
    const { replicas, marks, deleted } = outcome(stackOf(2), { replicas: 3 }, queue);
    expect({ replicas, marks, deleted }).toEqual({ replicas: 3, marks: {}, deleted: [] });
  });

  it('is not followed by the next one before it is gone', () => {
    const ending: World = { replicas: 2, pods: [0, 1, 2], marks: { 2: 'true' } };
    expect(outcome(stackOf(1), ending, saying({}))).toMatchObject({
      replicas: 2,
      closedPods: ['logs-ls-2'],
      deleted: [],
    });
  });

  it('goes at once when its volume was never made', () => {
    const pending: World = { replicas: 3, podPhase: 'Pending', claimPhase: 'Pending' };
    expect(outcome(stackOf(2), pending, saying(undefined, 0))).toMatchObject({ replicas: 2 });
    expect(outcome(stackOf(2), pending, saying({ unread: 1 }, 0))).toMatchObject({ replicas: 3 });
    const bound: World = { ...pending, claimPhase: 'Bound' };
    expect(outcome(stackOf(2), bound, saying(undefined, 0))).toMatchObject({ replicas: 3 });
    const running: World = { ...pending, podPhase: 'Running' };
    expect(outcome(stackOf(2), running, saying(undefined, 0))).toMatchObject({ replicas: 3 });
  });

  it('[queue-left-behind] takes in logs again when the edit is taken back', () => {
    const back = outcome(stackOf(3), { replicas: 3, marks: { 2: 'true' } }, undefined);
    expect(back).toMatchObject({ replicas: 3, closedPods: [], marks: { 'queue-logs-ls-2': 'false' }, rules: [] });
    expect(back.order[0]).toBe('PersistentVolumeClaim');
  });

  it.each<[string, QueueLook, boolean]>([
    ['sends none of its events', saying({ unread: 4_321 }, 90), true],
    ['sends its events', saying({ unread: 4_321 }, 20), false],
    ['says nothing', saying(undefined, 90), true],
    ['does not stop taking in logs', saying({ inputs: ['filebeat'] }, 180), true],
    ['is about to stop taking in logs', saying({ inputs: ['filebeat'] }, 90), false],
  ])('[queue-left-behind] is told of by name only when it %s', (_name, queue, refused) => {
    const { rules } = outcome(stackOf(2), { replicas: 3 }, queue);
    expect(rules).toEqual(refused ? ['QueueLeftBehind Pod/logs-ls-2'] : []);
  });

  it('says about how many events are left', () => {
    const { waiting } = outcome(stackOf(2), { replicas: 3 }, saying({ unread: 4_321, inFlight: 250 }, 5));
    expect(waiting).toContain('about 4,000 events');
  });
});

describe('[queue-left-behind] the volume of a pod that left', () => {
  const left: World = { replicas: 2, claims: [0, 1, 2], marks: { 2: 'true' } };

  it('[queue-left-behind] goes when its queue was seen empty', () => {
    expect(outcome(stackOf(2), left)).toMatchObject({ deleted: ['queue-logs-ls-2'], rules: [] });
  });

  it.each<[string, World, Spec]>([
    ['while its pod ends', { ...left, pods: [0, 1, 2] }, {}],
    ['while the StatefulSet controller has not seen the edit', { ...left, observedGeneration: 2 }, {}],
    ['where volumes.whenScaled keeps volumes', left, { volumes: { whenScaled: 'Retain' } }],
  ])('stays %s', (_name, world, more) => {
    expect(outcome(stackOf(2, more), world)).toMatchObject({ deleted: [], rules: [] });
  });

  it.each([{}, { 2: 'false' }, { 2: 'dead-letters' }])(
    '[queue-left-behind] stays and is told of by name when it may hold logs: %o',
    (marks) => {
      const kept = outcome(stackOf(2), { ...left, marks });
      expect(kept).toMatchObject({ deleted: [], rules: ['QueueLeftBehind PersistentVolumeClaim/queue-logs-ls-2'] });
    },
  );

  it('[queue-left-behind] is not deleted when the pod comes back, and its mark goes before', () => {
    const back = outcome(stackOf(3), left);
    expect(back).toMatchObject({ replicas: 3, deleted: [], marks: { 'queue-logs-ls-2': 'false' } });
    expect(back.order.indexOf('PersistentVolumeClaim')).toBeLessThan(back.order.indexOf('StatefulSet'));
  });

  it('with dead letters on it is marked so when its pod goes', () => {
    const gone = outcome(stackOf(2), { replicas: 3 }, saying({ deadLetters: true }));
    expect(gone).toMatchObject({ replicas: 2, marks: { 'queue-logs-ls-2': 'dead-letters' } });
  });

  it('belongs to the stack also where Kubernetes made the StatefulSet its controller', () => {
    const live = liveWorld(left);
    const owned = (reference: ObjectReference): KubeObject | undefined => {
      const found = live(reference);
      if (found?.kind !== 'PersistentVolumeClaim') return found;
      const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'logs-ls', uid: 'set', controller: true };
      return { ...found, metadata: { ...found.metadata, ownerReferences: [owner] } };
    };
    const plan = planLogstash(stackOf(2), templates, owned, { takenAt: '2026-03-01T00:00:00Z', queue: undefined });
    expect(plan.actions.filter(({ kind }) => kind === 'delete')).toHaveLength(1);
  });
});

describe('an override of QueueLeftBehind', () => {
  const override = (subject: string): Spec => ({
    overrides: [{ rule: 'QueueLeftBehind', subject, until: '2026-04-01T00:00:00Z', reason: 'these logs may be lost' }],
  });

  it('for the pod lets it go, and its volume stays with the logs', () => {
    const stack = stackOf(2, override('Pod/logs-ls-2'));
    expect(outcome(stack, { replicas: 3 }, saying({ unread: 9 }, 90))).toMatchObject({ replicas: 2, rules: [] });
    expect(outcome(stack, { replicas: 2, claims: [0, 1, 2], marks: { 2: 'false' } })).toMatchObject({
      deleted: [],
      rules: ['QueueLeftBehind PersistentVolumeClaim/queue-logs-ls-2'],
    });
  });

  it('for the volume gives up what is on it', () => {
    const stack = stackOf(2, override('PersistentVolumeClaim/queue-logs-ls-2'));
    expect(outcome(stack, { replicas: 2, claims: [0, 1, 2] })).toMatchObject({
      deleted: ['queue-logs-ls-2'],
      rules: [],
    });
    expect(outcome(stack, { replicas: 3 }, saying({ unread: 9 }, 90))).toMatchObject({ replicas: 3 });
  });
});
