// What the statuses of repositories, snapshots, schedules and restores have in common: their conditions, and figures for people that seldom change.
import { roundedBytes } from '../elasticsearch/figures.ts';
import type { KubeObject } from '../kubernetes.ts';
import { type Condition, type ConditionStatus, type Finding, toCondition } from '../status/conditions.ts';
import { percentOf } from '../status/progress.ts';
import { secondsOf } from '../status/time.ts';
import type { SnapshotInfo } from './observed.ts';

/** An object whose status has conditions, as the watches have it. */
interface WithConditions extends KubeObject {
  readonly status?: { readonly conditions?: readonly StatusCondition[] | undefined };
}

/** A condition as the schemas of these statuses have it. */
export type StatusCondition = Omit<Condition, 'observedGeneration'> & {
  readonly observedGeneration?: number | undefined;
};

/** One of its conditions as it stands. */
export const standingCondition = ({ status }: WithConditions, type: string) =>
  status?.conditions?.find((condition) => condition.type === type);

/**
 * The conditions that are to stand, and no others: what is not found anew at each look does not outlive its cause. Each
 * keeps the time of its last turn, so that an unchanged look writes nothing.
 */
export function conditionsOf(object: WithConditions, findings: readonly Finding[], now: Date): Condition[] {
  const { generation = 0 } = object.metadata;
  return findings.map((finding) =>
    toCondition(finding, generation, standingCondition(object, finding.type), secondsOf(now)),
  );
}

/** A finding in one line. */
export const found = (type: string, status: ConditionStatus, reason: string, message: string): Finding => ({
  type,
  status,
  reason,
  message,
});

/** How much of something is done, in steps of 5. */
export function percentDone({ total, done }: { readonly total: number; readonly done: number }): number {
  // Of nothing, all is done.
  return total <= 0 ? 100 : (percentOf(Math.max(0, total - done), total) ?? 0);
}

type Failures = SnapshotInfo['failures'];

/** How many failures the schema of a status takes, and how long their reasons may be. */
const mostFailures = 10;
const longestReason = 512;

/** The first of the failures, one for each shard, which is the key of the list. */
export function firstFailures(failures: Failures): Failures[number][] {
  const each = Map.groupBy(failures, ({ index, shard }) => `${index}/${shard}`);
  return [...each.values()]
    .flatMap(([first]) => (first === undefined ? [] : [{ ...first, reason: first.reason.slice(0, longestReason) }]))
    .slice(0, mostFailures);
}

/** `8 GiB`. */
export const sizeText = roundedBytes;

const units = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
] as const;

/** The time between two times (RFC 3339) in its two largest units, as durations are written in specs: `45s`, `4m10s`, `1h30m`. */
export function durationText(from: string, to: string): string {
  const seconds = Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000));
  const first = units.findIndex(([, length]) => seconds >= length);
  if (first < 0) return '0s';
  let left = seconds;
  const texts = units.slice(first, first + 2).map(([unit, length]) => {
    const count = Math.floor(left / length);
    left -= count * length;
    return count === 0 ? '' : `${count}${unit}`;
  });
  return texts.join('');
}
