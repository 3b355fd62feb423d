// Indices of the simulated Elasticsearch: made from templates, given more or fewer copies, written to.
import { filtersAllow, tierAllows } from './deciders.ts';
import { availableBytes } from './disks.ts';
import { failCopy } from './recovery.ts';
import { numberSetting } from './settings.ts';
import {
  allShards,
  type Cluster,
  type Copy,
  type Index,
  isActive,
  isDataNode,
  primaryOf,
  type Shard,
  shardKey,
  type StoredCopy,
  type World,
} from './state.ts';

export interface IndexOptions {
  readonly shards?: number;
  readonly replicas?: number;
  readonly autoExpand?: { readonly min: number; readonly max: number };
  /** Where none is given: `data_content`, and `data_hot` for data streams, as Elasticsearch does. */
  readonly tierPreference?: readonly string[];
  /** `index.routing.allocation.*` without that prefix. */
  readonly filters?: Readonly<Record<string, string>>;
  readonly dataStream?: string;
  readonly hidden?: boolean;
  /** `index.unassigned.node_left.delayed_timeout`; 60 as in Elasticsearch where none is given. */
  readonly delayedSeconds?: number;
  /** Defaults to the version of the oldest member. */
  readonly createdIn?: string;
}

const emptyCopy = (primary: boolean): Copy => ({
  primary,
  state: 'UNASSIGNED',
  node: undefined,
  allocationId: undefined,
  target: undefined,
  remainingBytes: 0,
  delayedUntil: 0,
});

/** Makes an index. Refused when the cluster would have more shards than `cluster.max_shards_per_node` allows. */
export function createIndex(cluster: Cluster, name: string, options: IndexOptions = {}): Index {
  const { shards = 1, replicas = 1, autoExpand, dataStream, hidden = false } = options;
  if (cluster.indices.has(name)) throw new Error(`Index ${name} exists.`);
  requireRoom(cluster, shards * (replicas + 1));
  const index: Index = {
    name,
    replicas,
    autoExpand,
    tierPreference: options.tierPreference ?? [dataStream === undefined ? 'data_content' : 'data_hot'],
    filters: new Map(Object.entries(options.filters ?? {})),
    dataStream,
    hidden,
    delayedSeconds: options.delayedSeconds ?? 60,
    createdIn: options.createdIn ?? [...cluster.members.values()].map((node) => node.version).toSorted()[0] ?? '9.4.3',
    blocked: false,
    shards: Array.from({ length: shards }, (_, number) => ({
      index: name,
      number,
      copies: Array.from({ length: replicas + 1 }, (_copy, position) => emptyCopy(position === 0)),
      inSync: new Set<string>(),
      acknowledged: 0,
    })),
  };
  cluster.indices.set(name, index);
  return index;
}

/** Copies of every state count, on all data nodes together. Source: Elasticsearch, ShardLimitValidator. */
function requireRoom(cluster: Cluster, added: number): void {
  const nodes = [...cluster.members.values()].filter(isDataNode).length;
  const limit = nodes * numberSetting(cluster, 'cluster.max_shards_per_node');
  const open = allShards(cluster).reduce((sum, shard) => sum + shard.copies.length, 0);
  if (open + added > limit)
    throw new Error(`This action would add ${added} shards, but this cluster has ${open} of ${limit} at most.`);
}

/** Replicas that a new backing index of a data stream gets: those of the matching template with the highest priority. */
function templateReplicas(cluster: Cluster, stream: string): number {
  const found = [...cluster.templates.values()]
    .filter((body) => (body['index_patterns'] as string[] | undefined)?.some((pattern) => matches(pattern, stream)))
    .toSorted((first, second) => Number(second['priority'] ?? 0) - Number(first['priority'] ?? 0))[0];
  const { settings = {} } = (found?.['template'] ?? {}) as { settings?: Record<string, unknown> };
  return Number(settings['index.number_of_replicas'] ?? 1);
}

const matches = (pattern: string, name: string): boolean =>
  new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  ).test(name);

/** Makes the next backing index of a data stream, and the stream with its first. */
export function rollOver(cluster: Cluster, stream: string, options: IndexOptions = {}): Index {
  const generation = [...cluster.indices.values()].filter((index) => index.dataStream === stream).length + 1;
  return createIndex(cluster, `.ds-${stream}-2026.01.01-${String(generation).padStart(6, '0')}`, {
    replicas: templateReplicas(cluster, stream),
    hidden: true,
    ...options,
    dataStream: stream,
  });
}

