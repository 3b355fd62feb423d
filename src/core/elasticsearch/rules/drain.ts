// All rules that a drain must pass before it starts, in the order in which they are told.
import { liftedBy } from '../../overrides.ts';
import type { Refusal } from '../../refusal.ts';
import type { DrainRule, DrainSituation, LeavingPool } from '../situation.ts';
import { allocationOff } from './drain-allocation.ts';
import { lastOfTier, noPlaceForShard, pinnedIndex, tooManyCopies } from './drain-places.ts';
import { lastMaster, quorumAtRisk } from './drain-quorum.ts';
import { diskTooSmall, tooManyShards } from './drain-room.ts';
import { halfAnswered, snapshotRunning, unassignedMayBeThere } from './drain-safety.ts';

const drainRules: readonly DrainRule[] = [
  lastMaster,
  quorumAtRisk,
  lastOfTier,
  halfAnswered,
  unassignedMayBeThere,
  snapshotRunning,
  allocationOff,
  pinnedIndex,
  tooManyCopies,
  tooManyShards,
  diskTooSmall,
];

/** Rules for a drain that is under way: what keeps it from ever ending. The first group that says something is told: what comes later follows from it. */
const stallRules: readonly (readonly DrainRule[])[] = [
  [halfAnswered],
  [allocationOff, lastOfTier, pinnedIndex, tooManyCopies, diskTooSmall],
  [noPlaceForShard],
];

/** Rules for the moment in which a node goes, however its drain began. */
const removalRules: readonly DrainRule[] = [lastMaster, quorumAtRisk, unassignedMayBeThere];

const isLifted = ({ stack, takenAt }: DrainSituation, refusal: Refusal): boolean =>
  liftedBy(stack.overrides, refusal, takenAt) !== undefined;

const refusalsBy = (rules: readonly DrainRule[], situation: DrainSituation, pool: LeavingPool): readonly Refusal[] =>
  rules.flatMap((rule) => rule(situation, pool)).filter((refusal) => !isLifted(situation, refusal));

/** Why the nodes of a pool may not start to leave; empty when they may. */
export const startRefusals = (situation: DrainSituation, pool: LeavingPool): readonly Refusal[] =>
  refusalsBy(drainRules, situation, pool);

/** Why a drain that is under way cannot end; empty when it can. */
export const stallRefusals = (situation: DrainSituation, pool: LeavingPool): readonly Refusal[] =>
  stallRules.map((rules) => refusalsBy(rules, situation, pool)).find((refusals) => refusals.length > 0) ?? [];

/** Why nodes may not be taken away, even when no shard is on them. */
export const removalRefusals = (situation: DrainSituation, pool: LeavingPool): readonly Refusal[] =>
  refusalsBy(removalRules, situation, pool);
