// Snapshots of the simulated Elasticsearch: each primary is copied once, and stays where it is meanwhile.
import { allShards, type Cluster, primaryOf, primaryStore, type Shard, shardKey, type World } from './state.ts';

/** `max_snapshot_bytes_per_sec` of a repository. */
const bytesPerSecond = 40 * 1024 ** 2;

/** Starts a snapshot of all indices, named `<repository>/<snapshot>`. */
export function startSnapshot(cluster: Cluster, name: string): void {
  const shards = allShards(cluster).filter((shard) => primaryStore(cluster, shard) !== undefined);
  cluster.snapshots.set(name, {
    name,
    remaining: new Map(shards.map((shard) => [shardKey(shard), Math.max(1, primaryStore(cluster, shard)?.bytes ?? 0)])),
    failed: new Set(),
  });
}

/** A shard whose primary loses its node fails; the snapshot goes on without it. */
export function progressSnapshots(world: World, cluster: Cluster): void {
  const shards = new Map(allShards(cluster).map((shard): [string, Shard] => [shardKey(shard), shard]));
  for (const snapshot of cluster.snapshots.values()) {
    for (const [key, bytes] of [...snapshot.remaining]) {
      const shard = shards.get(key);
      const isThere = shard !== undefined && primaryOf(shard)?.node !== undefined;
      if (!isThere) snapshot.failed.add(key);
      const left = bytes - bytesPerSecond * world.secondsPerTick;
      if (!isThere || left <= 0) snapshot.remaining.delete(key);
      else snapshot.remaining.set(key, left);
    }
    if (snapshot.remaining.size === 0) cluster.snapshots.delete(snapshot.name);
  }
}
