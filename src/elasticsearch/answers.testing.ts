// For tests: answers of a small cluster to every request of a look and of a closer look, written after the sources of 8.19 and 9.x, for the stand-in to give. The case closer-look compares with real ones.
import type { Answer, Received } from './stand-in.testing.ts';

export const paths = {
  members: '/_cluster/state/nodes,metadata/no-index-wanted',
  state: '/_cluster/state/nodes,routing_table,metadata',
  nodeStats: '/_nodes/stats/indices,fs/shard_stats,store',
  settings: '/_cluster/settings',
  snapshots: '/_snapshot/*/_current',
} as const;

/** Where in the answers, and what stands there instead; undefined takes it away. */
export type Change = readonly [where: readonly (string | number)[], value: unknown];

export const stream = 'logs-app-default';
export const backing = `.ds-${stream}-2026.11.22-000001`;

const roles = ['data_content', 'data_hot'];

const copy = (node: string, primary: boolean, allocation: string): object => ({
  state: 'STARTED',
  primary,
  node,
  relocating_node: null,
  allocation_id: { id: allocation },
});

/** Two data nodes, one data stream with one backing index of two copies, and Elasticsearch's own index for security. */
function state(version: string, created: string) {
  return {
    cluster_uuid: 'uuid-1',
    nodes: {
      'id-0': { name: 'logs-es-data-0', version, roles },
      'id-1': { name: 'logs-es-data-1', version, roles },
      'id-m': { name: 'logs-es-master-0', version, roles: ['master'] },
    },
    routing_table: {
      indices: {
        [backing]: { shards: { 0: [copy('id-0', true, 'a0'), copy('id-1', false, 'a1')] } },
        '.security-7': { shards: { 0: [copy('id-1', true, 's0'), copy('id-0', false, 's1')] } },
      },
    },
    metadata: {
      indices: {
        [backing]: {
          in_sync_allocations: { 0: ['a0', 'a1'] },
          settings: {
            index: {
              hidden: 'true',
              number_of_replicas: '1',
              routing: { allocation: { include: { _tier_preference: 'data_hot' } } },
              version: { created },
            },
          },
        },
        '.security-7': {
          in_sync_allocations: { 0: ['s0', 's1'] },
          settings: {
            index: {
              auto_expand_replicas: '0-1',
              hidden: 'true',
              number_of_replicas: '1',
              routing: { allocation: { include: { _tier_preference: 'data_content' } } },
              version: { created },
            },
          },
        },
      },
      data_stream: { data_stream: { [stream]: { indices: [{ index_name: backing }] } } },
    },
  };
}

const sized = (bytes: number): readonly object[] => [{ 0: { store: { size_in_bytes: bytes } } }];
const disk = { total: { total_in_bytes: 1_000_000, available_in_bytes: 600_000 } };

const nodeStats = {
  _nodes: { total: 3, successful: 3, failed: 0 },
  nodes: {
    'id-0': {
      fs: disk,
      indices: { shard_stats: { total_count: 2 }, shards: { [backing]: sized(5000), '.security-7': sized(70) } },
    },
    'id-1': {
      fs: disk,
      indices: { shard_stats: { total_count: 2 }, shards: { [backing]: sized(5100), '.security-7': sized(71) } },
    },
    'id-m': { fs: disk, indices: { shard_stats: { total_count: 0 } } },
  },
};

const watermark = 'cluster.routing.allocation.disk.watermark';

const limits = {
  defaults: {
    'cluster.max_shards_per_node': '1000',
    'cluster.max_shards_per_node.frozen': '3000',
    [`${watermark}.flood_stage`]: '95%',
    [`${watermark}.flood_stage.frozen`]: '95%',
    [`${watermark}.flood_stage.frozen.max_headroom`]: '20GB',
    [`${watermark}.flood_stage.max_headroom`]: '100GB',
    [`${watermark}.high`]: '90%',
    [`${watermark}.high.max_headroom`]: '150GB',
    [`${watermark}.low`]: '85%',
    [`${watermark}.low.max_headroom`]: '200GB',
  },
};

/** `/_cluster/health` of a cluster at rest. */
export const health = {
  status: 'green',
  timed_out: false,
  initializing_shards: 0,
  relocating_shards: 0,
  unassigned_shards: 0,
  number_of_pending_tasks: 0,
  number_of_in_flight_fetch: 0,
  task_max_waiting_in_queue_millis: 0,
};

const coordination = { last_committed_config: ['id-m'], voting_config_exclusions: [] };

const versions = {
  '8.19': state('8.19.8', '8536000'),
  '9.4': state('9.4.3', '9039000'),
} as const;

export type AnswersVersion = keyof typeof versions;

/** Bodies by path, each a copy of its own. `/_cluster/settings` is here as a closer look asks for it. */
export function answersOf(version: AnswersVersion, changes: readonly Change[] = []): Record<string, unknown> {
  const bodies = structuredClone<Record<string, unknown>>({
    [paths.state]: versions[version],
    [paths.nodeStats]: nodeStats,
    [paths.settings]: limits,
    [paths.snapshots]: { total: 0 },
    [paths.members]: { ...versions[version], metadata: { cluster_coordination: coordination } },
    '/_cluster/health': health,
    '/_capabilities': { supported: false },
    '/_index_template/loggingstack-logs': { index_templates: [{ name: 'loggingstack-logs', index_template: {} }] },
    '/_nodes/plugins': { nodes: { 'id-0': { modules: [{ name: 'reindex' }] } } },
  });
  for (const [where, value] of changes) change(bodies, where, value);
  return bodies;
}

function change(bodies: Record<string, unknown>, where: Change[0], value: unknown): void {
  const parent = where.slice(0, -1).reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], bodies);
  const last = where.at(-1) ?? '';
  if (value === undefined) Reflect.deleteProperty(parent as object, last);
  else Reflect.set(parent as object, last, value);
}

/** Answers from bodies; a path without one is unknown to this distribution. `instead` takes precedence. */
export const answering =
  (bodies: Readonly<Record<string, unknown>>, instead: Readonly<Record<string, Answer>> = {}) =>
  ({ path }: Received): Answer => {
    const [name = '', query = ''] = path.split('?');
    const changed = instead[name];
    if (changed !== undefined) return changed;
    // The look at rest asks for what is set only, and then both blocks are always there.
    if (name === paths.settings && !query.includes('include_defaults'))
      return { body: { persistent: {}, transient: {} } };
    if (name.startsWith('/_component_template/')) return { status: 404, body: {} };
    return bodies[name] === undefined
      ? { status: 400, body: { error: `no handler found for uri [${name}] and method [GET]`, status: 400 } }
      : { body: bodies[name] };
  };
