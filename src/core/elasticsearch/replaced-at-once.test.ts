// Tests of pods that do not serve and may take a new template without waiting: looks of a settled roll in which pods are changed by hand, and to whom the planner gives it.
import { describe, expect, it } from 'vitest';
import type { LoggingStackSpec } from '../../api/logging-stack.ts';
import { runningStack, step } from '../../simulator/simulator.testing.ts';
import type { KubeObject } from '../kubernetes.ts';
import { exampleStack } from '../stack.testing.ts';
import type { ResolvedStack } from '../stack.ts';
import type { Observed } from './observed.ts';
import { plan } from './plan.ts';
import { changedConfig, stackWith, templates } from './plan.testing.ts';
import { setViews } from './view.ts';

type ElasticsearchSpec = NonNullable<LoggingStackSpec['elasticsearch']>;
type Change = (observed: Observed) => Observed;

const rolled = (spec: ElasticsearchSpec = {}): ResolvedStack => stackWith({ ...spec, config: changedConfig });

/** Looks in the middle of a roll: each pool has its new template, and no pod of it has taken it yet. */
function moments(before: ResolvedStack, after: ResolvedStack, pools: readonly string[]): readonly Observed[] {
  const simulator = runningStack(before);
  return pools.map((pool) => {
    for (let round = 0; round < 200; round += 1) {
      const observed = simulator.observe({ detail: true });
      const set = setViews(observed).find((one) => one.pool === pool);
      if (set?.current === true && set.pods.every((pod) => pod.outdated)) return observed;
      step(simulator, after);
      simulator.tick();
    }
    throw new Error(`Pool ${pool} never has its turn.`);
  });
}

const one: ElasticsearchSpec = { data: { replicas: 1 }, ingest: { replicas: 0 }, master: { replicas: 1 } };
const pools = ['data', 'ingest', 'master'] as const;
const [data, ingest, masters] = moments(stackWith(), rolled(), pools) as [Observed, Observed, Observed];
const [onlyData, onlyMaster] = moments(stackWith(one), rolled(one), ['data', 'master']) as [Observed, Observed];

/** Pods that the planner gives over to the new template of their pool, or deletes for it. */
function given(observed: Observed, stack: ResolvedStack = rolled()): readonly string[] {
  return plan(stack, observed, templates).actions.flatMap((action) => {
    if (action.kind === 'delete') return action.reference.kind === 'Pod' ? [action.reference.name] : [];
    if (action.kind !== 'apply' || action.object.kind !== 'StatefulSet') return [];
    const { replicas = 0, updateStrategy } = action.object['spec'] as {
      readonly replicas?: number;
      readonly updateStrategy?: { readonly rollingUpdate?: { readonly partition?: number } };
    };
    const partition = updateStrategy?.rollingUpdate?.partition ?? 0;
    return partition < replicas ? [`${action.object.metadata.name}-${partition}`] : [];
  });
}

const changed =
  (kind: string, name: string | undefined, change: (object: KubeObject) => KubeObject): Change =>
  (observed) => ({
    ...observed,
    objects: observed.objects.map((object) =>
      object.kind === kind && (name === undefined || object.metadata.name === name) ? change(object) : object,
    ),
  });

const states = { runs: { running: {} }, fails: { waiting: { reason: 'CrashLoopBackOff' } } } as const;

/** A pod, or each, that is not ready; for an hour where it is `late`. */
const unready = (name?: string, state: keyof typeof states = 'runs', late = false): Change =>
  changed('Pod', name, (pod) => ({
    ...pod,
    status: {
      conditions: [{ type: 'Ready', status: 'False', ...(late ? { lastTransitionTime: '2025-12-31T23:00:00Z' } : {}) }],
      containerStatuses: [{ name: 'elasticsearch', state: states[state] }],
    },
  }));

const noMember =
  (name: string): Change =>
  (observed) => {
    const { cluster } = observed;
    if (!cluster.answered) throw new Error('The look of a test is answered.');
    const nodes = cluster.nodes.filter((node) => node.name !== name);
    return { ...observed, cluster: { ...cluster, nodes } };
  };

const givenUp = (name: string): Change =>
  changed('Pod', name, ({ metadata, ...pod }) => ({
    ...pod,
    metadata: { ...metadata, labels: { ...metadata.labels, 'controller-revision-hash': 'given-up' } },
  }));

/** It is of a template that was given up, and on its way to it when that happened. */
const starting =
  (name: string): Change =>
  (observed) =>
    all(observed, noMember(name), unready(name), givenUp(name));

const silent: Change = (observed) => ({
  ...observed,
  cluster: { answered: false, code: 'EsUnreachable', message: 'No connection.' },
});

/** Not all pods of a pool have proved their template: its StatefulSet still tells of the one before. */
const unproven = (pool: string): Change =>
  changed('StatefulSet', `logs-es-${pool}`, (set) => ({
    ...set,
    status: { ...(set['status'] as object), currentRevision: 'before' },
  }));

