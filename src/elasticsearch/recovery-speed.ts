// How fast copies of shards come to a node: as fast as they last did, or as the setting allows where too little has moved to tell.
import { z } from 'zod';
import type { EsClient } from './client.ts';
import { detailBytes } from './detail/size.ts';
import { masterTimeout } from './requests.ts';
import { bytesIn, flatSettings, textOf } from './settings.ts';

export interface RecoverySpeed {
  /** Bytes a second into one node. */
  readonly bytesPerSecond: number;
  /** Whether it was measured on recoveries that the cluster remembers. */
  readonly measured: boolean;
}

/** Throws EsFault. @param pattern data streams of which the recoveries count */
export async function readRecoverySpeed(
  client: EsClient,
  pattern: string,
  signal: AbortSignal,
): Promise<RecoverySpeed> {
  const measured = speedOf(await readRecoveries(client, pattern, signal));
  return measured === undefined
    ? { bytesPerSecond: await readLimit(client, signal), measured: false }
    : { bytesPerSecond: measured, measured: true };
}

const count = z.int().min(0);

/** Elasticsearch remembers the recovery of each copy that is there. */
const recovery = z.object({
  type: z.string(),
  start_time_in_millis: count.optional(),
  stop_time_in_millis: count.optional(),
  target: z.object({ name: z.string().optional() }).optional(),
  index: z.object({ size: z.object({ recovered_in_bytes: count }) }).optional(),
});

const recoveriesAnswer = z.record(z.string(), z.object({ shards: z.array(recovery).optional() }));

export interface Recovery {
  readonly node: string;
  readonly began: number;
  readonly ended: number;
  readonly bytes: number;
}

async function readRecoveries(client: EsClient, pattern: string, signal: AbortSignal): Promise<readonly Recovery[]> {
  const shard = '*.shards';
  const fields = [
    'type',
    'start_time_in_millis',
    'stop_time_in_millis',
    'target.name',
    'index.size.recovered_in_bytes',
  ];
  const query = { filter_path: fields.map((field) => `${shard}.${field}`).join() };
  const request = { method: 'GET', path: `/${pattern}/_recovery`, query, answerBytes: detailBytes } as const;
  const answer = await client.read(request, recoveriesAnswer, signal);
  return Object.values(answer)
    .flatMap(({ shards = [] }) => shards)
    .flatMap(({ type, start_time_in_millis: began, stop_time_in_millis: ended, target, index }) => {
      const bytes = index?.size.recovered_in_bytes ?? 0;
      // One that began from the node's own disk says nothing of the network, and one without an end is under way.
      if (type !== 'PEER' || began === undefined || ended === undefined || ended <= began || bytes === 0) return [];
      return [{ node: target?.name ?? '', began, ended, bytes }];
    });
}

/** Less than this tells nothing: the time goes by with opening files. */
const enoughBytes = 64 * 1024 ** 2;

/** Bytes a second into a node while anything came to it, by the median of all nodes; undefined when too little has come to tell. */
export function speedOf(recoveries: readonly Recovery[]): number | undefined {
  const speeds = [...Map.groupBy(recoveries, ({ node }) => node).values()]
    .filter((own) => bytesOf(own) >= enoughBytes)
    .map((own) => bytesOf(own) / (busyMs(own) / 1000))
    .toSorted((first, second) => first - second);
  const median = speeds[Math.floor((speeds.length - 1) / 2)];
  return median === undefined ? undefined : Math.max(1, Math.round(median));
}

const bytesOf = (recoveries: readonly Recovery[]): number => recoveries.reduce((sum, { bytes }) => sum + bytes, 0);

/** Time in which at least one of them went on. */
function busyMs(recoveries: readonly Recovery[]): number {
  let [busy, until] = [0, 0];
  for (const { began, ended } of recoveries.toSorted((first, second) => first.began - second.began)) {
    busy += Math.max(0, ended - Math.max(began, until));
    until = Math.max(until, ended);
  }
  return busy;
}

/** The name of the setting, for people. */
const recoveryLimit = 'indices.recovery.max_bytes_per_sec';

/** What Elasticsearch itself allows where nothing is set, and where a setting lifts the limit altogether. */
const usualLimit = 40 * 1024 ** 2;

const block = flatSettings.optional().transform((settings) => settings ?? {});
const settingsAnswer = z.object({ persistent: block, transient: block, defaults: block });

async function readLimit(client: EsClient, signal: AbortSignal): Promise<number> {
  const query = {
    include_defaults: true,
    flat_settings: true,
    filter_path: '*.indices*recovery*max_bytes_per_sec',
    master_timeout: masterTimeout,
  };
  const request = { method: 'GET', path: '/_cluster/settings', query } as const;
  const { transient, persistent, defaults } = await client.read(request, settingsAnswer, signal);
  const text = [transient, persistent, defaults]
    .map((one) => textOf(one[recoveryLimit]))
    .find((one) => one !== undefined);
  const bytes = text === undefined ? undefined : bytesIn(text);
  return bytes === undefined || bytes === 0 ? usualLimit : bytes;
}
