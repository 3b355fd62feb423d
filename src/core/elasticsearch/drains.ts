// Takes nodes away that the spec no longer asks for: emptied first, within the budget, the highest ordinal of a pool first. Every look decides anew.
import type { Refusal } from '../refusal.ts';
import type { ResolvedStack } from '../stack.ts';
import type { Action } from './actions.ts';
import { planClaims, planPoolEnds } from './claims.ts';
import type { PlanContext } from './context.ts';
import { type Judged, stepsOf } from './drain-turns.ts';
import { excludedNow, ownExclusions, ownTiers, planExclusions, sparedIndices } from './exclusions.ts';
import { keeping } from './keeping.ts';
import { isDeparting, type LeavingNode, leavingNodes } from './leaving.ts';
import { movesOf, receiversOf } from './moves.ts';
import type { AnsweredLook, ClusterDetail } from './observed.ts';
import { stallRefusals, startRefusals } from './rules/drain.ts';
import { indexLackingCopies, unanswered } from './rules/drain-safety.ts';
import { leavesOlderNodes, notSettled } from './rules/settled.ts';
import type { DrainSituation, LeavingPool } from './situation.ts';
import { lostTiers, outOfTiers, planTiers } from './tiers.ts';

export interface DrainPlan {
  /** The stack as far as its drains may go: a pool whose nodes may not leave keeps them. */
  readonly stack: ResolvedStack;
  /** To be carried out after the writes of the pools, from which they take nodes away. */
  readonly actions: readonly Action[];
  readonly refusals: readonly Refusal[];
  /** What is being drained, and what it waits for. */
  readonly waiting: readonly string[];
  /** Nodes that are on their way out. They are never restarted, and nobody waits for them. */
  readonly leaving: ReadonlySet<string>;
  /** A drain has its turn: no node that serves is restarted meanwhile. */
  readonly busy: boolean;
  /** The look lacks what the decision needs. */
  readonly needsDetail: boolean;
}

const nothing = { actions: [], refusals: [], waiting: [], busy: false, needsDetail: false } as const;

/** Where nothing may be taken away at all. */
export const noDrains = (stack: ResolvedStack): DrainPlan => ({ ...nothing, stack, leaving: new Set() });

/** Plans the next step of every drain, and clears what is left of those that are over or were taken back. */
export function planDrains(context: PlanContext): DrainPlan {
  const { stack, sets, observed } = context;
  const { cluster } = observed;
  const leaving = leavingNodes(stack, sets, observed);
  const pools = poolsOf(leaving);
  if (!cluster.answered) {
    const refusals = pools.map((pool) => unanswered(pool, cluster));
    return { ...nothing, stack: keeping(stack, pools), leaving: new Set(), refusals, actions: planClaims(context, []) };
  }
  // One that was away when its drain began may be back with a newer version than those that stay have: it waits for theirs.
  const isTooNew = leavesOlderNodes(context);
  const kept = ownExclusions(cluster).filter(
    (name) =>
      leaving.some((node) => node.name === name && !(isTooNew && node.isMember)) || isDeparting(name, sets, cluster),
  );
  if (leaving.length === 0) return ended(context, cluster, kept);
  if (cluster.detail === undefined) return withoutDetail(context, cluster, pools, kept);
  const situation = situationOf(context, cluster, cluster.detail, leaving);
  return withDetail(context, situation, cluster.detail, pools, kept);
}

/** Nothing leaves any more; what left may still be on its way. */
function ended(context: PlanContext, look: AnsweredLook, kept: readonly string[]): DrainPlan {
  const ends = planPoolEnds(context);
  const own = ownTiers(look);
  const { actions, marked, spared } =
    look.detail === undefined
      ? { actions: [], marked: own, spared: sparedIndices(look) }
      : planTiers(context.stack, look, look.detail, [], []);
  return {
    ...nothing,
    stack: context.stack,
    leaving: new Set(kept),
    actions: [...planExclusions(look, kept, marked, spared), ...actions, ...planClaims(context, []), ...ends.actions],
    refusals: ends.refusals,
    waiting: kept.map((name) => `Waiting for ${name} to be gone.`),
    busy: kept.length > 0,
    needsDetail: own.length > 0 && look.detail === undefined,
  };
}

/** Nothing starts and nothing goes. Drains that are under way stay so. */
function withoutDetail(
  context: PlanContext,
  look: AnsweredLook,
  pools: readonly LeavingPool[],
  kept: readonly string[],
): DrainPlan {
  // Those of a drain that goes on whose turn comes later hold copies meanwhile.
  const waiting = pools.map(({ set, nodes }) => ({ set, nodes: nodes.filter((node) => !kept.includes(node.name)) }));
  const fault = look.detailFault;
  return {
    ...nothing,
    stack: keeping(context.stack, waiting, waiting),
    leaving: new Set([...kept, ...namesIn(pools)]),
    actions: [...planExclusions(look, kept, ownTiers(look)), ...planClaims(context, [])],
    refusals: fault === undefined ? [] : pools.map((pool) => unanswered(pool, fault)),
    // Also with a refusal: the stack is not as its spec says, and it may pass with the next look.
    waiting: ['Waiting for a closer look at the shards.'],
    busy: fault === undefined || kept.length > 0,
    needsDetail: true,
  };
}

