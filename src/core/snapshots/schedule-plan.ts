// Plans one StackSnapshotSchedule: takes the snapshots that are due, deletes those that are outlived, and says how it stands.
import type { StackSnapshotScheduleStatus } from '../../api/stack-snapshot-schedule.ts';
import { componentStatus, type Finding, type SharedStatus } from '../status/conditions.ts';
import { secondsOf } from '../status/time.ts';
import { deletionsOf, type FinalizerAction, type SnapshotAction, snapshotBody } from './snapshot-actions.ts';
import { newestOf } from './due.ts';
import { secondsBetween, within } from './durations.ts';
import type { OwnSnapshot } from './history.ts';
import type { Obstacle } from './obstacles.ts';
import type { Answer, SnapshotInfo } from './observed.ts';
import { pausedUntil, writeRefused } from './refused-writes.ts';
import { currentFinding, readyFinding } from './schedule-conditions.ts';
import { planEnd } from './schedule-end.ts';
import {
  hasFinalizer,
  isSuspended,
  type Readable,
  readyOf,
  type ScheduleObjects,
  type ScheduleView,
  takesSnapshotsAlong,
  viewOf,
} from './schedule-view.ts';
import type { StartVerdict } from './start-time.ts';
import { foreseenWants, isRemembered, type WantedSnapshot, type Wants, wantsOf } from './schedule-wants.ts';

export interface ScheduleInput extends ScheduleObjects {
  /** All snapshots in the repository by names of the schedule's; undefined when nobody asked. */
  readonly look: Answer<{ readonly snapshots: readonly SnapshotInfo[] }> | undefined;
  /** Undefined when nobody asked: then none starts. */
  readonly mayStart: StartVerdict | undefined;
}

export type ScheduleAction = SnapshotAction | FinalizerAction;

export interface SchedulePlan {
  /** Each by itself: when one is refused, the others are done all the same. */
  readonly actions: readonly ScheduleAction[];
  readonly status: StackSnapshotScheduleStatus;
  readonly requeueAfterSeconds: number;
}

export function planSchedule(input: ScheduleInput): SchedulePlan {
  const view = viewOf(input);
  if (view.object.metadata.deletionTimestamp !== undefined) return planEnd(view, input.look);
  const finalizer = finalizerActions(view);
  const steps = stepsOf(view, input);
  const status = statusOf(view, input, steps);
  // A snapshot must not begin before the object is held that is to take it along.
  const actions = finalizer.some(({ kind }) => kind === 'addFinalizer') ? finalizer : [...steps.actions, ...finalizer];
  return { actions, status, requeueAfterSeconds: pauseAfter(view, input, steps, actions) };
}

function finalizerActions(view: ScheduleView): readonly FinalizerAction[] {
  if (takesSnapshotsAlong(view) === hasFinalizer(view)) return [];
  return [{ kind: hasFinalizer(view) ? 'releaseFinalizer' : 'addFinalizer' }];
}

interface Steps {
  readonly wants: Wants;
  readonly actions: readonly SnapshotAction[];
  /** Why what is wanted has not begun. */
  readonly why: Obstacle;
  /** Nothing is in the way but changes of the stack. */
  readonly isNext: boolean;
}

function stepsOf(view: ScheduleView, { look, mayStart }: ScheduleInput): Steps {
  const { readable, obstacle, status, now } = view;
  if (readable === undefined || obstacle !== undefined || look?.answered !== true) {
    const unseen = look?.answered === false ? { reason: look.code, message: look.message } : notLooked;
    return { wants: foreseenWants(view), actions: [], why: obstacle ?? unseen, isNext: false };
  }
  const wants = wantsOf(view, readable, look.value.snapshots);
  const oneByOne = readable.spec.concurrencyPolicy !== 'Allow';
  const isPaused = pausedUntil(readyOf(view), now) !== undefined;
  const hindrance = hindranceOf(oneByOne ? wants.running : undefined, isPaused);
  // That it is due is told first, so that no change of the stack begins meanwhile; and then asked for.
  const told = wants.snapshots.filter(({ name }) => status.waiting?.includes(name));
  const starting =
    hindrance === undefined && mayStart?.allowed === true ? told.slice(0, oneByOne ? 1 : told.length) : [];
  const repository = readable.spec.repositoryRef.name;
  const deletions = isPaused || !isRemembered(view, wants) ? [] : deletionsOf(repository, wants.outlived);
  const why = hindrance ?? (mayStart?.allowed === false ? mayStart : starts);
  return {
    wants,
    actions: [...starting.map((one) => creationOf(readable, one)), ...deletions],
    why: { reason: why.reason, message: why.message },
    isNext: hindrance === undefined,
  };
}

