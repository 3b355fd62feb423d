// A closer look at a stack's Elasticsearch, for changes that may cost data: shards, nodes, disks, limits, snapshots. All of it, or a fault; only the word of single nodes may be missing.
import type { AnsweredLook, ClusterDetail, NodeDetail, ShardCopy } from '../../core/elasticsearch/observed.ts';
import type { StackConnection } from '../clients.ts';
import { EsFault } from '../faults.ts';
import { readDeprecations } from './deprecations.ts';
import { readLimits } from './limits.ts';
import { type NodeStats, type ShardSizes, readNodeStats } from './node-stats.ts';
import { readSnapshotsInProgress } from './snapshots.ts';
import { type StateDetail, readState } from './state.ts';
import { readStuckShards } from './stuck-shards.ts';

/**
 * Takes the detail that goes with a look. Throws EsFault: also when the answers do not fit together or are of another
 * cluster or other members than the look, because nodes come and go between two requests. Then the next look tells more.
 */
export async function takeDetail(
  { client }: StackConnection,
  look: AnsweredLook,
  signal: AbortSignal,
  { deprecations = false }: { readonly deprecations?: boolean } = {},
): Promise<ClusterDetail> {
  const state = await readState(client, signal);
  mustBeOf(look, state);
  const stats = await readNodeStats(client, signal);
  const limits = await readLimits(client, signal);
  const snapshotsInProgress = await readSnapshotsInProgress(client, signal);
  const shards = state.shards.map((copy) => withSize(copy, stats));
  return {
    nodes: nodesOf(state, stats),
    shards,
    indices: state.indices,
    limits,
    snapshotsInProgress,
    stuck: await readStuckShards(client, look, shards, signal),
    ...(deprecations ? { deprecations: await readDeprecations(client, signal) } : {}),
  };
}

function mustBeOf(look: AnsweredLook, { uuid, nodes }: StateDetail): void {
  if (uuid !== look.uuid) throw unfit('another cluster answers than a moment ago');
  const names = [...nodes.values()].map(({ name }) => name);
  if (new Set(names).size < names.length) throw changed('two nodes have one name');
  const before = new Set(look.nodes.map(({ name }) => name));
  if (before.symmetricDifference(new Set(names)).size > 0) throw changed('nodes came or went meanwhile');
}

/** Joins each member with its own word. */
function nodesOf({ nodes, shards }: StateDetail, stats: ReadonlyMap<string, NodeStats>): readonly NodeDetail[] {
  const strangers = [...stats.keys()].filter((id) => !nodes.has(id));
  if (strangers.length > 0) throw changed('nodes came or went meanwhile');
  const joined = [...nodes].map(([id, node]): NodeDetail => {
    const own = stats.get(id);
    return { ...node, id, ownShards: own?.shards, disk: own?.disk };
  });
  // A routing table without shards is credible only when no node has any.
  const holder = joined.find(({ ownShards }) => ownShards !== 0);
  if (shards.length === 0 && holder !== undefined)
    throw unfit(`the routing table is empty, and node ${holder.name} does not say that it has no shards`);
  return joined;
}

function withSize(
  { nodeId, ...copy }: StateDetail['shards'][number],
  stats: ReadonlyMap<string, NodeStats>,
): ShardCopy {
  const sizes: ShardSizes | undefined = nodeId === undefined ? undefined : stats.get(nodeId)?.sizes;
  return { ...copy, bytes: sizes?.get(copy.index)?.get(copy.shard) };
}

/** For people: it ends up in status. */
const unfit = (what: string): EsFault => new EsFault('EsInvalidAnswer', `A closer look at the cluster: ${what}.`);

const changed = (what: string): EsFault => new EsFault('EsNodesChanged', `A closer look at the cluster: ${what}.`);
