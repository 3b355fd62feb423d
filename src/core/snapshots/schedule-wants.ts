// What a schedule wants of its repository now: which snapshots are due or asked for, which go, and what the status is to remember of it.
import type { StackSnapshotScheduleStatus } from '../../api/stack-snapshot-schedule.ts';
import { secondsOf } from '../status/time.ts';
import { believed, newestOf } from './due.ts';
import { historyOf, type OwnSnapshot, ownSnapshots } from './history.ts';
import { keyOf, requestedSnapshotName, slotSnapshotName, type SnapshotIdentity } from './identity.ts';
import type { SnapshotInfo } from './observed.ts';
import { outlived } from './retention.ts';
import { currentOf, dueIn, handledBy, type Readable, type ScheduleView } from './schedule-view.ts';

/** A snapshot that is due or asked for, and is not in the repository. */
export interface WantedSnapshot {
  readonly name: string;
  readonly identity: SnapshotIdentity;
  /** For people. */
  readonly called: string;
}

/** What the status remembers, so that nothing is done twice. */
type Memory = Pick<StackSnapshotScheduleStatus, 'lastSlot' | 'lastSkipped' | 'runNow' | 'lastGood' | 'runs' | 'kept'>;

export interface Wants {
  readonly snapshots: readonly WantedSnapshot[];
  /** A snapshot of this schedule is being taken. */
  readonly running: OwnSnapshot | undefined;
  /** Those that are to be deleted, the oldest first. */
  readonly outlived: readonly OwnSnapshot[];
  readonly memory: Memory;
  /** The newest time by the calendar that is taken care of. */
  readonly handled: Date | undefined;
}

/** What is wanted by the status alone: for words, and for nothing else. */
export function foreseenWants(view: ScheduleView): Wants {
  const { lastSlot, lastSkipped, runNow, lastGood, runs, kept } = view.status;
  const handled = handledBy(view);
  const { slot } = dueIn(view, handled);
  const memory = withoutUndefined({ lastSlot, lastSkipped, runNow, lastGood, runs, kept });
  const snapshots = [...wantedSlot(view, slot), ...wantedRequest(view, runNow)];
  return { snapshots, running: undefined, outlived: [], memory, handled };
}

/** What is wanted when these are all snapshots in the repository that have a name of the schedule's. */
export function wantsOf(view: ScheduleView, readable: Readable, snapshots: readonly SnapshotInfo[]): Wants {
  const { schedule, now, status, requested } = view;
  const { spec } = readable;
  const stack = { namespace: schedule.namespace, name: spec.stackRef.name };
  const own = ownSnapshots(snapshots, schedule, stack);
  const names = new Set(snapshots.map(({ name }) => name));
  const taken = own.flatMap((one) => (one.requested === undefined ? [believed(one.slot, now)] : []));
  const lastSlot = newestOf([believed(status.lastSlot, now), ...taken]);
  const skippedBefore = believed(status.lastSkipped?.slot, now);
  const handled = newestOf([lastSlot, skippedBefore]);
  const due = dueIn(view, handled);
  const stranger = due.slot !== undefined && names.has(slotSnapshotName(schedule, secondsOf(due.slot)));
  const missed = stranger ? { slot: due.slot, ...nameTaken } : missedIn(view, due.missed);
  // Whoever has the name: Elasticsearch takes no other one by it.
  const followed = requested !== undefined && names.has(requestedSnapshotName(schedule, requested));
  const runNow = followed ? requested : status.runNow;
  const lastSkipped =
    missed !== undefined
      ? { ...missed, slot: secondsOf(missed.slot) }
      : skippedBefore === undefined
        ? undefined
        : status.lastSkipped;
  const memory = {
    ...withoutUndefined({ lastSlot: lastSlot === undefined ? undefined : secondsOf(lastSlot), lastSkipped, runNow }),
    ...historyOf(own),
  };
  return {
    snapshots: [...wantedSlot(view, stranger ? undefined : due.slot), ...wantedRequest(view, runNow)],
    running: own.find(({ state }) => state === 'InProgress'),
    outlived: outlived({ snapshots: own, schedule, stack, retention: spec.retention, now }),
    memory,
    handled: newestOf([handled, missed?.slot]),
  };
}

/** Whether the status already remembers what must not be forgotten when the snapshot itself is deleted. */
export const isRemembered = ({ status }: ScheduleView, { memory }: Wants): boolean =>
  status.lastSlot === memory.lastSlot && status.runNow === memory.runNow;

const nameTaken = {
  reason: 'NameTaken',
  message: 'A snapshot of its name is in the repository, and was not taken by this schedule.',
};

interface Missed {
  readonly slot: Date;
  readonly reason: string;
  readonly message: string;
}

function missedIn(
  view: ScheduleView,
  missed: { readonly slot: Date; readonly tooLate: boolean } | undefined,
): Missed | undefined {
  if (missed === undefined) return undefined;
  const { slot, tooLate } = missed;
  const current = currentOf(view);
  // What it waited for stands in the status for as long as it waits.
  const waited = current?.status === 'Unknown' && current.message.includes(secondsOf(slot)) ? current : undefined;
  const told = (why: string): string => [why, waited?.message ?? ''].join(' ').trim().slice(0, longestMessage);
  if (tooLate) {
    const { startingDeadline = '' } = view.readable?.spec ?? {};
    return { slot, reason: 'DeadlineExceeded', message: told(`It had to begin within ${startingDeadline}.`) };
  }
  return waited === undefined
    ? { slot, reason: 'Missed', message: 'Nobody looked while it was due, and of those only the last is caught up.' }
    : { slot, reason: waited.reason, message: told('The next one was due before it began.') };
}

const longestMessage = 1024;

function wantedSlot({ schedule, readable }: ScheduleView, due: Date | undefined): readonly WantedSnapshot[] {
  if (due === undefined || readable === undefined) return [];
  const slot = secondsOf(due);
  const identity = { ...identityFor(schedule, readable), slot };
  return [{ name: slotSnapshotName(schedule, slot), identity, called: `The snapshot of ${slot}` }];
}

function wantedRequest(
  { schedule, readable, requested, now }: ScheduleView,
  followed: string | undefined,
): readonly WantedSnapshot[] {
  if (requested === undefined || requested === followed || readable === undefined) return [];
  const identity = { ...identityFor(schedule, readable), slot: secondsOf(now), requested };
  return [{ name: requestedSnapshotName(schedule, requested), identity, called: 'The snapshot that was asked for' }];
}

const identityFor = (schedule: ScheduleView['schedule'], { spec }: Readable) => ({
  stack: keyOf({ namespace: schedule.namespace, name: spec.stackRef.name }),
  schedule: keyOf(schedule),
});

/** Fields that are not there, instead of fields that have no value. */
function withoutUndefined<T extends object>(fields: T): { [Field in keyof T]?: Exclude<T[Field], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Field in keyof T]?: Exclude<T[Field], undefined>;
  };
}