/** Changes the number of copies. Those without a place go first; the in-sync set follows at the next write. Source: Elasticsearch, IndexRoutingTable. */
export function setReplicas(cluster: Cluster, index: Index, replicas: number): void {
  if (replicas > index.replicas) requireRoom(cluster, (replicas - index.replicas) * index.shards.length);
  index.replicas = replicas;
  for (const { copies } of index.shards) {
    while (copies.length <= replicas) copies.push(emptyCopy(false));
    while (copies.length > replicas + 1) {
      const spare = copies.filter((copy) => !copy.primary);
      const removed =
        spare.find((copy) => copy.state === 'UNASSIGNED') ?? spare.find((copy) => !isActive(copy)) ?? spare.at(-1);
      copies.splice(copies.indexOf(removed ?? emptyCopy(false)), 1);
    }
  }
}

/** `index.auto_expand_replicas` follows the nodes that filters and tiers allow, not disks or awareness. Source: Elasticsearch, AutoExpandReplicas. */
export function autoExpand(cluster: Cluster): void {
  for (const index of cluster.indices.values()) {
    const [shard] = index.shards;
    if (index.autoExpand === undefined || shard === undefined) continue;
    const { min, max } = index.autoExpand;
    const nodes = [...cluster.members.values()].filter(
      (node) => tierAllows(cluster, shard, node) && filtersAllow(cluster, shard, node),
    ).length;
    const wanted = Math.max(min, Math.min(max, nodes - 1));
    if (max >= nodes && wanted > nodes - 1 && wanted !== min) continue;
    if (wanted !== index.replicas) setReplicas(cluster, index, wanted);
  }
}

/**
 * A client writes documents to an index. They are acknowledged only when the primary and every copy that serves have them;
 * a copy whose process is gone is given up first, and then is no longer in-sync. Returns how many were acknowledged.
 * Source: Elasticsearch's reference, "Reading and writing documents".
 */
export function write(world: World, cluster: Cluster, index: Index, documents: number, bytesEach: number): number {
  if (index.blocked || cluster.master === undefined) return 0;
  const part = Math.ceil(documents / index.shards.length);
  return index.shards.filter((shard) => writeShard(world, cluster, shard, part, bytesEach)).length * part;
}

function writeShard(world: World, cluster: Cluster, shard: Shard, documents: number, bytesEach: number): boolean {
  const primary = primaryOf(shard);
  if (primary === undefined || !isActive(primary) || !runsAt(world, cluster, primary)) return false;
  const places = shard.copies.filter(isActive);
  // A frozen process holds the write up until the cluster gives it up.
  if (places.some((copy) => world.nodes.get(copy.node ?? '')?.frozenAt !== undefined)) return false;
  const stores = places.map((copy) => ({ copy, store: storeOf(world, cluster, shard, copy) }));
  const full = stores.some(
    ({ copy, store }) =>
      store !== undefined &&
      availableBytes(cluster.members.get(copy.node ?? '')?.volume ?? noVolume) < documents * bytesEach,
  );
  if (full) return false;
  for (const { copy, store } of stores)
    if (store === undefined) failCopy(shard, copy, 0, cluster);
    else {
      store.documents += documents;
      store.bytes += documents * bytesEach;
    }
  const placed = new Set(shard.copies.map((copy) => copy.allocationId));
  for (const id of [...shard.inSync]) if (!placed.has(id)) shard.inSync.delete(id);
  shard.acknowledged += documents;
  return true;
}

const noVolume = {
  name: '',
  totalBytes: 0,
  foreignBytes: 0,
  nodeId: undefined,
  clusterUuid: undefined,
  copies: new Map<string, StoredCopy>(),
};

const runsAt = (world: World, cluster: Cluster, copy: Copy): boolean => {
  const node = world.nodes.get(copy.node ?? '');
  return node !== undefined && cluster.members.get(node.name) === node && node.frozenAt === undefined;
};

const storeOf = (world: World, cluster: Cluster, shard: Shard, copy: Copy): StoredCopy | undefined =>
  runsAt(world, cluster, copy) ? world.nodes.get(copy.node ?? '')?.volume.copies.get(shardKey(shard)) : undefined;
