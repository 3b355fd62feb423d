// May a copy of a shard be put on a node, and may it stay there? One small function for each of Elasticsearch's deciders that matters here.
import { diskKeeps, diskTakes } from './disks.ts';
import { numberSetting, splitList } from './settings.ts';
import {
  allShards,
  type Cluster,
  type Copy,
  type ElasticsearchNode,
  indexOf,
  isActive,
  isDataNode,
  primaryOf,
  type Shard,
  shardKey,
} from './state.ts';

export type Decision = 'yes' | 'throttle' | 'no';

/** Nodes that a copy occupies: where it is, and where it is going. */
export const occupied = (copy: Copy): readonly string[] =>
  [copy.node, copy.target?.node].filter((name) => name !== undefined);

/** No two copies of one shard on one node. Source: Elasticsearch, SameShardAllocationDecider. */
const holdsNoOther = (shard: Shard, node: ElasticsearchNode): boolean =>
  !shard.copies.some((copy) => occupied(copy).includes(node.name));

const matches = (pattern: string, value: string): boolean =>
  new RegExp(`^${pattern.split('*').map(escaped).join('.*')}$`).test(value);

const escaped = (text: string): string => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');

const attributeOf = (node: ElasticsearchNode, key: string): string =>
  key === '_name' ? node.name : key === '_id' ? node.id : (node.attributes[key] ?? '');

/**
 * `include` wants one match of any key, `require` a match of each key, `exclude` none. Values are lists with wildcards;
 * empty ones say nothing. Source: Elasticsearch, FilterAllocationDecider and DiscoveryNodeFilters.
 */
function passes(filters: ReadonlyMap<string, string>, node: ElasticsearchNode): boolean {
  const given = [...filters].filter(([, value]) => value !== '');
  const of = (kind: string) => given.filter(([key]) => key.startsWith(`${kind}.`));
  const hits = ([key, value]: readonly [string, string]) =>
    splitList(value).some((pattern) => matches(pattern, attributeOf(node, key.slice(key.indexOf('.') + 1))));
  const include = of('include');
  return (include.length === 0 || include.some(hits)) && of('require').every(hits) && !of('exclude').some(hits);
}

const routing = 'cluster.routing.allocation.';

function clusterFilters(cluster: Cluster): ReadonlyMap<string, string> {
  return new Map(
    [...cluster.settings]
      .filter(([key]) => /^cluster\.routing\.allocation\.(include|exclude|require)\./.test(key))
      .map(([key, value]) => [key.slice(routing.length), value]),
  );
}

/** Filters of the cluster and of the index. */
export const filtersAllow = (cluster: Cluster, shard: Shard, node: ElasticsearchNode): boolean =>
  passes(clusterFilters(cluster), node) && passes(indexOf(cluster, shard).filters, node);

const isOfTier = (node: ElasticsearchNode, tier: string): boolean =>
  node.roles.includes(tier) || node.roles.includes('data');

/**
 * The first tier of the list that has any node decides alone, and nodes that are excluded still count as its nodes.
 * Source: Elasticsearch, DataTierAllocationDecider.
 */
export function tierAllows(cluster: Cluster, shard: Shard, node: ElasticsearchNode): boolean {
  if (!isDataNode(node)) return false;
  const { tierPreference } = indexOf(cluster, shard);
  if (tierPreference.length === 0) return true;
  const members = [...cluster.members.values()];
  const tier = tierPreference.find((one) => members.some((member) => isOfTier(member, one)));
  return tier !== undefined && isOfTier(node, tier);
}

/** `cluster.routing.allocation.enable`. Moves count as allocations too. Source: Elasticsearch, EnableAllocationDecider. */
function isEnabled(cluster: Cluster, copy: Copy, isNew: boolean): boolean {
  switch (cluster.settings.get('cluster.routing.allocation.enable') ?? 'all') {
    case 'none':
      return false;
    case 'primaries':
      return copy.primary;
    case 'new_primaries':
      return copy.primary && isNew;
    default:
      return true;
  }
}

/** A copy never goes to a node of an older version than its primary's. Source: Elasticsearch, NodeVersionAllocationDecider. */
function versionAllows(cluster: Cluster, shard: Shard, node: ElasticsearchNode): boolean {
  const primary = primaryOf(shard);
  const source = primary?.node === undefined ? undefined : cluster.members.get(primary.node);
  return source === undefined || compareVersions(node.version, source.version) >= 0;
}