const all = (observed: Observed, ...changes: readonly Change[]): Observed =>
  changes.reduce((before, change) => change(before), observed);

describe('[bad-config-roll] a pod that starts on a template that was given up', () => {
  const pod = 'logs-es-data-1';

  it('gets the new one at once', () => {
    expect(given(all(data, starting(pod)))).toEqual([pod]);
  });

  it('waits while another is not ready: it may be about to join, and then two would be away', () => {
    expect(given(all(data, starting(pod), unready('logs-es-data-0')))).toEqual([]);
  });

  it('waits while it is ready: it may be about to join', () => {
    expect(given(all(data, noMember(pod), givenUp(pod)))).toEqual([]);
  });

  it('is left to the template that all had before, where it starts on that', () => {
    expect(given(all(data, noMember(pod), unready(pod)))).toEqual([]);
  });

  it("waits for its pool's turn", () => {
    const idle = all(ingest, starting('logs-es-ingest-0'));
    expect(given(idle)).toEqual(['logs-es-ingest-0']);
    expect(given(idle, rolled({ data: { replicas: 3 } })), 'the pool before it grows').not.toContain(
      'logs-es-ingest-0',
    );
  });

  it('does not when its claim is being deleted: its volume would go with it', () => {
    const going = changed('PersistentVolumeClaim', `data-${pod}`, (claim) => ({
      ...claim,
      metadata: { ...claim.metadata, deletionTimestamp: data.takenAt },
    }));
    expect(given(all(data, starting(pod), going))).toEqual([]);
    expect(plan(rolled(), all(data, starting(pod), going), templates).refusals).toMatchObject([
      { rule: 'VolumeGoing', subject: `Pod/${pod}` },
    ]);
  });
});

describe('without an answer of Elasticsearch', () => {
  const master = 'logs-es-master-0';
  const wanted = rolled(one);

  it('[single-master-roll] the only master that runs and does not serve gets its new template: all others wait for it', () => {
    expect(given(all(onlyMaster, silent, unready()), wanted)).toEqual([master]);
  });

  it('[single-master-roll] also while a node that waits for it has taken the new template', () => {
    expect(given(all(onlyMaster, silent, unready(), unproven('data')), wanted)).toEqual([master]);
  });

  it('[single-master-roll] not while another node is ready, which means that it serves', () => {
    expect(given(all(onlyMaster, silent, unready(master, 'runs', true)), wanted)).toEqual([]);
  });

  it('[single-master-roll] not a data node that waits for it as well', () => {
    expect(given(all(onlyData, silent, unready()), wanted)).toEqual([]);
  });

  it('[drain-fails-open] none of three masters that does not run yet, while others wait with the new template', () => {
    const waiting = changed('Pod', 'logs-es-master-2', (pod) => ({ ...pod, status: {} }));
    expect(given(all(masters, silent, unready(), unproven('data'), waiting))).toEqual([]);
  });

  it('[drain-fails-open] none of three masters that run that run does: they may be electing', () => {
    expect(given(all(masters, silent, unready()))).toEqual([]);
  });

  it('[bad-config-roll] one of three that cannot start does, also while others wait with the new template', () => {
    const cannot = unready('logs-es-master-2', 'fails');
    expect(given(all(masters, silent, unready(), unproven('data'), cannot))).toEqual(['logs-es-master-2']);
  });
});

describe('[evicted-early] a master that comes back on the version before', () => {
  const at = (version: string) => exampleStack({ version, elasticsearch: { data: { replicas: 2 } } });
  const [later, last] = moments(at('8.19.8'), at('9.4.3'), ['ingest', 'master']) as [Observed, Observed];
  const master = 'logs-es-master-2';
  const away: Change = (observed) => all(observed, noMember(master), unready(master));
  /** All members run the new version, or those that are named alone. */
  const members =
    (names?: readonly string[]): Change =>
    (observed) => {
      const { cluster } = observed;
      if (!cluster.answered) throw new Error('The look of a test is answered.');
      const nodes = cluster.nodes.filter(({ name }) => names === undefined || names.includes(name));
      return { ...observed, cluster: { ...cluster, nodes: nodes.map((node) => ({ ...node, version: '9.4.3' })) } };
    };

  it('joins while others run that version, and gets the new one when none does', () => {
    expect(given(all(last, away), at('9.4.3'))).toEqual([]);
    expect(given(all(last, away, members()), at('9.4.3'))).toEqual([master]);
    expect(given(all(last, away, members(['logs-es-master-0'])), at('9.4.3')), 'one member').toEqual([master]);
  });

  it('and cannot start is mended before its turn also beside another that is away', () => {
    const stuck = all(later, noMember(master), unready(master, 'fails'), givenUp(master), unready('logs-es-ingest-0'));
    expect(given(stuck, at('9.4.3'))).toContain(master);
    expect(given(all(stuck, members()), at('9.4.3'))).toContain(master);
  });
});
