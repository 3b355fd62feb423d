// What the planner of restores may ask of Elasticsearch, each safe to repeat.

/** Deletes data streams that a restore replaces. One that is gone already is no error. */
export interface DeleteStreams {
  readonly kind: 'deleteStreams';
  readonly streams: readonly string[];
}

/** Has Elasticsearch begin to restore data streams: all of them or none. It refuses when one of their indices is there. */
export interface RestoreStreams {
  readonly kind: 'restoreStreams';
  readonly repository: string;
  readonly snapshot: string;
  /** Their names in the snapshot. */
  readonly streams: readonly string[];
  /** Is added to their names, after a dot; undefined: they keep them. */
  readonly suffix: string | undefined;
  /** `index.number_of_replicas` of all that is restored. */
  readonly replicas: number;
  /** Where it is to be; undefined: on any data node. */
  readonly tier: string | undefined;
}

/** Has retention leave data streams alone. */
export interface HoldStreams {
  readonly kind: 'holdStreams';
  readonly streams: readonly string[];
}

/** Ends that: they follow the stack's retention, for example `14d`. */
export interface ReleaseStreams {
  readonly kind: 'releaseStreams';
  readonly streams: readonly string[];
  readonly retention: string;
}

export type RestoreAction = DeleteStreams | RestoreStreams | HoldStreams | ReleaseStreams;
