// Tests of the moment before a node goes: a look on which the planner restarts it, and what must not be otherwise in it.
import { describe, expect, it } from 'vitest';
import type { Simulator } from '../../simulator/simulator.ts';
import { runningStack, settle, step } from '../../simulator/simulator.testing.ts';
import type { ResolvedStack } from '../stack.ts';
import type { AnsweredLook, ClusterDetail, Observed, ShardCopy } from './observed.ts';
import { plan } from './plan.ts';
import { changedConfig, stackWith, templates } from './plan.testing.ts';
import { setViews } from './view.ts';

const three = { data: { replicas: 3 } } as const;
const stack = (maxUnavailable = 1): ResolvedStack =>
  stackWith({ ...three, config: changedConfig, changeBudget: { maxUnavailable } });

const combined = { topology: 'Combined', ...three } as const;
const combinedStack = stackWith({ ...combined, config: changedConfig });

/** The node that is given over to its new template by the plan on this look. */
function goes(observed: Observed, wanted = stack()): string | undefined {
  for (const action of plan(wanted, observed, templates).actions) {
    if (action.kind !== 'apply' || action.object.kind !== 'StatefulSet') continue;
    const { replicas, updateStrategy } = action.object['spec'] as {
      replicas?: number;
      updateStrategy?: { rollingUpdate?: { partition?: number } };
    };
    const partition = updateStrategy?.rollingUpdate?.partition ?? 0;
    if (partition < (replicas ?? 0)) return `${action.object.metadata.name}-${partition}`;
  }
  return undefined;
}

/** The first look on which this node goes. */
function momentBefore(node: string, before = stackWith(three), wanted = stack()): Observed {
  const simulator: Simulator = runningStack(before);
  for (const name of ['a', 'b', 'c', 'd']) simulator.elasticsearch.createIndex(name, { replicas: 1 });
  settle(simulator, before);
  for (let round = 0; round < 100; round += 1) {
    const observed = simulator.observe({ detail: true });
    if (goes(observed, wanted) === node) return observed;
    step(simulator, wanted);
    simulator.tick();
  }
  throw new Error(`${node} is never restarted.`);
}

const data = momentBefore('logs-es-data-2');
const master = momentBefore('logs-es-master-2');

function withLook(observed: Observed, change: (look: AnsweredLook) => Partial<AnsweredLook>): Observed {
  const { cluster } = observed;
  if (!cluster.answered) throw new Error('The look of a test is answered.');
  return { ...observed, cluster: { ...cluster, ...change(cluster) } };
}

const withDetail = (observed: Observed, change: (detail: ClusterDetail) => Partial<ClusterDetail>): Observed =>
  withLook(observed, ({ detail }) => (detail === undefined ? {} : { detail: { ...detail, ...change(detail) } }));

type Template = NonNullable<AnsweredLook['indexTemplate']>;
const withTemplate = (observed: Observed, change: (template: Template) => Template): Observed =>
  withLook(observed, ({ indexTemplate }) =>
    indexTemplate === undefined ? {} : { indexTemplate: change(indexTemplate) },
  );

const unready = (observed: Observed, pod: string): Observed => ({
  ...observed,
  objects: observed.objects.map((object) =>
    object.kind === 'Pod' && object.metadata.name === pod
      ? { ...object, status: { ...(object['status'] as object), conditions: [{ type: 'Ready', status: 'False' }] } }
      : object,
  ),
});

/** The pod has taken the newest template of its pool. */
function updated(observed: Observed, pod: string): Observed {
  const set = setViews(observed).find(({ pods }) => pods.some(({ name }) => name === pod));
  const { updateRevision = '' } = (set?.object['status'] ?? {}) as { readonly updateRevision?: string };
  return {
    ...observed,
    objects: observed.objects.map(({ metadata, ...object }) =>
      object.kind === 'Pod' && metadata.name === pod
        ? {
            ...object,
            metadata: { ...metadata, labels: { ...metadata.labels, 'controller-revision-hash': updateRevision } },
          }
        : { ...object, metadata },
    ),
  };
}

const copiesOf = ({ cluster }: Observed): readonly ShardCopy[] =>
  cluster.answered ? (cluster.detail?.shards ?? []) : [];
/** A shard with a copy on the node that goes, and where its other copy is. */
const lonely = copiesOf(data).find(
  ({ node, shard, index }) =>
    node !== 'logs-es-data-2' &&
    copiesOf(data).some((copy) => copy.node === 'logs-es-data-2' && copy.index === index && copy.shard === shard),
);
const holder = lonely?.node ?? '';

