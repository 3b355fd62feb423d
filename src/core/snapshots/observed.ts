// What the planners of snapshots know of repositories, snapshots and restores in an Elasticsearch: each look is one immutable value.
import type { SnapshotState } from '../../api/snapshot-status.ts';

/** An answer, or why there is none: half an answer is none, and authorises nothing. */
export type Answer<T> = { readonly answered: true; readonly value: T } | Unanswered;

/** `code` is a small stable name such as `EsUnreachable`. */
export interface Unanswered {
  readonly answered: false;
  readonly code: string;
  readonly message: string;
}

/** A repository as Elasticsearch has it registered. */
export interface RegisteredRepository {
  /** Elasticsearch's word for it: `fs`, `s3`, `gcs`, `azure`, or the type of a plugin. */
  readonly type: string;
  readonly settings: Readonly<Record<string, string>>;
}

/** A snapshot in a repository, whoever took it. */
export interface SnapshotInfo {
  readonly name: string;
  readonly uuid: string;
  readonly state: Exclude<SnapshotState, 'Waiting'>;
  /** RFC 3339. */
  readonly startedAt: string;
  /** RFC 3339; undefined while it is taken. */
  readonly endedAt: string | undefined;
  readonly shards: { readonly total: number; readonly done: number; readonly failed: number };
  /** The first of them; none in lists, which may be long. */
  readonly failures: readonly { readonly index: string; readonly shard: number; readonly reason: string }[];
  /** Why it failed as a whole. */
  readonly reason?: string;
  /** Size of all that it holds; undefined while it is taken, and in lists. */
  readonly bytes?: number;
  /** None in lists. */
  readonly indices: readonly string[];
  readonly dataStreams: readonly string[];
  /** Version of Elasticsearch that took it. */
  readonly version: string;
  /** `metadata` as it was given when the snapshot was asked for; undefined when there is none. */
  readonly metadata: unknown;
}

/** How far a snapshot is: Elasticsearch's own counts. Sizes are of the shards that were begun: of the others nobody knows any. */
export interface SnapshotProgress {
  /** All that it will hold. */
  readonly totalBytes: number;
  /** What of that is not in the repository yet, and has to be copied. */
  readonly newBytes: number;
  /** What of that was copied so far. */
  readonly doneBytes: number;
  readonly shards: {
    readonly total: number;
    /** Those that are copied or were. */
    readonly begun: number;
    readonly done: number;
    readonly failed: number;
  };
}

/** Bytes of restored shards, by what Elasticsearch remembers of their recoveries. */
export interface RestoreProgress {
  readonly totalBytes: number;
  readonly doneBytes: number;
  /** How many shards these bytes are of: of those that wait for their turn, nothing is known. */
  readonly shards: number;
}

/** What stands in the cluster under a name that was asked for. */
export interface StandingStream {
  readonly name: string;
  /** An index can have the name, too. */
  readonly isStream: boolean;
  /** RFC 3339: when the oldest of its indices was made. Those that are restored keep the time of their first creation. */
  readonly oldestAt: string;
  /** Its lifecycle is switched off: retention leaves it alone. */
  readonly held: boolean;
  readonly primaries: readonly PrimaryShard[];
}

export interface PrimaryShard {
  readonly index: string;
  readonly shard: number;
  /** Lost: Elasticsearch has given up restoring it. */
  readonly state: 'Started' | 'Waiting' | 'Lost';
}
