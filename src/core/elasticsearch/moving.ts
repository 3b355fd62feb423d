// How much of a cluster is on the move, as one look has it: for metrics.
import type { ClusterLook } from './observed.ts';

export interface Moving {
  /** Shard copies that are being moved or recovered. */
  readonly shards: number;
  /** Their size; undefined when nobody looked closer. */
  readonly bytes: number | undefined;
}

/** Undefined when Elasticsearch did not answer. */
export function movingIn(cluster: ClusterLook): Moving | undefined {
  if (!cluster.answered) return undefined;
  const { relocating, initializing } = cluster.health;
  const copies = cluster.detail?.shards.filter(({ state }) => state === 'RELOCATING' || state === 'INITIALIZING');
  return { shards: relocating + initializing, bytes: copies?.reduce((sum, { bytes = 0 }) => sum + bytes, 0) };
}
