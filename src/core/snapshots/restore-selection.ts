// What a StackRestore means: which snapshot, which of its data streams, and under which names they come back.
import { mostStreams, type StackRestoreSpec, type StackRestoreStatus } from '../../api/stack-restore.ts';
import type { StackSnapshotSpec, StackSnapshotStatus } from '../../api/stack-snapshot.ts';
import { roundedCount, someOf } from '../elasticsearch/figures.ts';
import { streamPattern } from '../elasticsearch/copies.ts';
import type { KubeObject } from '../kubernetes.ts';
import { isAtLeast } from '../versions.ts';
import { type Hindrance, type Judged, refused, waits, wrong } from './hindrance.ts';
import { identityOf, keyOf, scheduleNamePattern } from './identity.ts';
import type { SnapshotInfo, StandingStream } from './observed.ts';

/** A data stream that is to be restored, as the status records it. */
export type IntendedStream = NonNullable<StackRestoreStatus['streams']>[number];

/** Where the snapshot is to be found. */
export interface SnapshotSource {
  /** Name of the StackRepository. */
  readonly repository: string;
  /** Of names of snapshots; `*` stands for any text. */
  readonly pattern: string;
  /** Undefined: any that is good. */
  readonly name: string | undefined;
  /** `<namespace>/<name>`: only snapshots of this schedule count. */
  readonly schedule: string | undefined;
}

/** Where to look for the snapshot. @param snapshot the StackSnapshot that the source refers to, if there is one */
export function sourceOf(
  { stackRef, source }: StackRestoreSpec,
  namespace: string,
  snapshot: KubeObject | undefined,
): Judged<SnapshotSource> {
  const repository = source.repositoryRef?.name;
  if (source.type === 'SnapshotRef') return sourceByReference({ stackRef, source }, snapshot);
  if (repository === undefined)
    return {
      hindrance: wrong('RepositoryNotNamed', 'spec.source.repositoryRef is missing: say where the snapshot is.'),
    };
  if (source.type === 'SnapshotName') {
    const name = source.snapshotName ?? '';
    return { value: { repository, pattern: name, name, schedule: undefined } };
  }
  const schedule = source.scheduleRef === undefined ? undefined : { namespace, name: source.scheduleRef.name };
  const pattern = schedule === undefined ? '*' : scheduleNamePattern(schedule);
  return {
    value: { repository, pattern, name: undefined, schedule: schedule === undefined ? undefined : keyOf(schedule) },
  };
}

interface StackSnapshot extends KubeObject {
  readonly spec?: StackSnapshotSpec;
  readonly status?: StackSnapshotStatus;
}

function sourceByReference(
  { stackRef, source }: Pick<StackRestoreSpec, 'stackRef' | 'source'>,
  snapshot: StackSnapshot | undefined,
): Judged<SnapshotSource> {
  const called = `StackSnapshot ${source.snapshotRef?.name ?? ''}`;
  if (snapshot?.spec === undefined)
    return {
      hindrance: refused('NoSuchSnapshot', `There is no ${called} in this namespace. Name one that is there.`),
    };
  const isOfOther = snapshot.spec.stackRef.name !== stackRef.name;
  if (isOfOther && source.repositoryRef === undefined)
    return {
      hindrance: wrong(
        'RepositoryNotNamed',
        `${called} is of stack ${snapshot.spec.stackRef.name}. Make a StackRepository of stack ${stackRef.name} with mode ReadOnly and the same place, and name it in spec.source.repositoryRef.`,
      ),
    };
  const { snapshotName: name, state } = snapshot.status ?? {};
  if (name === undefined || state === undefined || state === 'Waiting')
    return { hindrance: waits('WaitingForSnapshot', `${called} has not been taken yet.`) };
  const repository = source.repositoryRef?.name ?? snapshot.spec.repositoryRef.name;
  return { value: { repository, pattern: name, name, schedule: undefined } };
}

/** The snapshot. Of those that nobody named, the newest good one: never one that is being taken, partial or failed. */
export function chooseSnapshot(source: SnapshotSource, found: readonly SnapshotInfo[]): Judged<SnapshotInfo> {
  return source.name === undefined ? newestGood(source, found) : named(source.name, source.repository, found);
}

