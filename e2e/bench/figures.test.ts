// Tests of the figures of repeated runs.
import { expect, it } from 'vitest';
import { median, partLines, resultOf, type Run, table } from './figures.ts';

const run = (kind: Run['kind'], seconds: number, ownSeconds?: number): Run => ({
  kind,
  seconds,
  ownSeconds,
  parts: { kibana: { appeared: 1, ready: 30 }, master: { appeared: 2, ready: 20 } },
  loadBefore: 0.5,
});

it.each([
  [[7], 7],
  [[9, 1, 5], 5],
  [[4, 1, 3, 2], 2.5],
])('the median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected);
});

it('has no median of nothing', () => {
  expect(() => median([])).toThrow('no values');
});

it('compares medians, and tells the spread and the ratio with the own condition', () => {
  const runs = [
    run('operator', 110, 112),
    run('bare', 100),
    run('operator', 130, 131),
    run('bare', 90),
    run('operator', 120, 125),
    run('bare', 300),
  ];
  const result = resultOf(runs);
  expect(result).toMatchObject({
    operator: { median: 120, least: 110, most: 130 },
    operatorOwnReady: { median: 125, least: 112, most: 131 },
    bare: { median: 100, least: 90, most: 300 },
    ratio: 1.2,
    ratioOwnReady: 1.25,
  });
  expect(table(result)).toContain('ratio 1.2 judged from outside, 1.25');
});

it('lists the parts in the order in which they were ready', () => {
  expect(
    partLines(run('bare', 1))
      .split('\n')
      .map((line) => line.trim().split(' ')[0]),
  ).toEqual(['master', 'kibana']);
});
