// Tests of the rules for places: other nodes for every copy, tiers that stay, indices that are tied to nodes.
import { describe, expect, it } from 'vitest';
import { hot, leavingOf, liveSet, situation, type SituationFacts } from '../situation.testing.ts';
import type { ClusterDetail } from '../observed.ts';
import type { DrainRule } from '../situation.ts';
import { stackWith } from '../plan.testing.ts';
import { stallRefusals } from './drain.ts';
import { lastOfTier, noPlaceForShard, pinnedIndex, tooManyCopies } from './drain-places.ts';

const judge = (rule: DrainRule, facts: SituationFacts, pool = 'data') => {
  const made = situation(facts);
  return rule(made, leavingOf(made, pool));
};

describe('[replicas-precheck] copies that need another place', () => {
  it.each<[string, SituationFacts, number]>([
    ['as many nodes stay as there are copies', { indices: { a: { on: ['data-1', 'data-2'] } } }, 0],
    ['a copy for each node of today', { indices: { a: { on: ['data-0', 'data-1', 'data-2'] } } }, 1],
    [
      'the policy lowers copies of managed indices',
      { indices: { a: { on: ['data-0', 'data-1', 'data-2'], dataStream: 'logs-a-b' } } },
      0,
    ],
    [
      'a data stream that the stack does not manage',
      { indices: { a: { on: ['data-0', 'data-1', 'data-2'], dataStream: 'metrics-a-b' } } },
      1,
    ],
    [
      'a pinned one is left alone',
      { indices: { a: { on: ['data-0', 'data-1', 'data-2'], dataStream: 'logs-a-b', pinned: true } } },
      1,
    ],
    [
      'one that follows the nodes by itself',
      { indices: { a: { on: ['data-0', 'data-1', 'data-2'], autoExpand: true } } },
      0,
    ],
    ['too many copies that are none of this node', { indices: { a: { on: ['data-0', 'data-1', '-'] } } }, 0],
    ['too many, one of them here', { indices: { a: { on: ['data-0', 'data-1', 'data-2', '-', '-'] } } }, 1],
    [
      'a node that a user excluded takes none',
      { indices: { a: { on: ['data-1', 'data-2'] } }, excludedNames: ['logs-es-data-0'] },
      1,
    ],
    [
      'one that moves away already',
      { indices: { a: { on: ['data-2'], copy: { relocatingTo: 'logs-es-data-0' } } } },
      0,
    ],
  ])('%s', (_name, facts, count) => {
    expect(judge(tooManyCopies, facts)).toHaveLength(count);
  });

  it('names the index and its copies', () => {
    const [refusal] = judge(tooManyCopies, { indices: { invoices: { on: ['data-0', 'data-1', 'data-2'] } } });
    expect(refusal).toMatchObject({ rule: 'TooManyCopies', subject: 'StatefulSet/logs-es-data' });
    expect(refusal?.message).toContain('invoices (3 copies)');
  });

  it('[index-vanishes] copies of an index that is gone since are skipped', () => {
    const indices = { a: { on: ['data-0', 'data-1', 'data-2'] } };
    expect(judge(tooManyCopies, { indices, detail: { indices: [] } })).toEqual([]);
  });
});

