// Restores: what stands under the names that are to come back, room for them, the request itself, how far it is, and retention that leaves them alone.
import { z } from 'zod';
import type {
  DeleteStreams,
  HoldStreams,
  ReleaseStreams,
  RestoreAction,
  RestoreStreams,
} from '../../core/snapshots/restore-actions.ts';
import type { PrimaryShard, RestoreProgress, StandingStream } from '../../core/snapshots/observed.ts';
import type { EsClient } from '../client.ts';
import { detailBytes } from '../detail/size.ts';
import { EsFault, isEsFault } from '../faults.ts';
import { masterTimeout } from '../requests.ts';
import { lists } from '../writes.ts';

/** The repository is read before the request is answered, and it may be slow. */
const repositoryMs = 30_000;

const count = z.int().min(0);
const name = z.string().max(255);

const shard = z.object({
  state: z.enum(['STARTED', 'RELOCATING', 'INITIALIZING', 'UNASSIGNED']),
  primary: z.boolean(),
  unassigned_info: z.object({ allocation_status: z.string().max(64) }).optional(),
  recovery_source: z.object({ type: z.string().max(64) }).optional(),
});

/** The id of the cluster is always there: an answer without data streams is one that says that there are none. */
const streamsAnswer = z.object({
  cluster_uuid: z.string().min(1),
  metadata: z
    .object({
      indices: z
        .record(
          name,
          z.object({ settings: z.object({ index: z.object({ creation_date: z.string().regex(/^\d+$/) }) }) }),
        )
        .optional(),
      data_stream: z
        .object({
          data_stream: z
            .record(
              name,
              z.object({
                indices: z.array(z.object({ index_name: name })).min(1),
                lifecycle: z.object({ enabled: z.boolean().optional() }).optional(),
              }),
            )
            .optional(),
        })
        .optional(),
    })
    .optional(),
  routing_table: z
    .object({
      indices: z.record(name, z.object({ shards: z.record(z.string().regex(/^\d+$/), z.array(shard)) })).optional(),
    })
    .optional(),
});

type StreamsAnswer = z.infer<typeof streamsAnswer>;

const statePath = '/_cluster/state/metadata,routing_table';
const fields = [
  'cluster_uuid',
  'metadata.indices.*.settings.index.creation_date',
  'metadata.data_stream.data_stream.*.indices.index_name',
  'metadata.data_stream.data_stream.*.lifecycle.enabled',
  ...['state', 'primary', 'unassigned_info.allocation_status', 'recovery_source.type'].map(
    (field) => `routing_table.indices.*.shards.*.${field}`,
  ),
].join();

/**
 * Data streams and indices of these names, as the elected master knows them: any other node may be behind, and who deletes
 * must not see what was there before. What does not exist is left out. Throws EsFault.
 */
