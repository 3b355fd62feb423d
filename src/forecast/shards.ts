// Indices and shard copies of the simulated cluster, from the routing table that a look shows.
import type { ClusterDetail, IndexState, ShardCopy } from '../core/elasticsearch/observed.ts';
import { failCopy } from '../simulator/recovery.ts';
import {
  type Cluster,
  type Copy,
  type Index,
  newId,
  type Shard,
  shardKey,
  ticksOf,
  type World,
} from '../simulator/state.ts';

/** `index.unassigned.node_left.delayed_timeout`, which a look does not tell: Elasticsearch's default. */
const delayedSeconds = 60;

/** The id of an in-sync copy that may be anywhere: nobody may start the shard without it. */
const elsewhere = 'elsewhere';

/** Puts every index and copy where the look shows it. Documents of the simulator stand for bytes here. */
export function placeShards(world: World, cluster: Cluster, detail: ClusterDetail): void {
  const copies = Map.groupBy(detail.shards, ({ index }) => index);
  for (const index of detail.indices) {
    const shards = Map.groupBy(copies.get(index.name) ?? [], ({ shard }) => shard);
    const numbers = [...shards.keys()].toSorted((first, second) => first - second);
    cluster.indices.set(
      index.name,
      indexOf(
        index,
        numbers.map((number) => shardOf(world, cluster, shards.get(number) ?? [])),
      ),
    );
  }
}

function indexOf(state: IndexState, shards: readonly Shard[]): Index {
  const { name, replicas, tierPreference, dataStream, hidden, createdIn } = state;
  return {
    name,
    replicas,
    // Its bounds are not in the look: as many copies as now, or fewer where nodes go.
    autoExpand: state.autoExpand ? { min: 0, max: replicas } : undefined,
    tierPreference,
    // To what a user tied it is not in the look either: the planner is told that he did, and refuses where it matters.
    filters: new Map(state.pinned ? [['require._name', '*']] : []),
    dataStream,
    hidden,
    createdIn,
    delayedSeconds,
    blocked: false,
    shards,
  };
}

function shardOf(world: World, cluster: Cluster, copies: readonly ShardCopy[]): Shard {
  const [first] = copies;
  const bytes = Math.max(0, ...copies.map((copy) => copy.bytes ?? 0));
  const shard: Shard = {
    index: first?.index ?? '',
    number: first?.shard ?? 0,
    copies: [],
    inSync: new Set(),
    acknowledged: 0,
  };
  for (const copy of copies) {
    const placed = copyOf(world, copy, bytes);
    shard.copies.push(placed);
    if (copy.inSync && placed.allocationId !== undefined) shard.inSync.add(placed.allocationId);
    store(cluster, shard, copy, placed, bytes);
  }
  leaveStrangers(world, cluster, shard);
  // What no copy in sight holds is lost already, or comes back with its node: neither is this plan's doing.
  if (shard.inSync.size > 0) shard.acknowledged = bytes;
  else if (copies.some((copy) => copy.primary && copy.state === 'UNASSIGNED')) shard.inSync.add(elsewhere);
  return shard;
}

/** Copies on nodes that are no members, as an old routing table may have them: they have left, and others take over. */
function leaveStrangers(world: World, cluster: Cluster, shard: Shard): void {
  for (const copy of shard.copies) {
    if (copy.target !== undefined && !cluster.members.has(copy.target.node))
      Object.assign(copy, { state: 'STARTED', target: undefined });
    if (copy.node !== undefined && !cluster.members.has(copy.node))
      failCopy(shard, copy, world.tick + ticksOf(world, delayedSeconds), cluster);
  }
}

function copyOf(world: World, copy: ShardCopy, bytes: number): Copy {
  const { primary, state, node, relocatingTo } = copy;
  return {
    primary,
    state,
    node,
    allocationId: node === undefined ? undefined : newId(world, 'allocation-'),
    target:
      relocatingTo === undefined
        ? undefined
        : { node: relocatingTo, allocationId: newId(world, 'allocation-'), remainingBytes: bytes },
    remainingBytes: state === 'INITIALIZING' ? Math.max(0, bytes - (copy.bytes ?? 0)) : 0,
    delayedUntil: state === 'UNASSIGNED' ? ticksOf(world, delayedSeconds) : 0,
  };
}

function store(cluster: Cluster, shard: Shard, { state, bytes: own }: ShardCopy, copy: Copy, bytes: number): void {
  const key = shardKey(shard);
  const put = (node: string | undefined, allocationId: string | undefined, documents: number, size: number) => {
    if (node === undefined || allocationId === undefined) return;
    cluster.members.get(node)?.volume.copies.set(key, { allocationId, documents, bytes: size });
  };
  const isWhole = state === 'STARTED' || state === 'RELOCATING';
  put(copy.node, copy.allocationId, isWhole ? bytes : 0, own ?? (isWhole ? bytes : 0));
  put(copy.target?.node, copy.target?.allocationId, 0, 0);
}
