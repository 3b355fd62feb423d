// How a living cluster answers the operator's requests: the simulator's state in the words of Elasticsearch's HTTP API.
import { putSettings } from '../../src/simulator/settings.ts';
import { detailOf, lookAt } from '../../src/simulator/look.ts';
import type { Cluster, Copy, Index } from '../../src/simulator/state.ts';
import { settingDefaults } from './closer-look.ts';
import type { LivingCluster } from './living-cluster.ts';
import {
  acknowledged,
  isWrite,
  noMaster,
  notFound,
  ok,
  type Question,
  refused,
  type Reply,
  timedOut,
} from './replies.ts';

/** Undefined for what has nothing to do with the state of a cluster, such as API keys. */
export function livingAnswer(living: LivingCluster, question: Question): Reply | undefined {
  const { path } = question;
  // The first request of each look.
  if (path.startsWith('/_cluster/state/nodes,metadata/')) living.tick();
  if (!living.elasticsearch.look(false).answered) return noMaster;
  return isWrite(question) ? written(living, question) : read(living, question);
}

function read(living: LivingCluster, { path, query }: Question): Reply | undefined {
  const { cluster } = living;
  if (path.startsWith('/_cluster/state/nodes,metadata/')) return ok(members(cluster));
  if (path === '/_cluster/state/nodes,routing_table,metadata') return ok(wholeState(cluster));
  if (path.startsWith('/_nodes/stats/')) return ok(stats(living));
  if (path === '/_cluster/health') return ok(health(cluster));
  if (path === '/_cluster/settings') {
    const persistent = Object.fromEntries(cluster.settings);
    return ok({ persistent, transient: {}, ...(query.has('include_defaults') ? { defaults: settingDefaults } : {}) });
  }
  if (path === '/_snapshot/*/_current') return ok({ total: 0 });
  if (path.endsWith('/_recovery')) return ok({});
  if (path === '/_migration/deprecations') return ok({ cluster_settings: [], node_settings: [], index_settings: {} });
  if (path === '/_cluster/allocation/explain') return ok({ can_move_to_other_node: 'throttled' });
  if (path.startsWith('/_index_template/')) {
    const name = path.slice('/_index_template/'.length);
    const found = cluster.templates.get(name);
    return found === undefined ? notFound : ok({ index_templates: [{ name, index_template: found }] });
  }
  return undefined;
}

const idOf = (cluster: Cluster, name: string | undefined): string | null =>
  (name === undefined ? undefined : cluster.members.get(name)?.id) ?? null;

const nodesOf = (cluster: Cluster): unknown =>
  Object.fromEntries(
    [...cluster.members.values()].map(({ id, name, version, roles }) => [id, { name, version, roles }]),
  );

const members = (cluster: Cluster): unknown => ({
  cluster_uuid: cluster.uuid,
  nodes: nodesOf(cluster),
  metadata: {
    cluster_coordination: {
      last_committed_config: [...cluster.voting.keys()],
      voting_config_exclusions: cluster.exclusions.map(({ id, name }) => ({
        node_id: id ?? '_absent_',
        node_name: name,
      })),
    },
  },
});

function wholeState(cluster: Cluster): unknown {
  const indices = [...cluster.indices.values()];
  const byIndex = (of: (index: Index) => unknown): unknown =>
    Object.fromEntries(indices.map((index) => [index.name, of(index)]));
  const streams = Map.groupBy(indices, ({ dataStream }) => dataStream);
  streams.delete(undefined);
  const dataStreams = [...streams].map(([name, own]) => [
    name,
    { indices: own.map((one) => ({ index_name: one.name })) },
  ]);
  return {
    cluster_uuid: cluster.uuid,
    nodes: nodesOf(cluster),
    routing_table: {
      indices: byIndex(({ shards }) => ({
        shards: Object.fromEntries(
          shards.map(({ number, copies }) => [number, copies.map((copy) => routingOf(cluster, copy))]),
        ),
      })),
    },
    metadata: {
      indices: byIndex((index) => ({
        in_sync_allocations: Object.fromEntries(index.shards.map(({ number, inSync }) => [number, [...inSync]])),
        settings: { index: settingsOf(index) },
      })),
      data_stream: { data_stream: Object.fromEntries(dataStreams) as unknown },
    },
  };
}

const routingOf = (cluster: Cluster, { state, primary, node, target, allocationId }: Copy): unknown => ({
  state,
  primary,
  node: idOf(cluster, node),
  relocating_node: idOf(cluster, target?.node),
  ...(allocationId === undefined ? {} : { allocation_id: { id: allocationId } }),
});

const settingsOf = ({ hidden, replicas, tierPreference, createdIn }: Index): unknown => ({
  hidden: String(hidden),
  number_of_replicas: String(replicas),
  routing: { allocation: { include: { _tier_preference: tierPreference.join() } } },
  version: { created: createdIn.startsWith('8.') ? '8536000' : '9039000' },
});