function newestGood({ repository, schedule }: SnapshotSource, found: readonly SnapshotInfo[]): Judged<SnapshotInfo> {
  const good = found.filter(
    (one) => one.state === 'Success' && (schedule === undefined || identityOf(one)?.schedule === schedule),
  );
  const [newest] = good.toSorted((one, other) => Date.parse(other.startedAt) - Date.parse(one.startedAt));
  if (newest !== undefined) return { value: newest };
  const whose = schedule === undefined ? '' : ` of StackSnapshotSchedule ${schedule}`;
  const message = `StackRepository ${repository} has no good snapshot${whose}. Name one by spec.source.snapshotName, or wait for the next.`;
  return { hindrance: refused('NoGoodSnapshot', message) };
}

/** One that people name may be partial: what it lacks is told. */
function named(name: string, repository: string, found: readonly SnapshotInfo[]): Judged<SnapshotInfo> {
  const one = found.find((info) => info.name === name);
  if (one === undefined)
    return {
      hindrance: refused(
        'NoSuchSnapshot',
        `StackRepository ${repository} has no snapshot ${name}. Name one that is there.`,
      ),
    };
  if (one.state === 'InProgress')
    return { hindrance: waits('WaitingForSnapshot', `Snapshot ${name} is still being taken.`) };
  if (one.state === 'Failed')
    return {
      hindrance: refused('SnapshotFailed', `Snapshot ${name} failed: nothing of it can be restored. Name another one.`),
    };
  return { value: one };
}

/** What is read of the members of the cluster. */
interface Versions {
  readonly oldest: string | undefined;
  readonly newest: string | undefined;
}

/**
 * Elasticsearch reads no snapshot of a newer one, and none of one that is older by two major versions. Where a snapshot's
 * version is a range, because several versions write the same, its first end counts; what is no version at all is left to
 * Elasticsearch to judge.
 */
export function unreadable({ name, version }: SnapshotInfo, { oldest, newest }: Versions): Hindrance | undefined {
  const [taken] = /^\d+\.\d+\.\d+/.exec(version) ?? [];
  if (taken === undefined || oldest === undefined || newest === undefined) return undefined;
  const by = `Snapshot ${name} was taken by Elasticsearch ${taken}, and this stack has a node of`;
  if (!isAtLeast(oldest, taken))
    return refused(
      'VersionTooNew',
      `${by} ${oldest}, which cannot read it. Upgrade the stack, or name an older snapshot.`,
    );
  if (majorOf(taken) >= majorOf(newest) - 1) return undefined;
  return refused('VersionTooOld', `${by} ${newest}, which no longer reads it. Name a newer snapshot.`);
}

const majorOf = (version: string): number => Number(version.split('.')[0]);

