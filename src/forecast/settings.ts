// Cluster settings of the simulated cluster, from what a look says of the live one.
import type { AllocationLimits, AnsweredLook, ClusterDetail } from '../core/elasticsearch/observed.ts';

const allocation = 'cluster.routing.allocation';
const watermark = `${allocation}.disk.watermark`;

/** Only what differs from the defaults is set: a watermark that is set takes its default headroom away. */
const watermarks = {
  low: { key: 'lowWatermark', usual: '85%' },
  high: { key: 'highWatermark', usual: '90%' },
  flood_stage: { key: 'floodStage', usual: '95%' },
} as const;

function limitsOf(limits: AllocationLimits): readonly (readonly [string, string])[] {
  const levels = Object.entries(watermarks).flatMap(([stage, { key, usual }]) =>
    limits[key] === usual ? [] : [[`${watermark}.${stage}`, limits[key]] as const],
  );
  const headroom = limits.lowMaxHeadroomBytes;
  return [
    ...levels,
    ...(headroom === undefined ? [] : [[`${watermark}.low.max_headroom`, `${headroom}b`] as const]),
    ['cluster.max_shards_per_node', String(limits.maxShardsPerNode)],
  ];
}

/** Persistent settings by flat key, with the operator's marks. */
export function settingsOf({
  settings,
  detail,
}: AnsweredLook & { readonly detail: ClusterDetail }): Map<string, string> {
  const { excludedNames, allocationEnable, marks } = settings;
  return new Map<string, string>([
    ...limitsOf(detail.limits),
    ...(excludedNames.length === 0 ? [] : [[`${allocation}.exclude._name`, excludedNames.join()] as const]),
    ...(allocationEnable === undefined ? [] : [[`${allocation}.enable`, allocationEnable] as const]),
    ...Object.entries(marks).map(([key, value]) => [`cluster.metadata.loggingstack.${key}`, value] as const),
  ]);
}
