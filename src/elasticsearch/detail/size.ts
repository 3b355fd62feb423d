// How large the answers of a closer look may be.

/**
 * The two answers that grow with the shards take about 0.4 MB each for 1,000 indices of two copies (bench.ts measures
 * it). This is room for some 30,000 copies, more than 20 nodes may hold by `cluster.max_shards_per_node`.
 */
export const detailBytes = 16 * 1024 ** 2;
