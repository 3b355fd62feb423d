// What has to move before nodes can leave, and where it may go: from the routing table, node by node and shard by shard.
import type { ResolvedStack } from '../stack.ts';
import { servesTier, tierOf, wantedCopies } from './copies.ts';
import { isDataRole } from './leaving.ts';
import type { ClusterDetail, IndexState, NodeDetail, ShardCopy } from './observed.ts';

/** Copies of one shard that need another place before their nodes can leave. */
export interface ShardMove {
  readonly index: IndexState;
  readonly shard: number;
  /** Nodes that leave and hold a copy. */
  readonly from: readonly string[];
  /** Copies that are to be made elsewhere; 0 when enough are there already. */
  readonly copies: number;
  /** Bytes of one copy; undefined when Elasticsearch did not say. */
  readonly bytes: number | undefined;
  /** The tier that Elasticsearch keeps it in; undefined when any data node will do. */
  readonly tier: string | undefined;
  /** Nodes that stay and may take a copy: of the tier, and without one. */
  readonly targets: readonly NodeDetail[];
}

/** Whether a list of names, in which `*` stands for any text, names a node. */
export const isNamedBy = (patterns: readonly string[], name: string): boolean =>
  patterns.some((pattern) => {
    const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
    return new RegExp(`^${parts.join('.*')}$`).test(name);
  });

/** Nodes that stay and may take shards: neither leaving nor excluded by anybody. */
export const receiversOf = (
  detail: ClusterDetail,
  leaving: ReadonlySet<string>,
  excluded: readonly string[],
): readonly NodeDetail[] =>
  detail.nodes.filter(
    (node) => node.roles.some(isDataRole) && !leaving.has(node.name) && !isNamedBy(excluded, node.name),
  );

/** Copies grouped by shard. */
export function shardGroups(shards: readonly ShardCopy[]): ReadonlyMap<string, readonly ShardCopy[]> {
  return Map.groupBy(shards, (copy) => `${copy.index}/${copy.shard}`);
}

/** Every shard with a copy on a node that leaves. An index that vanished between two answers is nobody's business any more (`index-vanishes`). */
export function movesOf(
  stack: ResolvedStack,
  detail: ClusterDetail,
  leaving: ReadonlySet<string>,
  receivers: readonly NodeDetail[],
): readonly ShardMove[] {
  const indices = new Map(detail.indices.map((index) => [index.name, index]));
  return [...shardGroups(detail.shards).values()].flatMap((copies) => {
    const index = indices.get(copies[0]?.index ?? '');
    const from = copies.flatMap(({ node }) => (node !== undefined && leaving.has(node) ? [node] : []));
    return index === undefined || from.length === 0 ? [] : [moveOf(stack, detail, index, copies, from, receivers)];
  });
}

function moveOf(
  stack: ResolvedStack,
  detail: ClusterDetail,
  index: IndexState,
  copies: readonly ShardCopy[],
  from: readonly string[],
  receivers: readonly NodeDetail[],
): ShardMove {
  const tier = tierOf(index, detail.nodes);
  const holders = new Set(copies.flatMap((copy) => [copy.node, copy.relocatingTo]));
  const staying = [...holders].filter((name) => name !== undefined && !from.includes(name)).length;
  const missing = 1 + wantedCopies(stack, index, tier) - staying;
  const sizes = copies.flatMap((copy) => copy.bytes ?? []);
  return {
    index,
    shard: copies[0]?.shard ?? 0,
    from,
    copies: Math.max(0, Math.min(missing, from.length)),
    bytes: sizes.length === 0 ? undefined : Math.max(...sizes),
    tier,
    targets: receivers.filter((node) => servesTier(node.roles, tier) && !holders.has(node.name)),
  };
}

/** Whether a copy is on a node or on its way there or from there. */
export const isOn =
  (node: string) =>
  (copy: ShardCopy): boolean =>
    copy.node === node || copy.relocatingTo === node;

export const copiesOn = (detail: ClusterDetail, node: string): readonly ShardCopy[] => detail.shards.filter(isOn(node));

/** It serves, and has every acknowledged write. A copy that is being moved does so until the move is over. */
const servesAll = ({ state, inSync }: ShardCopy): boolean => (state === 'STARTED' || state === 'RELOCATING') && inSync;

/** Nodes that gave their own count. One that is frozen is a member for a while, but serves nothing. */
export const answeringNodes = ({ nodes }: ClusterDetail): ReadonlySet<string> =>
  new Set(nodes.filter(({ ownShards }) => ownShards !== undefined).map(({ name }) => name));

/** Whether a copy can be relied on: it has every acknowledged write and is on a node that answers for itself. */
export function reliable(detail: ClusterDetail): (copy: ShardCopy) => boolean {
  const answering = answeringNodes(detail);
  return (copy) => servesAll(copy) && answering.has(copy.node ?? '');
}
