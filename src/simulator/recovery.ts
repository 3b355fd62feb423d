// Copies come and go: recoveries take ticks by bytes, moves end, copies of nodes that leave are lost or wait for them.
import {
  allShards,
  type Cluster,
  type Copy,
  type ElasticsearchNode,
  indexOf,
  isActive,
  newId,
  primaryOf,
  primaryStore,
  type Shard,
  shardKey,
  type StoredCopy,
  ticksOf,
  type World,
} from './state.ts';
import { compareVersions } from './deciders.ts';

/** A copy of an index that nobody wrote is on no disk, but is there. */
function storeOn(node: ElasticsearchNode, shard: Shard, allocationId: string): StoredCopy {
  const key = shardKey(shard);
  const found = node.volume.copies.get(key);
  if (found !== undefined) {
    found.allocationId = allocationId;
    return found;
  }
  const made: StoredCopy = { allocationId, documents: 0, bytes: 0 };
  node.volume.copies.set(key, made);
  return made;
}

/** A primary of a new shard, or one whose copy on this node's disk holds every acknowledged document. */
export function startPrimary(world: World, shard: Shard, copy: Copy, node: ElasticsearchNode): void {
  const found = node.volume.copies.get(shardKey(shard));
  const allocationId = found?.allocationId ?? newId(world, 'allocation-');
  storeOn(node, shard, allocationId);
  Object.assign(copy, { state: 'INITIALIZING', node: node.name, allocationId, remainingBytes: 0, delayedUntil: 0 });
}

/** Bytes that a node must receive: only what is missing, where it still has an older copy. */
function missingBytes(cluster: Cluster, shard: Shard, node: ElasticsearchNode): number {
  const source = primaryStore(cluster, shard);
  if (source === undefined || source.documents === 0) return 0;
  const kept = Math.min(node.volume.copies.get(shardKey(shard))?.documents ?? 0, source.documents);
  return source.bytes * (1 - kept / source.documents);
}

export function startReplica(world: World, cluster: Cluster, shard: Shard, copy: Copy, node: ElasticsearchNode): void {
  const remainingBytes = missingBytes(cluster, shard, node);
  const allocationId = newId(world, 'allocation-');
  storeOn(node, shard, allocationId);
  Object.assign(copy, { state: 'INITIALIZING', node: node.name, allocationId, remainingBytes, delayedUntil: 0 });
}

export function startMove(world: World, cluster: Cluster, shard: Shard, copy: Copy, node: ElasticsearchNode): void {
  const remainingBytes = missingBytes(cluster, shard, node);
  const allocationId = newId(world, 'allocation-');
  storeOn(node, shard, allocationId);
  copy.state = 'RELOCATING';
  copy.target = { node: node.name, allocationId, remainingBytes };
}

/** One tick of all recoveries. Those into one node share what it can take in. */
export function progress(world: World, cluster: Cluster): void {
  const perNode = world.recoveryBytesPerSecond * world.secondsPerTick;
  const running = allShards(cluster).flatMap((shard) =>
    shard.copies
      .filter((copy) => copy.state === 'INITIALIZING' || copy.target !== undefined)
      .map((copy) => ({ shard, copy })),
  );
  for (const { shard, copy } of running) {
    const receiver = copy.target?.node ?? copy.node ?? '';
    const node = cluster.members.get(receiver);
    if (node === undefined || !runs(world, node) || !hasRunningSource(world, cluster, shard, copy)) continue;
    const sharing = running.filter((other) => (other.copy.target?.node ?? other.copy.node) === receiver).length;
    receive(cluster, shard, copy, node, perNode / sharing);
  }
}

const runs = (world: World, node: ElasticsearchNode): boolean =>
  node.frozenAt === undefined && world.nodes.get(node.name) === node;

function hasRunningSource(world: World, cluster: Cluster, shard: Shard, copy: Copy): boolean {
  if (copy.primary && copy.target === undefined) return true;
  const source = cluster.members.get(primaryOf(shard)?.node ?? '');
  return source !== undefined && runs(world, source);
}

function receive(cluster: Cluster, shard: Shard, copy: Copy, node: ElasticsearchNode, bytes: number): void {
  const recovering = copy.target ?? copy;
  const taken = Math.min(recovering.remainingBytes, bytes);
  recovering.remainingBytes -= taken;
  const store = node.volume.copies.get(shardKey(shard));
  if (store !== undefined) store.bytes += taken;
  if (recovering.remainingBytes > 0) return;
  if (copy.target === undefined) finishRecovery(cluster, shard, copy);
  else finishMove(cluster, shard, copy, node);
}

