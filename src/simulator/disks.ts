// Disks of the simulated nodes: how full they are, what the watermarks say of them, and the block at flood stage.
import { isOn, reservedBytes } from './settings.ts';
import { allShards, type Cluster, type ElasticsearchNode, primaryStore, type Shard, type Volume } from './state.ts';

const suffixes: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
  Ti: 1024 ** 4,
};

/** Bytes of a Kubernetes quantity such as `10Gi`. */
export function quantityBytes(text: string): number {
  const [, digits, suffix] = /^(\d+)([A-Za-z]*)$/.exec(text) ?? [];
  const factor = suffix === undefined ? undefined : suffixes[suffix];
  if (digits === undefined || factor === undefined) throw new Error(`The simulator cannot read the quantity ${text}.`);
  return Number(digits) * factor;
}

const usedBytes = (volume: Volume): number =>
  [...volume.copies.values()].reduce((sum, copy) => sum + copy.bytes, volume.foreignBytes);

export const availableBytes = (volume: Volume): number => Math.max(0, volume.totalBytes - usedBytes(volume));

/** What shards that are on their way will still add to a node's disk. */
function incomingBytes(cluster: Cluster, node: ElasticsearchNode): number {
  let sum = 0;
  for (const shard of allShards(cluster))
    for (const copy of shard.copies) {
      if (copy.target?.node === node.name) sum += copy.target.remainingBytes;
      if (copy.state === 'INITIALIZING' && copy.node === node.name) sum += copy.remainingBytes;
    }
  return sum;
}

function leavingBytes(cluster: Cluster, node: ElasticsearchNode): number {
  return allShards(cluster)
    .filter((shard) => shard.copies.some((copy) => copy.state === 'RELOCATING' && copy.node === node.name))
    .reduce((sum, shard) => sum + (primaryStore(cluster, shard)?.bytes ?? 0), 0);
}

const isWatched = (cluster: Cluster): boolean => isOn(cluster, 'cluster.routing.allocation.disk.threshold_enabled');

/**
 * Whether a copy may be put on a node. Below the low watermark it may, as long as it does not lift the node over the high
 * one. A primary that has never existed may go anywhere below the high one. Shards that are about to leave still count.
 * Source: Elasticsearch, DiskThresholdDecider.canAllocate.
 */
export function diskTakes(cluster: Cluster, shard: Shard, node: ElasticsearchNode, isNewPrimary: boolean): boolean {
  if (!isWatched(cluster)) return true;
  const { totalBytes } = node.volume;
  const free = totalBytes - usedBytes(node.volume) - incomingBytes(cluster, node);
  const high = reservedBytes(cluster, 'high', totalBytes);
  if (free < reservedBytes(cluster, 'low', totalBytes)) return isNewPrimary && free > high;
  const already = node.volume.copies.get(`${shard.index}/${shard.number}`)?.bytes ?? 0;
  const size = Math.max(0, (primaryStore(cluster, shard)?.bytes ?? 0) - already);
  return free - size >= high;
}

/** Whether a copy may stay: not above the high watermark, where shards that are already leaving no longer count. */
export function diskKeeps(cluster: Cluster, node: ElasticsearchNode): boolean {
  if (!isWatched(cluster)) return true;
  const { totalBytes } = node.volume;
  const free = totalBytes - usedBytes(node.volume) - incomingBytes(cluster, node);
  const high = reservedBytes(cluster, 'high', totalBytes);
  return free >= high || free + leavingBytes(cluster, node) >= high;
}

/**
 * Indices with a copy on a node above the flood stage become read-only, and writable again once all their nodes are below
 * the high watermark. Source: Elasticsearch's reference, "Disk-based shard allocation".
 */
export function updateFloodBlocks(cluster: Cluster): void {
  const members = [...cluster.members.values()];
  const above = (stage: 'high' | 'flood_stage') =>
    new Set(
      members
        .filter(
          ({ volume }) => volume.totalBytes - usedBytes(volume) < reservedBytes(cluster, stage, volume.totalBytes),
        )
        .map((node) => node.name),
    );
  const flooded = isWatched(cluster) ? above('flood_stage') : new Set<string>();
  const high = isWatched(cluster) ? above('high') : new Set<string>();
  for (const index of cluster.indices.values()) {
    const nodes = index.shards.flatMap((shard) => shard.copies.map((copy) => copy.node ?? ''));
    if (nodes.some((node) => flooded.has(node))) index.blocked = true;
    else if (!nodes.some((node) => high.has(node))) index.blocked = false;
  }
}
