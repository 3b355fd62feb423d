// Which time by the calendar is due now: since when a schedule is in force, what was taken care of already, and what was missed.
import type { StackSnapshotScheduleSpec, StackSnapshotScheduleStatus } from '../../api/stack-snapshot-schedule.ts';
import type { ObjectMeta } from '../kubernetes.ts';
import { secondsOf } from '../status/time.ts';
import { millisecondsIn, secondsAfter } from './durations.ts';
import type { Slots } from './slots.ts';

export type InForce = NonNullable<StackSnapshotScheduleStatus['inForce']>;

/** Clocks of two operators differ by less. */
const mostAheadSeconds = 3600;

/** A time that lies far ahead of the clock was written by a clock that ran ahead: it must not silence a schedule for a year. */
export function believed(time: string | undefined, now: Date): Date | undefined {
  if (time === undefined) return undefined;
  const moment = new Date(time);
  return moment <= secondsAfter(now, mostAheadSeconds) ? moment : undefined;
}

/** The newest of these; undefined when there is none. */
export function newestOf(moments: readonly (Date | undefined)[]): Date | undefined {
  return moments.reduce((one, other) => (one === undefined || (other !== undefined && other > one) ? other : one));
}

interface Standing {
  readonly spec: StackSnapshotScheduleSpec;
  readonly status: StackSnapshotScheduleStatus;
  readonly metadata: ObjectMeta;
  readonly now: Date;
}

export const timeZoneOf = ({ timeZone = 'Etc/UTC' }: StackSnapshotScheduleSpec): string => timeZone;

/** The schedule by which snapshots are taken. What it would have meant before somebody saw it is not caught up. */
export function inForceNow(standing: Standing): InForce {
  const { spec, status, now } = standing;
  const [schedule, timeZone] = [spec.schedule, timeZoneOf(spec)];
  const stands = status.inForce;
  const since = believed(stands?.since, now);
  if (stands === undefined) return { schedule, timeZone, since: secondsOf(firstSeen(standing)) };
  if (stands.schedule !== schedule || stands.timeZone !== timeZone || since === undefined)
    return { schedule, timeZone, since: secondsOf(now) };
  return wasSuspended(standing) ? { ...stands, since: secondsOf(resumed(since, standing)) } : stands;
}

/** An object that nobody edited since it was made has meant the same all the time. */
function firstSeen({ metadata: { creationTimestamp, generation = 1 }, now }: Standing): Date {
  const made = creationTimestamp === undefined ? now : new Date(creationTimestamp);
  return generation > 1 || made > now ? now : made;
}

/** While nothing is taken there is no next one, and the status says none. */
const wasSuspended = ({ spec, status }: Standing): boolean => spec.suspend !== true && status.nextRun === undefined;

/** Nobody expects what was due days ago when a schedule is resumed: only a deadline says that it is still wanted. */
function resumed(since: Date, { spec: { startingDeadline }, now }: Standing): Date {
  if (startingDeadline === undefined) return now;
  return newestOf([since, secondsAfter(now, -millisecondsIn(startingDeadline) / 1000)]) ?? now;
}

export interface Turn {
  readonly slots: Slots;
  readonly inForce: InForce;
  /** The newest that was taken or skipped. */
  readonly handled: Date | undefined;
  readonly startingDeadline: string | undefined;
  readonly now: Date;
}

export interface Due {
  /** Only the last is caught up. */
  readonly slot: Date | undefined;
  /** The last of those that are not. */
  readonly missed: { readonly slot: Date; readonly tooLate: boolean } | undefined;
}

export const nothingDue: Due = { slot: undefined, missed: undefined };

export function dueNow({ slots, inForce, handled, startingDeadline, now }: Turn): Due {
  const since = new Date(inForce.since);
  const open = (slot: Date | undefined): slot is Date =>
    slot !== undefined && slot >= since && (handled === undefined || slot > handled);
  const slot = slots.last(now);
  if (!open(slot)) return nothingDue;
  if (startingDeadline !== undefined && now.getTime() - slot.getTime() > millisecondsIn(startingDeadline))
    return { slot: undefined, missed: { slot, tooLate: true } };
  const before = slots.last(secondsAfter(slot, -1));
  return { slot, missed: open(before) ? { slot: before, tooLate: false } : undefined };
}
