// A schedule and the objects that it is about, before anybody asks Elasticsearch: what stands in its way, and whether the repository has to be looked at.
import {
  currentCondition,
  scheduleReadyCondition,
  type StackSnapshotScheduleSpec,
  stackSnapshotScheduleSpec,
  type StackSnapshotScheduleStatus,
} from '../../api/stack-snapshot-schedule.ts';
import type { KubeObject } from '../kubernetes.ts';
import { recordable } from '../requests.ts';
import type { Condition, SharedStatus } from '../status/conditions.ts';
import { snapshotsFinalizer } from './snapshot-actions.ts';
import { believed, type Due, dueNow, type InForce, inForceNow, newestOf, nothingDue, timeZoneOf } from './due.ts';
import { type NamedObjects, type Obstacle, obstacleTo, unwritable } from './obstacles.ts';
import { type Slots, slotsOf } from './slots.ts';

/** What Kubernetes has. */
export interface ScheduleObjects extends NamedObjects {
  /** The StackSnapshotSchedule, as the cache has it. */
  readonly object: KubeObject;
  readonly now: Date;
}

interface Named {
  readonly namespace: string;
  readonly name: string;
}

export interface Readable {
  readonly spec: StackSnapshotScheduleSpec;
  readonly slots: Slots;
  readonly inForce: InForce;
}

export interface ScheduleView extends ScheduleObjects {
  readonly schedule: Named;
  readonly status: StackSnapshotScheduleStatus;
  /** Undefined when the spec cannot be followed; `obstacle` says why. */
  readonly readable: Readable | undefined;
  readonly obstacle: Obstacle | undefined;
  /** Value of the annotation that asks for a snapshot now; undefined when nobody does. */
  readonly requested: string | undefined;
}

export function viewOf(objects: ScheduleObjects): ScheduleView {
  const { object, now } = objects;
  const { metadata } = object;
  const status = (object['status'] ?? {}) as StackSnapshotScheduleStatus;
  const spec = readSpec(object);
  const value = metadata.annotations?.['loggingstack.dev/run-now'] ?? '';
  const shared = {
    ...objects,
    schedule: { namespace: metadata.namespace ?? '', name: metadata.name },
    status,
    requested: value === '' ? undefined : recordable(value),
  };
  if ('reason' in spec) return { ...shared, readable: undefined, obstacle: spec };
  const verdict = slotsOf(spec.schedule, timeZoneOf(spec));
  if (!verdict.possible) return { ...shared, readable: undefined, obstacle: verdict };
  const inForce = inForceNow({ spec, status, metadata, now });
  return { ...shared, readable: { spec, slots: verdict.slots, inForce }, obstacle: obstacleTo(objects, spec) };
}

function readSpec(object: KubeObject): StackSnapshotScheduleSpec | Obstacle {
  const parsed = stackSnapshotScheduleSpec.safeParse(object['spec']);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map((issue) => `spec.${issue.path.join('.')}: ${issue.message}`).join('; ');
  const message = `This operator does not understand the spec: ${fields}. Apply the CRD that came with it.`;
  return { reason: 'Invalid', message };
}

/** What keeps a schedule that goes from taking its snapshots with it. A repository that goes, too, waits for it. */
export const keptFromDeleting = ({ readable, obstacle, ...objects }: ScheduleView): Obstacle | undefined =>
  readable === undefined ? obstacle : unwritable(objects, readable.spec);

export function conditionOf(status: unknown, type: string): Condition | undefined {
  return (status as SharedStatus | undefined)?.conditions?.find((condition) => condition.type === type);
}

export const readyOf = ({ status }: ScheduleView): Condition | undefined => conditionOf(status, scheduleReadyCondition);
export const currentOf = ({ status }: ScheduleView): Condition | undefined => conditionOf(status, currentCondition);

/** Also of a spec that is not understood: what it asks for about deleting must not be overlooked. */
export const takesSnapshotsAlong = ({ object }: ScheduleView): boolean =>
  (object['spec'] as Partial<StackSnapshotScheduleSpec> | undefined)?.deletionPolicy === 'Delete';

export const hasFinalizer = ({ object }: ScheduleView): boolean =>
  object.metadata.finalizers?.includes(snapshotsFinalizer) === true;

export const isSuspended = ({ readable }: ScheduleView): boolean => readable?.spec.suspend === true;

/** What is due when these times are taken care of, besides what the status knows of. */
export function dueIn(view: ScheduleView, handled: Date | undefined): Due {
  const { readable, now } = view;
  if (readable === undefined || isSuspended(view)) return nothingDue;
  const { slots, inForce, spec } = readable;
  return dueNow({ slots, inForce, handled, startingDeadline: spec.startingDeadline, now });
}

/** The newest time by the calendar that was taken or skipped, as far as the status knows. */
export const handledBy = ({ status, now }: ScheduleView): Date | undefined =>
  newestOf([believed(status.lastSlot, now), believed(status.lastSkipped?.slot, now)]);

/** What was remembered by a clock that ran ahead goes before its time comes: it would count then. */
const remembersFalsely = ({ status, now }: ScheduleView): boolean =>
  [status.lastSlot, status.lastSkipped?.slot].some((time) => time !== undefined && believed(time, now) === undefined);

/** At rest nobody asks Elasticsearch for anything. A fault, or a write that was refused, is no rest. */
export function needsLook(objects: ScheduleObjects): boolean {
  const view = viewOf(objects);
  if (objects.object.metadata.deletionTimestamp !== undefined)
    return hasFinalizer(view) && takesSnapshotsAlong(view) && keptFromDeleting(view) === undefined;
  return view.readable !== undefined && view.obstacle === undefined && isAtWork(view, view.readable);
}

/** Why Ready is True while older snapshots are still to be deleted: also after a crash somebody has to see to it. */
export const deletingOlder = 'DeletingOlder';

function isAtWork(view: ScheduleView, { inForce }: Readable): boolean {
  const { status, object, requested } = view;
  const ready = readyOf(view);
  const { slot, missed } = dueIn(view, handledBy(view));
  return (
    ready?.status !== 'True' ||
    ready.reason === deletingOlder ||
    ready.observedGeneration !== object.metadata.generation ||
    status.inForce?.since !== inForce.since ||
    (requested !== undefined && requested !== status.runNow) ||
    (status.waiting ?? []).length > 0 ||
    (status.runs ?? []).some(({ state }) => state === 'InProgress') ||
    slot !== undefined ||
    missed !== undefined ||
    remembersFalsely(view)
  );
}

/** Since when a snapshot of this schedule is due and has not begun; undefined when none is. */
export function waitingSince(object: KubeObject): Date | undefined {
  const { waiting = [], waitingSince: since } = (object['status'] ?? {}) as StackSnapshotScheduleStatus;
  return waiting.length === 0 || since === undefined ? undefined : new Date(since);
}
