// What the status of a StackSnapshot tells of its snapshot: how far it is, and how it ended.
import { completeCondition, type StackSnapshotStatus } from '../../api/stack-snapshot.ts';
import type { Finding } from '../status/conditions.ts';
import type { Answer, SnapshotInfo, SnapshotProgress } from './observed.ts';
import { durationText, firstFailures, found, percentDone, sizeText } from './status.ts';

type Facts = Omit<StackSnapshotStatus, 'conditions'>;
type Ended = SnapshotInfo & { readonly state: 'Success' | 'Partial' | 'Failed' };

export const isEnded = (info: SnapshotInfo): info is Ended => info.state !== 'InProgress';

/**
 * A snapshot that is being taken. Its figures change only when its percentage does, so that a poll is seldom a write, and
 * that never falls: shards whose copying begins bring bytes that nobody knew of.
 */
export function factsOfRunning(
  info: SnapshotInfo,
  progress: Answer<SnapshotProgress> | undefined,
  before: StackSnapshotStatus,
): Facts {
  const facts = { snapshotName: info.name, state: 'InProgress', startedAt: info.startedAt } as const;
  const { shards, percent, doneBytes } = before;
  const told =
    percent === undefined ? {} : { percent, ...(shards && { shards }), ...(doneBytes !== undefined && { doneBytes }) };
  if (progress?.answered !== true) return { ...facts, ...told };
  const now = percentOf(progress.value);
  if (percent !== undefined && now <= percent) return { ...facts, ...told };
  const { total, done, failed } = progress.value.shards;
  return { ...facts, percent: now, doneBytes: progress.value.doneBytes, shards: { total, done, failed } };
}

/** Of shards that were not begun nobody knows the size: they count as much as the others. */
function percentOf({ shards, newBytes, doneBytes }: SnapshotProgress): number {
  const begun = shards.total === 0 ? 1 : shards.begun / shards.total;
  return percentDone({ total: 1, done: begun * (newBytes === 0 ? 1 : doneBytes / newBytes) });
}

/** A snapshot that has ended. */
export function factsOfEnded(info: Ended): Facts {
  const { name, state, startedAt, endedAt, shards, bytes, failures } = info;
  return {
    snapshotName: name,
    state,
    startedAt,
    ...(endedAt === undefined ? {} : { endedAt, duration: durationText(startedAt, endedAt) }),
    shards: { ...shards },
    ...(state === 'Success' ? { percent: 100 } : {}),
    ...(bytes === undefined ? {} : { sizeBytes: bytes, size: sizeText(bytes) }),
    ...(failures.length === 0 ? {} : { failures: firstFailures(failures) }),
  };
}

const complete = (status: Finding['status'], reason: string, message: string): Finding =>
  found(completeCondition, status, reason, message);

/** How it ended, in words. */
export function ended(info: Ended): Finding {
  const { state, shards, bytes, startedAt, endedAt } = info;
  const size = bytes === undefined ? '' : `, ${sizeText(bytes)}`;
  const duration = endedAt === undefined ? '' : `, in ${durationText(startedAt, endedAt)}`;
  if (state === 'Success')
    return complete('True', state, `All its shards were copied: ${shards.total}${size}${duration}.`);
  const why = whyNot(info);
  if (state === 'Failed')
    return complete('False', state, `Elasticsearch could not take it: ${why} Make another StackSnapshot.`);
  const count = `${shards.failed} of ${shards.total} shards were not copied`;
  return complete('False', state, `${count}, so that it is not good: ${why} Make another StackSnapshot.`);
}

function whyNot({ reason, failures: [first] }: SnapshotInfo): string {
  const text = reason ?? (first === undefined ? 'it does not say why' : `${first.index}: ${first.reason}`);
  return text.endsWith('.') ? text : `${text}.`;
}