export function compareVersions(first: string, second: string): number {
  const [left, right] = [first, second].map((text) => text.split('.').map(Number));
  for (const [index, number] of (left ?? []).entries())
    if (number !== (right?.[index] ?? 0)) return number - (right?.[index] ?? 0);
  return 0;
}

/**
 * With awareness, one value of an attribute holds at most its share of a shard's copies, rounded up, and a node without
 * the attribute none. Source: Elasticsearch, AwarenessAllocationDecider.
 */
function awarenessAllows(cluster: Cluster, shard: Shard, node: ElasticsearchNode, moving: Copy | undefined): boolean {
  const keys = splitList(cluster.settings.get(`${routing}awareness.attributes`));
  return keys.every((key) => {
    const own = node.attributes[key];
    if (own === undefined) return false;
    const members = [...cluster.members.values()].filter(isDataNode);
    const forced = splitList(cluster.settings.get(`${routing}awareness.force.${key}.values`));
    const values = new Set([
      ...forced,
      ...members.map((member) => member.attributes[key]).filter((one) => one !== undefined),
    ]);
    const there = shard.copies.filter((copy) => {
      const place = copy.target?.node ?? copy.node;
      return copy !== moving && place !== undefined && cluster.members.get(place)?.attributes[key] === own;
    }).length;
    return there + 1 <= Math.ceil(shard.copies.length / values.size);
  });
}

/** Only with a primary that serves is there something to copy from. Source: Elasticsearch, ReplicaAfterPrimaryActiveAllocationDecider. */
const hasSource = (shard: Shard, copy: Copy): boolean => {
  const primary = primaryOf(shard);
  return copy.primary || (primary !== undefined && isActive(primary));
};

/** A primary that is being copied into a snapshot stays. Source: Elasticsearch, SnapshotInProgressAllocationDecider. */
export const isBeingSnapshotted = (cluster: Cluster, shard: Shard): boolean =>
  [...cluster.snapshots.values()].some((snapshot) => snapshot.remaining.has(shardKey(shard)));

/** Running recoveries into and out of a node. */
function recoveries(cluster: Cluster, name: string): { readonly incoming: number; readonly outgoing: number } {
  let [incoming, outgoing] = [0, 0];
  for (const shard of allShards(cluster)) {
    const source = primaryOf(shard)?.node;
    for (const copy of shard.copies) {
      const isPeer = copy.state === 'INITIALIZING' && !copy.primary;
      const receiver = copy.target?.node ?? (isPeer ? copy.node : undefined);
      if (receiver === undefined) continue;
      if (receiver === name) incoming += 1;
      if (source === name) outgoing += 1;
    }
  }
  return { incoming, outgoing };
}

/** Source: Elasticsearch, ThrottlingAllocationDecider. */
function isThrottled(cluster: Cluster, shard: Shard, node: ElasticsearchNode): boolean {
  const source = primaryOf(shard)?.node;
  return (
    recoveries(cluster, node.name).incoming >=
      numberSetting(cluster, 'cluster.routing.allocation.node_concurrent_incoming_recoveries') ||
    (source !== undefined &&
      recoveries(cluster, source).outgoing >=
        numberSetting(cluster, 'cluster.routing.allocation.node_concurrent_outgoing_recoveries'))
  );
}

/** Whether an unassigned copy may be put on a node, or an assigned one moved there. */
export function canAllocate(cluster: Cluster, shard: Shard, copy: Copy, node: ElasticsearchNode): Decision {
  const isNew = copy.primary && shard.inSync.size === 0;
  const allowed =
    holdsNoOther(shard, node) &&
    hasSource(shard, copy) &&
    tierAllows(cluster, shard, node) &&
    filtersAllow(cluster, shard, node) &&
    isEnabled(cluster, copy, isNew) &&
    versionAllows(cluster, shard, node) &&
    awarenessAllows(cluster, shard, node, copy) &&
    diskTakes(cluster, shard, node, isNew);
  if (!allowed) return 'no';
  return !isNew && isThrottled(cluster, shard, node) ? 'throttle' : 'yes';
}

/** Whether a copy may stay on its node. */
export const canRemain = (cluster: Cluster, shard: Shard, copy: Copy, node: ElasticsearchNode): boolean =>
  tierAllows(cluster, shard, node) &&
  filtersAllow(cluster, shard, node) &&
  diskKeeps(cluster, node) &&
  awarenessAllows(cluster, shard, node, copy);
