// Tests of whose turn it is, through the planner on looks that are changed by hand: when a pool passes the turn on, on which template it grows, and when it counts as changed.
import { describe, expect, it } from 'vitest';
import { startedStack } from '../../simulator/simulator.testing.ts';
import type { KubeObject } from '../kubernetes.ts';
import { exampleStack } from '../stack.testing.ts';
import type { ResolvedStack } from '../stack.ts';
import type { Observed } from './observed.ts';
import { plan } from './plan.ts';
import { changedConfig, ready, stackWith, templates } from './plan.testing.ts';

type Fields = Readonly<Record<string, unknown>>;
type Change = (object: KubeObject) => readonly KubeObject[];

const fields = (object: KubeObject, field: 'spec' | 'status'): Fields => (object[field] ?? {}) as Fields;
const withSpec =
  (more: Fields): Change =>
  (object) => [{ ...object, spec: { ...fields(object, 'spec'), ...more } }];
const withStatus =
  (more: Fields): Change =>
  (object) => [{ ...object, status: { ...fields(object, 'status'), ...more } }];
const missing: Change = () => [];
const ending: Change = (object) => [
  { ...object, metadata: { ...object.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } },
];
const ofRevision =
  (revision: string): Change =>
  (object) => {
    const labels = { ...object.metadata.labels, 'controller-revision-hash': revision };
    return [{ ...object, metadata: { ...object.metadata, labels } }];
  };
const unready = withStatus({ conditions: [{ type: 'Ready', status: 'False' }] });
const open = withSpec({ updateStrategy: { type: 'OnDelete' } });
const rolling = (partition: number) => ({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition } } });
const unproven = withStatus({ currentRevision: 'before', updateRevision: 'newest' });

/** A look with these changes, by names such as `StatefulSet/data` and `Pod/data-1`. */
const changed = (observed: Observed, ...changes: readonly (readonly [string, Change])[]): Observed =>
  changes.reduce(
    (look, [name, change]) => ({
      ...look,
      objects: look.objects.flatMap((object) =>
        `${object.kind}/${object.metadata.name}` === name.replace('/', '/logs-es-') ? change(object) : [object],
      ),
    }),
    observed,
  );

/** A pool in the middle of a roll: pods by the names of their revisions, the lowest ordinal first. */
const rolled = (observed: Observed, pool: string, partition: number, ...revisions: readonly string[]): Observed =>
  changed(
    observed,
    [`StatefulSet/${pool}`, unproven],
    [`StatefulSet/${pool}`, withSpec(rolling(partition))],
    ...revisions.map((revision, ordinal) => [`Pod/${pool}-${ordinal}`, ofRevision(revision)] as const),
  );

const look = (stack: ResolvedStack): Observed => startedStack(stack).observe({ detail: true });
const seen = look(stackWith());
const seenThree = look(stackWith({ data: { replicas: 3 } }));

/** What is written of a pool's StatefulSet; undefined when it is left alone. */
const written = (stack: ResolvedStack, observed: Observed, pool: string): KubeObject | undefined =>
  plan(stack, observed, templates)
    .actions.flatMap((action) => (action.kind === 'apply' ? [action.object] : []))
    .find(({ kind, metadata }) => kind === 'StatefulSet' && metadata.name === `logs-es-${pool}`);
const shape = (stack: ResolvedStack, observed: Observed, pool: string): unknown => {
  const { replicas, updateStrategy } = fields(
    written(stack, observed, pool) ?? { apiVersion: '', kind: '', metadata: { name: '' } },
    'spec',
  );
  return { replicas, updateStrategy };
};

/** The look with the data pool's StatefulSet as if the operator itself had written it so, and not a test. */
function asWritten(stack: ResolvedStack, observed: Observed): Observed {
  const { annotations } = written(stack, observed, 'data')?.metadata ?? {};
  if (annotations === undefined) throw new Error('It differs from what was written last.');
  return changed(observed, [
    'StatefulSet/data',
    (object) => [{ ...object, metadata: { ...object.metadata, annotations } }],
  ]);
}

const three = stackWith({ data: { replicas: 3 } });
const edited = stackWith({ config: changedConfig });
const otherMasters = { replicas: 3, nodeSelector: { disk: 'fast' } };

describe('masters get their new template', () => {
  const stack = stackWith({ master: otherMasters });
  const lostConfig = changed(seen, ...configNames(seen, 'data').map((name) => [name, missing] as const));

  it.each<[string, Observed, boolean]>([
    ['when the pools before them have theirs', seen, true],
    [
      'not while the status of one of these is old',
      changed(seen, ['StatefulSet/data', withStatus({ observedGeneration: 0 })]),
      false,
    ],
    [
      'not while a pod of one is missing that has not taken its template yet',
      changed(rolled(seen, 'data', 0, 'before', 'newest'), ['Pod/data-0', missing]),
      false,
    ],
    ['when only a pod is missing', changed(seen, ['Pod/data-0', missing]), true],
    ['not while one of its pods is about to take it', rolled(seen, 'data', 0, 'before', 'newest'), false],
    [
      'not while one of its pods has another that was taken back',
      changed(seen, ['Pod/data-0', ofRevision('tried')]),
      false,
    ],
    [
      'not while the window of one is open and its pod on the way',
      asWritten(stack, changed(seen, ['StatefulSet/data', open], ['Pod/data-1', missing])),
      false,
    ],
    ['not while a file of one has to be written again', lostConfig, false],
  ])('%s', (_name, observed, expected) => {
    expect(written(stack, observed, 'master') !== undefined).toBe(expected);
  });

  it('not in the same look as a pool before them grows', () => {
    expect(written(stackWith({ data: { replicas: 3 }, master: otherMasters }), seen, 'master')).toBeUndefined();
  });

  it.each<[string, Change, boolean]>([
    ['when a node with the template before only waits for its turn to leave', (object) => [object], true],
    ['not before those that stay are ready with it', unready, false],
    ['not while one that stays is missing, and may come back on the template before', missing, false],
  ])('%s', (_name, other, expected) => {
    const leaving = rolled(seenThree, 'data', 3, 'newest', 'newest', 'before');
    const observed = changed(leaving, ['Pod/ingest-0', unready], ['Pod/data-0', other]);
    expect(written(stack, asWritten(stack, observed), 'master') !== undefined).toBe(expected);
  });
});

