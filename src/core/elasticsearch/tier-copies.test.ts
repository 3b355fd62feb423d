// Tests of copies by tier: when a closer look is worth its price, and whose copies are set.
import { describe, expect, it } from 'vitest';
import type { ClusterHealth } from './observed.ts';
import { contextOf, pod, set } from './rules/rules.testing.ts';
import { hot, liveSet, situation } from './situation.testing.ts';
import { copiesToSet, mayBeMisplaced } from './tier-copies.ts';

describe('[redundancy-tier] an index may have more copies than its tier can hold', () => {
  const differing = { data_hot: 1, data_warm: 0 };
  const stuck: Partial<ClusterHealth> = { status: 'yellow', unassigned: 1 };

  it.each<[string, Partial<ClusterHealth>, Readonly<Record<string, number>>, boolean]>([
    ['when copies have no place and nothing is on its way', stuck, differing, true],
    ['not when all have one', { status: 'green' }, differing, false],
    ['not when no tier has fewer than another', stuck, { data_hot: 1, data_warm: 1 }, false],
    ['not while the master has work to do', { ...stuck, settled: false }, differing, false],
    ['not while copies recover', { ...stuck, initializing: 1 }, differing, false],
    ['not while shards move', { ...stuck, relocating: 1 }, differing, false],
    ['not while a primary is missing: that is another matter', { ...stuck, status: 'red' }, differing, false],
  ])('%s', (_name, health, note, expected) => {
    const { cluster } = contextOf([set('data', [pod('logs-es-data-0')])], { health }).observed;
    if (!cluster.answered) throw new Error('The look of a test is answered.');
    expect(mayBeMisplaced(cluster, note)).toBe(expected);
  });
});

it('[redundancy-tier] indices whose tier nobody decides about keep their copies', () => {
  const index = { on: ['data-1', 'data-0'], dataStream: 'logs-app-default' };
  const indices = { a: { ...index, tierPreference: ['data_hot'] }, b: { ...index, tierPreference: ['data_content'] } };
  const { detail } = situation({ sets: [liveSet('data', 2, hot)], indices });
  expect(copiesToSet(detail, { data_hot: 0 })).toEqual([{ kind: 'setReplicas', indices: ['a'], replicas: 0 }]);
});