function withDetail(
  context: PlanContext,
  situation: DrainSituation,
  detail: ClusterDetail,
  pools: readonly LeavingPool[],
  kept: readonly string[],
): DrainPlan {
  const gate = notSettled(context);
  const judged = judge(situation, pools, kept, gate);
  const going = judged.filter((pool) => pool.goes);
  const held = judged.filter((pool) => !pool.goes);
  const patient = held.filter((pool) => pool.refusals.length === 0);
  const { stack, look, receivers } = situation;
  const lost = lostTiers(
    going.flatMap((pool) => pool.nodes),
    receivers,
  );
  const tiers = planTiers(stack, look, detail, lost, receivers);
  const steps = stepsOf(context, situation, going, { kept, mayStart: gate === undefined, tiers });
  const ends = planPoolEnds(context);
  const awaited = awaitedBack(situation);
  const leaving = [...kept, ...namesIn([...going, ...patient])].filter((name) => !awaited.includes(name));
  return {
    stack: keeping(context.stack, [...held, ...steps.later], [...patient, ...steps.later]),
    leaving: new Set(leaving),
    actions: [...steps.actions, ...planClaims(context, steps.removing), ...ends.actions],
    refusals: [...judged.flatMap((pool) => pool.refusals), ...steps.refusals, ...ends.refusals],
    waiting: [
      ...steps.waiting,
      ...patient.map((pool) => `The drain of ${[...namesIn([pool])].join(', ')} waits for ${gate ?? 'others'}.`),
    ],
    busy: going.some((pool) => !pool.absent) || kept.length > 0,
    needsDetail: false,
  };
}

/**
 * Nodes that cannot start and may hold copies that nobody else has: they come back before they leave, and for that they take
 * a new template like those that stay.
 */
function awaitedBack({ leaving, detail }: DrainSituation): readonly string[] {
  if (indexLackingCopies(detail) === undefined) return [];
  return leaving
    .filter((node) => !node.isMember && node.pod?.stuck === true && node.holdsData && node.wasMember)
    .map((node) => node.name);
}

/** Whether nodes may go. A pool goes from its highest ordinal down: when some may not, those below them stay, too. */
function judge(
  situation: DrainSituation,
  pools: readonly LeavingPool[],
  kept: readonly string[],
  gate: string | undefined,
): readonly Judged[] {
  const stopped = new Set<LeavingPool['set']>();
  return pools.map((pool) => {
    const absent = pool.nodes.every((node) => !node.isMember);
    const underWay = isUnderWay(pool, kept);
    const isDue = absent || gate === undefined || underWay;
    const refusals = underWay ? stallRefusals(situation, pool) : isDue ? startRefusals(situation, pool) : [];
    const goes = !stopped.has(pool.set) && isDue && (underWay || refusals.length === 0);
    if (!goes) stopped.add(pool.set);
    return { ...pool, absent, goes, refusals };
  });
}

const isUnderWay = (pool: LeavingPool, kept: readonly string[]): boolean =>
  pool.nodes.some((node) => kept.includes(node.name));

const namesIn = (pools: readonly LeavingPool[]): readonly string[] =>
  pools.flatMap((pool) => pool.nodes.map((node) => node.name));

/** Nodes by pool. Those at the upper end that are no members make a part of their own: they hold nothing up and wait for nobody. */
function poolsOf(leaving: readonly LeavingNode[]): readonly LeavingPool[] {
  return [...Map.groupBy(leaving, (node) => node.set)].flatMap(([set, nodes]) => {
    const first = nodes.findIndex((node) => node.isMember);
    const count = first < 0 ? nodes.length : first;
    return [nodes.slice(0, count), nodes.slice(count)]
      .filter((part) => part.length > 0)
      .map((part) => ({ set, nodes: part }));
  });
}

function situationOf(
  context: PlanContext,
  look: AnsweredLook,
  detail: ClusterDetail,
  leaving: readonly LeavingNode[],
): DrainSituation {
  const { stack, observed } = context;
  const names = new Set(leaving.map((node) => node.name));
  const receivers = receiversOf(detail, names, excludedNow(look));
  const after = outOfTiers(detail, lostTiers(leaving, receivers), receivers);
  const moves = movesOf(stack, after, names, receivers);
  return { stack, takenAt: observed.takenAt, look, detail: after, leaving, receivers, moves };
}
