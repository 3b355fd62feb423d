// Rules for the safety of data while nodes leave: nothing on half an answer (`drain-fails-open`), no lost last copy (`drain-orphans`), no snapshot under way.
import { describeRule, type Refusal } from '../../refusal.ts';
import { servesTier } from '../copies.ts';
import { someOf } from '../figures.ts';
import type { LeavingNode } from '../leaving.ts';
import { answeringNodes, reliable, shardGroups } from '../moves.ts';
import type { ClusterDetail } from '../observed.ts';
import { type DrainRule, type DrainSituation, type LeavingPool, movesFrom, namesOf, subjectOf } from '../situation.ts';

export const unassignedMayBeThereRule = describeRule({
  name: 'UnassignedMayBeThere',
  liftable: 'override',
  reason:
    'A shard that is on no node may have its last copy on the volume of a node that leaves: with the node, its documents would be lost.',
  remedy:
    'GET _cluster/allocation/explain says where Elasticsearch looks for the copy. Bring that node back, restore the index, or delete it; or override the rule for the index, which accepts its loss.',
});

export const snapshotRunningRule = describeRule({
  name: 'SnapshotRunning',
  liftable: 'override',
  reason:
    'A shard that is being copied to a snapshot does not move, and a node that goes takes the copying with it: the drain would stall and the snapshot could end incomplete.',
  remedy: 'Wait until the snapshot is done.',
});

export const clusterUnknownRule = describeRule({
  name: 'ClusterUnknown',
  liftable: 'never',
  reason: 'An error, a timeout or half an answer of Elasticsearch is never taken for a yes.',
  remedy: 'Look at the logs of the Elasticsearch pods and of the operator, if it does not pass within minutes.',
});

const lookAtLogs =
  'Nothing, if this passes within minutes. Otherwise look at the logs of the Elasticsearch pods and of the operator.';

/** Elasticsearch said nothing about some node or shard that the decision needs. */
export const halfAnswered: DrainRule = (situation, pool) => {
  const { detail, receivers } = situation;
  const answering = answeringNodes(detail);
  const unseen = pool.nodes.find((node) => node.isMember && !answering.has(node.name));
  const moves = movesFrom(situation, pool).filter((move) => move.copies > 0);
  const unsized = moves.find((move) => move.bytes === undefined);
  const noDisk = moves.length > 0 ? receivers.find((node) => node.disk === undefined) : undefined;
  const what =
    unseen !== undefined
      ? `of the node ${unseen.name}`
      : noDisk !== undefined
        ? `of the disk of ${noDisk.name}`
        : unsized !== undefined
          ? `of the size of ${unsized.index.name}`
          : undefined;
  if (what === undefined) return [];
  return [
    {
      rule: clusterUnknownRule.name,
      subject: subjectOf(pool),
      message: `${namesOf(pool)} cannot be drained now: Elasticsearch did not say enough ${what}.`,
      remedy: lookAtLogs,
    },
  ];
};

/** Nodes that are to leave while Elasticsearch gives no answer. */
export const unanswered = (
  pool: LeavingPool,
  { code, message }: { readonly code: string; readonly message: string },
): Refusal => ({
  rule: clusterUnknownRule.name,
  subject: subjectOf(pool),
  message: `${namesOf(pool)} cannot be drained now, because Elasticsearch gave no answer (${code}): ${message}`,
  remedy: lookAtLogs,
});

/**
 * Indices with a shard that no node serves, whose last copy may be on the volume of this node. Yellow is no reason: a
 * primary that serves has every acknowledged write. Of a node that is a member Elasticsearch would have found the copy,
 * unless it is kept away from there; so indices of tiers to which such a node does not belong are no reason either.
 */
function orphansMaybeOn({ detail }: DrainSituation, node: LeavingNode): readonly string[] {
  if (!node.holdsData) return [];
  const red = [...shardGroups(detail.shards).values()].filter((copies) =>
    copies.every((copy) => copy.state === 'UNASSIGNED'),
  );
  const names = new Set(red.flatMap((copies) => copies.map((copy) => copy.index)));
  return [...names].filter((name) => {
    const index = detail.indices.find((one) => one.name === name);
    if (!node.isMember || index === undefined || index.pinned || index.tierPreference.length === 0) return true;
    return index.tierPreference.some((tier) => servesTier(node.roles, tier));
  });
}

/** An index with a shard that no node serves yet, though one recovers it. */
export function recoveringIndex({ detail }: DrainSituation): string | undefined {
  const group = [...shardGroups(detail.shards).values()].find(
    (copies) =>
      copies.every(({ state }) => state === 'UNASSIGNED' || state === 'INITIALIZING') &&
      copies.some(({ state }) => state === 'INITIALIZING'),
  );
  return group?.[0]?.index;
}

/** An index with a shard of which fewer copies serve, on nodes that answer for themselves, than it is to have. */
export function indexLackingCopies(detail: ClusterDetail): string | undefined {
  const isReliable = reliable(detail);
  return [...shardGroups(detail.shards).values()].find((copies) => {
    const index = detail.indices.find((one) => one.name === copies[0]?.index);
    return index !== undefined && copies.filter(isReliable).length < index.replicas + 1;
  })?.[0]?.index;
}

/** One refusal for each index, so that the loss of each can be accepted by its name. */
export const unassignedMayBeThere: DrainRule = (situation, pool) =>
  pool.nodes.flatMap((node) =>
    orphansMaybeOn(situation, node).map((index) => ({
      rule: unassignedMayBeThereRule.name,
      subject: `index/${index}`,
      message: `${node.name} is not removed: a shard of ${index} is on no node, and its last copy may be on the volume of ${node.name}.`,
      remedy: `GET _cluster/allocation/explain says where Elasticsearch looks for it. Bring that node back, restore or delete ${index}, or accept its loss by an override for index/${index}.`,
    })),
  );

export const snapshotRunning: DrainRule = ({ detail }, pool) => {
  if (detail.snapshotsInProgress.length === 0 || !pool.nodes.some((node) => node.holdsData && node.isMember)) return [];
  return [
    {
      rule: snapshotRunningRule.name,
      subject: subjectOf(pool),
      message: `${namesOf(pool)} are drained after the snapshot ${someOf(detail.snapshotsInProgress)}.`,
      remedy: 'Wait until the snapshot is done.',
    },
  ];
};