/** An initializing copy serves from now on. */
export function finishRecovery(cluster: Cluster, shard: Shard, copy: Copy): void {
  const node = cluster.members.get(copy.node ?? '');
  if (!copy.primary && node !== undefined) copyContent(cluster, shard, node);
  copy.state = 'STARTED';
  join(cluster, shard, copy.allocationId ?? '');
}

function finishMove(cluster: Cluster, shard: Shard, copy: Copy, node: ElasticsearchNode): void {
  copyContent(cluster, shard, node);
  shard.inSync.delete(copy.allocationId ?? '');
  copy.node = node.name;
  copy.allocationId = copy.target?.allocationId;
  copy.target = undefined;
  copy.state = 'STARTED';
  join(cluster, shard, copy.allocationId ?? '');
}

function copyContent(cluster: Cluster, shard: Shard, node: ElasticsearchNode): void {
  const source = primaryStore(cluster, shard);
  const store = node.volume.copies.get(shardKey(shard));
  if (source !== undefined && store !== undefined) {
    store.documents = source.documents;
    store.bytes = source.bytes;
  }
}

/**
 * A copy becomes in-sync. When the set then has more ids than there can be copies, those without an entry in the routing
 * table go first. Source: Elasticsearch, IndexMetadataUpdater.
 */
function join(cluster: Cluster, shard: Shard, allocationId: string): void {
  if (shard.inSync.has(allocationId)) return;
  shard.inSync.add(allocationId);
  const most = indexOf(cluster, shard).replicas + 1;
  const assigned = new Set(shard.copies.map((copy) => copy.allocationId));
  for (const id of [...shard.inSync]) if (shard.inSync.size > most && !assigned.has(id)) shard.inSync.delete(id);
}

/** A node is no member any more: its copies have to be had elsewhere, or it comes back in time. */
export function nodeLeft(world: World, cluster: Cluster, node: ElasticsearchNode): void {
  for (const shard of allShards(cluster)) {
    const { delayedSeconds } = indexOf(cluster, shard);
    const delayedUntil = delayedSeconds === 0 ? 0 : world.tick + ticksOf(world, delayedSeconds);
    for (const copy of shard.copies)
      if (copy.target?.node === node.name) {
        copy.target = undefined;
        copy.state = 'STARTED';
      }
    const lost = shard.copies.find((copy) => copy.node === node.name);
    if (lost !== undefined) failCopy(shard, lost, isActive(lost) ? delayedUntil : 0, cluster);
  }
}

/** Takes a copy's place away. A primary is followed by a replica that serves, on the oldest version there is. */
export function failCopy(shard: Shard, copy: Copy, delayedUntil: number, cluster: Cluster): void {
  Object.assign(copy, {
    state: 'UNASSIGNED',
    node: undefined,
    allocationId: undefined,
    target: undefined,
    remainingBytes: 0,
  });
  copy.delayedUntil = delayedUntil;
  if (!copy.primary) return;
  const version = (other: Copy) => cluster.members.get(other.node ?? '')?.version ?? '';
  const [next] = shard.copies
    .filter((other) => other !== copy && isActive(other))
    .toSorted((first, second) => compareVersions(version(first), version(second)));
  if (next !== undefined) {
    copy.primary = false;
    next.primary = true;
  }
  // Whoever was copying from the old primary starts again.
  for (const other of shard.copies) {
    if (other.state === 'INITIALIZING') failCopy(shard, other, 0, cluster);
    if (other.target !== undefined) {
      other.target = undefined;
      other.state = 'STARTED';
    }
  }
}

/** Nodes delete what they hold of shards that are no longer theirs, once every copy serves elsewhere. Source: Elasticsearch, IndicesStore. */
export function cleanStores(world: World, cluster: Cluster): void {
  const shards = new Map(allShards(cluster).map((shard) => [shardKey(shard), shard]));
  for (const node of cluster.members.values()) {
    if (!runs(world, node)) continue;
    for (const key of [...node.volume.copies.keys()]) {
      const shard = shards.get(key);
      const isPlaced = shard?.copies.some((copy) => copy.node === node.name || copy.target?.node === node.name);
      if (shard === undefined || (isPlaced !== true && shard.copies.every(isActive))) node.volume.copies.delete(key);
    }
  }
}
