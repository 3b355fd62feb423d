// How large the answers of a closer look may be.

/**
 * For 1,000 indices of two copies the state takes 0.75 MiB and the statistics 0.21 MiB (bench.ts measures it), so this is
 * room for some 40,000 copies: 40 nodes that hold as many as `cluster.max_shards_per_node` lets them. Larger clusters get
 * no closer look, and hence no change that needs one.
 */
export const detailBytes = 16 * 1024 ** 2;