export async function readStandingStreams(
  client: EsClient,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly StandingStream[]> {
  const query = {
    filter_path: fields,
    ignore_unavailable: true,
    allow_no_indices: true,
    master_timeout: masterTimeout,
  };
  const found: StandingStream[] = [];
  for (const list of lists(names)) {
    const request = { method: 'GET', path: `${statePath}/${list}`, query, answerBytes: detailBytes } as const;
    const answer = await client.read(request, streamsAnswer, signal);
    found.push(...names.flatMap((one) => standingIn(answer, one)));
  }
  return found;
}

function standingIn(answer: StreamsAnswer, wanted: string): readonly StandingStream[] {
  const stream = answer.metadata?.data_stream?.data_stream?.[wanted];
  const isIndex = answer.metadata?.indices?.[wanted] !== undefined;
  if (stream === undefined && !isIndex) return [];
  const indices = stream === undefined ? [wanted] : stream.indices.map(({ index_name }) => index_name);
  const created = indices.map((index) => {
    const millis = answer.metadata?.indices?.[index]?.settings.index.creation_date;
    if (millis === undefined) throw half(`index ${index} of ${wanted} is not in it`);
    return Number(millis);
  });
  return [
    {
      name: wanted,
      isStream: stream !== undefined,
      oldestAt: new Date(Math.min(...created)).toISOString(),
      held: stream?.lifecycle?.enabled === false,
      primaries: indices.flatMap((index) => primariesOf(answer, index)),
    },
  ];
}

function primariesOf({ routing_table: table }: StreamsAnswer, index: string): readonly PrimaryShard[] {
  const shards = Object.entries(table?.indices?.[index]?.shards ?? {});
  if (shards.length === 0) throw half(`index ${index} has no shards in it`);
  return shards.map(([number, copies]) => {
    const [primary, another] = copies.filter((copy) => copy.primary);
    if (primary === undefined || another !== undefined) throw half(`shard ${number} of ${index} has not one primary`);
    return { index, shard: Number(number), state: stateOf(primary) };
  });
}

/**
 * A shard that no node may take at the moment when it is to be restored is given up for good, and so is one that failed
 * several times: Elasticsearch says of both that its rules forbid every node. One that waits for its turn is throttled.
 */
function stateOf({ state, unassigned_info, recovery_source }: z.infer<typeof shard>): PrimaryShard['state'] {
  if (state === 'STARTED' || state === 'RELOCATING') return 'Started';
  const isForbidden = unassigned_info?.allocation_status === 'deciders_no';
  return state === 'UNASSIGNED' && isForbidden && recovery_source?.type === 'SNAPSHOT' ? 'Lost' : 'Waiting';
}

const half = (what: string): EsFault => new EsFault('EsInvalidAnswer', `GET ${statePath}: half an answer: ${what}.`);

const recoveriesAnswer = z.record(
  name,
  z.object({
    shards: z.array(
      z.object({
        type: z.string().max(64),
        index: z.object({
          size: z.object({ total_in_bytes: count, reused_in_bytes: count.optional(), recovered_in_bytes: count }),
        }),
      }),
    ),
  }),
);

/** Bytes of these data streams that were to be read from a snapshot, and were. Throws EsFault, also when one of them is gone. */
export async function readRestoreProgress(
  client: EsClient,
  names: readonly string[],
  signal: AbortSignal,
): Promise<RestoreProgress> {
  const size = ['total_in_bytes', 'reused_in_bytes', 'recovered_in_bytes'].map((field) => `index.size.${field}`);
  const query = { filter_path: ['type', ...size].map((field) => `*.shards.${field}`).join() };
  let [totalBytes, doneBytes, shards] = [0, 0, 0];
  for (const list of lists(names)) {
    const request = { method: 'GET', path: `/${list}/_recovery`, query, answerBytes: detailBytes } as const;
    const answer = await client.read(request, recoveriesAnswer, signal);
    const restored = Object.values(answer)
      .flatMap((one) => one.shards)
      .filter(({ type }) => type === 'SNAPSHOT');
    for (const { index } of restored) {
      totalBytes += index.size.total_in_bytes;
      doneBytes += index.size.recovered_in_bytes + (index.size.reused_in_bytes ?? 0);
    }
    shards += restored.length;
  }
  return { totalBytes, doneBytes, shards };
}

/** Throws EsFault; after EsTimeout or EsUnreachable it may have happened. */
export async function carryOutRestore(client: EsClient, action: RestoreAction, signal: AbortSignal): Promise<void> {
  switch (action.kind) {
    case 'deleteStreams':
      await deleteStreams(client, action, signal);
      return;
    case 'restoreStreams':
      await restoreStreams(client, action, signal);
      return;
    case 'holdStreams':
      await setLifecycle(client, action, { enabled: false }, signal);
      return;
    case 'releaseStreams':
      await setLifecycle(client, action, { enabled: true, data_retention: action.retention }, signal);
      return;
  }
}

const acknowledged = z.object({ acknowledged: z.literal(true) });

async function deleteStreams(client: EsClient, { streams }: DeleteStreams, signal: AbortSignal): Promise<void> {
  for (const list of lists(streams)) {
    const query = { master_timeout: masterTimeout };
    const request = { method: 'DELETE', path: `/_data_stream/${list}`, query, tellsReason: true } as const;
    try {
      await client.write(request, acknowledged, signal);
    } catch (error) {
      // One of them is gone, and none was deleted: the next look tells which are left.
      if (!isEsFault(error, 'EsNotFound')) throw error;
    }
  }
}

const accepted = z.object({ accepted: z.literal(true) });

/** Settings that another cluster needed, or that would let a policy of another cluster delete what has just come back. */
const ignoredSettings = ['index.routing.allocation.*', 'index.lifecycle.*'];

/**
 * Elasticsearch takes the prefix `.ds-` off the names of backing indices before it applies the pattern, and puts it back. So
 * one pattern serves data streams and their indices: what stands behind the name stays behind the new one.
 */
const renamePattern = String.raw`^(.+?)(-\d{4}\.\d{2}\.\d{2}-\d+)?$`;
const renameReplacement = (suffix: string): string => `$1.${suffix}$2`;

async function restoreStreams(
  client: EsClient,
  { repository, snapshot, streams, suffix, replicas, tier }: RestoreStreams,
  signal: AbortSignal,
): Promise<void> {
  const body = {
    indices: streams,
    include_global_state: false,
    feature_states: ['none'],
    include_aliases: false,
    // What a partial snapshot lacks comes back empty. Of one that is whole, nothing is lacking.
    partial: true,
    ignore_index_settings: ignoredSettings,
    index_settings: {
      'index.number_of_replicas': replicas,
      ...(tier === undefined ? {} : { 'index.routing.allocation.include._tier_preference': tier }),
    },
    ...(suffix === undefined ? {} : { rename_pattern: renamePattern, rename_replacement: renameReplacement(suffix) }),
  };
  const path = `/_snapshot/${encodeURIComponent(repository)}/${encodeURIComponent(snapshot)}/_restore`;
  const query = { wait_for_completion: false, master_timeout: masterTimeout };
  const request = { method: 'POST', path, query, body, answerMs: repositoryMs, tellsReason: true } as const;
  await client.write(request, accepted, signal);
}

async function setLifecycle(
  client: EsClient,
  { streams }: HoldStreams | ReleaseStreams,
  body: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<void> {
  for (const list of lists(streams))
    await client.write({ method: 'PUT', path: `/_data_stream/${list}/_lifecycle`, body }, acknowledged, signal);
}
