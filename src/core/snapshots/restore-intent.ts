// What a StackRestore that has begun is to do, as its status records it, and how much of that has come about.
import type { StackRestoreStatus } from '../../api/stack-restore.ts';
import type { RestoreStreams } from './restore-actions.ts';
import type { StandingStream } from './observed.ts';
import type { IntendedStream } from './restore-selection.ts';

/** Recorded before anything is done, and never changed. */
export interface RestoreIntent {
  readonly repository: string;
  readonly snapshotName: string;
  /** RFC 3339. */
  readonly snapshotStartedAt: string;
  readonly startedAt: string;
  readonly streams: readonly IntendedStream[];
}

/** Undefined before it has begun. */
export function intentOf({
  repository,
  snapshotName,
  snapshotStartedAt,
  startedAt,
  streams,
}: StackRestoreStatus): RestoreIntent | undefined {
  if (startedAt === undefined || repository === undefined || snapshotName === undefined) return undefined;
  if (snapshotStartedAt === undefined || streams === undefined) return undefined;
  return { repository, snapshotName, snapshotStartedAt, startedAt, streams };
}

/** What stands under the names of the intent, beside what is intended there. */
export interface Target {
  readonly intended: IntendedStream;
  /** Undefined when nothing has the name. */
  readonly standing: StandingStream | undefined;
}

export const targetsOf = ({ streams }: RestoreIntent, standing: readonly StandingStream[]): readonly Target[] =>
  streams.map((intended) => ({ intended, standing: standing.find(({ name }) => name === intended.restoredAs) }));

/**
 * Whether what stands there came out of the snapshot. The indices of a data stream that was restored are as old as they
 * were in the snapshot; those of one that somebody made after the restore had begun are younger. Between the two lies at
 * least the time since the snapshot, so that clocks may differ a little.
 */
export function isFromSnapshot({ snapshotStartedAt, startedAt }: RestoreIntent, standing: StandingStream): boolean {
  const [taken, begun] = [Date.parse(snapshotStartedAt), Date.parse(startedAt)];
  return standing.isStream && Date.parse(standing.oldestAt) <= Math.max(taken, (taken + begun) / 2);
}

/** Data streams that one request restores, all or none. */
export interface RestoreGroup {
  readonly suffix: string | undefined;
  readonly targets: readonly Target[];
}

/** Those that keep their names, and those that get others: a request has one rule for all its names. */
export function groupsOf(targets: readonly Target[]): readonly RestoreGroup[] {
  const suffixOf = ({ intended: { name, restoredAs } }: Target): string | undefined =>
    name === restoredAs ? undefined : restoredAs.slice(name.length + 1);
  return [...Map.groupBy(targets, suffixOf)].map(([suffix, ofGroup]) => ({ suffix, targets: ofGroup }));
}

/** The request for a group. */
export const requestOf = (
  { repository, snapshotName }: RestoreIntent,
  { suffix, targets }: RestoreGroup,
  place: Pick<RestoreStreams, 'replicas' | 'tier'>,
): RestoreStreams => ({
  kind: 'restoreStreams',
  repository,
  snapshot: snapshotName,
  streams: targets.map(({ intended }) => intended.name),
  suffix,
  ...place,
});
