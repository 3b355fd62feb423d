// Membership of the simulated Elasticsearch: who is in the cluster, who is master, who votes, who must not.
import { compareVersions } from './deciders.ts';
import { nodeLeft } from './recovery.ts';
import { numberSetting } from './settings.ts';
import {
  type Cluster,
  type ElasticsearchNode,
  isMasterEligible,
  newId,
  ticksOf,
  type VotingExclusion,
  type World,
} from './state.ts';

/** Follower checks: three of 10 s each must fail. Source: Elasticsearch's reference, "Discovery and cluster formation settings". */
const faultDetectionSeconds = 30;

/** Whether these nodes are more than half of a voting configuration. */
function isQuorum(ids: ReadonlySet<string>, voting: ReadonlyMap<string, string>): boolean {
  const votes = [...voting.keys()].filter((id) => ids.has(id)).length;
  return votes * 2 > voting.size;
}

/** Processes that answer and belong to this cluster, or to none yet. */
const candidates = (world: World, cluster: Cluster): readonly ElasticsearchNode[] =>
  [...world.nodes.values()].filter(
    ({ frozenAt, volume }) =>
      frozenAt === undefined && (volume.clusterUuid === undefined || volume.clusterUuid === cluster.uuid),
  );

/**
 * Those that can vote: only a node that took part before knows what was committed. Whoever is elected begins with the
 * members that it knows itself, after a restart none: newer nodes without a vote keep nobody from being elected.
 */
function voters(world: World, cluster: Cluster): readonly ElasticsearchNode[] {
  return candidates(world, cluster).filter(
    (node) =>
      isMasterEligible(node) &&
      node.volume.clusterUuid === cluster.uuid &&
      cluster.voting.has(node.id) &&
      !isTooOld(world, cluster, node, ({ id }) => cluster.voting.has(id)),
  );
}

/** Whether the cluster has, or can elect, a master at this moment. */
export const isElectable = (world: World, cluster: Cluster): boolean =>
  isQuorum(new Set(voters(world, cluster).map((node) => node.id)), cluster.voting);

/** The master, when there is one and it answers. */
export function answeringMaster(world: World, cluster: Cluster): ElasticsearchNode | undefined {
  const master = cluster.master === undefined ? undefined : cluster.members.get(cluster.master);
  return master !== undefined && master.frozenAt === undefined && world.nodes.get(master.name) === master
    ? master
    : undefined;
}

/** Whether a node is in a cluster that has a master: its readiness port is open then. */
export function serves(world: World, name: string): boolean {
  const node = world.nodes.get(name);
  if (node === undefined || node.frozenAt !== undefined) return false;
  return [...world.clusters.values()].some(
    (cluster) => answeringMaster(world, cluster) !== undefined && cluster.members.get(name) === node,
  );
}

/** Brings master, members and voting configuration of one cluster to what runs now. */
export function updateMembership(world: World, cluster: Cluster): void {
  if (!isElectable(world, cluster)) {
    cluster.master = undefined;
    return;
  }
  elect(world, cluster);
  const master = cluster.master === undefined ? undefined : cluster.members.get(cluster.master);
  // The others have not noticed yet that the master is frozen: nothing is decided until they do.
  if (master?.frozenAt !== undefined && isThere(world, master)) return;
  for (const [name, node] of [...cluster.members])
    if (!isThere(world, node)) {
      cluster.members.delete(name);
      nodeLeft(world, cluster, node);
    }
  for (const node of candidates(world, cluster)) {
    if (cluster.members.get(node.name) === node) continue;
    if (node.name !== cluster.master && isTooOld(world, cluster, node)) continue;
    cluster.members.set(node.name, node);
    node.volume.clusterUuid = cluster.uuid;
    for (const exclusion of cluster.exclusions) if (exclusion.name === node.name) exclusion.id ??= node.id;
  }
  reconfigure(cluster);
  elect(world, cluster);
}

/** No node joins members that are all newer than it. Source: Elasticsearch, NodeJoinExecutor.ensureVersionBarrier. */
function isTooOld(
  world: World,
  cluster: Cluster,
  node: ElasticsearchNode,
  counts: (member: ElasticsearchNode) => boolean = () => true,
): boolean {
  if (cluster.members.get(node.name) === node) return false;
  const others = [...cluster.members.values()].filter(
    (member) => member.name !== node.name && world.nodes.get(member.name) === member && counts(member),
  );
  return others.length > 0 && others.every((member) => compareVersions(member.version, node.version) > 0);
}

/** Whether the cluster still takes the node for a member: one that is frozen is missed after some time only. */
function isThere(world: World, node: ElasticsearchNode): boolean {
  if (world.nodes.get(node.name) !== node) return false;
  return node.frozenAt === undefined || world.tick - node.frozenAt < ticksOf(world, faultDetectionSeconds);
}

