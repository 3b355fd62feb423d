// Tests of the rules for room: reserves by the low watermark, the sum, packing by the largest first, the limit on shards.
import { describe, expect, it } from 'vitest';
import { gib, hot, leavingOf, liveSet, situation, type SituationFacts } from '../situation.testing.ts';
import { stackWith } from '../plan.testing.ts';
import { diskTooSmall, reservedBytes, tooManyShards } from './drain-room.ts';

const limits = {
  lowWatermark: '85%',
  highWatermark: '90%',
  floodStage: '95%',
  lowMaxHeadroomBytes: undefined,
  maxShardsPerNode: 1000,
};

describe('reservedBytes', () => {
  it.each<[string, number | undefined, number]>([
    ['85%', undefined, 150],
    ['85.0%', 200, 150],
    ['85%', 100, 100],
    ['0.85', undefined, 150],
    ['500gb', undefined, 500 * gib],
    ['1b', undefined, 1],
    ['2kb', undefined, 2048],
    ['1.5mb', undefined, 1.5 * 1024 ** 2],
    ['1tb', 3, 1024 * gib],
    ['100%', undefined, 0],
    ['nonsense', undefined, 1000],
    ['', undefined, 1000],
  ])('of %s with a headroom of %s is %s of 1000', (lowWatermark, lowMaxHeadroomBytes, expected) => {
    expect(reservedBytes(1000, { ...limits, lowWatermark, lowMaxHeadroomBytes })).toBeCloseTo(expected, 6);
  });
});

const one = (pool: 'data' | 'master', replicas: number) => ({ [pool]: { replicas } });

describe('[disk-precheck] disks of the nodes that stay', () => {
  const judge = (facts: SituationFacts) => {
    const made = situation(facts);
    return diskTooSmall(made, leavingOf(made));
  };
  const free = (first: number, second: number) => ({ 'logs-es-data-0': first * gib, 'logs-es-data-1': second * gib });

  it.each<[string, SituationFacts, boolean]>([
    ['nothing is on it', { indices: {}, free: free(0, 0) }, true],
    ['it fits', { indices: { a: { on: ['data-2'], bytes: 10 * gib } }, free: free(12, 0) }, true],
    ['it fits but for the spare', { indices: { a: { on: ['data-2'], bytes: 10 * gib } }, free: free(11, 0) }, false],
    ['it fits with the spare', { indices: { a: { on: ['data-2'], bytes: 10 * gib } }, free: free(11.51, 0) }, true],
    [
      'the sum fits, one shard does not',
      { indices: { a: { on: ['data-2'], bytes: 10 * gib } }, free: free(8, 8) },
      false,
    ],
    [
      'two shards, each on its own disk',
      { indices: { a: { on: ['data-2'], bytes: 10 * gib }, b: { on: ['data-2'], bytes: 6 * gib } }, free: free(8, 12) },
      true,
    ],
    [
      'two shards that need one disk',
      { indices: { a: { on: ['data-2'], bytes: 10 * gib }, b: { on: ['data-2'], bytes: 9 * gib } }, free: free(8, 14) },
      false,
    ],
    [
      'the only free disk has a copy already',
      { indices: { a: { on: ['data-0', 'data-2'], bytes: 10 * gib, replicas: 1 } }, free: free(100, 5) },
      false,
    ],
    [
      'copies that are enough elsewhere need no room',
      { indices: { a: { on: ['data-0', 'data-1', 'data-2'], dataStream: 'logs-a-b', replicas: 2 } }, free: free(0, 0) },
      true,
    ],
    [
      'an index that follows the nodes by itself needs no room for its copies',
      { indices: { a: { on: ['data-0', 'data-2'], autoExpand: true } }, free: free(0, 0) },
      true,
    ],
    [
      'a full disk counts as none, not as less than none',
      { indices: { a: { on: ['data-2'], bytes: 10 * gib } }, free: free(-50, 12) },
      true,
    ],
    [
      'both nodes that leave count',
      {
        stack: stackWith(one('data', 1)),
        indices: { a: { on: ['data-1'], bytes: 10 * gib }, b: { on: ['data-2'], bytes: 10 * gib } },
        free: { 'logs-es-data-0': 15 * gib, 'logs-es-data-1': 100 * gib },
      },
      false,
    ],
  ])('%s', (_name, facts, fits) => {
    expect(judge(facts)).toHaveLength(fits ? 0 : 1);
  });

  it('says by how much, rounded, for which pool, and what helps', () => {
    const [refusal] = judge({ indices: { a: { on: ['data-2'], bytes: 12.3456 * gib } }, free: free(1.234, 1) });
    expect(refusal).toMatchObject({ rule: 'DiskTooSmall', subject: 'StatefulSet/logs-es-data' });
    expect(refusal?.message).toContain('about 14 GiB');
    expect(refusal?.message).toContain('about 2.2 GiB below the low watermark (85%)');
    expect(refusal?.remedy).toContain('pool data');
  });

  it('counts the disks that what has to move may go to, and no others', () => {
    const indices = {
      a: { on: ['data-0', 'data-2'], bytes: 10 * gib },
      follower: { on: ['data-1', 'data-2'], autoExpand: true },
    };
    const [refusal] = judge({ indices, free: free(20, 5) });
    expect(refusal?.message).toContain('about 5 GiB below the low watermark');
  });

  it('names the shard that fits on no disk', () => {
    const [refusal] = judge({ indices: { a: { on: ['data-2'], bytes: 10 * gib } }, free: free(8, 8) });
    expect(refusal?.message).toContain('a/0 fits on none of them');
  });
});

describe('[shard-limit] shards on the nodes that stay', () => {
  const judge = (facts: SituationFacts, pool = 'data') => {
    const made = situation(facts);
    return tooManyShards(made, leavingOf(made, pool));
  };
  const five = { on: ['data-0', 'data-1', 'data-2', '-', '-'] };

  it.each<[string, SituationFacts, number]>([
    ['as many as are allowed', { indices: { a: five }, limits: { maxShardsPerNode: 2.5 } }, 0],
    ['one too many', { indices: { a: five }, limits: { maxShardsPerNode: 2 } }, 1],
    [
      'copies that the policy gives up do not count',
      { indices: { a: { ...five, dataStream: 'logs-a-b' } }, limits: { maxShardsPerNode: 1 } },
      0,
    ],
    [
      'a node that never joined took no shard',
      { sets: [liveSet('data', 3, hot, [2])], indices: { a: five }, limits: { maxShardsPerNode: 1 } },
      0,
    ],
  ])('%s', (_name, facts, count) => {
    expect(judge(facts)).toHaveLength(count);
  });

  it('does not concern masters', () => {
    const stack = stackWith({ data: { replicas: 3 }, master: { replicas: 1 } });
    expect(judge({ stack, indices: { a: five }, limits: { maxShardsPerNode: 1 } }, 'master')).toEqual([]);
  });

  it('says how many', () => {
    expect(judge({ indices: { a: five }, limits: { maxShardsPerNode: 1 } })).toMatchObject([
      {
        rule: 'TooManyShards',
        subject: 'StatefulSet/logs-es-data',
        message: expect.stringContaining('about 5') as string,
      },
    ]);
  });
});
