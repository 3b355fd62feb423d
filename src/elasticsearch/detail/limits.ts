// The settings that bound where shards may go: watermarks of the disk, and shards per node.
import { z } from 'zod';
import type { AllocationLimits } from '../../core/elasticsearch/observed.ts';
import type { EsClient } from '../client.ts';
import { EsFault } from '../faults.ts';
import { masterTimeout } from '../requests.ts';
import { bytesIn, flatSettings, textOf } from '../settings.ts';

const watermark = 'cluster.routing.allocation.disk.watermark';
const lowHeadroom = `${watermark}.low.max_headroom`;
const maxShards = 'cluster.max_shards_per_node';

const block = flatSettings.optional().transform((settings) => settings ?? {});
const settingsAnswer = z.object({ persistent: block, transient: block, defaults: block });
type Settings = z.infer<typeof settingsAnswer>;

const path = '/_cluster/settings';

/** Throws EsFault. */
export async function readLimits(client: EsClient, signal: AbortSignal): Promise<AllocationLimits> {
  // With flat settings a whole key is one field: the dots in it are no steps of the path.
  const query = {
    include_defaults: true,
    flat_settings: true,
    filter_path: `*.cluster*watermark*,*.cluster*max_shards_per_node`,
    master_timeout: masterTimeout,
  };
  const answer = await client.read({ method: 'GET', path, query }, settingsAnswer, signal);
  return {
    lowWatermark: required(answer, `${watermark}.low`),
    highWatermark: required(answer, `${watermark}.high`),
    floodStage: required(answer, `${watermark}.flood_stage`),
    lowMaxHeadroomBytes: maxHeadroom(answer),
    maxShardsPerNode: wholeNumber(required(answer, maxShards), maxShards),
  };
}

/** What holds: transient before persistent before the nodes' own settings and Elasticsearch's defaults. */
const effective = ({ transient, persistent, defaults }: Settings, key: string): string | undefined =>
  textOf(transient[key]) ?? textOf(persistent[key]) ?? textOf(defaults[key]);

function required(answer: Settings, key: string): string {
  const value = effective(answer, key);
  if (value === undefined) throw new EsFault('EsInvalidAnswer', `GET ${path}: the answer lacks ${key}.`);
  return value;
}

/**
 * The headroom has a default only while no watermark is set. The answer's defaults know just the nodes' own settings:
 * they show 200GB also where a cluster setting has switched it off.
 */
function maxHeadroom(answer: Settings): number | undefined {
  const { transient, persistent, defaults } = answer;
  const isSet = (key: string): boolean => (textOf(transient[key]) ?? textOf(persistent[key])) !== undefined;
  const watermarks = ['low', 'high', 'flood_stage'].map((stage) => `${watermark}.${stage}`);
  if (!isSet(lowHeadroom) && watermarks.some(isSet)) return undefined;
  const text = effective({ transient, persistent, defaults }, lowHeadroom);
  return text === undefined || text === '-1' ? undefined : bytesOf(text);
}

function bytesOf(text: string): number {
  const bytes = bytesIn(text);
  if (bytes === undefined) throw new EsFault('EsInvalidAnswer', `GET ${path}: ${lowHeadroom} is no amount of bytes.`);
  return bytes;
}

function wholeNumber(text: string, key: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new EsFault('EsInvalidAnswer', `GET ${path}: ${key} is no whole number.`);
  return Number(text);
}
