// Names of all safety rules, by whether an override may lift them: the schema of overrides and the rules themselves are checked against these lists.

/** Rules that an override can lift for one subject and a time: what may be lost is named by the subject, and comes back by itself or is not needed. */
export const liftableRules = [
  'Deprecations',
  'DiskTooSmall',
  'IndicesTooOld',
  'LastCopy',
  'PinnedIndex',
  'QueueLeftBehind',
  'ReplacementLosesData',
  'SnapshotRunning',
  'TooManyShards',
  'UnassignedMayBeThere',
  'ZeroReplicaRestart',
] as const;

/** Rules that nobody can lift: they guard the quorum and the identity of a cluster, what is not ours, what cannot be done, and looks that know too little. */
export const unliftableRules = [
  'AllocationOff',
  'ClusterUnknown',
  'DowngradeRefused',
  'FilebeatNotAdmitted',
  'ForeignClusterData',
  'ForeignObject',
  'LastMaster',
  'LastOfTier',
  'NoPlaceForShard',
  'NoSuchNode',
  'PodNotGone',
  'PodsNotReady',
  'Paused',
  'PoolRemovalRefused',
  'QueueResizeRefused',
  'QuorumAtRisk',
  'RoleChangeRefused',
  'SecretIncomplete',
  'SecretLost',
  'StorageChangeRefused',
  'TooManyCopies',
  'UpgradePathRefused',
  'VolumeExpansionRefused',
  'VolumeGoing',
  'WriteRefused',
] as const;

export type LiftableRule = (typeof liftableRules)[number];
export type UnliftableRule = (typeof unliftableRules)[number];
