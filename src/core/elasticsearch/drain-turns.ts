// Whose turn it is: how many drains run at once, in which order nodes start, and what follows for each of them.
import type { Refusal } from '../refusal.ts';
import type { Action } from './actions.ts';
import { markDrained } from './claims.ts';
import type { PlanContext } from './context.ts';
import { copiesToLower } from './copies.ts';
import { nextStep } from './drain-step.ts';
import { excludedNow, isExcluded, planExclusions } from './exclusions.ts';
import { keeping } from './keeping.ts';
import { isDataRole, type LeavingNode } from './leaving.ts';
import { movesOf, receiversOf } from './moves.ts';
import { resize } from './resize.ts';
import { diskTooSmall } from './rules/drain-room.ts';
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
  /** Nodes that go after those that go now: until then they hold copies. */
  readonly later: readonly LeavingPool[];
}

export function stepsOf(context: PlanContext, situation: DrainSituation, pools: readonly Judged[], turn: Turn): Steps {
  const begun = pools.flatMap((pool) => pool.nodes).filter((node) => isExcluded(situation.look, node.name));
  const steps = begun.map((node) => ({ node, step: nextStep(situation, node) }));
  const following = steps.flatMap(({ node, step }) =>
    step.kind === 'follow' && isOvertaken(situation, pools, node) ? [node.name] : [],
  );
  const due = dueOf(situation, pools, turn, following);
  const later = laterOf(situation, pools, due, turn.kept);
  const lowering = pools.some((pool) => !pool.absent && pool.nodes.some((node) => node.holdsData))
    ? copiesToLower(keeping(situation.stack, later), situation.detail)
    : [];
  const { tiers } = turn;
  const leavesTier = tiers.marked.length > 0 && tiers.actions.length > 0;
  const isPrepared = lowering.length === 0 && !leavesTier;
  const starting = due.filter((node) => isPrepared || isAbsent(pools, node));
  const votes = steps.flatMap(({ node, step }) => (step.kind === 'takeVote' ? [node.name] : []));
  const lostVotes = new Set(steps.flatMap(({ step }) => (step.kind === 'takeLostVotes' ? step.ids : [])));
  const removing = steps.flatMap(({ node, step }) => (step.kind === 'remove' ? [node] : []));
  return {
    actions: [
      ...lowering,
      ...planExclusions(
        situation.look,
        [...turn.kept, ...starting.map((node) => node.name)],
        tiers.marked,
        tiers.spared,
        [...lostVotes],
      ),
      ...tiers.actions,
      ...(votes.length === 0 ? [] : [{ kind: 'addVotingExclusions', nodes: votes } as const]),
      ...removing.flatMap((node) => [
        ...markDrained(context, node.name, true),
        resize(node.set, node.set.replicas - 1),
      ]),
    ],
    refusals: steps.flatMap(({ step }) => (step.kind === 'refuse' ? step.refusals : [])),
    waiting: [
      ...steps.map(({ node, step }) => ('message' in step ? step.message : `${node.name} is being taken away.`)),
      ...starting.map((node) => `${node.name} is being drained.`),
      ...(leavesTier ? [`Moving indices out of the tier ${tiers.marked.join(', ')}.`] : []),
      ...(lowering.length > 0 ? ['Lowering copies to what the nodes that stay can hold.'] : []),
    ],
    removing: removing.map((node) => node.name),
    later,
  };
}

/** Nodes of a higher number are to leave as well, since an edit after its drain had begun. */
const isOvertaken = ({ look }: DrainSituation, pools: readonly Judged[], { set, ordinal }: LeavingNode): boolean =>
  pools.some(
    (pool) => pool.set === set && pool.nodes.some((other) => other.ordinal > ordinal && !isExcluded(look, other.name)),
  );

const isAbsent = (pools: readonly Judged[], { name }: Pick<LeavingNode, 'name'>): boolean =>
  pools.some((pool) => pool.absent && pool.nodes.some((node) => node.name === name));

/**
 * Nodes whose turn comes when those that are due have gone. Copies are kept for them as long as they hold some: of three
 * nodes that become one, two keep a copy each while the third is drained. Ones that are away for good hold none; and when
 * what stays has no room for so many copies, or does not run one version, the drain begins with as few as the spec asks
 * for in the end.
 */
function laterOf(
  situation: DrainSituation,
  pools: readonly Judged[],
  due: readonly LeavingNode[],
  kept: readonly string[],
): readonly LeavingPool[] {
  const later = pools.flatMap(({ set, nodes }) => {
    const isBegun = ({ name }: LeavingNode): boolean => isExcluded(situation.look, name) || kept.includes(name);
    const waiting = nodes.filter((node) => !isBegun(node) && !due.includes(node));
    const lost = waiting.findLastIndex((node) => !node.isMember && node.pod?.stuck === true);
    const rest = waiting.slice(lost + 1);
    return rest.length === 0 ? [] : [{ set, nodes: rest }];
  });
  if (due.length === 0) return later;
  return runOneVersion(situation) && hasRoom(situation, pools, later) ? later : [];
}

/** Else one that goes later may be too old to take a copy from one that goes now. */
const runOneVersion = ({ look }: DrainSituation): boolean =>
  new Set(look.nodes.filter(({ roles }) => roles.some(isDataRole)).map(({ version }) => version)).size <= 1;

/** Whether what those that go now hold has a place on the others, with as many copies as these can keep. */
function hasRoom(
  { stack, look, leaving, detail, ...situation }: DrainSituation,
  pools: readonly LeavingPool[],
  later: readonly LeavingPool[],
): boolean {
  const staying = later.flatMap(({ nodes }) => nodes);
  const going = new Set(leaving.filter((node) => !staying.includes(node)).map((node) => node.name));
  const receivers = receiversOf(detail, going, excludedNow(look));
  const moves = movesOf(keeping(stack, later), detail, going, receivers);
  const then = { ...situation, stack, look, leaving, detail, receivers, moves };
  return (
    moves.every((move) => move.copies <= move.targets.length) &&
    pools.every((pool) => diskTooSmall(then, pool).length === 0)
  );
}

/** Nodes whose turn it is to leave: absent ones at once, others within the budget, and masters only when nothing else is under way. */
function dueOf(
  { stack, look }: DrainSituation,
  pools: readonly Judged[],
  { kept, mayStart }: Turn,
  following: readonly string[],
): readonly LeavingNode[] {
  const waiting = (pool: Judged): readonly LeavingNode[] =>
    pool.nodes.filter(({ name }) => !isExcluded(look, name) && !kept.includes(name));
  const atOnce = pools.filter((pool) => pool.absent).flatMap(waiting);
  // Those that only wait for nodes of a higher number give their turn to these.
  const active = kept.filter((name) => !isAbsent(pools, { name }) && !following.includes(name)).length;
  if (!mayStart) return atOnce;
  const candidates = pools.filter((pool) => !pool.absent).flatMap(waiting);
  const others = candidates.filter((node) => !node.isMaster);
  const [master] = candidates;
  if (others.length === 0 && active === 0 && master !== undefined) return [...atOnce, master];
  return [...atOnce, ...others.slice(0, Math.max(0, stack.elasticsearch.changeBudget.maxDrains - active))];
}
