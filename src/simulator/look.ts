// What the simulated Elasticsearch answers: the same look that the operator gets from a real one.
import type {
  AnsweredLook,
  ClusterDetail,
  ClusterHealth,
  HealthStatus,
  IndexState,
  NodeDetail,
  ShardCopy,
} from '../core/elasticsearch/observed.ts';
import { availableBytes } from './disks.ts';
import { headroomBytes, listSetting, numberSetting, watermarkText } from './settings.ts';
import {
  allShards,
  type Cluster,
  type ElasticsearchNode,
  type Index,
  isActive,
  isDataNode,
  type Shard,
  storedCopy,
  type World,
} from './state.ts';

const markPrefix = 'cluster.metadata.loggingstack.';

function healthOf(cluster: Cluster): ClusterHealth {
  const copies = allShards(cluster).flatMap((shard) => shard.copies);
  const initializing = copies.filter((copy) => copy.state === 'INITIALIZING').length;
  const relocating = copies.filter((copy) => copy.state === 'RELOCATING').length;
  const unassigned = copies.filter((copy) => copy.state === 'UNASSIGNED').length;
  const status: HealthStatus = copies.some((copy) => copy.primary && !isActive(copy))
    ? 'red'
    : initializing + unassigned > 0
      ? 'yellow'
      : 'green';
  // The receiving end of a move counts nowhere. Source: Elasticsearch, ClusterShardHealth.
  return { status, settled: true, initializing, relocating, unassigned };
}

/** A look without detail. */
export function lookAt(cluster: Cluster, template: string | undefined): AnsweredLook {
  const { settings } = cluster;
  const marks = [...settings].filter(([key]) => key.startsWith(markPrefix));
  return {
    answered: true,
    uuid: cluster.uuid,
    health: healthOf(cluster),
    nodes: [...cluster.members.values()].map(({ name, version, roles }) => ({ name, version, roles })),
    capabilities: { streamLifecycle: false, componentTemplates: [], matchOnlyText: false },
    indexTemplate: template === undefined ? undefined : cluster.templates.get(template),
    settings: {
      excludedNames: listSetting(cluster, 'cluster.routing.allocation.exclude._name'),
      allocationEnable: settings.get('cluster.routing.allocation.enable'),
      marks: Object.fromEntries(marks.map(([key, value]) => [key.slice(markPrefix.length), value])),
    },
    voting: {
      configuration: [...cluster.voting].map(([id, name]) => (cluster.members.get(name)?.id === id ? name : id)),
      excluded: cluster.exclusions.map((exclusion) => exclusion.name),
    },
    detail: undefined,
  };
}

/** Every copy of every shard. */
export const shardTable = (cluster: Cluster): readonly ShardCopy[] =>
  allShards(cluster).flatMap((shard) => shardCopies(cluster, shard));

export function detailOf(world: World, cluster: Cluster): ClusterDetail {
  return {
    nodes: [...cluster.members.values()].map((node) => nodeDetail(world, cluster, node)),
    shards: shardTable(cluster),
    indices: [...cluster.indices.values()].map(indexState),
    limits: {
      lowWatermark: watermarkText(cluster, 'low'),
      highWatermark: watermarkText(cluster, 'high'),
      floodStage: watermarkText(cluster, 'flood_stage'),
      lowMaxHeadroomBytes: headroomBytes(cluster, 'low'),
      maxShardsPerNode: numberSetting(cluster, 'cluster.max_shards_per_node'),
    },
    snapshotsInProgress: [...cluster.snapshots.keys()],
    stuck: [],
  };
}

/** A node that is frozen or gone gives no answer of its own. */
function nodeDetail(world: World, cluster: Cluster, node: ElasticsearchNode): NodeDetail {
  const { name, id, version, roles, volume } = node;
  const answers = world.nodes.get(name) === node && node.frozenAt === undefined;
  const own = allShards(cluster).filter((shard) =>
    shard.copies.some((copy) => copy.node === name || copy.target?.node === name),
  );
  return {
    name,
    id,
    version,
    roles,
    ownShards: answers ? own.length : undefined,
    disk:
      answers && isDataNode(node)
        ? { totalBytes: volume.totalBytes, availableBytes: availableBytes(volume) }
        : undefined,
  };
}

function shardCopies(cluster: Cluster, shard: Shard): readonly ShardCopy[] {
  return shard.copies.map((copy) => {
    const node = cluster.members.get(copy.node ?? '');
    return {
      index: shard.index,
      shard: shard.number,
      primary: copy.primary,
      state: copy.state,
      node: copy.node,
      relocatingTo: copy.target?.node,
      inSync: copy.allocationId !== undefined && shard.inSync.has(copy.allocationId),
      bytes: node === undefined || !isActive(copy) ? undefined : storedCopy(node, shard)?.bytes,
    };
  });
}

function indexState(index: Index): IndexState {
  return {
    name: index.name,
    replicas: index.replicas,
    autoExpand: index.autoExpand !== undefined,
    pinned: index.filters.size > 0,
    tierPreference: index.tierPreference,
    dataStream: index.dataStream,
    hidden: index.hidden,
    createdIn: createdIn(index.createdIn),
  };
}

/** From 8.11 on an index tells only the major version that made it, as `9.x`. */
function createdIn(version: string): string {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 8 || (major === 8 && minor >= 11) ? `${major}.x` : version;
}
