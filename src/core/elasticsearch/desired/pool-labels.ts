// What a pool's nodes are for, as roles and as the labels by which Services find their pods.
import { componentLabels, labels, podSelector } from '../../names.ts';
import type { NodePool, ResolvedStack } from '../../stack.ts';

export const isMasterEligible = (pool: NodePool): boolean => pool.roles.includes('master');

/** Whether clients send requests to the nodes of this pool: data and ingest nodes answer them, dedicated masters do not. */
export const servesClients = (pool: NodePool): boolean =>
  pool.roles.some((role) => role === 'ingest' || role.startsWith('data'));

/** Labels of a pool's objects and pods. */
export function poolLabels(stack: ResolvedStack, pool: NodePool): Record<string, string> {
  return { ...componentLabels(stack.identity, 'elasticsearch'), [labels.pool]: pool.name };
}

/** Labels that tell a pool's pods from all others, and never change. */
export function poolSelector(stack: ResolvedStack, pool: NodePool): Record<string, string> {
  return { ...podSelector(stack.identity, 'elasticsearch'), [labels.pool]: pool.name };
}
