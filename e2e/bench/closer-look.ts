// Measures a closer look at Elasticsearch by hand (`node e2e/bench/closer-look.ts`): how large its two answers that grow with the shards are, and what reading them costs. No test: its figures are of the machine.
import 'reflect-metadata';
import { EsClient, usualLimits } from '../../src/elasticsearch/client.ts';
import { answering, answersOf, paths } from '../../src/elasticsearch/answers.testing.ts';
import { startStandIn } from '../../src/elasticsearch/stand-in.testing.ts';
import { readNodeStats } from '../../src/elasticsearch/detail/node-stats.ts';
import { detailBytes } from '../../src/elasticsearch/detail/size.ts';
import { readState } from '../../src/elasticsearch/detail/state.ts';

const nodeCount = 10;
const never = new AbortController().signal;
const id = (prefix: string, number: number): string => `${prefix}${String(number).padStart(22 - prefix.length, 'x')}`;

/** Answers of a cluster with so many indices of one shard and two copies, each index the only one of its data stream. */
function generated(indices: number): Record<string, unknown> {
  const names = Array.from(
    { length: indices },
    (_, index) => `.ds-logs-service${index}.example-production-2026.11.22-000001`,
  );
  const node = (index: number): string => id('node', index % nodeCount);
  const copies = (index: number): object[] =>
    [0, 1].map((copy) => ({
      state: 'STARTED',
      primary: copy === 0,
      node: node(index + copy),
      relocating_node: null,
      allocation_id: { id: id(`a${copy}-`, index) },
    }));
  const settings = {
    number_of_replicas: '1',
    hidden: 'true',
    version: { created: '9039000' },
    routing: { allocation: { include: { _tier_preference: 'data_hot' } } },
  };
  const members = Array.from({ length: nodeCount }, (_, index) => index);
  const shardsOf = (member: number): object =>
    Object.fromEntries(
      names
        .filter((_, index) => [index, index + 1].some((one) => one % nodeCount === member))
        .map((name) => [name, [{ 0: { store: { size_in_bytes: 12_345_678_901 } } }]]),
    );
  return {
    ...answersOf('9.4'),
    [paths.state]: {
      cluster_uuid: id('uuid', 1),
      nodes: Object.fromEntries(
        members.map((member) => [
          node(member),
          { name: `logs-es-data-${member}`, version: '9.4.3', roles: ['data_content', 'data_hot'] },
        ]),
      ),
      routing_table: {
        indices: Object.fromEntries(names.map((name, index) => [name, { shards: { 0: copies(index) } }])),
      },
      metadata: {
        indices: Object.fromEntries(
          names.map((name, index) => [
            name,
            { in_sync_allocations: { 0: [id('a0-', index), id('a1-', index)] }, settings: { index: settings } },
          ]),
        ),
        data_stream: {
          data_stream: Object.fromEntries(
            names.map((name, index) => [
              `logs-service${index}.example-production`,
              { indices: [{ index_name: name }] },
            ]),
          ),
        },
      },
    },
    [paths.nodeStats]: {
      _nodes: { total: nodeCount, successful: nodeCount, failed: 0 },
      nodes: Object.fromEntries(
        members.map((member) => [
          node(member),
          {
            fs: { total: { total_in_bytes: 10 ** 12, available_in_bytes: 10 ** 11 } },
            indices: { shard_stats: { total_count: Object.keys(shardsOf(member)).length }, shards: shardsOf(member) },
          },
        ]),
      ),
    },
  };
}

const megabytes = (bytes: number): string => (bytes / 1024 ** 2).toFixed(2);

for (const indices of [1000, 5000, 10_000]) {
  const bodies = generated(indices);
  await using standIn = await startStandIn(answering(bodies));
  const client = new EsClient(standIn.endpoint, usualLimits);
  const before = process.memoryUsage().rss;
  const started = performance.now();
  await readState(client, never);
  await readNodeStats(client, never);
  const took = performance.now() - started;
  const [state, stats] = [paths.state, paths.nodeStats].map((path) => JSON.stringify(bodies[path]).length);
  process.stdout.write(
    `${indices} indices of two copies: state ${megabytes(state ?? 0)} MiB, statistics ${megabytes(stats ?? 0)} MiB ` +
      `(limit ${megabytes(detailBytes)} MiB each); read in ${Math.round(took)} ms with the stand-in in this process, ` +
      `${megabytes(process.memoryUsage().rss - before)} MiB of memory\n`,
  );
  await client.close();
}
