// Rules for the room that leaving nodes' shards need: disk on the nodes that stay (`disk-precheck`), and the limit on shards (`shard-limit`).
import { describeRule } from '../../refusal.ts';
import { isManaged, tierOf, wantedCopies } from '../copies.ts';
import { roundedBytes, roundedCount } from '../figures.ts';
import type { ShardMove } from '../moves.ts';
import type { AllocationLimits, NodeDetail } from '../observed.ts';
import { type DrainRule, type DrainSituation, namesOf, subjectOf } from '../situation.ts';

export const diskTooSmallRule = describeRule({
  name: 'DiskTooSmall',
  liftable: 'override',
  reason:
    'Shards of the nodes that leave must fit on the nodes that stay, below the low watermark of their disks: beyond it Elasticsearch moves nothing there, and the drain never ends.',
  remedy: 'Give the nodes that stay larger volumes, delete logs that are not needed, or keep more nodes.',
});

export const tooManyShardsRule = describeRule({
  name: 'TooManyShards',
  liftable: 'override',
  reason:
    'Elasticsearch opens no further shard above cluster.max_shards_per_node for each data node: data streams could not roll over, and new logs would wait for ever.',
  remedy: 'Delete or shrink indices, keep fewer copies, raise cluster.max_shards_per_node, or keep more nodes.',
});

/** Room for what is written while the drain goes on, and for merges. */
const spare = 1.15;

/** Bytes that must stay free on a disk by the low watermark: a percentage or ratio of what may be used, or an amount that stays free. */
export function reservedBytes(totalBytes: number, limits: AllocationLimits): number {
  const mark = limits.lowWatermark.trim().toLowerCase();
  const [, digits = '', unit = ''] = /^([\d.]+)\s*(%|[kmgtp]?b)?$/.exec(mark) ?? [];
  const amount = Number(digits);
  // A mark that cannot be read lets nothing in: it must not pass for one that does.
  if (digits === '' || Number.isNaN(amount)) return totalBytes;
  if (unit !== '' && unit !== '%') return amount * 1024 ** 'bkmgtp'.indexOf(unit[0] ?? 'b');
  const used = unit === '%' ? amount / 100 : amount;
  return Math.min(totalBytes * (1 - used), limits.lowMaxHeadroomBytes ?? Number.POSITIVE_INFINITY);
}

const room = (node: NodeDetail, limits: AllocationLimits): number =>
  node.disk === undefined ? 0 : Math.max(0, node.disk.availableBytes - reservedBytes(node.disk.totalBytes, limits));

/** What does not fit: the whole, or one shard that finds no single disk. */
export interface Shortage {
  readonly neededBytes: number;
  readonly freeBytes: number;
  /** The first shard that fits on no node, as `<index>/<shard>`; undefined when the whole is too much already. */
  readonly shard: string | undefined;
}

/** Packs all copies that have to move, the largest first, each on a node of its tier without a copy: the sum alone would lie. */
function shortageOf(moves: readonly ShardMove[], limits: AllocationLimits): Shortage | undefined {
  const targets = new Set(moves.flatMap((move) => move.targets));
  const free = new Map([...targets].map((node) => [node.name, room(node, limits)]));
  const freeBytes = [...free.values()].reduce((sum, bytes) => sum + bytes, 0);
  const size = (move: ShardMove): number => (move.bytes ?? 0) * spare;
  const neededBytes = moves.reduce((sum, move) => sum + size(move) * move.copies, 0);
  if (neededBytes > freeBytes) return { neededBytes, freeBytes, shard: undefined };
  for (const move of moves.toSorted((first, second) => size(second) - size(first))) {
    const fitting = move.targets
      .filter((node) => (free.get(node.name) ?? 0) >= size(move))
      .toSorted((first, second) => (free.get(second.name) ?? 0) - (free.get(first.name) ?? 0))
      .slice(0, move.copies);
    if (fitting.length < move.copies) return { neededBytes, freeBytes, shard: `${move.index.name}/${move.shard}` };
    for (const node of fitting) free.set(node.name, (free.get(node.name) ?? 0) - size(move));
  }
  return undefined;
}

/** Judges all nodes that leave together: they draw on the same disks. */
export const diskTooSmall: DrainRule = ({ moves, detail }, pool) => {
  const ours = moves.some((move) => move.copies > 0 && pool.nodes.some((node) => move.from.includes(node.name)));
  // What moves no copies draws on no disk. A copy without a single node to go to is the matter of other rules.
  const placeable = moves.filter((move) => move.copies > 0 && move.targets.length >= move.copies);
  const shortage = ours ? shortageOf(placeable, detail.limits) : undefined;
  if (shortage === undefined) return [];
  const { neededBytes, freeBytes, shard } = shortage;
  const figures = `about ${roundedBytes(neededBytes)} with a spare of 15 % would have to move, and the nodes that may take it have about ${roundedBytes(freeBytes)} below the low watermark (${detail.limits.lowWatermark})`;
  return [
    {
      rule: diskTooSmallRule.name,
      subject: subjectOf(pool),
      message:
        shard === undefined
          ? `${namesOf(pool)} cannot be drained: ${figures}.`
          : `${namesOf(pool)} cannot be drained: ${figures}, but shard ${shard} fits on none of them.`,
      remedy: `Give the nodes that stay larger volumes, delete logs that are not needed, or set the replicas of pool ${pool.set.pool} back.`,
    },
  ];
};

/** Copies that the cluster keeps once those that the policy gives up are gone. */
function copiesToKeep({ stack, detail }: DrainSituation): number {
  const primaries = Map.groupBy(
    detail.shards.filter((copy) => copy.primary),
    (copy) => copy.index,
  );
  const givenUp = detail.indices
    .filter(isManaged)
    .map(
      (index) =>
        (index.replicas - wantedCopies(stack, index, tierOf(index, detail.nodes))) *
        (primaries.get(index.name)?.length ?? 0),
    );
  return detail.shards.length - givenUp.reduce((sum, count) => sum + count, 0);
}

export const tooManyShards: DrainRule = (situation, pool) => {
  const { receivers, detail } = situation;
  if (!pool.nodes.some((node) => node.holdsData && node.isMember)) return [];
  const allowed = detail.limits.maxShardsPerNode * receivers.length;
  const kept = copiesToKeep(situation);
  if (kept <= allowed) return [];
  return [
    {
      rule: tooManyShardsRule.name,
      subject: subjectOf(pool),
      message: `${namesOf(pool)} cannot be drained: the ${receivers.length} data nodes that stay may hold ${roundedCount(allowed)} shards (cluster.max_shards_per_node ${detail.limits.maxShardsPerNode}), and there are about ${roundedCount(kept)}.`,
      remedy: `Delete or shrink indices, keep fewer copies, or set the replicas of pool ${pool.set.pool} back.`,
    },
  ];
};
