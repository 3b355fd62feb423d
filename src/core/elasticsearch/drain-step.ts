// The next step of a node whose drain has begun: wait until it is empty and has no vote, then take it away.
import type { Refusal } from '../refusal.ts';
import { roundedBytes, shardsInWords } from './figures.ts';
import type { LeavingNode } from './leaving.ts';
import { copiesOn } from './moves.ts';
import { removalRefusals } from './rules/drain.ts';
import { indexLackingCopies, recoveringIndex } from './rules/drain-safety.ts';
import type { DrainSituation } from './situation.ts';

export type DrainStep =
  | { readonly kind: 'wait'; readonly message: string }
  /** Empty and without a vote, behind nodes that the StatefulSet takes away before it. */
  | { readonly kind: 'follow'; readonly message: string }
  | { readonly kind: 'refuse'; readonly refusals: readonly Refusal[] }
  | { readonly kind: 'takeVote' }
  /** Of nodes that are away for good; by their ids. */
  | { readonly kind: 'takeLostVotes'; readonly ids: readonly string[] }
  | { readonly kind: 'remove' };

const wait = (message: string): DrainStep => ({ kind: 'wait', message });

/** Called for nodes that are on the exclusion list by this very look, so that nothing comes to them any more. */
export function nextStep(situation: DrainSituation, node: LeavingNode): DrainStep {
  const message = notEmpty(situation, node);
  if (message !== undefined) return wait(message);
  const refusals = removalRefusals(situation, { set: node.set, nodes: [node] });
  if (refusals.length > 0) return { kind: 'refuse', refusals };
  return voteStep(situation, node) ?? lastOfSet(node);
}

/** What speaks against a node being empty: the routing table and the node's own word must agree. */
function notEmpty(situation: DrainSituation, node: LeavingNode): string | undefined {
  const { detail } = situation;
  const { name } = node;
  const left = copiesOn(detail, name);
  if (left.length > 0) {
    const bytes = left.reduce((sum, copy) => sum + (copy.bytes ?? 0), 0);
    return `${shardsInWords(left.length)}, about ${roundedBytes(bytes)} left on ${name}.`;
  }
  // When that recovery fails, the last copy may be on this node's volume: on that of a node that is away most of all.
  const recovering = node.holdsData ? recoveringIndex(situation) : undefined;
  if (recovering !== undefined) return `Waiting for ${recovering} to recover before ${name} is removed.`;
  if (!node.isMember) return mayComeBack(situation, node);
  const own = detail.nodes.find((one) => one.name === name)?.ownShards;
  if (own === undefined) return `Waiting for ${name} to say itself that no shard is left on it.`;
  return own > 0 ? `${name} itself still counts ${shardsInWords(own)}.` : undefined;
}

/**
 * A node that is away may be back in a moment with copies that nobody else has, or only one other: it goes when every
 * shard has all its copies without it. One that never joined has none.
 */
function mayComeBack({ detail }: DrainSituation, { name, pod, holdsData, wasMember }: LeavingNode): string | undefined {
  if (pod?.ready === true) return `Pod ${name} is ready, but no node of the cluster.`;
  const lacking = holdsData && wasMember ? indexLackingCopies(detail) : undefined;
  return lacking === undefined
    ? undefined
    : `${name} is away, and ${lacking} lacks copies, one of which may be on its volume: waiting until it is back or all copies are elsewhere (GET _cluster/allocation/explain).`;
}

/**
 * A master that goes must neither be counted on any more nor be given a vote in its last moment, as when another one loses
 * its own: it is barred from voting first, also before it ever joined. Elasticsearch hands a vote on only if a majority of
 * those that are left is there, and gives up the votes of nodes that are away for good with it. Where the voters that stay
 * are a majority of three or more anyway, it shrinks the configuration by itself.
 */
function voteStep(situation: DrainSituation, node: LeavingNode): DrainStep | undefined {
  const { name } = node;
  const { voting, nodes } = situation.look;
  if (!node.isMaster) return undefined;
  const isBack = (voter: string): boolean => nodes.some((one) => one.name === voter);
  // The vote of a node that is away shows by its id only: one that is about to come back is asked for it then.
  const lost = voting.configuration.filter((voter) => !isBack(voter));
  if (!node.isMember && node.pod?.stuck !== true && lost.length > 0)
    return wait(`Waiting for ${name} to be back, because it may have a vote.`);
  const hasVote = voting.configuration.includes(name);
  if (voting.excluded.includes(name)) {
    if (hasVote) return wait(`Waiting until ${name} has no vote any more.`);
    // All masters that stay are members, says the rule before this: these votes are of nodes that leave, or left long ago.
    return node.isMember || lost.length === 0 ? undefined : { kind: 'takeLostVotes', ids: lost };
  }
  const isLeaving = (voter: string): boolean => situation.leaving.some((one) => one.name === voter);
  const staying = voting.configuration.filter(
    (voter) => isBack(voter) && !isLeaving(voter) && !isFailing(node, voter),
  ).length;
  return staying >= 3 && staying * 2 > voting.configuration.length ? undefined : { kind: 'takeVote' };
}

/** A member that is ending, or that does not serve though the cluster still counts it. */
const isFailing = ({ set }: LeavingNode, voter: string): boolean =>
  set.pods.some((pod) => pod.name === voter && (pod.terminating || !pod.ready));

function lastOfSet({ name, ordinal, set }: LeavingNode): DrainStep {
  if (!set.current) return wait(`Pool ${set.pool} is being changed.`);
  return ordinal === set.replicas - 1
    ? { kind: 'remove' }
    : { kind: 'follow', message: `${name} goes after those of a higher number.` };
}
