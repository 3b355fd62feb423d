// The words for what is done to a stack: in plans before an edit, in the log while it is carried out.

/** Each with its meaning; docs/reference-stackplan.md is made from this table. */
export const stepActions = {
  CreatePool: 'a new set of Elasticsearch nodes starts',
  ScaleUp: 'nodes are added to a pool',
  ChangeTemplate: 'a pool gets a new template; its nodes are replaced one by one afterwards',
  Restart: 'a node is replaced by one of the new template, on the same volume',
  ReplaceNode: 'a node starts anew on an empty volume',
  Drain: 'the shards of a node are moved to others',
  StopDrain: 'a node that was being emptied stays after all',
  TakeVote: 'a master node gives up its vote before it goes',
  RemoveNode: 'an emptied node goes',
  DeleteVolume: 'the volume of a node that went is deleted',
  RemovePool: 'the StatefulSet of a pool without nodes is deleted',
  ExpandVolume: 'a volume grows',
  LeaveTier: 'indices are to leave a tier, because its last nodes go',
  SetTierPreference: 'indices are told which tiers they prefer',
  SetCopies: 'indices get more or fewer copies',
  UpdateTemplate: 'the index template is written',
  UpdateStreams: 'data streams that exist get the retention of the template',
  Create: 'an object is made',
  Update: 'an object is changed; pods of a workload are replaced by Kubernetes',
  Delete: 'an object is deleted',
} as const satisfies Record<string, string>;

export type StepAction = keyof typeof stepActions;

/** One thing that is done. */
export interface Step {
  readonly action: StepAction;
  /** `<kind>/<name>`. */
  readonly subject: string;
  /** Bytes that move because of it; undefined when none do, or when the look does not tell. */
  readonly sizeBytes?: number;
}
