// A schedule that is being deleted: it leaves its snapshots where they are, or takes them along, or says until when it tries.
import {
  currentCondition,
  scheduleReadyCondition,
  type StackSnapshotScheduleStatus,
} from '../../api/stack-snapshot-schedule.ts';
import { componentStatus, type Finding, type SharedStatus } from '../status/conditions.ts';
import { secondsOf } from '../status/time.ts';
import { deletionsOf, type FinalizerAction, type SnapshotAction } from './snapshot-actions.ts';
import { newestOf } from './due.ts';
import { secondsAfter } from './durations.ts';
import { historyOf, type OwnSnapshot, ownSnapshots } from './history.ts';
import type { Answer, SnapshotInfo } from './observed.ts';
import type { Obstacle } from './obstacles.ts';
import { pausedUntil, writeRefused } from './refused-writes.ts';
import { hasFinalizer, keptFromDeleting, readyOf, type ScheduleView, takesSnapshotsAlong } from './schedule-view.ts';

type Look = Answer<{ readonly snapshots: readonly SnapshotInfo[] }> | undefined;

export interface EndPlan {
  readonly actions: readonly (SnapshotAction | FinalizerAction)[];
  readonly status: StackSnapshotScheduleStatus;
  readonly requeueAfterSeconds: number;
}

/** Nobody who deletes a namespace waits longer for a stack that does not answer. */
const longestTrySeconds = 600;
const whileDeleting = 2;
const whileKept = 10;

export function planEnd(view: ScheduleView, look: Look): EndPlan {
  const { status } = view;
  const done = (leftBehind?: string): EndPlan => ({
    actions: [{ kind: 'releaseFinalizer', ...(leftBehind === undefined ? {} : { leftBehind }) }],
    status,
    requeueAfterSeconds: whileKept,
  });
  if (!hasFinalizer(view)) return { actions: [], status, requeueAfterSeconds: whileKept };
  if (!takesSnapshotsAlong(view)) return done();
  const own = ownIn(view, look);
  if (own?.length === 0) return done();
  const kept = whyKept(view, look, own);
  const until = secondsAfter(keptSince(view), longestTrySeconds);
  if (kept !== undefined && view.now >= until)
    return done(`Its snapshots stay in the repository: for 10 minutes they could not be deleted. ${kept.message}`);
  const finding: Finding =
    kept === undefined
      ? inDeletion('Unknown', 'Deleting', 'Its snapshots are being deleted with it.')
      : inDeletion('False', kept.reason, toldUntil(kept, until));
  return {
    actions: own === undefined || isPaused(view) ? [] : deletionsOf(repositoryOf(view), own.toReversed()),
    status: statusWith(view, own, finding),
    requeueAfterSeconds: kept === undefined ? whileDeleting : whileKept,
  };
}

function ownIn(view: ScheduleView, look: Look): readonly OwnSnapshot[] | undefined {
  const { readable, schedule } = view;
  if (readable === undefined || keptFromDeleting(view) !== undefined || look?.answered !== true) return undefined;
  const stack = { namespace: schedule.namespace, name: readable.spec.stackRef.name };
  return ownSnapshots(look.value.snapshots, schedule, stack);
}

/** Why nothing comes of it; a refusal counts until fewer snapshots are there than at the look before. */
function whyKept(view: ScheduleView, look: Look, own: readonly OwnSnapshot[] | undefined): Obstacle | undefined {
  const obstacle = keptFromDeleting(view);
  if (obstacle !== undefined) return obstacle;
  if (look?.answered === false) return { reason: look.code, message: look.message };
  const ready = readyOf(view);
  const { kept } = view.status;
  return ready?.reason === writeRefused && own !== undefined && own.length >= (kept ?? 0) ? ready : undefined;
}

const repositoryOf = ({ readable }: ScheduleView): string => readable?.spec.repositoryRef.name ?? '';

const isPaused = (view: ScheduleView): boolean => pausedUntil(readyOf(view), view.now) !== undefined;

/** Since when it has been tried in vain. */
function keptSince(view: ScheduleView): Date {
  const { object, now } = view;
  const ready = readyOf(view);
  if (ready?.status !== 'False') return now;
  const asked = object.metadata.deletionTimestamp;
  return newestOf([new Date(ready.lastTransitionTime), asked === undefined ? undefined : new Date(asked)]) ?? now;
}

/** The message of a refusal says when it is asked again, which must not be lost. */
const toldUntil = (kept: Obstacle, until: Date): string =>
  kept.reason === writeRefused
    ? kept.message
    : `Its snapshots cannot be deleted: ${kept.message} It goes without them at ${secondsOf(until)}.`;

const inDeletion = (status: Finding['status'], reason: string, message: string): Finding => ({
  type: scheduleReadyCondition,
  status,
  reason,
  message,
});

/** Nothing is due any more. Of what the repository tells, the newest look counts. */
function statusWith(
  { status, object, now }: ScheduleView,
  own: readonly OwnSnapshot[] | undefined,
  finding: Finding,
): StackSnapshotScheduleStatus {
  const told = ['conditions', 'nextRun', 'waiting', 'waitingSince', ...(own === undefined ? [] : ['lastGood'])];
  const kept = Object.entries(status).filter(([field]) => !told.includes(field));
  const section = { ...Object.fromEntries(kept), ...(own === undefined ? {} : historyOf(own)) };
  const { conditions = [] } = status as SharedStatus;
  const current = conditions.filter(({ type }) => type === currentCondition);
  const generation = object.metadata.generation ?? 0;
  const report = { component: 'snapshots', generation, findings: [finding, ...current], refusals: [], section };
  return componentStatus(report, { conditions }, secondsOf(now));
}
