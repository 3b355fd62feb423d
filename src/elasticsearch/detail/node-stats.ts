// Each node's own word: how many shard copies it holds, how large each is, and what its disk has left.
import { z } from 'zod';
import type { NodeDetail } from '../../core/elasticsearch/observed.ts';
import type { EsClient } from '../client.ts';
import { EsFault } from '../faults.ts';
import { nodesTimeout } from '../requests.ts';
import { detailBytes } from './size.ts';

/** Bytes by index and number of the shard. */
export type ShardSizes = ReadonlyMap<string, ReadonlyMap<number, number>>;

export interface NodeStats {
  readonly shards: number;
  readonly disk: NonNullable<NodeDetail['disk']>;
  readonly sizes: ShardSizes;
}

const count = z.int().min(0);
/** One shard in a list of them: its number is the only key. */
const shardStats = z.record(z.string().regex(/^\d+$/), z.object({ store: z.object({ size_in_bytes: count }) }));

const statsAnswer = z.object({
  _nodes: z.object({ total: count, successful: count, failed: count }),
  nodes: z.record(
    z.string(),
    z.object({
      fs: z.object({ total: z.object({ total_in_bytes: count, available_in_bytes: count }) }),
      indices: z.object({
        shard_stats: z.object({ total_count: count }),
        shards: z.record(z.string(), z.array(shardStats)).optional(),
      }),
    }),
  ),
});

const path = '/_nodes/stats/indices,fs/shard_stats,store';
const fields = [
  '_nodes.total,_nodes.successful,_nodes.failed',
  'nodes.*.fs.total.total_in_bytes,nodes.*.fs.total.available_in_bytes',
  'nodes.*.indices.shard_stats.total_count',
  'nodes.*.indices.shards.*.*.store.size_in_bytes',
].join();

/** By id of the node. One that gave no answer in time is left out: what depends on its word must not be decided. Throws EsFault. */
export async function readNodeStats(client: EsClient, signal: AbortSignal): Promise<ReadonlyMap<string, NodeStats>> {
  const query = { level: 'shards', timeout: nodesTimeout, filter_path: fields };
  const request = { method: 'GET', path, query, answerBytes: detailBytes } as const;
  const { _nodes: answered, nodes } = await client.read(request, statsAnswer, signal);
  const given = Object.keys(nodes).length;
  if (answered.successful + answered.failed !== answered.total || given !== answered.successful)
    throw new EsFault(
      'EsInvalidAnswer',
      `GET ${path}: statistics of ${given} nodes, where ${answered.successful} of ${answered.total} are said to have answered.`,
    );
  return new Map(
    Object.entries(nodes).map(([id, { fs, indices }]) => [
      id,
      {
        shards: indices.shard_stats.total_count,
        disk: { totalBytes: fs.total.total_in_bytes, availableBytes: fs.total.available_in_bytes },
        sizes: sizesOf(indices.shards ?? {}),
      },
    ]),
  );
}

function sizesOf(indices: Readonly<Record<string, readonly z.infer<typeof shardStats>[]>>): ShardSizes {
  return new Map(
    Object.entries(indices).map(([index, shards]) => [
      index,
      new Map(
        shards.flatMap((shard) =>
          Object.entries(shard).map(([number, { store }]) => [Number(number), store.size_in_bytes] as const),
        ),
      ),
    ]),
  );
}