const starts: Obstacle = { reason: 'Starting', message: 'It is about to begin.' };

/** What is in the way of any new snapshot, while the repository answers. */
function hindranceOf(running: OwnSnapshot | undefined, isPaused: boolean): Obstacle | undefined {
  if (running !== undefined) return { reason: 'StillRunning', message: `${running.name} is still being taken.` };
  if (!isPaused) return undefined;
  return { reason: writeRefused, message: 'Elasticsearch refused to write to the repository, and is asked again.' };
}

const creationOf = ({ spec }: Readable, { name, identity }: WantedSnapshot): SnapshotAction => ({
  kind: 'createSnapshot',
  repository: spec.repositoryRef.name,
  name,
  body: snapshotBody(spec.snapshot ?? {}, identity),
});

const notLooked: Obstacle = { reason: 'NotObservedYet', message: 'The operator has not looked at the repository yet.' };

function statusOf(view: ScheduleView, { look }: ScheduleInput, steps: Steps): StackSnapshotScheduleStatus {
  const { readable, status, object, now } = view;
  const { wants, why, isNext } = steps;
  const { snapshots, outlived, memory } = wants;
  const [first] = snapshots;
  const undeleted = outlived.length > 0;
  const findings: readonly Finding[] = [
    readyFinding(view, { look, undeleted, unwritten: undeleted || first !== undefined }),
    currentFinding(memory, first === undefined ? undefined : { snapshot: first, why }),
  ];
  const next = nextRun(view, wants);
  const section = {
    ...(readable === undefined ? {} : { inForce: readable.inForce }),
    ...(next === undefined ? {} : { nextRun: secondsOf(next) }),
    ...memory,
    ...(isNext && first !== undefined
      ? { waiting: snapshots.map(({ name }) => name), waitingSince: status.waitingSince ?? secondsOf(now) }
      : {}),
  };
  const generation = object.metadata.generation ?? 0;
  const report = { component: 'snapshots', generation, findings, refusals: [], section };
  return componentStatus(report, status as SharedStatus, secondsOf(now));
}

/** While none is taken there is no next one; that it is missing tells later that the schedule was suspended. */
function nextRun(view: ScheduleView, { handled }: Wants): Date | undefined {
  const { readable, now } = view;
  if (readable === undefined || isSuspended(view)) return undefined;
  return readable.slots.next(newestOf([now, handled]) ?? now);
}

/** Seconds. */
const pauses = { step: 1, work: 2, wait: 10, longestWait: 60, others: 300, rest: 600 };

function pauseAfter(
  view: ScheduleView,
  { look, mayStart }: ScheduleInput,
  { wants, isNext }: Steps,
  actions: readonly ScheduleAction[],
): number {
  const { now, obstacle, status } = view;
  if (actions.length > 0 || wants.running !== undefined) return pauses.work;
  const ready = readyOf(view);
  const until = (moment: Date | undefined): number =>
    moment === undefined ? pauses.rest : Math.max(pauses.step, Math.ceil(secondsBetween(now, moment)));
  const usual = Math.min(until(nextRun(view, wants)), obstacle === undefined ? pauses.rest : pauses.others);
  if (obstacle !== undefined || look === undefined) return usual;
  if (!look.answered) {
    const since = ready?.status === 'Unknown' ? new Date(ready.lastTransitionTime) : now;
    return Math.min(usual, within(pauses.wait, secondsBetween(since, now), pauses.longestWait));
  }
  const again = pausedUntil(ready, now);
  if (again !== undefined) return Math.min(usual, until(again));
  const { snapshots, outlived } = wants;
  if (snapshots.length + outlived.length === 0) return usual;
  const isHeld = isNext && mayStart?.allowed !== true && snapshots.every(({ name }) => status.waiting?.includes(name));
  return isHeld && outlived.length === 0 ? pauses.wait : pauses.step;
}
