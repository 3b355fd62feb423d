// Snapshots in a repository: which there are, and how far one is.
import { z } from 'zod';
import type { SnapshotInfo, SnapshotProgress } from '../../core/snapshots/observed.ts';
import { secondsOf } from '../../core/status/time.ts';
import type { EsClient, EsRequest } from '../client.ts';
import { detailBytes } from '../detail/size.ts';
import { EsFault, isEsFault } from '../faults.ts';
import { masterTimeout } from '../requests.ts';
import { oneLine } from './reasons.ts';

/** Repositories may be slow: they read a file for each snapshot, from wherever it is. */
export const repositoryMs = 30_000;

/** The longest list of snapshots that is read: the newest. */
export const mostSnapshots = 2000;

/** Elasticsearch reads all snapshots for each part of a list: a few parts, each of which fits into the answer that is read. */
const partOfList = 500;

const mostFailures = 10;

const count = z.int().min(0);
const text = z.string().max(1024);

const snapshot = z.object({
  snapshot: text.min(1),
  uuid: text,
  version: text.optional(),
  state: z.enum(['IN_PROGRESS', 'SUCCESS', 'PARTIAL', 'FAILED', 'INCOMPATIBLE']),
  reason: z.string().optional(),
  start_time_in_millis: count,
  end_time_in_millis: count,
  shards: z.object({ total: count, failed: count, successful: count }),
  failures: z.array(z.object({ index: z.string(), shard_id: count, reason: z.string() })).optional(),
  indices: z.array(z.string()).optional(),
  index_details: z.record(z.string(), z.object({ size_in_bytes: count })).optional(),
  data_streams: z.array(z.string()).optional(),
  metadata: z.unknown().optional(),
});

/** `total` is always there: an answer without snapshots is one that says that there are none. */
const snapshotsAnswer = z.object({
  snapshots: z.array(snapshot).optional(),
  total: count,
  remaining: count,
  next: z.string().min(1).optional(),
});

/** Fields that lists have, too. */
const fields = [
  ...['snapshot', 'uuid', 'version', 'state', 'reason', 'start_time_in_millis', 'end_time_in_millis', 'shards'],
  ...['data_streams', 'metadata'],
];
const detailed = [...fields, 'failures.index', 'failures.shard_id', 'failures.reason', 'indices'];
const filterOf = (all: readonly string[]): string =>
  ['total,remaining,next', ...all.map((one) => `snapshots.${one}`)].join();

const states = {
  IN_PROGRESS: 'InProgress',
  SUCCESS: 'Success',
  PARTIAL: 'Partial',
  FAILED: 'Failed',
  // Too old for this Elasticsearch to read: nobody can restore it.
  INCOMPATIBLE: 'Failed',
} as const;

function infoOf(found: z.infer<typeof snapshot>): SnapshotInfo {
  const state = states[found.state];
  const { shards, reason, index_details: details, end_time_in_millis: end } = found;
  const timeOf = (ms: number): string => secondsOf(new Date(ms));
  return {
    name: found.snapshot,
    uuid: found.uuid,
    state,
    startedAt: timeOf(found.start_time_in_millis),
    endedAt: state === 'InProgress' || end === 0 ? undefined : timeOf(end),
    shards: { total: shards.total, done: shards.successful, failed: shards.failed },
    failures: (found.failures ?? [])
      .slice(0, mostFailures)
      .map((failure) => ({ index: failure.index, shard: failure.shard_id, reason: oneLine(failure.reason) })),
    ...(reason === undefined ? {} : { reason: oneLine(reason) }),
    ...(details === undefined || state === 'InProgress' ? {} : { bytes: sum(details) }),
    indices: found.indices ?? [],
    dataStreams: found.data_streams ?? [],
    version: found.version ?? '',
    metadata: found.metadata,
  };
}

const sum = (details: Readonly<Record<string, { readonly size_in_bytes: number }>>): number =>
  Object.values(details).reduce((bytes, { size_in_bytes }) => bytes + size_in_bytes, 0);

export const pathOf = (repository: string, names: string): string =>
  `/_snapshot/${encodeURIComponent(repository)}/${names}`;

/**
 * The newest snapshots whose names match, the newest first. Throws EsFault, also when one of them cannot be read: told to
 * ignore what is unavailable, Elasticsearch answers for a repository that it cannot read that it has no snapshots.
 */
