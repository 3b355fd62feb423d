// The status of a StackRestore: what it waits for, how far it is, and how it ended.
import { isDeepStrictEqual } from 'node:util';
import type { StackRestoreSpec, StackRestoreStatus } from '../../api/stack-restore.ts';
import { completeCondition } from '../../api/stack-snapshot.ts';
import { roundedCount, someOf } from '../elasticsearch/figures.ts';
import type { KubeObject } from '../kubernetes.ts';
import type { Finding } from '../status/conditions.ts';
import { secondsOf } from '../status/time.ts';
import type { Hindrance } from './hindrance.ts';
import type { PrimaryShard, RestoreProgress } from './observed.ts';
import type { RestoreIntent, Target } from './restore-intent.ts';
import { conditionsOf, found, percentDone, sizeText, standingCondition } from './status.ts';

export interface StackRestore extends KubeObject {
  readonly spec: StackRestoreSpec;
  readonly status?: StackRestoreStatus;
}

const complete = (status: Finding['status'], reason: string, message: string): Finding =>
  found(completeCondition, status, reason, message);

/** The status with another condition, and with some fields changed. */
export const statusWith = (
  object: StackRestore,
  finding: Finding,
  now: Date,
  changed: StackRestoreStatus = {},
): StackRestoreStatus => ({ ...object.status, ...changed, conditions: conditionsOf(object, [finding], now) });

/** A restore that has begun is never given up because of what stands in its way: that may go. */
export const hinderedFinding = ({ kind, reason, message }: Hindrance, hasBegun: boolean): Finding =>
  complete(kind === 'waits' || hasBegun ? 'Unknown' : 'False', reason, message);

/** What the intent says in words. */
function what({ snapshotName, streams }: RestoreIntent): string {
  const count = streams.length === 1 ? `data stream ${streams[0]?.name ?? ''}` : `${streams.length} data streams`;
  return `${count} of snapshot ${snapshotName}`;
}

export const beginningFinding = (intent: RestoreIntent): Finding => {
  const replaced = intent.streams.filter(({ replaces }) => replaces === true).map(({ restoredAs }) => restoredAs);
  const deletes = replaced.length === 0 ? '' : ` ${someOf(replaced)} are deleted first.`;
  return complete('Unknown', 'Restoring', `Restoring ${what(intent)}.${deletes}${lack(intent)}`);
};

/** What a partial snapshot does not have. */
function lack({ streams }: RestoreIntent): string {
  const partial = streams.filter((stream) => stream.partial === true).map(({ name }) => name);
  if (partial.length === 0) return '';
  return ` The snapshot is partial: shards that it lacks of ${someOf(partial)} come back empty.`;
}

export interface Progress {
  readonly intent: RestoreIntent;
  readonly targets: readonly Target[];
  readonly bytes: RestoreProgress;
}

/** How far it is, and the end when nothing is left to wait for. */
export function progressStatus(object: StackRestore, progress: Progress, now: Date): StackRestoreStatus {
  const { intent, targets } = progress;
  const held = object.status?.held ?? false;
  const primaries = targets.flatMap(({ standing }) => standing?.primaries ?? []);
  const lost = primaries.filter(({ state }) => state === 'Lost');
  const gone = targets.filter(({ standing }) => standing?.isStream !== true);
  const done = primaries.filter(({ state }) => state === 'Started').length;
  const figures = figuresOf(object, { total: primaries.length, done, failed: lost.length }, progress.bytes);
  if (done + lost.length < primaries.length) return statusWith(object, underwayFinding(intent, figures), now, figures);
  const ended = { ...figures, endedAt: secondsOf(now) };
  if (lost.length + gone.length > 0) return statusWith(object, failedFinding(intent, lost, gone), now, ended);
  const bytes = figures.totalBytes ?? 0;
  const whole = { ...ended, percent: 100, doneBytes: bytes };
  return statusWith(object, restoredFinding(intent, held), now, whole);
}

type Figures = Pick<StackRestoreStatus, 'shards' | 'percent' | 'totalBytes' | 'doneBytes' | 'size'>;

