// Whose turn it is: how many drains run at once, in which order nodes start, and what follows for each of them.
import type { Refusal } from '../refusal.ts';
import type { Action } from './actions.ts';
import { markDrained } from './claims.ts';
import type { PlanContext } from './context.ts';
import { copiesToLower } from './copies.ts';
import { nextStep } from './drain-step.ts';
import { isExcluded, planExclusions } from './exclusions.ts';
import type { LeavingNode } from './leaving.ts';
import { resize } from './resize.ts';
import type { DrainSituation, LeavingPool } from './situation.ts';
import type { TierPlan } from './tiers.ts';

/** The nodes of one pool that leave, and whether they may. */
export interface Judged extends LeavingPool {
  /** Their nodes are no members of the cluster: they need no drain, and wait for nobody. */
  readonly absent: boolean;
  readonly goes: boolean;
  /** What speaks against it. A drain that is under way goes on all the same, and says so. */
  readonly refusals: readonly Refusal[];
}

interface Turn {
  /** Nodes that are on the exclusion list for a drain that is not over. */
  readonly kept: readonly string[];
  /** Everything that stays is well, so that a further drain may start. */
  readonly mayStart: boolean;
  readonly tiers: TierPlan;
}

export interface Steps {
  readonly actions: readonly Action[];
  readonly refusals: readonly Refusal[];
  readonly waiting: readonly string[];
  /** Nodes that are taken away now. */
  readonly removing: readonly string[];
}

export function stepsOf(context: PlanContext, situation: DrainSituation, pools: readonly Judged[], turn: Turn): Steps {
  const lowering = pools.some((pool) => !pool.absent && pool.nodes.some((node) => node.holdsData))
    ? copiesToLower(situation.stack, situation.detail)
    : [];
  const { tiers } = turn;
  const leavesTier = tiers.marked.length > 0 && tiers.actions.length > 0;
  const starting = startsOf(situation, pools, turn, lowering.length > 0 || leavesTier);
  const begun = pools.flatMap((pool) => pool.nodes).filter((node) => isExcluded(situation.look, node.name));
  const steps = begun.map((node) => ({ node, step: nextStep(situation, node) }));
  const votes = steps.flatMap(({ node, step }) => (step.kind === 'takeVote' ? [node.name] : []));
  const removing = steps.flatMap(({ node, step }) => (step.kind === 'remove' ? [node] : []));
  return {
    actions: [
      ...lowering,
      ...planExclusions(situation.look, [...turn.kept, ...starting.map((node) => node.name)], tiers.marked),
      ...tiers.actions,
      ...(votes.length === 0 ? [] : [{ kind: 'addVotingExclusions', nodes: votes } as const]),
      ...removing.flatMap((node) => [
        ...markDrained(context, node.name, true),
        resize(node.set, node.set.replicas - 1),
      ]),
    ],
    refusals: steps.flatMap(({ step }) => (step.kind === 'refuse' ? step.refusals : [])),
    waiting: [
      ...steps.map(({ node, step }) => (step.kind === 'wait' ? step.message : `${node.name} is being taken away.`)),
      ...starting.map((node) => `${node.name} is being drained.`),
      ...(leavesTier ? [`Moving indices out of the tier ${tiers.marked.join(', ')}.`] : []),
      ...(lowering.length > 0 ? ['Lowering copies to what the nodes that stay can hold.'] : []),
    ],
    removing: removing.map((node) => node.name),
  };
}

/** Nodes that start to leave now: absent ones at once, others within the budget, and masters only when nothing else is under way. */
function startsOf(
  { stack, look }: DrainSituation,
  pools: readonly Judged[],
  { kept, mayStart }: Turn,
  lowering: boolean,
): readonly LeavingNode[] {
  const waiting = (pool: Judged): readonly LeavingNode[] => pool.nodes.filter((node) => !isExcluded(look, node.name));
  const absent = pools.filter((pool) => pool.absent);
  const atOnce = absent.flatMap(waiting);
  const active = kept.filter((name) => !absent.some((pool) => pool.nodes.some((node) => node.name === name))).length;
  if (!mayStart || lowering) return atOnce;
  const candidates = pools.filter((pool) => !pool.absent).flatMap(waiting);
  const others = candidates.filter((node) => !node.isMaster);
  const [master] = candidates;
  if (others.length === 0 && active === 0 && master !== undefined) return [...atOnce, master];
  return [...atOnce, ...others.slice(0, Math.max(0, stack.elasticsearch.changeBudget.maxDrains - active))];
}
