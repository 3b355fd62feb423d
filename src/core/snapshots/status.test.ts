// Tests of what the statuses of these kinds share: a look that finds nothing new writes nothing new, and no condition outlives its cause.
import { describe, expect, it } from 'vitest';
import { conditionsOf, durationText, firstFailures, found, percentDone } from './status.ts';

const early = new Date('2026-11-22T12:00:00.500Z');
const late = new Date('2026-11-22T13:00:00Z');

const object = (conditions: ReturnType<typeof conditionsOf> = [], generation = 3) => ({
  apiVersion: 'loggingstack.dev/v1alpha1',
  kind: 'StackSnapshot',
  metadata: { name: 'one', generation },
  status: { conditions },
});

const waiting = found('Complete', 'Unknown', 'Waiting', 'It waits.');

describe('conditions', () => {
  const first = conditionsOf(object(), [waiting], early);

  it('are dated by the look that found them, and tell of which generation they are', () => {
    expect(first).toEqual([{ ...waiting, observedGeneration: 3, lastTransitionTime: '2026-11-22T12:00:00Z' }]);
  });

  it('are the same when the same is found later', () => {
    expect(conditionsOf(object(first), [waiting], late)).toEqual(first);
  });

  it('keep their time while only their words change, and turn with their status', () => {
    const [words] = conditionsOf(object(first, 4), [{ ...waiting, reason: 'EsTimeout', message: 'Silence.' }], late);
    expect(words).toMatchObject({
      reason: 'EsTimeout',
      observedGeneration: 4,
      lastTransitionTime: '2026-11-22T12:00:00Z',
    });
    const [turned] = conditionsOf(object(first), [{ ...waiting, status: 'True' }], late);
    expect(turned).toMatchObject({ status: 'True', lastTransitionTime: '2026-11-22T13:00:00Z' });
  });

  it('that are not found any more do not stay', () => {
    expect(conditionsOf(object(first), [found('Ready', 'True', 'Fine', '')], late).map(({ type }) => type)).toEqual([
      'Ready',
    ]);
  });

  it('are no longer than the schema takes', () => {
    const [long] = conditionsOf(object(), [{ ...waiting, message: 'x'.repeat(5000) }], early);
    expect(long?.message).toHaveLength(1024);
  });
});

describe('failures', () => {
  it('are the first ones, one of each shard, no longer than the schema takes', () => {
    const failures = Array.from({ length: 30 }, (_, place) => ({
      index: 'a',
      shard: place % 15,
      reason: `${place}`.repeat(600),
    }));
    const told = firstFailures(failures);
    expect(told.map(({ shard }) => shard)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(told[3]?.reason).toBe('3'.repeat(512));
  });
});

describe('figures', () => {
  it.each([
    [0, 0, 100],
    [100, 0, 0],
    [100, 39, 35],
    [100, 99.9, 95],
    [100, 100, 100],
    [100, 120, 100],
  ])('of %d, %d are %d %%', (total, done, percent) => {
    expect(percentDone({ total, done })).toBe(percent);
  });

  it.each([
    ['2026-11-22T12:00:00Z', '0s'],
    ['2026-11-22T12:00:45Z', '45s'],
    ['2026-11-22T12:04:10Z', '4m10s'],
    ['2026-11-22T13:30:59Z', '1h30m'],
    ['2026-11-22T14:00:00Z', '2h'],
    ['2026-11-24T12:10:00Z', '2d'],
    ['2026-11-22T11:00:00Z', '0s'],
  ])('until %s it took %s', (end, text) => {
    expect(durationText('2026-11-22T12:00:00Z', end)).toBe(text);
  });
});