/** A name without a dot in front matches no hidden data stream, as in Elasticsearch itself. */
function matches(pattern: string, name: string): boolean {
  if (name.startsWith('.') && !pattern.startsWith('.')) return false;
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.\\+?^${}()|[\]]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`).test(name);
}

/** Names of the data streams of the snapshot that are wanted, sorted. */
export function selectStreams(
  { name, dataStreams }: SnapshotInfo,
  patterns: readonly string[] = [streamPattern],
): Judged<readonly string[]> {
  const lacking = patterns.filter((pattern) => !pattern.includes('*') && !dataStreams.includes(pattern));
  if (lacking.length > 0)
    return {
      hindrance: refused(
        'NotInSnapshot',
        `Snapshot ${name} does not have ${someOf(lacking)}. It has ${someOf(dataStreams.toSorted(), 10) || 'no data stream'}.`,
      ),
    };
  const selected = dataStreams.filter((stream) => patterns.some((pattern) => matches(pattern, stream))).toSorted();
  if (selected.length === 0)
    return {
      hindrance: refused(
        'NothingToRestore',
        `Snapshot ${name} has no data stream that matches ${patterns.join(', ')}. It has ${someOf(dataStreams.toSorted(), 10) || 'none'}.`,
      ),
    };
  if (selected.length > mostStreams)
    return {
      hindrance: refused(
        'TooManyStreams',
        `${roundedCount(selected.length)} data streams of snapshot ${name} match, and one StackRestore restores ${mostStreams} at most. Name fewer in spec.dataStreams, and make several.`,
      ),
    };
  return { value: selected };
}

type Naming = Pick<StackRestoreSpec, 'rename' | 'conflict'>;

const usualSuffix = 'restored';

const renamed = (name: string, { rename }: Naming): string => `${name}.${rename?.suffix ?? usualSuffix}`;

/** Whether all that is restored gets another name; else only what is there already may. */
const renamesAll = ({ rename, conflict }: Naming): boolean => rename !== undefined && conflict !== 'Rename';

/** Names under which data streams may come back: whether something has them already must be known. */
export function candidateNames(selected: readonly string[], naming: Naming): readonly string[] {
  if (renamesAll(naming)) return selected.map((name) => renamed(name, naming));
  if (naming.conflict !== 'Rename') return selected;
  return [...new Set(selected.flatMap((name) => [name, renamed(name, naming)]))];
}

/**
 * Bytes that a name may have: Elasticsearch takes 255, and those of backing indices are longer than that of their data
 * stream by `.ds-`, a date and a number.
 */
const longestName = 255 - '.ds--2026.11.22-000001'.length;

/** What is to be recorded before anything is done: each data stream with the name that it comes back under. */
export function intendedStreams(
  selected: readonly string[],
  naming: Naming,
  snapshot: SnapshotInfo,
  standing: readonly StandingStream[],
): Judged<readonly IntendedStream[]> {
  const taken = new Map(standing.map((one) => [one.name, one]));
  const target = (name: string): string => {
    const isMoved = renamesAll(naming) || (naming.conflict === 'Rename' && taken.has(name));
    return isMoved ? renamed(name, naming) : name;
  };
  const streams = selected.map((name): IntendedStream => {
    const restoredAs = target(name);
    return {
      name,
      restoredAs,
      ...(taken.has(restoredAs) ? { replaces: true } : {}),
      ...(lacksShards(snapshot, name) ? { partial: true } : {}),
    };
  });
  const hindrance = unusableNames(streams) ?? conflicts(streams, naming, taken);
  return hindrance === undefined ? { value: streams } : { hindrance };
}

function unusableNames(streams: readonly IntendedStream[]): Hindrance | undefined {
  const targets = streams.map(({ restoredAs }) => restoredAs);
  const long = targets.filter((name) => Buffer.byteLength(name) > longestName);
  if (long.length > 0)
    return refused(
      'NameTooLong',
      `Names of data streams may have ${longestName} bytes, and these are longer: ${someOf(long)}. Give a shorter spec.rename.suffix.`,
    );
  const twice = targets.filter((name, place) => targets.indexOf(name) !== place);
  if (twice.length === 0) return undefined;
  return refused(
    'SameName',
    `Two data streams of the snapshot would both come back as ${someOf(twice)}. Give another spec.rename.suffix.`,
  );
}

function conflicts(
  streams: readonly IntendedStream[],
  { conflict }: Naming,
  taken: ReadonlyMap<string, StandingStream>,
): Hindrance | undefined {
  const names = streams.filter(({ replaces }) => replaces === true).map(({ restoredAs }) => restoredAs);
  const others = names.filter((name) => taken.get(name)?.isStream === false);
  if (others.length > 0)
    return refused(
      'Conflict',
      `Nothing was restored: ${someOf(others)} is an index, and no data stream can have its name. Delete it, or restore under other names (spec.rename).`,
    );
  if (names.length === 0 || conflict === 'Replace') return undefined;
  const remedy =
    conflict === 'Rename'
      ? 'Give another spec.rename.suffix, or delete them.'
      : 'Set spec.conflict to Rename or Replace, or delete them.';
  return refused('Conflict', `Nothing was restored, because these data streams are there: ${someOf(names)}. ${remedy}`);
}

/** Whether the snapshot failed to copy a shard of the data stream, or may have: of many failures, not all are named. */
const lacksShards = ({ failures, shards }: SnapshotInfo, stream: string): boolean =>
  failures.length < shards.failed ||
  failures.some(({ index }) => {
    const base = index.replace(/-\d{4}\.\d{2}\.\d{2}-\d+$/, '');
    return base === stream || base === `.ds-${stream}` || base.endsWith(`-.ds-${stream}`);
  });
