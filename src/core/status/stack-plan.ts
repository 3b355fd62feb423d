// The status of a StackPlan: what was foretold, or why nothing can be; and when the plan has had its time.
import { plannedCondition, type StackPlanStatus } from '../../api/stack-plan.ts';
import { roundedBytes } from '../elasticsearch/figures.ts';
import type { KubeObject } from '../kubernetes.ts';
import { type Finding, toCondition } from './conditions.ts';
import { secondsOf } from './time.ts';

/** What comes out of a forecast. */
export interface Forecast {
  readonly steps: NonNullable<StackPlanStatus['steps']>;
  readonly refusals: NonNullable<StackPlanStatus['refusals']>;
  readonly bytesLost: number;
  /** Why the stack would not be as proposed in the end, whatever is refused, or that its end is not known; one sentence. */
  readonly unfinished: string | undefined;
}

/** What a forecast started from. */
export interface PlanBasis {
  /** metadata.generation of the stack. */
  readonly generation: number;
  /** When the stack was looked at. */
  readonly at: Date;
  /** What a node takes in by recoveries, and whether that was measured; else it is what the setting allows. */
  readonly speed: { readonly bytesPerSecond: number; readonly measured: boolean };
  /** The proposed spec is paused. */
  readonly paused: boolean;
}

/** Why there is no plan. `final` when asking again would not help. */
export interface Unplanned {
  readonly final: boolean;
  /** CamelCase. */
  readonly reason: string;
  readonly message: string;
}

interface StackPlan extends KubeObject {
  readonly spec?: { readonly ttl?: string };
  readonly status?: StackPlanStatus;
}

const usualTtl = '1h';
const unitSeconds: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400 };

/** When the plan is to be deleted. */
export function expiryOf({ metadata, spec }: StackPlan): Date {
  const ttl = spec?.ttl ?? usualTtl;
  const seconds = Number(ttl.slice(0, -1)) * (unitSeconds[ttl.slice(-1)] ?? 0);
  return new Date(Date.parse(metadata.creationTimestamp ?? '') + seconds * 1000);
}

const conditionOf = ({ status }: StackPlan) => status?.conditions?.find(({ type }) => type === plannedCondition);

/** Whether the last word on this generation of the plan has been said. */
export function isAnswered(plan: StackPlan): boolean {
  const condition = conditionOf(plan);
  return condition?.observedGeneration === plan.metadata.generation && condition?.status !== 'Unknown';
}

const startedReason = 'Started';

/** To be written before the plan is made: making it may be what ends the operator. */
export const startedStatus = (plan: KubeObject, now: Date): StackPlanStatus =>
  unplannedStatus(plan, { final: false, reason: startedReason, message: 'The operator is making this plan.' }, now);

/** Whether some operator has begun to make it, and has not come to an end. */
export function isStarted(plan: StackPlan): boolean {
  const condition = conditionOf(plan);
  return condition?.observedGeneration === plan.metadata.generation && condition?.reason === startedReason;
}

export const interrupted: Unplanned = {
  final: true,
  reason: 'Interrupted',
  message: 'The operator ended while it made this plan, and does not try it again. Make another one.',
};

/** Plans of one namespace that are kept at a time; the operator holds them all in memory. */
export const mostPlans = 50;

/** Why a plan is not made beside the others of its namespace; undefined when it may be. Those that were refused do not count. */
export function oneTooMany(plan: StackPlan, all: readonly StackPlan[]): Unplanned | undefined {
  const kept = all.filter((other) => other.metadata.uid !== plan.metadata.uid && conditionOf(other)?.status === 'True');
  if (kept.length < mostPlans) return undefined;
  return {
    final: true,
    reason: 'TooManyPlans',
    message: `${mostPlans} plans of this namespace are kept already: delete some (kubectl delete stackplan NAME), or make them with a shorter ttl.`,
  };
}

function statusWith(plan: StackPlan, said: Omit<Finding, 'type'>, now: Date): StackPlanStatus {
  const finding = { type: plannedCondition, ...said };
  const condition = toCondition(finding, plan.metadata.generation ?? 0, conditionOf(plan), secondsOf(now));
  return { conditions: [condition], expiresAt: secondsOf(expiryOf(plan)) };
}

export function unplannedStatus(plan: KubeObject, { final, reason, message }: Unplanned, now: Date): StackPlanStatus {
  return statusWith(plan, { status: final ? 'False' : 'Unknown', reason, message }, now);
}

export function plannedStatus(plan: KubeObject, forecast: Forecast, basis: PlanBasis, now: Date): StackPlanStatus {
  const { steps, refusals, bytesLost, unfinished } = forecast;
  const sentences = [
    ...(basis.paused ? ['The proposed spec is paused: none of this is done until it no longer is.'] : []),
    ...(unfinished === undefined ? [] : [unfinished]),
    speedSentence(basis),
  ];
  const reason = unfinished === undefined ? 'Planned' : 'PlannedInPart';
  return {
    ...statusWith(plan, { status: 'True', reason, message: sentences.join(' ') }, now),
    observed: { generation: basis.generation, at: secondsOf(basis.at) },
    steps,
    refusals,
    bytesLost,
  };
}

function speedSentence({ speed: { bytesPerSecond, measured } }: PlanBasis): string {
  const source = measured
    ? 'as fast as copies last came to a node'
    : 'which is what indices.recovery.max_bytes_per_sec allows a node';
  return `Durations are estimated at ${roundedBytes(bytesPerSecond)} a second, ${source}.`;
}
