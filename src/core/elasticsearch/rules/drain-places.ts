// Rules for where shards of leaving nodes may go: enough other nodes for every copy (`replicas-precheck`), of the right tier (`tier-removal`), not tied to a node.
import { describeRule } from '../../refusal.ts';
import { servesTier, tierSize } from '../copies.ts';
import { someOf } from '../figures.ts';
import { type DrainRule, movesFrom, namesOf, subjectOf } from '../situation.ts';

export const tooManyCopiesRule = describeRule({
  name: 'TooManyCopies',
  liftable: 'never',
  reason:
    'Two copies of a shard are never on one node: an index with as many copies as there are nodes keeps each of them, and its drain never ends.',
  remedy: 'Lower number_of_replicas of the indices that the refusal names, or keep more nodes.',
});

export const lastOfTierRule = describeRule({
  name: 'LastOfTier',
  liftable: 'never',
  reason:
    'Indices that prefer a tier stay there as long as it has a node, even one that is excluded: the drain of its last nodes never ends. Without the tiers hot and content no data stream and no index can be made at all.',
  remedy:
    'Set index.routing.allocation.include._tier_preference of the indices that the refusal names to a tier that stays.',
});

export const pinnedIndexRule = describeRule({
  name: 'PinnedIndex',
  liftable: 'override',
  reason:
    'An index that somebody tied to nodes by index.routing.allocation may be allowed on no other node: its drain might never end.',
  remedy: 'Take the allocation filter off the index, or override the rule when other nodes match it, too.',
});

export const noPlaceForShardRule = describeRule({
  name: 'NoPlaceForShard',
  liftable: 'never',
  reason:
    'Elasticsearch itself finds no node that may take a shard of a node that leaves, for instance by a limit of shards per node or by allocation awareness: until that changes, the drain stands still. Nothing is taken away meanwhile.',
  remedy:
    'Change the setting that the refusal tells of, add a node that may take the shard, or set the replicas of the pool back.',
});

/** Tiers without which new logs have no place. */
const neededTiers = ['data_hot', 'data_content'] as const;

export const lastOfTier: DrainRule = (situation, pool) => {
  const { stack, receivers } = situation;
  if (!pool.nodes.some((node) => node.holdsData)) return [];
  const needed = neededTiers.find((tier) => tierSize(stack, tier) === 0);
  if (needed !== undefined)
    return [
      {
        rule: lastOfTierRule.name,
        subject: subjectOf(pool),
        message: `${namesOf(pool)} cannot go: no other node has the role ${needed}, and without it no new index or data stream has a place.`,
        remedy: `Give another pool the role ${needed} first, or set pool ${pool.set.pool} back.`,
      },
    ];
  const lost = movesFrom(situation, pool).filter(
    ({ tier, copies }) => copies > 0 && tier !== undefined && !receivers.some((node) => servesTier(node.roles, tier)),
  );
  const [first] = lost;
  if (first === undefined) return [];
  const indices = [...new Set(lost.map((move) => move.index.name))];
  return [
    {
      rule: lastOfTierRule.name,
      subject: subjectOf(pool),
      message: `${namesOf(pool)} cannot be drained: they are the last nodes of the tier ${first.tier ?? ''}, where Elasticsearch keeps ${someOf(indices)} as long as the tier has a node.`,
      remedy: `Set index.routing.allocation.include._tier_preference of these indices to a tier that stays, or set pool ${pool.set.pool} back.`,
    },
  ];
};

export const tooManyCopies: DrainRule = (situation, pool) => {
  const stuck = movesFrom(situation, pool).filter((move) => move.copies > move.targets.length);
  if (stuck.length === 0) return [];
  const indices = [...new Set(stuck.map((move) => `${move.index.name} (${move.index.replicas + 1} copies)`))];
  return [
    {
      rule: tooManyCopiesRule.name,
      subject: subjectOf(pool),
      message: `${namesOf(pool)} cannot be drained: too few nodes would stay for all copies of ${someOf(indices)}, which this stack does not manage.`,
      remedy: `Lower index.number_of_replicas of these indices, or set the replicas of pool ${pool.set.pool} back.`,
    },
  ];
};

export const pinnedIndex: DrainRule = (situation, pool) => {
  const pinned = movesFrom(situation, pool).filter((move) => move.index.pinned && move.copies > 0);
  if (pinned.length === 0) return [];
  const indices = [...new Set(pinned.map((move) => move.index.name))];
  return [
    {
      rule: pinnedIndexRule.name,
      subject: subjectOf(pool),
      message: `${namesOf(pool)} cannot be drained: ${someOf(indices)} may go to certain nodes only, by index.routing.allocation.`,
      remedy: `Take these allocation filters off. If other nodes match them, override the rule for ${subjectOf(pool)}.`,
    },
  ];
};

/** What no other rule foresees shows when a drain stands still: Elasticsearch is asked why then. */
export const noPlaceForShard: DrainRule = ({ detail }, pool) =>
  detail.stuck
    .filter(({ node }) => pool.nodes.some(({ name }) => name === node))
    .map(({ index, shard, node, reason }) => ({
      rule: noPlaceForShardRule.name,
      subject: subjectOf(pool),
      message: `${node} is not emptied: no other node may take shard ${shard} of ${index}. ${reason}`,
      remedy: `Change what Elasticsearch names there, add a node that may take it, or set the replicas of pool ${pool.set.pool} back.`,
    }));
