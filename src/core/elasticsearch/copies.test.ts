// Tests of how many copies indices keep: by policy, by the nodes of their tier, and which of them a drain lowers.
import { describe, expect, it } from 'vitest';
import type { ResolvedStack } from '../stack.ts';
import { copiesInTier, copiesToLower, mostCopies, servesTier, tierOf } from './copies.ts';
import { stackWith } from './plan.testing.ts';
import { indexOf, situation, type SituationFacts } from './situation.testing.ts';

describe('[redundancy-tier] copies of a tier', () => {
  it.each([
    ['None', 5, 0],
    ['Single', 5, 1],
    ['Double', 5, 2],
    ['Double', 2, 1],
    ['Full', 5, 4],
  ] as const)('%s on %i nodes are %i', (redundancy, replicas, copies) => {
    expect(copiesInTier(stackWith({ data: { replicas }, redundancy }), 'data_hot')).toBe(copies);
  });

  it('do not wait for nodes of other tiers to leave', () => {
    const stack = stackWith({
      data: { replicas: 3 },
      redundancy: 'Full',
      pools: [{ name: 'warm', roles: ['data_warm'], replicas: 3 }],
    });
    const leaving = (name: string): ResolvedStack => ({
      ...stack,
      elasticsearch: {
        ...stack.elasticsearch,
        pools: stack.elasticsearch.pools.map((pool) => ({ ...pool, leaving: pool.name === name ? 1 : 0 })),
      },
    });
    expect(mostCopies(leaving('warm'), 'data_hot')).toBe(2);
    expect(mostCopies(leaving('warm'), 'data_warm')).toBe(1);
    expect(mostCopies(leaving('data'), 'data_hot')).toBe(1);
  });
});

describe('the tier of an index', () => {
  const index = indexOf('a', { on: [], tierPreference: ['data_warm', 'data_content'] });

  it.each<[string, readonly string[], string | undefined]>([
    ['is the first that has a node', ['data_warm'], 'data_warm'],
    ['is the next when that has none', ['data_content', 'data_hot'], 'data_content'],
    ['is any where a node has the role data', ['data'], 'data_warm'],
    ['is none when none of them has a node', ['data_cold', 'master'], undefined],
  ])('%s', (_name, roles, expected) => {
    expect(tierOf(index, [{ roles }])).toBe(expected);
  });

  it.each<[readonly string[], string | undefined, boolean]>([
    [['data'], 'data_warm', true],
    [['data_hot'], 'data_warm', false],
    [['master', 'data_hot'], undefined, true],
    [['master'], undefined, false],
  ])('%o belong to %s: %o', (roles, tier, expected) => {
    expect(servesTier(roles, tier)).toBe(expected);
  });
});

describe('[replicas-precheck] a drain lowers', () => {
  const everywhere = { on: ['data-0', 'data-1', 'data-2'], dataStream: 'logs-a-b' };
  const lowered = (indices: NonNullable<SituationFacts['indices']>): unknown =>
    copiesToLower(stackWith({ redundancy: 'Full' }), situation({ indices }).detail);

  it('copies of managed indices that have more than their tier is to have', () => {
    expect(lowered({ a: everywhere, b: { ...everywhere, on: ['data-0', 'data-1'] }, c: everywhere })).toEqual([
      { kind: 'setReplicas', indices: ['a', 'c'], replicas: 1 },
    ]);
  });

  it.each([
    ['a user tied to nodes', { ...everywhere, pinned: true }],
    ['somebody else decides about', { ...everywhere, dataStream: undefined }],
    ['follow the nodes by themselves', { ...everywhere, autoExpand: true }],
  ])('none of those that %s', (_name, index) => {
    expect(lowered({ a: index })).toEqual([]);
  });
});