describe('[tier-removal] nodes that leave a tier', () => {
  const warm = liveSet('warm', 2, ['data_warm']);
  const sets = [liveSet('data', 2, hot), warm];
  it.each<[string, SituationFacts, number]>([
    ['nothing is there', { indices: {} }, 0],
    ['an index that prefers it', { indices: { a: { on: ['warm-0'], tierPreference: ['data_warm', 'data_hot'] } } }, 1],
    [
      'an index that prefers another',
      { indices: { a: { on: ['warm-0'], tierPreference: ['data_hot', 'data_warm'] } } },
      0,
    ],
    ['an index that prefers none', { indices: { a: { on: ['warm-0'], tierPreference: [] } } }, 0],
  ])('the last nodes of a tier: %s', (_name, facts, count) => {
    expect(judge(lastOfTier, { sets, ...facts }, 'warm')).toHaveLength(count);
  });

  it('says which tier and which indices', () => {
    const indices = { a: { on: ['warm-0'], tierPreference: ['data_warm'] } };
    const [refusal] = judge(lastOfTier, { sets, indices }, 'warm');
    expect(refusal).toMatchObject({ rule: 'LastOfTier', subject: 'StatefulSet/logs-es-warm' });
    expect(refusal?.message).toContain('data_warm, where Elasticsearch keeps a');
  });

  it('one of two nodes of a tier may go', () => {
    const stack = stackWith({ pools: [{ name: 'warm', roles: ['data_warm'], replicas: 1 }] });
    const indices = { a: { on: ['warm-1'], tierPreference: ['data_warm'] } };
    expect(judge(lastOfTier, { stack, sets, indices }, 'warm')).toEqual([]);
  });

  it.each(['data_hot', 'data_content'])('%s must not go, even with nothing on it', (role) => {
    const stack = stackWith();
    const pools = stack.elasticsearch.pools.map((pool) => ({
      ...pool,
      roles: pool.roles.filter((one) => one !== role),
    }));
    const without = { ...stack, elasticsearch: { ...stack.elasticsearch, pools } };
    expect(judge(lastOfTier, { stack: without, sets: [...sets, liveSet('old', 1, [role])] }, 'old')).toMatchObject([
      { rule: 'LastOfTier', message: expect.stringContaining(role) as string },
    ]);
  });
});

describe('[drain-impossible] an index that is tied to nodes', () => {
  it.each<[string, SituationFacts, number]>([
    ['is on a node that leaves', { indices: { a: { on: ['data-2'], pinned: true } } }, 1],
    ['is on others', { indices: { a: { on: ['data-1'], pinned: true } } }, 0],
    ['is tied to nothing', { indices: { a: { on: ['data-2'] } } }, 0],
  ])('%s', (_name, facts, count) => {
    expect(judge(pinnedIndex, facts)).toHaveLength(count);
  });
});

describe('[drain-impossible] a shard that Elasticsearch finds no place for', () => {
  const reason = 'logs-es-data-0: too many shards [1] allocated to this node';
  const stuckOn = (node: string): Partial<ClusterDetail> => ({ stuck: [{ index: 'a', shard: 2, node, reason }] });
  const indices = { a: { on: ['data-2'] } };

  it('is told while its drain stands still, with the reason', () => {
    const made = situation({ indices, detail: stuckOn('logs-es-data-2') });
    expect(stallRefusals(made, leavingOf(made))).toMatchObject([
      {
        rule: 'NoPlaceForShard',
        subject: 'StatefulSet/logs-es-data',
        message: expect.stringContaining(reason) as string,
      },
    ]);
  });

  it('is nothing that concerns another node', () => {
    expect(judge(noPlaceForShard, { indices, detail: stuckOn('logs-es-data-1') })).toEqual([]);
  });

  it('is told by the rule that foresees it, where there is one', () => {
    const made = situation({ indices: { a: { on: ['data-2'], pinned: true } }, detail: stuckOn('logs-es-data-2') });
    expect(stallRefusals(made, leavingOf(made)).map(({ rule }) => rule)).toEqual(['PinnedIndex']);
  });

  it('[drain-fails-open] is told of no node while one that stays says nothing of itself: nothing is known then', () => {
    const full = situation({ indices, detail: stuckOn('logs-es-data-2') });
    const nodes = full.detail.nodes.map((node) =>
      node.name === 'logs-es-data-1' ? { ...node, ownShards: undefined, disk: undefined } : node,
    );
    const made = { ...full, receivers: nodes.slice(0, 2), detail: { ...full.detail, nodes } };
    expect(stallRefusals(made, leavingOf(made))).toMatchObject([
      { rule: 'ClusterUnknown', message: expect.stringContaining('logs-es-data-1') as string },
    ]);
  });
});