/** The other copy is otherwise, and everybody says so. */
const otherCopy = (change: Partial<ShardCopy>, health: Partial<AnsweredLook['health']> = {}): Observed =>
  withLook(data, (look) => ({
    health: { ...look.health, ...health },
    detail: look.detail && {
      ...look.detail,
      shards: look.detail.shards.map((copy) => (copy === matching(look.detail) ? { ...copy, ...change } : copy)),
      nodes: look.detail.nodes.map((node) => counted(node, look.detail, change)),
    },
  }));

const matching = (detail: ClusterDetail | undefined): ShardCopy | undefined =>
  detail?.shards.find((copy) => copy.node === holder && copy.index === lonely?.index && copy.shard === lonely.shard);

/** Each node's own count goes with the table. */
function counted(
  node: ClusterDetail['nodes'][number],
  detail: ClusterDetail | undefined,
  change: Partial<ShardCopy>,
): ClusterDetail['nodes'][number] {
  const shards = detail?.shards.map((copy) => (copy === matching(detail) ? { ...copy, ...change } : copy)) ?? [];
  const own = shards.filter((copy) => copy.node === node.name || copy.relocatingTo === node.name).length;
  return { ...node, ownShards: own };
}

const silent = (observed: Observed, name: string): Observed =>
  withDetail(observed, ({ nodes }) => ({
    nodes: nodes.map((node) => (node.name === name ? { ...node, ownShards: undefined } : node)),
  }));

/** An index of which one copy serves on the first node of a pool, and one recovers on the second. */
const recovering = (observed: Observed, pool: string): Observed => {
  const [first, second] = [`logs-es-${pool}-0`, `logs-es-${pool}-1`];
  const copy = { index: 'recovering', shard: 0, relocatingTo: undefined, bytes: 1 };
  const added: readonly ShardCopy[] = [
    { ...copy, primary: true, state: 'STARTED', node: first, inSync: true },
    { ...copy, primary: false, state: 'INITIALIZING', node: second, inSync: false },
  ];
  const seen = withDetail(observed, ({ shards, nodes }) => ({
    shards: [...shards, ...added],
    nodes: nodes.map((node) =>
      [first, second].includes(node.name) ? { ...node, ownShards: (node.ownShards ?? 0) + 1 } : node,
    ),
  }));
  return withLook(seen, ({ health }) => ({ health: { ...health, initializing: 1 } }));
};

describe('a node that is a master and holds data', () => {
  const node = 'logs-es-combined-2';
  const seen = momentBefore(node, stackWith(combined), combinedStack);

  it('goes on the look as it is', () => {
    expect(goes(seen, combinedStack)).toBe(node);
  });

  it.each<[string, Observed]>([
    ['a copy recovers elsewhere', recovering(seen, 'combined')],
    ['a snapshot is being taken', withDetail(seen, () => ({ snapshotsInProgress: ['backups/daily'] }))],
  ])('stays while %s', (_name, observed) => {
    expect(goes(observed, combinedStack)).not.toBe(node);
  });
});

