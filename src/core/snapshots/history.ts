// What the repository says of a schedule's past: which snapshots are its own, what they were taken for, and how they ended.
import { snapshotName } from '../../api/snapshot-status.ts';
import type { ScheduleRun, StackSnapshotScheduleStatus } from '../../api/stack-snapshot-schedule.ts';
import { secondsOf } from '../status/time.ts';
import { identityOf, isOfSchedule, requestedSnapshotName, slotSnapshotName } from './identity.ts';
import type { SnapshotInfo } from './observed.ts';
import { firstFailures } from './status.ts';

interface Named {
  readonly namespace: string;
  readonly name: string;
}

/** A snapshot that a schedule took itself. */
export interface OwnSnapshot extends SnapshotInfo {
  /** RFC 3339: the time by the calendar; of one that was asked for, when that was seen. */
  readonly slot: string;
  /** Value of the annotation that asked for it. */
  readonly requested: string | undefined;
}

const isTime = (text: string): boolean => !Number.isNaN(Date.parse(text));

/**
 * The snapshots of a schedule, the newest first. Metadata may be copied, as with a clone that somebody made to keep it: so
 * the name must be the one that the schedule gives, too.
 */
export function ownSnapshots(
  snapshots: readonly SnapshotInfo[],
  schedule: Named,
  stack: Named,
): readonly OwnSnapshot[] {
  return snapshots
    .filter((info) => isOfSchedule(info, schedule, stack) && snapshotName.safeParse(info.name).success)
    .flatMap((info) => ownSnapshot(info, schedule))
    .toSorted((one, other) => startOf(other) - startOf(one) || (one.name < other.name ? 1 : -1));
}

function ownSnapshot(info: SnapshotInfo, schedule: Named): readonly OwnSnapshot[] {
  const { slot = '', requested } = identityOf(info) ?? {};
  if (requested !== undefined) {
    const seen = isTime(slot) ? slot : info.startedAt;
    return info.name === requestedSnapshotName(schedule, requested) ? [{ ...info, slot: seen, requested }] : [];
  }
  return isTime(slot) && info.name === slotSnapshotName(schedule, slot) ? [{ ...info, slot, requested }] : [];
}

export const startOf = ({ startedAt }: Pick<SnapshotInfo, 'startedAt'>): number => Date.parse(startedAt);

/** How many runs the schema of the status takes. */
const mostRuns = 20;

/** What a schedule tells of its snapshots. */
export function historyOf(
  own: readonly OwnSnapshot[],
): Pick<StackSnapshotScheduleStatus, 'lastGood' | 'runs' | 'kept'> {
  const good = own.find(({ state }) => state === 'Success');
  return {
    ...(good === undefined ? {} : { lastGood: runOf(good) }),
    runs: own.slice(0, mostRuns).map(runOf),
    kept: own.length,
  };
}

function runOf({
  name,
  state,
  slot,
  requested,
  startedAt,
  endedAt,
  shards,
  bytes,
  failures,
}: OwnSnapshot): ScheduleRun {
  const told = firstFailures(failures);
  return {
    slot,
    ...(requested === undefined ? {} : { requested }),
    snapshotName: name,
    state,
    startedAt: secondsOf(new Date(startedAt)),
    ...(endedAt === undefined ? {} : { endedAt: secondsOf(new Date(endedAt)) }),
    // While it is taken they change at each look.
    ...(state === 'InProgress' ? {} : { shards }),
    ...(bytes === undefined ? {} : { sizeBytes: bytes }),
    ...(told.length === 0 ? {} : { failures: told }),
  };
}
