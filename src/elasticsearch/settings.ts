// The persistent settings of the cluster that the operator may set, and its marks beside them.
import { z } from 'zod';
import type { ClusterSettings } from '../core/elasticsearch/observed.ts';
import type { EsClient } from './client.ts';
import { masterTimeout } from './requests.ts';

export const exclusionSetting = 'cluster.routing.allocation.exclude._name';
export const enableSetting = 'cluster.routing.allocation.enable';
const markPrefix = 'cluster.metadata.loggingstack.';
/** Marks the names of the exclusion list that are there by the operator's doing. */
export const drainsSetting = `${markPrefix}drains`;

/** Marks whose restart allocation is held for. */
export const restartSetting = `${markPrefix}restart`;

/** Flat settings: text, or a list of texts. */
export const flatSettings = z.record(
  z.string(),
  z.union([z.string().nullable(), z.array(z.string().nullable())]).transform((value) => value ?? ''),
);

/**
 * Both blocks are always there. No `filter_path`: with one, "nothing is set" and "the filter fits nothing" would be the
 * same empty answer, and would read as if nobody were excluded.
 */
const settingsAnswer = z.object({ persistent: flatSettings, transient: flatSettings });

/** Throws EsFault. */
export async function readSettings(client: EsClient, signal: AbortSignal): Promise<ClusterSettings> {
  const query = { flat_settings: true, master_timeout: masterTimeout };
  const request = { method: 'GET', path: '/_cluster/settings', query } as const;
  const { persistent, transient } = await client.read(request, settingsAnswer, signal);
  const marks = Object.entries(persistent).filter(([key]) => key.startsWith(markPrefix));
  return {
    excludedNames: listOf(persistent[exclusionSetting]),
    allocationEnable: textOf(persistent[enableSetting]),
    marks: Object.fromEntries(marks.map(([key, value]) => [key.slice(markPrefix.length), textOf(value) ?? ''])),
    ...transientOf(transient),
  };
}

function transientOf(settings: z.infer<typeof flatSettings>): Pick<ClusterSettings, 'transient'> {
  const excludedNames = listOf(settings[exclusionSetting]);
  const allocationEnable = textOf(settings[enableSetting]);
  const set = {
    ...(excludedNames.length === 0 ? {} : { excludedNames }),
    ...(allocationEnable === undefined ? {} : { allocationEnable }),
  };
  return Object.keys(set).length === 0 ? {} : { transient: set };
}

type FlatSetting = z.infer<typeof flatSettings>[string] | undefined;

/** A list as Elasticsearch reads it: separated by commas, with spaces that do not count. */
function listOf(value: FlatSetting): readonly string[] {
  const texts = typeof value === 'string' ? value.split(',') : (value ?? []);
  return texts.map((text) => text?.trim() ?? '').filter((text) => text !== '');
}

/** One text; undefined where nothing is set. */
export function textOf(value: FlatSetting): string | undefined {
  const text = typeof value === 'string' ? value : value?.join(',');
  return text === '' ? undefined : text;
}

const units = ['b', 'kb', 'mb', 'gb', 'tb', 'pb'];

/** Amounts as Elasticsearch writes them: `200GB` is 200 · 1024³ bytes. Undefined for any other text. */
export function bytesIn(text: string): number | undefined {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]{1,2})$/.exec(text.toLowerCase()) ?? [];
  const exponent = units.indexOf(unit.length === 1 && unit !== 'b' ? `${unit}b` : unit);
  return amount === undefined || exponent < 0 ? undefined : Math.floor(Number(amount) * 1024 ** exponent);
}