/** Keeps the master that there is, unless it may vote no more: then it hands over. */
function elect(world: World, cluster: Cluster): void {
  const present = cluster.master === undefined ? undefined : cluster.members.get(cluster.master);
  if (present?.frozenAt !== undefined && isThere(world, present)) return;
  const able = voters(world, cluster).toSorted((first, second) => (first.name < second.name ? -1 : 1));
  const wanted = able.filter((node) => !isExcluded(cluster, node));
  const kept = wanted.find((node) => node === present);
  cluster.master = (kept ?? wanted[0] ?? able[0])?.name;
}

const isExcluded = (cluster: Cluster, node: ElasticsearchNode): boolean =>
  cluster.exclusions.some((exclusion) => exclusion.id === node.id);

const roundDownToOdd = (size: number): number => (size % 2 === 0 ? size - 1 : size);

/**
 * Chooses the voters anew, with `cluster.auto_shrink_voting_configuration` at its default: an odd number of live nodes,
 * not fewer than three
 * while three voters are not excluded, live ones first. Without a live majority of the new configuration nothing changes.
 * Source: Elasticsearch, Reconfigurator.
 */
function reconfigure(cluster: Cluster): void {
  const masters = [...cluster.members.values()].filter(isMasterEligible);
  const live = masters.filter((node) => !isExcluded(cluster, node));
  const liveIds = new Set(masters.map((node) => node.id));
  const excluded = new Set(cluster.exclusions.map((exclusion) => exclusion.id));
  const away = [...cluster.voting].filter(([id]) => !liveIds.has(id) && !excluded.has(id));
  const rank = (node: ElasticsearchNode) =>
    (node.name === cluster.master ? 0 : 2) + (cluster.voting.has(node.id) ? 0 : 1);
  const ordered = live
    .toSorted((first, second) => rank(first) - rank(second) || (first.id < second.id ? -1 : 1))
    .map((node): [string, string] => [node.id, node.name]);
  const kept = ordered.filter(([id]) => cluster.voting.has(id)).length + away.length;
  const size = Math.max(roundDownToOdd(live.length), kept < 3 ? 1 : 3);
  const next = new Map([...ordered, ...away].slice(0, size));
  if (next.size > 0 && isQuorum(liveIds, next)) cluster.voting = next;
}

/**
 * `POST _cluster/voting_config_exclusions?node_names=…`, or `node_ids=…`. Returns whether the nodes are out of the
 * configuration now. An exclusion by name finds members only; one by id also finds the vote of a node that is away.
 */
export function addVotingExclusions(
  world: World,
  cluster: Cluster,
  names: readonly string[],
  by: 'name' | 'id' = 'name',
): boolean {
  const added = names
    .filter((name) => !cluster.exclusions.some((exclusion) => exclusion.name === name))
    .map((name): VotingExclusion => ({ name, id: by === 'id' ? name : cluster.members.get(name)?.id }));
  if (cluster.exclusions.length + added.length > numberSetting(cluster, 'cluster.max_voting_config_exclusions'))
    return false;
  cluster.exclusions.push(...added);
  reconfigure(cluster);
  elect(world, cluster);
  return [...cluster.voting].every(([id, name]) => !names.includes(by === 'id' ? id : name));
}

/** `DELETE _cluster/voting_config_exclusions?wait_for_removal=false`. */
export function clearVotingExclusions(cluster: Cluster): void {
  cluster.exclusions = [];
  reconfigure(cluster);
}

/**
 * Forms a cluster when more than half of the nodes of one list of first masters run and none of them has been in a cluster.
 * Source: Elasticsearch's reference, "Bootstrapping a cluster".
 */
export function bootstrap(world: World): Cluster | undefined {
  const fresh = [...world.nodes.values()].filter(
    (node) => isMasterEligible(node) && node.volume.clusterUuid === undefined && node.frozenAt === undefined,
  );
  const list = fresh.find((node) => node.firstMasters.length > 0)?.firstMasters ?? [];
  const present = fresh.filter((node) => list.includes(node.name));
  if (present.length * 2 <= list.length) return undefined;
  const uuid = newId(world, 'cluster-');
  const cluster: Cluster = {
    uuid,
    master: undefined,
    members: new Map(),
    voting: new Map(present.map((node) => [node.id, node.name])),
    exclusions: [],
    settings: new Map(),
    indices: new Map(),
    templates: new Map(),
    snapshots: new Map(),
  };
  for (const node of present) node.volume.clusterUuid = uuid;
  world.clusters.set(uuid, cluster);
  return cluster;
}