export async function listSnapshots(
  client: EsClient,
  repository: string,
  pattern: string,
  signal: AbortSignal,
): Promise<readonly SnapshotInfo[]> {
  const found: SnapshotInfo[] = [];
  let after: string | undefined;
  do {
    const query = {
      ignore_unavailable: false,
      index_names: false,
      index_details: false,
      include_repository: false,
      sort: 'start_time',
      order: 'desc',
      size: partOfList,
      ...(after === undefined ? {} : { after }),
      master_timeout: masterTimeout,
      filter_path: filterOf(fields),
    };
    const answer = await client.read(
      reading(pathOf(repository, encodeURIComponent(pattern)), query),
      snapshotsAnswer,
      signal,
    );
    const { snapshots = [], total, remaining, next } = answer;
    found.push(...snapshots.map(infoOf));
    // Of the first part only: others may begin or go between two parts.
    if ((after === undefined && snapshots.length + remaining !== total) || (remaining > 0 && next === undefined))
      throw halfAnswer(pathOf(repository, pattern), `${snapshots.length} of ${total} snapshots were named`);
    after = remaining > 0 ? next : undefined;
  } while (after !== undefined && found.length < mostSnapshots);
  return found.slice(0, mostSnapshots);
}

const reading = (path: string, query: NonNullable<EsRequest['query']>): EsRequest => ({
  method: 'GET',
  path,
  query,
  answerBytes: detailBytes,
  answerMs: repositoryMs,
  tellsReason: true,
});

const halfAnswer = (path: string, what: string): EsFault =>
  new EsFault('EsInvalidAnswer', `GET ${path}: half an answer: ${what}.`);

/** Elasticsearch's word for a snapshot that is not in a repository which it could read. */
export const isMissing = (error: unknown): boolean =>
  isEsFault(error, 'EsNotFound') && error.type === 'snapshot_missing_exception';

/** One snapshot with all that is known of it; undefined when the repository does not have it. Throws EsFault. */
export async function getSnapshot(
  client: EsClient,
  repository: string,
  name: string,
  signal: AbortSignal,
): Promise<SnapshotInfo | undefined> {
  const path = pathOf(repository, encodeURIComponent(name));
  const query = {
    ignore_unavailable: false,
    index_details: true,
    include_repository: false,
    master_timeout: masterTimeout,
    filter_path: filterOf([...detailed, 'index_details.*.size_in_bytes']),
  };
  try {
    const { snapshots = [], total } = await client.read(reading(path, query), snapshotsAnswer, signal);
    const [found] = snapshots;
    if (found === undefined || snapshots.length > 1 || total !== 1 || found.snapshot !== name)
      throw halfAnswer(path, `${total} snapshots were named`);
    return infoOf(found);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Sizes of shards that were copied by a node that left are told as -1. */
const size = z.object({ size_in_bytes: z.int() });

const progressAnswer = z.object({
  snapshots: z
    .array(
      z.object({
        shards_stats: z.object({ initializing: count, done: count, failed: count, total: count }),
        stats: z.object({ incremental: size, processed: size.optional(), total: size }),
      }),
    )
    .length(1),
});

/** How far a snapshot is that is being taken. Of one that has ended Elasticsearch reads a file for each shard. Throws EsFault. */
export async function snapshotProgress(
  client: EsClient,
  repository: string,
  name: string,
  signal: AbortSignal,
): Promise<SnapshotProgress> {
  const shown = [
    'shards_stats',
    'stats.incremental.size_in_bytes',
    'stats.processed.size_in_bytes',
    'stats.total.size_in_bytes',
  ];
  const query = {
    ignore_unavailable: false,
    master_timeout: masterTimeout,
    filter_path: shown.map((field) => `snapshots.${field}`).join(),
  };
  const path = `${pathOf(repository, encodeURIComponent(name))}/_status`;
  const { snapshots } = await client.read(reading(path, query), progressAnswer, signal);
  const [found] = snapshots;
  if (found === undefined) throw halfAnswer(path, 'no snapshot was named');
  const { shards_stats: shards, stats } = found;
  const bytesOf = (one: z.infer<typeof size>): number => Math.max(0, one.size_in_bytes);
  return {
    totalBytes: bytesOf(stats.total),
    newBytes: bytesOf(stats.incremental),
    // Left out where it is the same.
    doneBytes: bytesOf(stats.processed ?? stats.incremental),
    shards: {
      total: shards.total,
      begun: Math.max(0, shards.total - shards.initializing),
      done: shards.done,
      failed: shards.failed,
    },
  };
}
