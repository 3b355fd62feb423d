// What the planner knows of a stack's Elasticsearch: one immutable look at its Kubernetes objects and at the cluster itself.
import type { KubeObject } from '../kubernetes.ts';

export type HealthStatus = 'green' | 'yellow' | 'red';

/** `_cluster/health`, less what no decision needs. Counts are shards. */
export interface ClusterHealth {
  readonly status: HealthStatus;
  /** The master had nothing left to do when it answered; otherwise the figures may be about to change. */
  readonly settled: boolean;
  readonly initializing: number;
  readonly relocating: number;
  readonly unassigned: number;
}

export interface ClusterNode {
  /** `node.name`: the name of the node's pod. */
  readonly name: string;
  readonly version: string;
  readonly roles: readonly string[];
}

/** What this Elasticsearch can do. Looked up once for each cluster and version, because trimmed distributions lack some of it. */
export interface Capabilities {
  /** Retention by data stream lifecycle (`PUT _data_stream/<name>/_lifecycle`). */
  readonly streamLifecycle: boolean;
  /** Those of `logs@mappings` and `ecs@mappings` that exist. */
  readonly componentTemplates: readonly string[];
  /** The field type `match_only_text`. */
  readonly matchOnlyText: boolean;
}

/** Persistent cluster settings that the operator may set, and its marks. */
export interface ClusterSettings {
  /** `cluster.routing.allocation.exclude._name`, split. Users' names are among them. */
  readonly excludedNames: readonly string[];
  /** `cluster.routing.allocation.enable`; undefined when nobody set it. */
  readonly allocationEnable: string | undefined;
  /** `cluster.metadata.loggingstack.*` without that prefix: what the operator set, and what stood before. */
  readonly marks: Readonly<Record<string, string>>;
  /** What somebody set as transient settings, which win over these. The operator never writes any. */
  readonly transient?: { readonly excludedNames?: readonly string[]; readonly allocationEnable?: string };
}

/** Who elects the master. Names of nodes. */
export interface VotingState {
  /** The last committed voting configuration. */
  readonly configuration: readonly string[];
  /** Nodes under a voting exclusion. */
  readonly excluded: readonly string[];
}

export type ShardState = 'STARTED' | 'RELOCATING' | 'INITIALIZING' | 'UNASSIGNED';

/** One copy of a shard, as the routing table has it. */
export interface ShardCopy {
  readonly index: string;
  readonly shard: number;
  readonly primary: boolean;
  readonly state: ShardState;
  /** Name of its node; undefined when it is unassigned. */
  readonly node: string | undefined;
  /** Name of the node that it moves to. */
  readonly relocatingTo: string | undefined;
  /** Whether it holds every acknowledged write: its allocation id is in the index's in-sync set. */
  readonly inSync: boolean;
  /** Size on disk; undefined when unknown. */
  readonly bytes: number | undefined;
}

export interface IndexState {
  readonly name: string;
  /** `index.number_of_replicas`. */
  readonly replicas: number;
  /** Whether `index.auto_expand_replicas` is in use: then Elasticsearch itself follows the nodes. */
  readonly autoExpand: boolean;
  /** Whether a user tied it to nodes by `index.routing.allocation.{include,exclude,require}.*`. */
  readonly pinned: boolean;
  /** `index.routing.allocation.include._tier_preference`, split. */
  readonly tierPreference: readonly string[];
  /** The data stream that it backs; undefined when none. */
  readonly dataStream: string | undefined;
  readonly hidden: boolean;
  /** The version of Elasticsearch that made it: `7.17.29`, or `8.x` from 8.11 on, where an index tells its major version only. */
  readonly createdIn: string;
}

/** One node's own word, beside the routing table's. */
export interface NodeDetail {
  readonly name: string;
  readonly id: string;
  readonly version: string;
  readonly roles: readonly string[];
  /** Shard copies by the node's own count; undefined when it gave no answer. */
  readonly ownShards: number | undefined;
  readonly disk: { readonly totalBytes: number; readonly availableBytes: number } | undefined;
}

/** Settings that bound where shards may go, as text of Elasticsearch: a percentage, a ratio or an amount. */
export interface AllocationLimits {
  readonly lowWatermark: string;
  readonly highWatermark: string;
  readonly floodStage: string;
  /** Bytes; undefined when it does not apply. */
  readonly lowMaxHeadroomBytes: number | undefined;
  readonly maxShardsPerNode: number;
}

/** What Elasticsearch says will no longer work in its next major version. */
export interface Deprecation {
  /** Undefined when it is of no single index. */
  readonly index: string | undefined;
  readonly message: string;
}

/** A shard on a node that is being emptied, while nothing moves. */
export interface StuckShard {
  readonly index: string;
  readonly shard: number;
  readonly node: string;
  /** What speaks against the node that comes nearest to taking it, in Elasticsearch's words. */
  readonly reason: string;
}

/** What only a change needs to know; looked up when the planner asks for it. All of it, or none; but a node may not have given its own word. */
export interface ClusterDetail {
  readonly nodes: readonly NodeDetail[];
  readonly shards: readonly ShardCopy[];
  readonly indices: readonly IndexState[];
  readonly limits: AllocationLimits;
  /** `<repository>/<snapshot>`, whoever started them. */
  readonly snapshotsInProgress: readonly string[];
  /** One for each excluded node whose first shard no node may take; asked only while shards are left there and none moves. */
  readonly stuck: readonly StuckShard[];
  /** Critical ones; undefined when nobody asked, because no new major version is wanted. */
  readonly deprecations?: readonly Deprecation[];
}

/** `code` is a small stable name such as `EsTimeout`. */
export interface DetailFault {
  readonly code: string;
  readonly message: string;
}

/** A cluster that answered every question of one look. */
export interface AnsweredLook {
  readonly answered: true;
  /** `cluster_uuid`. Nodes that have not formed a cluster yet give no answer. */
  readonly uuid: string;
  readonly health: ClusterHealth;
  readonly nodes: readonly ClusterNode[];
  readonly capabilities: Capabilities;
  /** The stack's own index template as it stands; undefined when there is none. */
  readonly indexTemplate: IndexTemplateState | undefined;
  readonly settings: ClusterSettings;
  readonly voting: VotingState;
  /** Undefined when this look was not asked for it. */
  readonly detail: ClusterDetail | undefined;
  /** Why the detail could not be had although the planner asked for it: half an answer is none. */
  readonly detailFault?: DetailFault;
}

/** An index template as Elasticsearch returns it with flat settings. */
export type IndexTemplateState = Readonly<Record<string, unknown>>;

/** No answer, or half an answer: it authorises nothing. `code` is a small stable name such as `EsUnreachable`. */
export interface UnansweredLook {
  readonly answered: false;
  readonly code: string;
  readonly message: string;
}

export type ClusterLook = AnsweredLook | UnansweredLook;

export interface Observed {
  /** When the look was taken: RFC 3339, as the times in Kubernetes objects are. */
  readonly takenAt: string;
  /**
   * Live objects of the stack's Elasticsearch: StatefulSets, Pods, claims (also kept ones of a deleted stack of this
   * name), ConfigMaps, Services, PodDisruptionBudgets, ServiceAccounts.
   */
  readonly objects: readonly KubeObject[];
  /** Names of the stack's Secrets that exist. Their values are nobody's business here. */
  readonly secrets: readonly string[];
  /** `status.elasticsearch.clusterUUID`: mirrors the annotation on the masters' claims, so it is never newer than they are. */
  readonly recordedUuid: string | undefined;
  readonly cluster: ClusterLook;
}
