// Nodes and indices from which the cases are put together.
import type { CaseIndex, CaseNode } from './case.ts';

/** Dedicated masters m-0, m-1, … */
export const masters = (count: number): readonly CaseNode[] =>
  Array.from({ length: count }, (_, ordinal) => ({ name: `m-${ordinal}`, roles: ['master'] }));

const hotRoles = ['data_hot', 'data_content'] as const;

/** One hot and content node. */
export const hot = (name: string, more: Partial<CaseNode> = {}): CaseNode => ({ name, roles: hotRoles, ...more });

/** One master and hot nodes d-0, d-1, … */
export const hotNodes = (count: number, more: Partial<CaseNode> = {}): readonly CaseNode[] => [
  ...masters(1),
  ...Array.from({ length: count }, (_, ordinal) => hot(`d-${ordinal}`, more)),
];

export const warm = (name: string): CaseNode => ({ name, roles: ['data_warm'] });

export const zoned = (name: string, zone: string): CaseNode => hot(name, { attributes: { zone } });

/** One index `logs` of one shard. */
export const logs = (replicas: number, more: Partial<CaseIndex> = {}): readonly CaseIndex[] => [
  { name: 'logs', replicas, ...more },
];
