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
