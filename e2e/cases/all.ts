// All cases that run on a node, by tier.
import { nodeCases } from './node.ts';
import type { TestCase } from './registry.ts';

/** Cases of `make test`. */
export const nodeTierCases: readonly TestCase[] = [];

/** Cases of `make test-deep`. */
export const deepCases: readonly TestCase[] = [];

/** Cases that bring up nodes of their own, on the host. */
export const hostCases: readonly TestCase[] = [...nodeCases];
