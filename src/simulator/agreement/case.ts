// The form of a case on which the simulator and a real Elasticsearch must agree: where a cluster starts, what happens, what stands at rest.

export interface CaseNode {
  /** `node.name`. */
  readonly name: string;
  readonly roles: readonly string[];
  /** Of Elasticsearch; 9.4.3 where none is given. */
  readonly version?: '8.19.8';
  /** `node.attr.*` without that prefix. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Size of its disk; where none is given, disks play no part in the case. */
  readonly diskMebibytes?: number;
}

/** Copies do not wait for nodes that left (`index.unassigned.node_left.delayed_timeout: 0`): rest would come a minute later. */
export interface CaseIndex {
  readonly name: string;
  readonly shards?: number;
  readonly replicas: number;
  /** `index.auto_expand_replicas`, for example `0-1`. Then `replicas` is where it starts. */
  readonly autoExpand?: string;
  /** `index.routing.allocation.include._tier_preference`. */
  readonly tierPreference?: readonly string[];
  /** `index.routing.allocation.*` without that prefix, for example `require._name`. */
  readonly filters?: Readonly<Record<string, string>>;
  /** What each shard holds. A real index is filled with as much data that does not compress. */
  readonly mebibytesPerShard?: number;
}

/** After each step the cluster comes to rest before the next one. */
export type CaseStep =
  | { readonly do: 'exclude'; readonly nodes: readonly string[] }
  | { readonly do: 'set'; readonly settings: Readonly<Record<string, string | null>> }
  /** SIGKILL. The disk stays. */
  | { readonly do: 'kill'; readonly nodes: readonly string[] }
  /** The same nodes on the same disks. */
  | { readonly do: 'start'; readonly nodes: readonly string[] }
  | { readonly do: 'add'; readonly nodes: readonly CaseNode[] }
  /** `refused`: Elasticsearch answers with an error and changes nothing. */
  | { readonly do: 'create'; readonly index: CaseIndex; readonly refused?: true }
  | { readonly do: 'replicas'; readonly index: string; readonly replicas: number; readonly refused?: true }
  | { readonly do: 'tiers'; readonly index: string; readonly tierPreference: readonly string[] }
  | { readonly do: 'filter'; readonly index: string; readonly filters: Readonly<Record<string, string | null>> }
  /** One acknowledged document in each shard. */
  | { readonly do: 'write'; readonly index: string }
  | { readonly do: 'fill'; readonly node: string; readonly mebibytes: number }
  /** By their names; by their ids where these are away. */
  | { readonly do: 'excludeVoting'; readonly nodes: readonly string[]; readonly by?: 'id' }
  | { readonly do: 'clearVoting' };

export interface ExpectedIndex {
  /** Nodes that may hold copies, and no other. Not given: any. */
  readonly onlyOn?: readonly string[];
  /** Nodes that must hold a copy of every shard. */
  readonly allOn?: readonly string[];
  /** Copies that serve, over all shards. */
  readonly started?: number;
  readonly unassigned?: number;
  /** `index.number_of_replicas`. */
  readonly replicas?: number;
  /** Whether a document can be written. */
  readonly writable?: boolean;
}

export interface Expected {
  /** `none`: no node knows a master. */
  readonly health: 'green' | 'yellow' | 'red' | 'none';
  readonly indices?: Readonly<Record<string, ExpectedIndex>>;
  /** Nodes that hold no copy. */
  readonly empty?: readonly string[];
  /** Nodes that still hold copies, because nothing else takes them. */
  readonly notEmpty?: readonly string[];
  /** Exactly these are the voting configuration. */
  readonly voters?: readonly string[];
  /** So many are. */
  readonly voterCount?: number;
  /** None of these is. */
  readonly noVoters?: readonly string[];
  readonly master?: readonly string[];
  readonly members?: readonly string[];
}

export interface AgreementCase {
  /** Unique, in lower case with hyphens. */
  readonly name: string;
  readonly nodes: readonly CaseNode[];
  /** Persistent cluster settings from the start. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly indices?: readonly CaseIndex[];
  readonly steps: readonly CaseStep[];
  readonly expected: Expected;
}
