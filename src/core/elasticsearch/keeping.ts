// The stack with nodes that the spec no longer asks for and that may not leave yet.
import type { ResolvedStack } from '../stack.ts';
import type { LeavingPool } from './situation.ts';

/**
 * The stack with the nodes of these parts of pools, of which the `patient` ones will leave when it is their turn. A pool
 * that the spec does not have has no place in it.
 */
export function keeping(
  stack: ResolvedStack,
  held: readonly LeavingPool[],
  patient: readonly LeavingPool[] = [],
): ResolvedStack {
  const pools = stack.elasticsearch.pools.map((pool) => {
    const size = (parts: readonly LeavingPool[]): number =>
      Math.max(pool.replicas, ...parts.filter(({ set }) => set.pool === pool.name).flatMap(sizesWith));
    const replicas = size(held);
    return { ...pool, replicas, leaving: replicas - size(held.filter((part) => !patient.includes(part))) };
  });
  return { ...stack, elasticsearch: { ...stack.elasticsearch, pools } };
}

const sizesWith = ({ nodes }: LeavingPool): readonly number[] => nodes.map(({ ordinal }) => ordinal + 1);
