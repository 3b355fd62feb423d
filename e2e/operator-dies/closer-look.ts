// What the Elasticsearch stand-in says when it is looked at closer: one data stream with one index, on the first data nodes.

export interface Node {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly roles: readonly string[];
}

const stream = 'logs-app-default';
const index = `.ds-${stream}-2026.11.22-000001`;
/** Bytes of each copy. */
export const indexBytes = 5_000_000;

const gibibyte = 1024 ** 3;
const watermark = 'cluster.routing.allocation.disk.watermark';

/** What holds where nothing is set. */
export const settingDefaults = {
  'cluster.max_shards_per_node': '1000',
  [`${watermark}.low`]: '85%',
  [`${watermark}.low.max_headroom`]: '200GB',
  [`${watermark}.high`]: '90%',
  [`${watermark}.flood_stage`]: '95%',
  'indices.recovery.max_bytes_per_sec': '40mb',
};

/** The answer to a GET of a closer look, or of how fast copies move; undefined for any other question. */
export function closerLook(path: string, query: URLSearchParams, uuid: string, nodes: readonly Node[]): unknown {
  if (path === '/_cluster/state/nodes,routing_table,metadata') return stateOf(uuid, nodes);
  if (path.startsWith('/_nodes/stats/')) return statsOf(nodes);
  if (path === '/_cluster/settings' && query.has('include_defaults')) return { defaults: settingDefaults };
  if (path === '/_snapshot/*/_current') return { total: 0 };
  if (path.endsWith('/_recovery')) return {};
  return undefined;
}

/** The primary's node, and that of its copy. */
const holders = (nodes: readonly Node[]): readonly Node[] =>
  nodes
    .filter(({ roles }) => roles.some((role) => role.startsWith('data')))
    .toSorted((first, second) => (first.name < second.name ? -1 : 1))
    .slice(0, 2);

function stateOf(uuid: string, nodes: readonly Node[]): unknown {
  const copies = holders(nodes);
  const ids = copies.map(({ id }) => `copy-on-${id}`);
  const settings = {
    index: {
      hidden: 'true',
      number_of_replicas: String(copies.length - 1),
      routing: { allocation: { include: { _tier_preference: 'data_hot' } } },
      version: { created: '9039000' },
    },
  };
  return {
    cluster_uuid: uuid,
    nodes: Object.fromEntries(nodes.map(({ id, name, version, roles }) => [id, { name, version, roles }])),
    routing_table: {
      indices: {
        [index]: {
          shards: {
            0: copies.map(({ id }, place) => ({
              state: 'STARTED',
              primary: place === 0,
              node: id,
              relocating_node: null,
              allocation_id: { id: `copy-on-${id}` },
            })),
          },
        },
      },
    },
    metadata: {
      indices: { [index]: { in_sync_allocations: { 0: ids }, settings } },
      data_stream: { data_stream: { [stream]: { indices: [{ index_name: index }] } } },
    },
  };
}

function statsOf(nodes: readonly Node[]): unknown {
  const held = new Set(holders(nodes).map(({ id }) => id));
  const shards = { [index]: [{ 0: { store: { size_in_bytes: indexBytes } } }] };
  const stats = nodes.map(({ id }) => [
    id,
    {
      fs: { total: { total_in_bytes: 50 * gibibyte, available_in_bytes: 45 * gibibyte } },
      indices: held.has(id) ? { shard_stats: { total_count: 1 }, shards } : { shard_stats: { total_count: 0 } },
    },
  ]);
  const _nodes = { total: nodes.length, successful: nodes.length, failed: 0 };
  return { _nodes, nodes: Object.fromEntries(stats) as unknown };
}