/** As `changed` takes them. */
function configNames({ objects }: Observed, pool: string): readonly string[] {
  return objects
    .filter(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.startsWith(`logs-es-${pool}-config-`))
    .map(({ metadata }) => metadata.name.replace('logs-es-', 'ConfigMap/'));
}

describe('a new template', () => {
  it('waits for a pod that ends: below it, it would come back on the one before', () => {
    expect(written(edited, seen, 'data')).toBeDefined();
    expect(written(edited, changed(seen, ['Pod/data-1', ending]), 'data')).toBeUndefined();
  });

  it('comes together with more nodes', () => {
    const stack = stackWith({ data: { replicas: 3 }, config: changedConfig });
    expect(shape(stack, seen, 'data')).toEqual({ replicas: 3, ...rolling(3) });
  });

  it('comes without its version to a pool of which one pod cannot start', () => {
    const crashing = withStatus({
      conditions: [{ type: 'Ready', status: 'False' }],
      containerStatuses: [{ name: 'elasticsearch', state: { waiting: { reason: 'CrashLoopBackOff' } } }],
    });
    const stack = exampleStack({
      version: '9.4.4',
      elasticsearch: { data: { replicas: 2 }, master: otherMasters },
    });
    const set = written(stack, changed(seen, ['Pod/master-1', crashing]), 'master');
    expect(set?.['spec']).toMatchObject({
      template: {
        spec: {
          nodeSelector: { disk: 'fast' },
          containers: [{ name: 'elasticsearch', image: 'example.test/elasticsearch:9.4.3' }],
        },
      },
    });
  });
});

describe('a pool that is not at its goal', () => {
  it.each<[string, ResolvedStack, Observed, string]>([
    ['grows', three, seen, 'changed'],
    ['has its window open', stackWith(), changed(seen, ['StatefulSet/data', open]), 'rolled'],
    [
      'keeps its last pod from the template',
      stackWith(),
      changed(seen, ['StatefulSet/data', withSpec(rolling(1))]),
      'rolled',
    ],
  ])('is not told as ready while it %s, and is looked at again within seconds', (_name, stack, observed, doing) => {
    const planned = plan(stack, observed, templates);
    expect(ready(planned)).toMatchObject({ status: 'False', message: `Pool data is being ${doing}.` });
    expect(planned.requeueAfterSeconds).toBe(5);
  });
});

describe('more nodes', () => {
  it('before the turn of their pool come only where all pods have one template', () => {
    const stack = stackWith({ config: changedConfig, master: { replicas: 5 } });
    const { metadata } = seen.objects.find((object) => object.metadata.name === 'logs-es-master') ?? {};
    expect(written(stack, seen, 'master')?.metadata).toEqual({
      name: 'logs-es-master',
      namespace: metadata?.namespace,
      uid: metadata?.uid,
    });
    expect(written(stack, changed(seen, ['StatefulSet/master', unproven]), 'master')).toBeUndefined();
  });

  it('start on the newest template when all others have it, though Kubernetes does not say so yet', () => {
    expect(shape(three, rolled(seen, 'data', 2, 'newest', 'newest'), 'data')).toEqual({ replicas: 3, ...rolling(2) });
  });

  it('come also while a pod is not ready, where there is no other template', () => {
    const observed = changed(seen, ['Pod/data-1', unready]);
    expect(shape(three, observed, 'data')).toEqual({ replicas: 3, ...rolling(0) });
  });

  it('come on the newest template while a pod of the one before is not ready', () => {
    const observed = changed(rolled(seen, 'data', 1, 'before', 'newest'), ['Pod/data-0', unready]);
    expect(shape(three, observed, 'data')).toEqual({ replicas: 3, ...rolling(1) });
  });
});

describe('a pool is not made', () => {
  it.each(['logs-es-file-realm', 'logs-es-http-certs', 'logs-es-transport-certs'])('without the Secret %s', (name) => {
    const silent = { answered: false, code: 'EsUnreachable', message: 'No connection.' } as const;
    const empty = { ...seen, objects: [], recordedUuid: undefined, cluster: silent };
    const sets = (observed: Observed) =>
      plan(stackWith(), observed, templates).actions.filter(
        (action) => action.kind === 'create' && action.object.kind === 'StatefulSet',
      );
    expect(sets(empty)).toHaveLength(3);
    expect(sets({ ...empty, secrets: empty.secrets.filter((one) => one !== name) })).toEqual([]);
  });
});
