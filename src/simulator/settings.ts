// Cluster settings of the simulated Elasticsearch with their defaults, and how their text is read.
import type { Cluster } from './state.ts';

const gigabyte = 1024 ** 3;

const units: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1024,
  mb: 1024 ** 2,
  gb: gigabyte,
  tb: 1024 * gigabyte,
};

/** Elasticsearch's amounts such as `10gb`; undefined for any other text. */
function amountOf(text: string): number | undefined {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)(b|kb|mb|gb|tb)$/i.exec(text.trim()) ?? [];
  return digits === undefined || unit === undefined ? undefined : Number(digits) * (units[unit.toLowerCase()] ?? 1);
}

const watermark = 'cluster.routing.allocation.disk.watermark';

export type Stage = 'low' | 'high' | 'flood_stage';

/** Defaults of Elasticsearch 8 and 9: docs/reference/elasticsearch/configuration-reference/cluster-level-shard-allocation-routing-settings. */
const defaults: Readonly<Record<Stage, { readonly text: string; readonly headroom: number }>> = {
  low: { text: '85%', headroom: 200 * gigabyte },
  high: { text: '90%', headroom: 150 * gigabyte },
  flood_stage: { text: '95%', headroom: 100 * gigabyte },
};

export const watermarkText = (cluster: Cluster, stage: Stage): string =>
  cluster.settings.get(`${watermark}.${stage}`) ?? defaults[stage].text;

/** The cap of what a percentage keeps free. Its default holds only while the watermark itself is not set. */
export function headroomBytes(cluster: Cluster, stage: Stage): number | undefined {
  const set = cluster.settings.get(`${watermark}.${stage}.max_headroom`);
  if (set !== undefined) return amountOf(set);
  return cluster.settings.has(`${watermark}.${stage}`) ? undefined : defaults[stage].headroom;
}

/** Bytes that must stay free on a disk of this size. A percentage or ratio is of what is used, an amount of what is free. */
export function reservedBytes(cluster: Cluster, stage: Stage, totalBytes: number): number {
  const text = watermarkText(cluster, stage);
  const amount = amountOf(text);
  if (amount !== undefined) return amount;
  const used = text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text);
  const free = totalBytes * (1 - used);
  const headroom = headroomBytes(cluster, stage);
  return headroom === undefined ? free : Math.min(free, headroom);
}

export const listSetting = (cluster: Cluster, key: string): readonly string[] => splitList(cluster.settings.get(key));

export const splitList = (text: string | undefined): readonly string[] =>
  (text ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** Numbers that bound recoveries and shards, with Elasticsearch's own defaults. */
const numbers = {
  'cluster.routing.allocation.node_concurrent_incoming_recoveries': 2,
  'cluster.routing.allocation.node_concurrent_outgoing_recoveries': 2,
  'cluster.routing.allocation.node_initial_primaries_recoveries': 4,
  'cluster.routing.allocation.cluster_concurrent_rebalance': 2,
  'cluster.max_shards_per_node': 1000,
  'cluster.max_voting_config_exclusions': 10,
} as const;

export const numberSetting = (cluster: Cluster, key: keyof typeof numbers): number =>
  Number(cluster.settings.get(key) ?? numbers[key]);

export const isOn = (cluster: Cluster, key: string): boolean => cluster.settings.get(key) !== 'false';

/** Sets or, with undefined, unsets. */
export function putSettings(cluster: Cluster, settings: Readonly<Record<string, string | undefined>>): void {
  for (const [key, value] of Object.entries(settings))
    if (value === undefined || value === '') cluster.settings.delete(key);
    else cluster.settings.set(key, value);
}
