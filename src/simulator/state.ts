// The simulator's state: volumes, Elasticsearch nodes, clusters with their indices and shards. Plain data; the rules that move it lie beside it.

/** What a volume holds of one shard. It outlives the process that wrote it. */
export interface StoredCopy {
  allocationId: string;
  /** Acknowledged documents that are in it. */
  documents: number;
  bytes: number;
}

/** One persistent volume. Elasticsearch keeps the node's id and its cluster's uuid on it. */
export interface Volume {
  readonly name: string;
  totalBytes: number;
  /** Bytes that are no shard of ours: what a test fills the disk with. */
  foreignBytes: number;
  nodeId: string | undefined;
  clusterUuid: string | undefined;
  /** The version that used it last. No older one starts on it. Source: Elasticsearch, NodeMetadata.upgradeToCurrentVersion. */
  version?: string;
  /** By shard key. */
  readonly copies: Map<string, StoredCopy>;
}

/** One running process. A restart makes a new one with the same volume, so with the same id. */
export interface ElasticsearchNode {
  readonly name: string;
  readonly id: string;
  readonly version: string;
  readonly roles: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
  /** `cluster.initial_master_nodes`. */
  readonly firstMasters: readonly string[];
  readonly volume: Volume;
  /** The tick at which it was frozen (as by SIGSTOP); undefined while it runs. */
  frozenAt: number | undefined;
}

export type CopyState = 'STARTED' | 'RELOCATING' | 'INITIALIZING' | 'UNASSIGNED';

/** Where a copy moves to. */
export interface Target {
  readonly node: string;
  readonly allocationId: string;
  remainingBytes: number;
}

/** A copy's entry in the routing table. */
export interface Copy {
  primary: boolean;
  state: CopyState;
  node: string | undefined;
  allocationId: string | undefined;
  target: Target | undefined;
  /** Bytes that it still has to receive while it is INITIALIZING. */
  remainingBytes: number;
  /** Until this tick it waits for the node that it was on (`index.unassigned.node_left.delayed_timeout`). */
  delayedUntil: number;
}

export interface Shard {
  readonly index: string;
  readonly number: number;
  readonly copies: Copy[];
  /** Allocation ids of the copies that hold every acknowledged document. */
  readonly inSync: Set<string>;
  /** Documents that a client was told are safe. */
  acknowledged: number;
}

export interface Index {
  readonly name: string;
  replicas: number;
  /** `index.auto_expand_replicas`, as lowest and highest number. */
  autoExpand: { readonly min: number; readonly max: number } | undefined;
  tierPreference: readonly string[];
  /** `index.routing.allocation.*` without that prefix, such as `require._name`. */
  readonly filters: Map<string, string>;
  readonly dataStream: string | undefined;
  readonly hidden: boolean;
  readonly createdIn: string;
  /** `index.unassigned.node_left.delayed_timeout`: how long a copy waits for the node that it was on. */
  readonly delayedSeconds: number;
  /** `index.blocks.read_only_allow_delete`. */
  blocked: boolean;
  readonly shards: readonly Shard[];
}

export interface VotingExclusion {
  readonly name: string;
  /** Undefined while no node of that name has been seen. */
  id: string | undefined;
}

export interface Snapshot {
  readonly name: string;
  /** Bytes still to be copied, by key of the shard. */
  readonly remaining: Map<string, number>;
  /** Keys of shards whose node left before they were copied. */
  readonly failed: Set<string>;
}

/** What a cluster's masters have committed. */
export interface Cluster {
  readonly uuid: string;
  /** The elected master's name; undefined while there is none. */
  master: string | undefined;
  readonly members: Map<string, ElasticsearchNode>;
  /** Ids of the nodes of the last committed voting configuration, with their names. */
  voting: ReadonlyMap<string, string>;
  exclusions: VotingExclusion[];
  /** Persistent settings by flat key. */
  readonly settings: Map<string, string>;
  readonly indices: Map<string, Index>;
  readonly templates: Map<string, Readonly<Record<string, unknown>>>;
  readonly snapshots: Map<string, Snapshot>;
}

export interface World {
  tick: number;
  readonly secondsPerTick: number;
  /** What one node takes in by recoveries. */
  readonly recoveryBytesPerSecond: number;
  readonly volumes: Map<string, Volume>;
  /** Processes that run, by name. */
  readonly nodes: Map<string, ElasticsearchNode>;
  /** By uuid, in the order in which they formed. */
  readonly clusters: Map<string, Cluster>;
  serial: number;
}

export function newId(world: World, prefix: string): string {
  world.serial += 1;
  return `${prefix}${world.serial}`;
}

/** Ticks that a span of time takes, at least one. */
export const ticksOf = (world: World, seconds: number): number =>
  Math.max(1, Math.ceil(seconds / world.secondsPerTick));

export const shardKey = ({ index, number }: Shard): string => `${index}/${number}`;

/** Shards by the map of indices that they are of. An index keeps its shards, and none is ever taken away for another. */
const known = new WeakMap<Cluster['indices'], { readonly indices: number; readonly shards: readonly Shard[] }>();

export function allShards({ indices }: Cluster): readonly Shard[] {
  const found = known.get(indices);
  if (found?.indices === indices.size) return found.shards;
  const shards = [...indices.values()].flatMap((one) => one.shards);
  known.set(indices, { indices: indices.size, shards });
  return shards;
}

/** Copies that serve: a relocating one does so until its move is over. */
export const isActive = (copy: Copy): boolean => copy.state === 'STARTED' || copy.state === 'RELOCATING';

export const primaryOf = (shard: Shard): Copy | undefined => shard.copies.find((copy) => copy.primary);

export const indexOf = (cluster: Cluster, shard: Shard): Index => {
  const index = cluster.indices.get(shard.index);
  if (index === undefined) throw new Error(`Shard ${shardKey(shard)} has no index.`);
  return index;
};

export const storedCopy = (node: ElasticsearchNode, shard: Shard): StoredCopy | undefined =>
  node.volume.copies.get(shardKey(shard));

/** What the primary's copy on disk holds; nothing while the shard has never been written. */
export function primaryStore(cluster: Cluster, shard: Shard): StoredCopy | undefined {
  const primary = primaryOf(shard);
  const node = primary?.node === undefined ? undefined : cluster.members.get(primary.node);
  return node === undefined ? undefined : storedCopy(node, shard);
}

export const isDataNode = (node: ElasticsearchNode): boolean => node.roles.some((role) => /^data(_|$)/.test(role));

export const isMasterEligible = (node: ElasticsearchNode): boolean => node.roles.includes('master');
