// For tests: the parts of a look at a cluster that nobody did anything to.
import type { AnsweredLook, ClusterDetail, ClusterNode } from './observed.ts';

export const untouched: Pick<AnsweredLook, 'settings' | 'voting' | 'detail'> = {
  settings: { excludedNames: [], allocationEnable: undefined, marks: {} },
  voting: { configuration: [], excluded: [] },
  detail: undefined,
};

/** Those of Elasticsearch itself, where nobody set others. */
export const usualLimits = {
  lowWatermark: '85%',
  highWatermark: '90%',
  floodStage: '95%',
  lowMaxHeadroomBytes: undefined,
  maxShardsPerNode: 1000,
} as const;

/** A closer look at nodes that answer and hold nothing. */
export const closerLook = (nodes: readonly ClusterNode[]): ClusterDetail => ({
  nodes: nodes.map((node) => ({ ...node, id: `id-${node.name}`, ownShards: 0, disk: undefined })),
  shards: [],
  indices: [],
  limits: usualLimits,
  snapshotsInProgress: [],
  stuck: [],
});
