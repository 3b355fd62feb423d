// Why shards stay on nodes that are being emptied while nothing moves, in Elasticsearch's own words. Asked for only then.
import { z } from 'zod';
import type { AnsweredLook, ShardCopy, StuckShard } from '../../core/elasticsearch/observed.ts';
import type { EsClient } from '../client.ts';
import { isEsFault } from '../faults.ts';
import { masterTimeout } from '../requests.ts';

const name = z.string().max(253);
const explanation = z.object({
  /** Absent for a copy that moves, or that may stay. */
  can_move_to_other_node: z.string().max(64).optional(),
  node_allocation_decisions: z
    .array(
      z.object({
        node_name: name,
        deciders: z
          .array(z.object({ decider: name, decision: z.string().max(32), explanation: z.string().max(10_000) }))
          .optional(),
      }),
    )
    .optional(),
});

type Decisions = NonNullable<z.infer<typeof explanation>['node_allocation_decisions']>;

const path = '/_cluster/allocation/explain';

/** Longer reasons are cut: they end up in the status. */
const longestReason = 300;

/** More nodes are not asked about: one answer names what keeps all of them. */
const mostNodes = 3;

/**
 * One shard for each excluded node on which some are left, of those that no other node may take. A shard is first asked
 * about when none moves and none recovers: until then they only wait for their turn. Throws EsFault.
 */
export async function readStuckShards(
  client: EsClient,
  { settings }: AnsweredLook,
  shards: readonly ShardCopy[],
  signal: AbortSignal,
): Promise<readonly StuckShard[]> {
  if (shards.some(({ state }) => state === 'RELOCATING' || state === 'INITIALIZING')) return [];
  const left = settings.excludedNames
    .map((node) => shards.find((copy) => copy.node === node))
    .filter((copy) => copy !== undefined)
    .slice(0, mostNodes);
  const stuck: StuckShard[] = [];
  for (const copy of left) {
    const found = await explain(client, copy, signal);
    if (found !== undefined) stuck.push(found);
  }
  return stuck;
}

async function explain(client: EsClient, copy: ShardCopy, signal: AbortSignal): Promise<StuckShard | undefined> {
  const { index, shard, primary, node = '' } = copy;
  const query = {
    master_timeout: masterTimeout,
    filter_path: 'can_move_to_other_node,node_allocation_decisions.node_name,node_allocation_decisions.deciders',
  };
  const body = { index, shard, primary, current_node: node };
  try {
    const answer = await client.read({ method: 'POST', path, query, body }, explanation, signal);
    if (answer.can_move_to_other_node !== 'no') return undefined;
    return { index, shard, node, reason: reasonOf(answer.node_allocation_decisions ?? []) };
  } catch (error) {
    // It moved, or its index was deleted, since the routing table was read; or this distribution does not explain.
    if (isEsFault(error, 'EsNotFound', 'EsMissingApi') || (isEsFault(error) && error.status === 400)) return undefined;
    throw error;
  }
}

/** Deciders that speak of nodes that are not meant anyway: excluded ones, and those of other tiers. */
const notMeant: readonly string[] = ['filter', 'data_tier'];

/** The node that the fewest deciders speak against, those of a right tier first. */
function reasonOf(decisions: Decisions): string {
  const [nearest] = decisions
    .map(({ node_name: node, deciders = [] }) => ({ node, against: deciders.filter((one) => one.decision === 'NO') }))
    .toSorted((first, second) => distance(first.against) - distance(second.against));
  const [decider] = nearest?.against ?? [];
  if (nearest === undefined) return 'There is no other node.';
  return `${nearest.node}: ${decider?.explanation ?? 'no reason was given'}`.slice(0, longestReason);
}

const distance = (against: readonly { readonly decider: string }[]): number =>
  against.length + (against.some(({ decider }) => notMeant.includes(decider)) ? 1000 : 0);