/** Bytes follow the percentage, so that a look that finds little new writes nothing. What was known of moved shards is not forgotten. */
function figuresOf(
  { status: before = {} }: StackRestore,
  shards: NonNullable<Figures['shards']>,
  bytes: RestoreProgress,
): Figures {
  const percent = Math.max(before.percent ?? 0, Math.min(percentOfBytes(bytes, shards.total), mostUnderway));
  const isSame = before.percent === percent && isDeepStrictEqual(before.shards, shards);
  if (isSame) return figuresIn(before);
  const totalBytes = Math.max(before.totalBytes ?? 0, bytes.totalBytes);
  const doneBytes = Math.max(before.doneBytes ?? 0, bytes.doneBytes);
  return { shards, percent, totalBytes, doneBytes, size: sizeText(totalBytes) };
}

/** 100 stands for all of it: what failed never gets there. */
const mostUnderway = 95;

/** Shards that wait for their turn are taken to be as large as the others. */
const percentOfBytes = ({ totalBytes, doneBytes, shards }: RestoreProgress, total: number): number =>
  shards === 0 ? 0 : percentDone({ total: (totalBytes * total) / shards, done: doneBytes });

const figuresIn = ({ shards, percent, totalBytes, doneBytes, size }: StackRestoreStatus): Figures => ({
  ...(shards === undefined ? {} : { shards }),
  ...(percent === undefined ? {} : { percent }),
  ...(totalBytes === undefined ? {} : { totalBytes }),
  ...(doneBytes === undefined ? {} : { doneBytes }),
  ...(size === undefined ? {} : { size }),
});

function underwayFinding(intent: RestoreIntent, { shards, percent }: Figures): Finding {
  const count = `${shards?.done ?? 0} of ${shards?.total ?? 0} shards are there (${percent ?? 0} %).`;
  return complete('Unknown', 'Restoring', `Restoring ${what(intent)}: ${count}${lack(intent)}`);
}

const failedReason = 'RestoreFailed';

function failedFinding(intent: RestoreIntent, lost: readonly PrimaryShard[], gone: readonly Target[]): Finding {
  const shards = lost.map(({ index, shard }) => `${index} [${shard}]`);
  const streams = gone.map(({ intended }) => intended.restoredAs);
  const sentences = [
    ...(lost.length === 0
      ? []
      : [`Elasticsearch gave up ${roundedCount(lost.length)} shards: ${someOf(shards, 5)}; its log says why.`]),
    ...(gone.length === 0 ? [] : [`Somebody deleted ${someOf(streams)} meanwhile.`]),
  ];
  return complete(
    'False',
    failedReason,
    `Not all is restored of ${what(intent)}. ${sentences.join(' ')} Make another StackRestore with conflict Replace.${lack(intent)}`,
  );
}

/** Retention of snapshots, or somebody, was faster. */
export function snapshotGoneStatus(object: StackRestore, intent: RestoreIntent, now: Date): StackRestoreStatus {
  const { snapshotName, repository } = intent;
  const message = `Snapshot ${snapshotName} is no longer in StackRepository ${repository}. Make another StackRestore of a snapshot that is there.`;
  return statusWith(object, complete('False', failedReason, message), now, { endedAt: secondsOf(now) });
}

function restoredFinding(intent: RestoreIntent, held: boolean): Finding {
  const hold = held ? ' Retention leaves it alone until spec.retentionHold is false.' : '';
  return complete('True', 'Restored', `Restored ${what(intent)}.${hold}${lack(intent)}`);
}

/** Of a restore that is over. What failed stands nowhere but in the condition. */
export function endedFinding(object: StackRestore, intent: RestoreIntent, held: boolean): Finding {
  if (object.status?.percent === 100) return restoredFinding(intent, held);
  const standing = standingCondition(object, completeCondition);
  const message = standing?.reason === failedReason ? standing.message : `Not all is restored of ${what(intent)}.`;
  return complete('False', failedReason, message);
}
