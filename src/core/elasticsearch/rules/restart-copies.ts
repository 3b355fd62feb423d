// Rules for the copies on a node that is to be restarted: each of its shards must be served by another node meanwhile (`upgrade-yellow`, `red-elsewhere`, `zero-replica-roll`).
import { liftedBy } from '../../overrides.ts';
import { describeRule, type Refusal } from '../../refusal.ts';
import type { PlanContext } from '../context.ts';
import { isManaged, mostCopies, tierOf, tierSize } from '../copies.ts';
import { copiesOn, isOn, reliable, shardGroups } from '../moves.ts';
import type { AnsweredLook, ClusterDetail, IndexState, ShardCopy } from '../observed.ts';
import { preparedRestart } from '../protection.ts';
import { type Hold, refuse, wait } from './hold.ts';

export const lastCopyRule = describeRule({
  name: 'LastCopy',
  liftable: 'override',
  reason: 'A node that has the only copy of a shard takes it out of service when it goes: logs for it wait.',
  remedy:
    'GET _cluster/allocation/explain says why the shard has no other copy. What waits goes on as soon as there is one; or override the rule for the index, which accepts that it is away, or lost with its volume where a node is replaced.',
});

export const zeroReplicaRestartRule = describeRule({
  name: 'ZeroReplicaRestart',
  liftable: 'override',
  reason:
    'An index without copies cannot be read or written while its node restarts: the cluster is red, and logs for it wait.',
  remedy:
    'Give the index a copy, or override the rule for the index, which accepts that it is away for the time of a restart.',
});

/** Whether a node may go as far as its shards are concerned, while none recovers; undefined when each has another copy that serves. */
export function holdCopies(
  context: PlanContext,
  look: AnsweredLook,
  detail: ClusterDetail,
  node: string,
): Hold | undefined {
  if (!agree(look, detail)) return wait(`Waiting for one picture of all shards before ${node} is replaced.`);
  // The last restart held them where they were, and that is being put back.
  const last = preparedRestart(look);
  if (last !== undefined && last.node !== node) return wait(`Waiting for the copies of ${last.node} to come back.`);
  // No node is taken away beside a restart, so one that is to leave serves as well as any.
  const isReliable = reliable(detail);
  // A copy that moves to the node may be there a moment later, and is nowhere else then.
  const isThere = isOn(node);
  const lonely = [...shardGroups(detail.shards).values()].filter(
    (copies) => copies.some(isThere) && !copies.some((copy) => isReliable(copy) && !isThere(copy)),
  );
  const names = new Set(lonely.flatMap((copies) => copies.map((copy) => copy.index)));
  const refusals = [...names].flatMap((name) => refusalsFor(context, detail, node, name));
  return refusals.length === 0 ? undefined : refuse(refusals);
}

/**
 * Whether health, routing table and the nodes' own words speak of one moment: an old table would show copies where none is
 * any more.
 */
function agree({ health }: AnsweredLook, detail: ClusterDetail): boolean {
  const { nodes, shards } = detail;
  const inState = (state: ShardCopy['state']): number => shards.filter((copy) => copy.state === state).length;
  if (inState('UNASSIGNED') !== health.unassigned || inState('INITIALIZING') !== health.initializing) return false;
  return nodes.every(({ name, ownShards }) => {
    const placed = copiesOn(detail, name).length;
    return ownShards === undefined || ownShards === placed;
  });
}

/** An index that vanished between two answers is nobody's business any more (`index-vanishes`). */
function refusalsFor(context: PlanContext, detail: ClusterDetail, node: string, name: string): readonly Refusal[] {
  const { stack, observed } = context;
  const index = detail.indices.find((one) => one.name === name);
  if (index === undefined || hasConsent(context, detail, index)) return [];
  const refusal = index.replicas === 0 ? zeroReplica(index, node) : lastCopy(index, node);
  return liftedBy(stack.overrides, refusal, observed.takenAt) === undefined ? [refusal] : [];
}

/**
 * The spec itself consents where no second copy can exist, as on a single data node (`single-master-roll`), and where it
 * asks for none of its own indices, if only once those nodes have left that wait for their turn.
 */
function hasConsent({ stack }: PlanContext, detail: ClusterDetail, index: IndexState): boolean {
  const tier = tierOf(index, detail.nodes);
  if (tierSize(stack, tier) <= 1) return true;
  return isManaged(index) && index.replicas === 0 && mostCopies(stack, tier) === 0;
}

const zeroReplica = ({ name }: IndexState, node: string): Refusal => ({
  rule: zeroReplicaRestartRule.name,
  subject: `index/${name}`,
  message: `${node} is not restarted: ${name} has no copies, and would be away meanwhile.`,
  remedy: `Give ${name} a copy (index.number_of_replicas), or accept that it is away for the time of a restart by an override for index/${name}.`,
});

const lastCopy = ({ name }: IndexState, node: string): Refusal => ({
  rule: lastCopyRule.name,
  subject: `index/${name}`,
  message: `${node} is not restarted: it has the only copy of a shard of ${name} that serves.`,
  remedy: `GET _cluster/allocation/explain says why the other copies of ${name} have no place. It goes on as soon as one has; or accept that ${name} is away for the time of a restart by an override for index/${name}.`,
});
