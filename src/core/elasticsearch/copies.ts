// How many copies indices keep: by the stack's policy, but per tier never more than its other nodes can hold (`redundancy-tier`).
import type { Redundancy, ResolvedStack } from '../stack.ts';
import type { SetReplicas } from './actions.ts';
import type { ClusterDetail, ClusterNode, IndexState } from './observed.ts';
import { isDataRole } from './leaving.ts';

/** Data streams that the stack's index template is for. */
export const streamPattern = 'logs-*-*';

const policyCopies: Readonly<Record<Redundancy, number>> = {
  None: 0,
  Single: 1,
  Double: 2,
  Full: Number.POSITIVE_INFINITY,
};

/** Whether nodes with these roles belong to a tier. The role `data` belongs to all; without a tier any data node will do. */
export const servesTier = (roles: readonly string[], tier: string | undefined): boolean =>
  tier === undefined ? roles.some(isDataRole) : roles.includes(tier) || roles.includes('data');

/** Nodes that the stack has in a tier, once it is what it is to be. */
export const tierSize = (stack: ResolvedStack, tier: string | undefined): number =>
  stack.elasticsearch.pools
    .filter((pool) => servesTier(pool.roles, tier))
    .reduce((sum, pool) => sum + pool.replicas, 0);

/** The same, less those that only wait for their turn to leave. */
const tierSizeLater = (stack: ResolvedStack, tier: string | undefined): number =>
  tierSize(stack, tier) -
  stack.elasticsearch.pools.filter((pool) => servesTier(pool.roles, tier)).reduce((sum, pool) => sum + pool.leaving, 0);

const copiesOnNodes = ({ elasticsearch }: ResolvedStack, nodes: number): number =>
  Math.min(policyCopies[elasticsearch.redundancy], Math.max(0, nodes - 1));

/** Copies besides the primary that indices of a tier keep. */
export const copiesInTier = (stack: ResolvedStack, tier: string | undefined): number =>
  copiesOnNodes(stack, tierSize(stack, tier));

/** How many they may rise to: no more than can stay when the nodes that wait for their turn have left. */
export const mostCopies = (stack: ResolvedStack, tier: string | undefined): number =>
  copiesOnNodes(stack, tierSizeLater(stack, tier));

/** The tier where Elasticsearch keeps an index: the first that it prefers and that has a node, also one that is excluded. */
export const tierOf = (index: IndexState, nodes: readonly Pick<ClusterNode, 'roles'>[]): string | undefined =>
  index.tierPreference.find((tier) => nodes.some((node) => servesTier(node.roles, tier)));

/** Whether the stack decides about the copies of an index. Those that a user pinned, or that follow the nodes by themselves, are left alone. */
export const isManaged = (index: IndexState): boolean =>
  /^logs-.*-/.test(index.dataStream ?? '') && !index.autoExpand && !index.pinned;

/** Copies besides the primary that an index is to have in a tier. */
export function wantedCopies(stack: ResolvedStack, index: IndexState, tier: string | undefined): number {
  const { replicas } = index;
  if (isManaged(index)) return Math.min(replicas, copiesInTier(stack, tier));
  // It keeps a primary in any case, and Elasticsearch sets the rest by the nodes that are not excluded.
  return index.autoExpand ? 0 : replicas;
}

/** Lowers the copies of indices that keep more than their tier is to have: as long as they do, a drain could not end. */
export function copiesToLower(stack: ResolvedStack, detail: ClusterDetail): readonly SetReplicas[] {
  const lowered = detail.indices.flatMap((index) => {
    const replicas = wantedCopies(stack, index, tierOf(index, detail.nodes));
    return isManaged(index) && replicas < index.replicas ? [{ name: index.name, replicas }] : [];
  });
  return [...Map.groupBy(lowered, (index) => index.replicas)].map(([replicas, indices]) => ({
    kind: 'setReplicas',
    indices: indices.map((index) => index.name),
    replicas,
  }));
}
