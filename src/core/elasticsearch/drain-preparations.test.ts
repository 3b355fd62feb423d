// Tests of what comes before a node leaves, on situations made by hand: copies that are lowered and for whom they are kept, tiers that are left, and what is told meanwhile.
import { describe, expect, it } from 'vitest';
import type { ResolvedStack } from '../stack.ts';
import { type DrainPlan, planDrains } from './drains.ts';
import { stackWith } from './plan.testing.ts';
import { contextOf } from './rules/rules.testing.ts';
import { hot, type IndexFacts, liveSet, situation, type SituationFacts } from './situation.testing.ts';
import type { PodView, SetView } from './view.ts';

interface Facts extends Omit<SituationFacts, 'excludedNames' | 'settings'> {
  /** What the operator's mark names. */
  readonly mark?: readonly string[];
  /** The exclusion list; what the mark names unless given. */
  readonly excluded?: readonly string[];
  /** Versions of nodes that do not run the usual one. */
  readonly versions?: Readonly<Record<string, string>>;
  /** Roles that the cluster knows of nodes, where they are not those of their StatefulSet. */
  readonly roles?: Readonly<Record<string, readonly string[]>>;
}

/** Besides data nodes. */
const others = [liveSet('ingest', 1, ['ingest']), liveSet('master', 3, ['master'])];

/** Of three data nodes, of which the spec asks for two, unless told otherwise. */
function drains({ mark = [], excluded = mark, versions = {}, roles = {}, ...facts }: Facts): DrainPlan {
  const stack = facts.stack ?? stackWith();
  const sets = facts.sets ?? [liveSet('data', 3, hot), ...others];
  const { look } = situation({ ...facts, stack, sets, excludedNames: excluded });
  const nodes = look.nodes.map((node) => ({
    ...node,
    version: versions[node.name] ?? node.version,
    roles: roles[node.name] ?? node.roles,
  }));
  const marks = mark.length === 0 ? {} : { drains: mark.join() };
  const context = contextOf(sets, { stack });
  const cluster = { ...look, nodes, settings: { ...look.settings, marks } };
  return planDrains({ ...context, observed: { ...context.observed, cluster } });
}

const data = (...ordinals: readonly number[]): readonly string[] =>
  ordinals.map((ordinal) => `logs-es-data-${ordinal}`);

/** The exclusion lists that are set; none when nothing is to be changed. */
const excluded = ({ actions }: DrainPlan): readonly (readonly string[])[] =>
  actions.flatMap((action) => (action.kind === 'setExclusions' ? [action.names] : []));

const withPod = (set: SetView, ordinal: number, facts: Partial<PodView>): SetView => ({
  ...set,
  pods: set.pods.map((one) => (one.ordinal === ordinal ? { ...one, ...facts } : one)),
});

/** Copies that indices are lowered to. */
const lowered = ({ actions }: DrainPlan): readonly number[] =>
  actions.flatMap((action) => (action.kind === 'setReplicas' ? [action.replicas] : []));

const logs = (...on: readonly string[]): IndexFacts => ({ on, dataStream: 'logs-a-b' });

describe('[replicas-precheck] of three nodes that become one', () => {
  const stack: ResolvedStack = stackWith({ data: { replicas: 1 }, redundancy: 'Double' });
  const everywhere = { a: logs('data-0', 'data-1', 'data-2') };
  const three = liveSet('data', 3, hot);
  const master = { 'logs-es-master-0': '9.5.0', 'logs-es-master-1': '9.5.0', 'logs-es-master-2': '9.5.0' };

  it.each<[string, Facts, number]>([
    ['two keep a copy each while the third is about to leave', { indices: everywhere }, 1],
    ['two keep a copy each while the third leaves', { indices: everywhere, mark: data(2) }, 1],
    [
      'two keep a copy each while the third leaves, though somebody took its exclusion back',
      { indices: everywhere, mark: data(2), excluded: [] },
      1,
    ],
    [
      'one has the only copy when a user began to empty the third and the second is next',
      { indices: { a: logs('data-2', 'data-0') }, excluded: data(2) },
      0,
    ],
    [
      'two keep a copy each though the second is not ready, as long as it is a member',
      { indices: everywhere, sets: [withPod(three, 1, { stuck: true, ready: false }), ...others] },
      1,
    ],
    [
      'two keep a copy each though the second is away for a moment',
      { indices: { a: logs('data-0', '-', '-') }, sets: [liveSet('data', 3, hot, [1]), ...others] },
      1,
    ],
    [
      'one has the only copy when the second has no room for one more',
      { indices: { a: logs('data-0', 'data-2') }, free: { 'logs-es-data-1': 0 } },
      0,
    ],
    [
      'one has the only copy when the second has no room for one more, though a node without shards leaves as well',
      {
        indices: { a: logs('data-0', 'data-2') },
        free: { 'logs-es-data-1': 0 },
        sets: [three, ...others, liveSet('old', 1, ['ingest'])],
      },
      0,
    ],
    [
      'one has the only copy when the second is away and cannot take that of the third',
      { indices: { a: logs('data-0', 'data-2') }, sets: [liveSet('data', 3, hot, [1]), ...others] },
      0,
    ],
    [
      'one has the only copy while they do not run one version',
      {
        indices: everywhere,
        sets: [liveSet('data', 3, [...hot, 'ingest']), ...others],
        versions: { 'logs-es-data-0': '9.5.0' },
      },
      0,
    ],
    ['two keep a copy each whatever version the masters run', { indices: everywhere, versions: master }, 1],
  ])('%s', (_name, facts, copies) => {
    const planned = drains({ stack, ...facts });
    expect(planned.refusals).toEqual([]);
    expect(lowered(planned)).toEqual([copies]);
  });
});

