// The conditions of a schedule: whether snapshots can be taken when they are due, and whether the last one is good. They are found anew at each look, so none outlives its cause.
import {
  currentCondition,
  scheduleReadyCondition,
  type StackSnapshotScheduleStatus,
} from '../../api/stack-snapshot-schedule.ts';
import type { Condition, Finding } from '../status/conditions.ts';
import type { Unanswered } from './observed.ts';
import type { Obstacle } from './obstacles.ts';
import { writeRefused } from './refused-writes.ts';
import { deletingOlder, isSuspended, readyOf, type ScheduleView } from './schedule-view.ts';
import type { WantedSnapshot } from './schedule-wants.ts';

/** What was found about writes to the repository. */
export interface Standing {
  /** Undefined when nobody asked Elasticsearch. */
  readonly look: { readonly answered: true } | Unanswered | undefined;
  /** Something is left to be written. */
  readonly unwritten: boolean;
  /** Something is left to be deleted. */
  readonly undeleted: boolean;
}

const ready = (status: Finding['status'], reason: string, message: string): Finding => ({
  type: scheduleReadyCondition,
  status,
  reason,
  message,
});

export function readyFinding(view: ScheduleView, { look, unwritten, undeleted }: Standing): Finding {
  const { obstacle } = view;
  const stands = readyOf(view);
  if (obstacle !== undefined) return ready('False', obstacle.reason, obstacle.message);
  if (look?.answered === false) return ready('Unknown', look.code, look.message);
  // What the last look found holds until the next one.
  if (look === undefined) return isOfLook(stands) ? stands : notLookedYet;
  if (stands?.reason === writeRefused && unwritten) return ready('False', stands.reason, stands.message);
  if (undeleted)
    return ready('True', deletingOlder, 'Snapshots are taken when they are due. Older ones are being deleted.');
  return isSuspended(view)
    ? ready('True', 'Suspended', 'No snapshots are taken by the calendar while spec.suspend is true.')
    : ready('True', 'Scheduled', 'Snapshots are taken when they are due.');
}

/** Other reasons for which it is False are those of objects, which are there now. */
const isOfLook = (stands: Condition | undefined): stands is Condition =>
  stands !== undefined && (stands.status !== 'False' || stands.reason === writeRefused);

const notLookedYet = ready('Unknown', 'NotObservedYet', 'The operator has not looked at the repository yet.');

const current = (status: Finding['status'], reason: string, message: string): Finding => ({
  type: currentCondition,
  status,
  reason,
  message,
});

/** @param waiting the snapshot that is due and has not begun, and why */
export function currentFinding(
  { runs = [], lastSlot, lastSkipped }: StackSnapshotScheduleStatus,
  waiting: { readonly snapshot: WantedSnapshot; readonly why: Obstacle } | undefined,
): Finding {
  if (waiting !== undefined) {
    const { snapshot, why } = waiting;
    return current('Unknown', why.reason, `${snapshot.called} is due and waits. ${why.message}`);
  }
  const [newest] = runs;
  const isNewer = (slot: string | undefined, than: string | undefined): boolean =>
    slot !== undefined && (than === undefined || new Date(slot) > new Date(than));
  if (lastSkipped !== undefined && isNewer(lastSkipped.slot, lastSlot) && isNewer(lastSkipped.slot, newest?.slot))
    return current('False', lastSkipped.reason, `The one of ${lastSkipped.slot} was not taken. ${lastSkipped.message}`);
  if (isNewer(lastSlot, newest?.slot))
    return current('False', 'Missing', `The snapshot of ${lastSlot ?? ''} is not in the repository any more.`);
  if (newest === undefined) return current('Unknown', 'NoneYet', 'None has been due yet.');
  const { snapshotName: name, state } = newest;
  switch (state) {
    case 'Success':
      return current('True', 'Good', `The last one, ${name}, is good.`);
    case 'Waiting':
    case 'InProgress':
      return current('Unknown', 'InProgress', `${name} is being taken.`);
    case 'Partial':
    case 'Failed': {
      const shards =
        newest.shards === undefined ? '' : ` of ${newest.shards.total} shards ${newest.shards.failed} failed.`;
      return current('False', state, `The last one, ${name}, is not good:${shards}`);
    }
  }
}