/** A node whose process has ended gives no answer, though the others still take it for a member. */
function stats({ elasticsearch, cluster }: LivingCluster): unknown {
  const { nodes, shards } = detailOf(elasticsearch.world, cluster);
  const answering = nodes.filter(({ ownShards }) => ownShards !== undefined);
  const own = answering.map(({ id, name, ownShards, disk }) => {
    const held = Object.groupBy(
      shards.filter((copy) => copy.node === name && copy.bytes !== undefined),
      ({ index }) => index,
    );
    const sizes = Object.entries(held).map(([index, copies = []]) => [
      index,
      copies.map(({ shard, bytes }) => ({ [shard]: { store: { size_in_bytes: Math.round(bytes ?? 0) } } })),
    ]);
    const total = { total_in_bytes: disk?.totalBytes ?? 1, available_in_bytes: Math.round(disk?.availableBytes ?? 1) };
    const indices = { shard_stats: { total_count: ownShards }, shards: Object.fromEntries(sizes) as unknown };
    return [id, { fs: { total }, indices }];
  });
  const _nodes = { total: nodes.length, successful: own.length, failed: nodes.length - own.length };
  return { _nodes, nodes: Object.fromEntries(own) as unknown };
}

function health(cluster: Cluster): unknown {
  const { status, initializing, relocating, unassigned } = lookAt(cluster, undefined).health;
  return {
    status,
    timed_out: false,
    initializing_shards: initializing,
    relocating_shards: relocating,
    unassigned_shards: unassigned,
    number_of_pending_tasks: 0,
    number_of_in_flight_fetch: 0,
  };
}

function written(living: LivingCluster, question: Question): Reply | undefined {
  const { elasticsearch, cluster } = living;
  const { method, path, query, body } = question;
  if (path === '/_cluster/settings') return changeSettings(cluster, body);
  if (path === '/_cluster/voting_config_exclusions' && method === 'POST') {
    const nodes = (query.get('node_names') ?? '').split(',');
    if (nodes.includes('')) return refused('node_names names no node');
    return elasticsearch.take({ kind: 'addVotingExclusions', nodes }) === 'done' ? ok(undefined) : timedOut;
  }
  if (path === '/_cluster/voting_config_exclusions' && method === 'DELETE') {
    // The real one would wait until the nodes are gone.
    if (query.get('wait_for_removal') !== 'false') return timedOut;
    elasticsearch.take({ kind: 'clearVotingExclusions' });
    return ok(undefined);
  }
  if (path.startsWith('/_index_template/') && method === 'PUT') {
    elasticsearch.take({ kind: 'putIndexTemplate', name: path.slice('/_index_template/'.length), body });
    return acknowledged;
  }
  if (path.endsWith('/_settings') && method === 'PUT') return changeIndices(living, question);
  return undefined;
}

const allocation = 'cluster.routing.allocation';
const enableValues: readonly unknown[] = ['all', 'primaries', 'new_primaries', 'none', null];

/** Refuses what the real one does not know. */
function changeSettings(cluster: Cluster, { persistent, ...more }: Question['body']): Reply {
  const changes = Object.entries((persistent ?? {}) as Readonly<Record<string, string | null>>);
  const known = (key: string): boolean =>
    key.startsWith('cluster.metadata.') || [`${allocation}.exclude._name`, `${allocation}.enable`].includes(key);
  const own = changes.filter(([key]) => key !== 'archived.*');
  const unknown = [...Object.keys(more), ...own.map(([key]) => key).filter((key) => !known(key))];
  if (unknown.length > 0) return refused(`unknown settings: ${unknown.join(', ')}`);
  const enable = own.find(([key]) => key === `${allocation}.enable`)?.[1];
  if (enable !== undefined && !enableValues.includes(enable))
    return refused(`illegal allocation.enable: ${enable ?? ''}`);
  putSettings(cluster, Object.fromEntries(own.map(([key, value]) => [key, value ?? undefined])));
  return acknowledged;
}

function changeIndices({ elasticsearch, cluster }: LivingCluster, { path, query, body }: Question): Reply {
  const indices = path.slice(1, -'/_settings'.length).split(',');
  const missing = indices.filter((name) => !cluster.indices.has(name));
  if (missing.length > 0 && query.get('ignore_unavailable') !== 'true') return notFound;
  const {
    'index.number_of_replicas': replicas,
    'index.routing.allocation.include._tier_preference': tiers,
    ...more
  } = body as { readonly 'index.number_of_replicas'?: number } & Readonly<Record<string, unknown>>;
  if (Object.keys(more).length > 0) return refused(`unknown settings: ${Object.keys(more).join(', ')}`);
  if (replicas !== undefined) elasticsearch.take({ kind: 'setReplicas', indices, replicas });
  if (typeof tiers === 'string') elasticsearch.take({ kind: 'setTierPreference', indices, tiers: tiers.split(',') });
  return acknowledged;
}
