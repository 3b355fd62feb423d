// What the planner may ask for: writes of Kubernetes objects and of Elasticsearch, each safe to repeat.
import type { ObjectAction } from '../objects.ts';

/** Creates or replaces the stack's index template. */
export interface PutIndexTemplate {
  readonly kind: 'putIndexTemplate';
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * Brings data streams that exist already to the retention that the template has for new ones. Those that have one of
 * their own, or whose lifecycle somebody changed in another way, stay as they are.
 */
export interface UpdateStreams {
  readonly kind: 'updateStreams';
  /** Pattern of the data streams, for example `logs-*-*`. */
  readonly pattern: string;
  /** Retentions that they may have by the operator's doing; undefined for those that never had one. */
  readonly from: readonly (string | undefined)[];
  /** For example `14d`. */
  readonly retention: string;
}

/** Sets the whole list of nodes that get no shards, and the mark of those that are on it by the operator's doing, in one request. */
export interface SetExclusions {
  readonly kind: 'setExclusions';
  /** `cluster.routing.allocation.exclude._name`; an empty list unsets it. */
  readonly names: readonly string[];
  /** Those of them that the operator added; and, as `tier:<role>`, tiers that it takes indices out of. */
  readonly marked: readonly string[];
}

/** Takes nodes out of the voting configuration before they leave. */
export interface AddVotingExclusions {
  readonly kind: 'addVotingExclusions';
  readonly nodes: readonly string[];
  /** What stands for the nodes: their names where it is not said. Of one that is away, Elasticsearch finds the vote by its id only. */
  readonly by?: 'id';
}

/** Clears the list of voting exclusions without waiting for nodes to leave. */
export interface ClearVotingExclusions {
  readonly kind: 'clearVotingExclusions';
}

/** Sets the copies of indices that the stack manages. */
export interface SetReplicas {
  readonly kind: 'setReplicas';
  readonly indices: readonly string[];
  readonly replicas: number;
}

/** Sets the tiers that indices prefer, the most preferred one first. */
export interface SetTierPreference {
  readonly kind: 'setTierPreference';
  readonly indices: readonly string[];
  /** `index.routing.allocation.include._tier_preference`. */
  readonly tiers: readonly string[];
}

/** Holds allocation while a node restarts, or ends that; together with the mark that tells of it, in one request. */
export interface SetAllocationEnable {
  readonly kind: 'setAllocationEnable';
  /** `cluster.routing.allocation.enable`: an undefined value unsets it. Undefined leaves it as it is. */
  readonly enable: { readonly value: string | undefined } | undefined;
  /** The mark of whose restart it is for; undefined takes it away. */
  readonly restart: string | undefined;
}

export type ElasticsearchAction =
  | SetAllocationEnable
  | PutIndexTemplate
  | UpdateStreams
  | SetExclusions
  | AddVotingExclusions
  | ClearVotingExclusions
  | SetReplicas
  | SetTierPreference;

export type Action = ObjectAction | ElasticsearchAction;

export const isElasticsearchAction = (action: Action): action is ElasticsearchAction =>
  !('object' in action || 'reference' in action);
