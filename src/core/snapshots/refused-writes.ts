// Writes that Elasticsearch refused: what the status says of them, and when they are asked for again. It is all in the status, so a pause outlives the operator.
import { scheduleReadyCondition, type StackSnapshotScheduleStatus } from '../../api/stack-snapshot-schedule.ts';
import { type Condition, componentStatus, type SharedStatus } from '../status/conditions.ts';
import { secondsOf } from '../status/time.ts';
import type { SnapshotAction } from './snapshot-actions.ts';
import { secondsAfter, secondsBetween, within } from './durations.ts';
import type { Unanswered } from './observed.ts';

export interface RefusedWrite {
  readonly action: SnapshotAction;
  readonly fault: Omit<Unanswered, 'answered'>;
}

export const writeRefused = 'WriteRefused';

const shortestPause = 10;
const longestPause = 300;
/** What follows in the message must not be cut. */
const longestFault = 800;

const until = /asked again at (\S+Z)\.$/;

/** When refused writes may be asked for again; undefined when none is, or when the pause was made by another clock. */
export function pausedUntil(ready: Condition | undefined, now: Date): Date | undefined {
  if (ready?.reason !== writeRefused) return undefined;
  const again = new Date(until.exec(ready.message)?.[1] ?? now);
  const pause = secondsBetween(now, again);
  return pause > 0 && pause <= longestPause + 1 ? again : undefined;
}

/**
 * The status after writes were refused. The longer they have been, the longer is the pause: each is about as long as all
 * before it.
 */
export function withRefusedWrites(
  status: StackSnapshotScheduleStatus,
  refused: readonly RefusedWrite[],
  generation: number,
  now: Date,
): StackSnapshotScheduleStatus {
  const { conditions = [], ...section } = withoutWaiting(status);
  const live = { conditions } as SharedStatus;
  const before = live.conditions?.find(({ type }) => type === scheduleReadyCondition);
  const first = before?.reason === writeRefused ? new Date(before.lastTransitionTime) : now;
  const pause = within(shortestPause, secondsBetween(first, now), longestPause);
  // Times in a status have no fractions of a second.
  const again = secondsOf(secondsAfter(now, Math.ceil(pause) + 1));
  const faults = refused.map(inWords).join('; and ').slice(0, longestFault);
  const message = `Elasticsearch refused ${faults}. It is asked again at ${again}.`;
  const finding = { type: scheduleReadyCondition, status: 'False', reason: writeRefused, message } as const;
  const others = (live.conditions ?? []).filter(({ type }) => type !== scheduleReadyCondition);
  const report = { component: 'snapshots', generation, findings: [finding, ...others], refusals: [], section };
  return componentStatus(report, live, secondsOf(now));
}

/** Until it is asked again nothing waits for its turn, or changes of the stack would be held up for nothing. */
const withoutWaiting = (status: StackSnapshotScheduleStatus): StackSnapshotScheduleStatus =>
  Object.fromEntries(Object.entries(status).filter(([field]) => field !== 'waiting' && field !== 'waitingSince'));

function inWords({ action, fault }: RefusedWrite): string {
  const asked =
    action.kind === 'createSnapshot'
      ? `to take the snapshot ${action.name}`
      : `to delete ${action.names.length} snapshots`;
  return `${asked}: ${fault.code}: ${fault.message.replace(/\.$/, '')}`;
}
