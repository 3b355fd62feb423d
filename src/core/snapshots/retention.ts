// Which snapshots of a schedule go: never one that somebody else took, never the last good ones, and nothing while there is no good one.
import type { StackSnapshotScheduleSpec } from '../../api/stack-snapshot-schedule.ts';
import { millisecondsIn } from './durations.ts';
import { type OwnSnapshot, ownSnapshots, startOf } from './history.ts';
import type { SnapshotInfo } from './observed.ts';

interface Named {
  readonly namespace: string;
  readonly name: string;
}

export interface Keeping {
  readonly snapshots: readonly SnapshotInfo[];
  readonly schedule: Named;
  readonly stack: Named;
  /** Undefined keeps all. */
  readonly retention: StackSnapshotScheduleSpec['retention'];
  readonly now: Date;
}

/** The snapshots that are to be deleted, the oldest first. */
export function outlived({ snapshots, schedule, stack, retention, now }: Keeping): readonly OwnSnapshot[] {
  const own = ownSnapshots(snapshots, schedule, stack);
  const good = own.filter(({ state }) => state === 'Success');
  const [newest] = good;
  if (retention === undefined || newest === undefined) return [];
  const { keepLast = Number.POSITIVE_INFINITY, maxAge, minKeep = 1 } = retention;
  // Of two clocks that disagree, the one that lets fewer go: Elasticsearch's, or the one here.
  const reference = Math.min(startOf(newest), now.getTime());
  const oldest = maxAge === undefined ? Number.NEGATIVE_INFINITY : reference - millisecondsIn(maxAge);
  const isKept = (one: OwnSnapshot, index: number): boolean =>
    index < minKeep || (index < keepLast && startOf(one) >= oldest);
  const kept = new Set(good.filter(isKept));
  const firstKept = Math.min(...[...kept].map(startOf));
  const mayGo = (one: OwnSnapshot): boolean => {
    if (one.state === 'Success') return !kept.has(one);
    // What is not good tells of a fault for as long as it is among the good ones.
    return one.state !== 'InProgress' && startOf(one) < startOf(newest) && startOf(one) < Math.max(firstKept, oldest);
  };
  return own.filter(mayGo).toReversed();
}