describe('a data node', () => {
  const third = ['logs-es-data-0', 'logs-es-data-1'].find((name) => name !== holder) ?? '';

  it('goes on the look as it is', () => {
    expect(goes(data)).toBe('logs-es-data-2');
    expect(lonely).toBeDefined();
  });

  it.each<[string, Observed, ResolvedStack?]>([
    ['the master has work to do', withLook(data, ({ health }) => ({ health: { ...health, settled: false } }))],
    ['[rejoin-before-next] a copy recovers elsewhere', otherCopy({ state: 'INITIALIZING' }, { initializing: 1 })],
    ['the other copy lags behind', otherCopy({ inSync: false })],
    [
      'the other copy has no place',
      otherCopy({ state: 'UNASSIGNED', node: undefined, inSync: false }, { unassigned: 1 }),
    ],
    [
      'the other copy moves to it',
      otherCopy({ state: 'RELOCATING', relocatingTo: 'logs-es-data-2' }, { relocating: 1 }),
    ],
    ['the node of the other copy is silent', silent(data, holder)],
    ['that node is silent, whatever the budget', silent(data, holder), stack(3)],
    ['another pod is not ready', unready(data, 'logs-es-ingest-0')],
    ['it is not ready itself, whatever the budget', unready(data, 'logs-es-data-2'), stack(3)],
    [
      '[bad-config-roll] one below it took the newest template and is not ready, whatever the budget',
      unready(updated(data, 'logs-es-data-0'), 'logs-es-data-0'),
      stack(3),
    ],
    [
      '[drain-stale] the table has a recovery that health does not count',
      withLook(recovering(data, 'data'), ({ health }) => ({ health: { ...health, initializing: 0 } })),
    ],
    [
      '[drain-stale] another node counts a shard that the table does not have there',
      withDetail(data, ({ nodes }) => ({
        nodes: nodes.map((node) => (node.name === third ? { ...node, ownShards: (node.ownShards ?? 0) + 1 } : node)),
      })),
    ],
    [
      '[drain-stale] health counts a copy that the table has elsewhere',
      withLook(data, ({ health }) => ({ health: { ...health, unassigned: 1 } })),
    ],
    [
      '[drain-stale] health counts a recovery of which the table knows nothing',
      withLook(data, ({ health }) => ({ health: { ...health, initializing: 1 } })),
    ],
    ['[rejoin-before-next] a copy recovers elsewhere of which it has none', recovering(data, 'data')],
    [
      'streams are brought to the copies that they are to have',
      withTemplate(data, (template) => ({
        ...template,
        _meta: { ...(template['_meta'] as object), existing_streams: 'pending' },
      })),
    ],
    [
      'streams are to have more copies than their template says',
      withTemplate(data, (template) => ({
        ...template,
        template: { settings: { 'index.number_of_replicas': '0' } },
      })),
    ],
    ['a snapshot is being taken', withDetail(data, () => ({ snapshotsInProgress: ['backups/daily'] }))],
  ])('stays while %s', (_name, observed, wanted = stack()) => {
    expect(goes(observed, wanted)).not.toBe('logs-es-data-2');
  });

  it.each<[string, Observed, ResolvedStack?]>([
    [
      'the other copy moves on to a third node',
      otherCopy({ state: 'RELOCATING', relocatingTo: third }, { relocating: 1 }),
    ],
    ['another pod is not ready, within the budget', unready(data, 'logs-es-ingest-0'), stack(2)],
    ['a master is not ready, within the budget', unready(data, 'logs-es-master-0'), stack(2)],
  ])('goes though %s', (_name, observed, wanted = stack()) => {
    expect(goes(observed, wanted)).toBe('logs-es-data-2');
  });
});

describe('[masters-3-1-3] a master', () => {
  const voters = (...names: readonly string[]): Observed =>
    withLook(master, ({ voting }) => ({
      voting: { ...voting, configuration: names.map((name) => (/^\d$/.test(name) ? `logs-es-master-${name}` : name)) },
    }));

  it.each<[string, Observed, ResolvedStack?]>([
    ['one of three voters is gone', voters('2', '1', 'gone')],
    ['without it half of four stay', voters('2', '1', '0', 'gone')],
    ['without it two of five stay', voters('2', '1', '0', 'gone', 'lost')],
    ['without it one of two stays', voters('2', '1')],
    ['another master is not ready, whatever the budget', unready(master, 'logs-es-master-0'), stack(3)],
    [
      'another master and an ingest node are not ready, whatever the budget',
      unready(unready(master, 'logs-es-master-0'), 'logs-es-ingest-0'),
      stack(3),
    ],
    ['another master is silent, whatever the budget', silent(master, 'logs-es-master-0'), stack(3)],
  ])('stays while %s', (_name, observed, wanted = stack()) => {
    expect(goes(observed, wanted)).not.toBe('logs-es-master-2');
  });

  it.each<[string, Observed, ResolvedStack?]>([
    ['a majority stays', voters('2', '1', '0')],
    ['without it three of five stay', voters('2', '1', '0', 'logs-es-data-0', 'gone')],
    ['it has no vote', voters('0', 'gone', 'lost')],
    ['a node that is no master is away, within the budget', unready(master, 'logs-es-ingest-0'), stack(2)],
  ])('goes when %s', (_name, observed, wanted = stack()) => {
    expect(goes(observed, wanted)).toBe('logs-es-master-2');
  });

  it('[bad-config-roll] stays while a pod of the newest template is not ready, whatever the budget', () => {
    const updated = momentBefore('logs-es-master-1');
    expect(goes(unready(updated, 'logs-es-master-2'), stack(3))).toBeUndefined();
  });
});
