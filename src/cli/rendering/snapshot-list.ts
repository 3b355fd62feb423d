// The snapshots of a namespace as a table: those of StackSnapshots and those of schedules, the newest first.
import type { SnapshotState } from '../../api/snapshot-status.ts';
import { ageText, durationText, sizeText, tableLines } from './amounts.ts';

/** One snapshot, whoever took it. What is not known yet is left out. */
export interface ListedSnapshot {
  readonly snapshot: string;
  readonly stack: string;
  readonly repository: string;
  /** `StackSnapshot <name>` or `StackSnapshotSchedule <name>`. */
  readonly takenBy: string;
  readonly state: SnapshotState | 'Unseen';
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly sizeBytes?: number;
  /** Shards that could not be copied. */
  readonly failedShards?: number;
}

export function snapshotTable(snapshots: readonly ListedSnapshot[], now: Date): readonly string[] {
  const head = ['SNAPSHOT', 'STACK', 'REPOSITORY', 'TAKEN BY', 'STATE', 'AGE', 'TOOK', 'SIZE'];
  return tableLines([head, ...snapshots.map((one) => row(one, now))]);
}

const row = (one: ListedSnapshot, now: Date): readonly string[] => [
  one.snapshot,
  one.stack,
  one.repository,
  one.takenBy.replace(/^StackSnapshotSchedule /, 'schedule ').replace(/^StackSnapshot /, 'object '),
  stateText(one),
  one.startedAt === undefined ? '' : ageText(one.startedAt, now),
  tookText(one),
  one.sizeBytes === undefined ? '' : sizeText(one.sizeBytes),
];

const stateText = ({ state, failedShards = 0 }: ListedSnapshot): string =>
  failedShards === 0 ? state : `${state} (${failedShards} shards failed)`;

function tookText({ startedAt, endedAt }: ListedSnapshot): string {
  if (startedAt === undefined || endedAt === undefined) return '';
  return durationText((Date.parse(endedAt) - Date.parse(startedAt)) / 1000);
}

/** The newest first; what has not begun before all others. */
export const newestFirst = (snapshots: readonly ListedSnapshot[]): readonly ListedSnapshot[] =>
  snapshots.toSorted((one, other) => startOf(other) - startOf(one) || (one.snapshot < other.snapshot ? -1 : 1));

const startOf = ({ startedAt }: ListedSnapshot): number =>
  startedAt === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(startedAt);
