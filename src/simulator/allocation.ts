// Where copies of shards go: unassigned ones are placed, those that may not stay are moved, the rest is evened out. One round a tick.
import { canAllocate, canRemain, isBeingSnapshotted, occupied } from './deciders.ts';
import { finishRecovery, startMove, startPrimary, startReplica } from './recovery.ts';
import { numberSetting } from './settings.ts';
import {
  allShards,
  type Cluster,
  type Copy,
  type ElasticsearchNode,
  type Index,
  isDataNode,
  primaryOf,
  type Shard,
  storedCopy,
  type World,
} from './state.ts';

/** Data nodes of a cluster, in an order that does not change. */
const dataNodes = (cluster: Cluster): readonly ElasticsearchNode[] =>
  [...cluster.members.values()].filter(isDataNode).toSorted((first, second) => (first.name < second.name ? -1 : 1));

export function allocate(world: World, cluster: Cluster): void {
  const shards = allShards(cluster);
  for (const shard of shards) placePrimary(world, cluster, shard);
  for (const shard of shards)
    for (const copy of shard.copies)
      if (copy.state === 'UNASSIGNED' && !copy.primary) placeReplica(world, cluster, shard, copy);
  let moved = false;
  for (const shard of shards) for (const copy of shard.copies) moved = moveAway(world, cluster, shard, copy) || moved;
  if (!moved) rebalance(world, cluster);
}

/** The primaries of a new index serve within a second of its creation, if any node takes them. */
export function startNewPrimaries(world: World, cluster: Cluster, index: Index): void {
  for (const shard of index.shards) {
    placePrimary(world, cluster, shard);
    const primary = primaryOf(shard);
    if (primary?.state === 'INITIALIZING') finishRecovery(cluster, shard, primary);
  }
}

/**
 * A primary that existed goes only to a node whose disk holds an in-sync copy: there it is put even against filters, tiers
 * and watermarks, which then move it away. Source: Elasticsearch, PrimaryShardAllocator and canForceAllocatePrimary.
 */
function placePrimary(world: World, cluster: Cluster, shard: Shard): void {
  const primary = primaryOf(shard);
  if (primary?.state !== 'UNASSIGNED') return;
  const holders = dataNodes(cluster).filter((node) => shard.inSync.has(storedCopy(node, shard)?.allocationId ?? ''));
  const node =
    shard.inSync.size === 0
      ? lightest(cluster, shard, dataNodes(cluster), (one) => canAllocate(cluster, shard, primary, one) === 'yes')
      : (holders.find((one) => canAllocate(cluster, shard, primary, one) !== 'no') ?? holders[0]);
  if (node !== undefined) startPrimary(world, shard, primary, node);
}

/** A node that still has an older copy is preferred; for one that has just left, the copy waits. Source: Elasticsearch, ReplicaShardAllocator. */
function placeReplica(world: World, cluster: Cluster, shard: Shard, copy: Copy): void {
  const decisions = dataNodes(cluster).map((node) => ({ node, decision: canAllocate(cluster, shard, copy, node) }));
  const holders = decisions
    .filter(({ node, decision }) => decision !== 'no' && storedCopy(node, shard) !== undefined)
    .toSorted((first, second) => documents(second.node, shard) - documents(first.node, shard));
  const [best] = holders;
  if (best !== undefined) {
    if (best.decision === 'yes') startReplica(world, cluster, shard, copy, best.node);
    return;
  }
  if (copy.delayedUntil > world.tick) return;
  const able = decisions.filter(({ decision }) => decision === 'yes').map(({ node }) => node);
  const node = lightest(cluster, shard, able, () => true);
  if (node !== undefined) startReplica(world, cluster, shard, copy, node);
}

const documents = (node: ElasticsearchNode, shard: Shard): number => storedCopy(node, shard)?.documents ?? 0;

/** Moves a copy that may not stay, if any node takes it. Returns whether one wants to move or does. */
function moveAway(world: World, cluster: Cluster, shard: Shard, copy: Copy): boolean {
  if (copy.state === 'RELOCATING') return true;
  const node = copy.state === 'STARTED' ? cluster.members.get(copy.node ?? '') : undefined;
  if (node === undefined || canRemain(cluster, shard, copy, node)) return false;
  if (copy.primary && isBeingSnapshotted(cluster, shard)) return true;
  const target = lightest(
    cluster,
    shard,
    dataNodes(cluster),
    (one) => canAllocate(cluster, shard, copy, one) === 'yes',
  );
  if (target !== undefined) startMove(world, cluster, shard, copy, target);
  return target !== undefined;
}

/**
 * Elasticsearch's weights of a node's number of copies (0.45), and of its number of copies of the same index (0.55), in
 * hundredths: as fractions, a difference of exactly the threshold came out above it, and copies moved round for ever.
 */
const shardWeight = 45;
const indexWeight = 55;

function weight(cluster: Cluster, index: string, node: ElasticsearchNode): number {
  let [all, same] = [0, 0];
  for (const shard of allShards(cluster))
    for (const copy of shard.copies)
      if ((copy.target?.node ?? copy.node) === node.name) {
        all += 1;
        if (shard.index === index) same += 1;
      }
  return shardWeight * all + indexWeight * same;
}

function lightest(
  cluster: Cluster,
  shard: Shard,
  nodes: readonly ElasticsearchNode[],
  isAllowed: (node: ElasticsearchNode) => boolean,
): ElasticsearchNode | undefined {
  return nodes
    .filter(isAllowed)
    .map((node) => ({ node, weight: weight(cluster, shard.index, node) }))
    .toSorted((first, second) => first.weight - second.weight)[0]?.node;
}

/** `cluster.routing.allocation.balance.threshold` (1), in hundredths. */
const threshold = 100;

/** Moves copies from heavy to light nodes while that evens them out, two at a time. Only shards decide: bytes and writes are not weighed. */
function rebalance(world: World, cluster: Cluster): void {
  if (cluster.settings.get('cluster.routing.rebalance.enable') === 'none') return;
  let free = numberSetting(cluster, 'cluster.routing.allocation.cluster_concurrent_rebalance');
  if (allShards(cluster).some((shard) => shard.copies.some((copy) => copy.state === 'INITIALIZING'))) return;
  for (const shard of allShards(cluster))
    for (const copy of shard.copies) {
      if (free === 0) return;
      const node = copy.state === 'STARTED' ? cluster.members.get(copy.node ?? '') : undefined;
      if (node === undefined || (copy.primary && isBeingSnapshotted(cluster, shard))) continue;
      const own = weight(cluster, shard.index, node);
      const target = lightest(
        cluster,
        shard,
        dataNodes(cluster),
        (one) =>
          !occupied(copy).includes(one.name) &&
          own - weight(cluster, shard.index, one) > threshold &&
          canAllocate(cluster, shard, copy, one) === 'yes',
      );
      if (target === undefined) continue;
      startMove(world, cluster, shard, copy, target);
      free -= 1;
    }
}
