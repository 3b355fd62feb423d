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

/** How far the shards of restored indices are. */
export interface RestoreProgress {
  readonly totalBytes: number;
  readonly doneBytes: number;
  readonly shards: { readonly total: number; readonly done: number; readonly failed: number };
}