describe('[replicas-precheck] copies are lowered before a drain begins', () => {
  const tooMany = { a: logs('data-0', 'data-1', '-') };

  it('and only nodes that are no members are taken meanwhile', () => {
    const planned = drains({
      sets: [liveSet('data', 5, hot, [3, 4]), ...others],
      indices: { a: logs('data-0', 'data-1', 'data-2') },
    });
    expect(lowered(planned)).toEqual([1]);
    expect(excluded(planned)).toEqual([data(3, 4)]);
    expect(planned.waiting).toEqual([
      'logs-es-data-4 is being drained.',
      'logs-es-data-3 is being drained.',
      'Lowering copies to what the nodes that stay can hold.',
    ]);
  });

  it.each<[string, Facts, readonly string[]]>([
    ['a node that is no member', { sets: [liveSet('data', 3, hot, [2]), ...others] }, data(2)],
    [
      'a node without data',
      { stack: stackWith({ master: { replicas: 1 } }), sets: [liveSet('data', 2, hot), ...others] },
      ['logs-es-master-2'],
    ],
  ])('but not for %s', (_name, facts, names) => {
    const planned = drains({ ...facts, indices: tooMany });
    expect(lowered(planned)).toEqual([]);
    expect(excluded(planned)).toEqual([names]);
  });

  it('also for nodes of which only one holds data, by the word of the cluster', () => {
    const sets = [liveSet('data', 2, hot), ...others, liveSet('old', 2, ['ingest'])];
    const planned = drains({ sets, indices: tooMany, roles: { 'logs-es-old-1': hot } });
    expect(lowered(planned)).toEqual([1]);
    expect(excluded(planned)).toEqual([]);
  });
});

describe('[tier-removal] a tier that is left', () => {
  const sets = [liveSet('data', 2, hot), ...others, liveSet('warm', 2, ['data_warm'])];
  const warm = { on: ['warm-0'], tierPreference: ['data_warm', 'data_hot'] };

  it('is emptied of indices before the first of its nodes is drained', () => {
    const indices = { a: { ...warm, dataStream: 'logs-app-default' } };
    const planned = drains({ sets, indices, mark: ['tier:data_warm'], excluded: [] });
    expect(planned.actions).toEqual([{ kind: 'setTierPreference', indices: ['a'], tiers: ['data_hot', 'data_warm'] }]);
    expect(planned.waiting).toEqual(['Moving indices out of the tier data_warm.']);
  });

  it('is no obstacle for a shard that is on its way out of it already', () => {
    const moving = { ...warm, copy: { state: 'RELOCATING', relocatingTo: 'logs-es-data-0' } } as const;
    expect(drains({ sets, indices: { metrics: moving } }).refusals).toEqual([]);
    expect(drains({ sets, indices: { metrics: warm } }).refusals).toMatchObject([
      { rule: 'LastOfTier' },
      { rule: 'TooManyCopies' },
    ]);
  });
});

describe('[drain-impossible] what would keep a drain from ending', () => {
  const rules = (facts: Facts): readonly string[] => drains(facts).refusals.map(({ rule }) => rule);

  it('is the lack of any other node, not of a tier, for an index that prefers none', () => {
    const indices = { a: { on: ['data-2'], tierPreference: [] } };
    expect(rules({ indices, excluded: data(0, 1) })).toEqual(['TooManyCopies', 'TooManyShards']);
  });

  it('is no index that is tied to nodes, when its shard is on its way out already', () => {
    const tied = { on: ['data-2'], pinned: true };
    const moving = { ...tied, copy: { state: 'RELOCATING', relocatingTo: 'logs-es-data-0' } } as const;
    expect(rules({ indices: { a: tied } })).toEqual(['PinnedIndex']);
    expect(rules({ indices: { a: moving } })).toEqual([]);
  });

  it.each([
    ['on the node that is being emptied', 'logs-es-data-2', ['NoPlaceForShard']],
    ['on another one', 'logs-es-data-0', []],
  ])('is a shard %s for which Elasticsearch finds no place', (_name, node, expected) => {
    const stuck = [{ index: 'a', shard: 0, node, reason: 'too many shards' }];
    const stack = stackWith({ data: { replicas: 1 } });
    expect(rules({ stack, indices: { a: { on: ['data-2'] } }, mark: data(2), detail: { stuck } })).toEqual(expected);
  });
});

describe('what is told of a drain', () => {
  it.each<[string, Facts['indices'], string]>([
    ['what is left', { a: { on: ['data-2'] } }, '1 shard, about 1 GiB left on logs-es-data-2.'],
    ['that the node goes', { a: { on: ['data-0'] } }, 'logs-es-data-2 is being taken away.'],
  ])('is %s', (_name, indices = {}, message) => {
    expect(drains({ indices, mark: data(2) }).waiting).toEqual([message]);
  });

  it('is nothing that a closer look would change while Elasticsearch gives no answer', () => {
    const sets = [liveSet('data', 3, hot), ...others];
    expect(planDrains(contextOf(sets, { answered: false }))).toMatchObject({
      refusals: [{ rule: 'ClusterUnknown' }],
      needsDetail: false,
    });
  });
});

describe('whose turn it is', () => {
  const held = { a: { on: ['data-4'] } };
  const stack = (maxDrains: number): ResolvedStack => stackWith({ changeBudget: { maxDrains } });
  const five = { sets: [liveSet('data', 5, hot), ...others], indices: held };

  it('a node that a user excluded is on its way already, and takes no turn', () => {
    expect(excluded(drains({ ...five, stack: stack(1), excluded: data(4) }))).toEqual([data(4, 3)]);
  });

  it('a drain whose exclusion somebody took back has it again, and takes one turn', () => {
    expect(excluded(drains({ ...five, stack: stack(2), mark: data(4), excluded: [] }))).toEqual([data(3, 4)]);
  });

  it('a node that is no member takes no turn while it goes', () => {
    const sets = [liveSet('data', 5, hot, [4]), ...others];
    expect(excluded(drains({ sets, mark: data(4) }))).toEqual([data(3, 4)]);
  });

  it.each<[string, Facts, readonly (readonly string[])[]]>([
    ['a second master', {}, [['logs-es-master-2']]],
    ['a data node that leaves now', { sets: [liveSet('data', 3, hot), ...others] }, [data(2)]],
    [
      'a data node that is being drained',
      { sets: [liveSet('data', 3, hot), ...others], indices: { a: { on: ['data-2'] } }, mark: data(2) },
      [],
    ],
  ])('[masters-3-1-3] no master goes beside %s, however many drains there may be', (_name, facts, lists) => {
    const wanted = stackWith({ master: { replicas: 1 }, changeBudget: { maxDrains: 2 } });
    const planned = drains({ stack: wanted, sets: [liveSet('data', 2, hot), ...others], ...facts });
    expect(planned.refusals).toEqual([]);
    expect(excluded(planned)).toEqual(lists);
  });

  it('[too-many-drains] an emptied node gives its turn to those above it, not to another pool', () => {
    const pools = [{ name: 'warm', roles: ['data_warm' as const], replicas: 5 }];
    const wanted = stackWith({ data: { replicas: 3 }, pools, changeBudget: { maxDrains: 2 } });
    const sets = [...five.sets, liveSet('warm', 6, ['data_warm'])];
    expect(excluded(drains({ stack: wanted, sets, indices: held, mark: data(4, 3) }))).toEqual([]);
    expect(excluded(drains({ stack: wanted, sets, indices: held, mark: data(4) }))).toHaveLength(1);
  });

  it('[drain-orphans] nodes below one that may not go stay, too', () => {
    const wanted = stackWith({ data: { replicas: 1 } });
    const sets = [liveSet('data', 3, hot, [2]), ...others];
    const planned = drains({ stack: wanted, sets, indices: { a: { on: ['-'], tierPreference: ['data_warm'] } } });
    expect(planned.refusals).toMatchObject([{ rule: 'UnassignedMayBeThere', subject: 'index/a' }]);
    expect(planned.actions).toEqual([]);
    expect(planned.stack.elasticsearch.pools.find(({ name }) => name === 'data')?.replicas).toBe(3);
  });
});
