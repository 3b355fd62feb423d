// Tests of the figures of a journey.
import { describe, expect, it } from 'vitest';
import { longestAbove, longestStall, longestUnknown, ratePerSecond, slowestMinute } from './figures.ts';

const span = { begin: 1000, end: 11_000 };

describe('writes', () => {
  it('a pause counts from the beginning and to the end, too', () => {
    expect(longestStall([], span)).toBe(10);
    expect(longestStall([{ at: 5000, documents: 1 }], span)).toBe(6);
    expect(longestStall([{ at: 9000, documents: 1 }], span)).toBe(8);
  });

  it('acknowledgements may come in any order', () => {
    const acknowledged = [8000, 3000, 6000].map((at) => ({ at, documents: 1 }));
    expect(longestStall(acknowledged, span)).toBe(3);
  });

  it('the rate is that of the whole time', () => {
    expect(ratePerSecond([{ at: 5000, documents: 2000 }], span)).toBe(200);
  });

  it('the slowest minute is found, and a minute that is not over is none', () => {
    const long = { begin: 0, end: 150_000 };
    const acknowledged = [
      { at: 1000, documents: 600 },
      { at: 61_000, documents: 120 },
      { at: 121_000, documents: 1 },
    ];
    expect(slowestMinute(acknowledged, long)).toBe(2);
    expect(slowestMinute([{ at: 500, documents: 10 }], { begin: 0, end: 1000 })).toBe(10);
  });
});

describe('health', () => {
  it('an unknown time lasts until the next answer, or to the end', () => {
    const samples = [
      { at: 0, status: 'green' },
      { at: 250, status: undefined },
      { at: 500, status: undefined },
      { at: 750, status: 'yellow' },
      { at: 1000, status: undefined },
    ] as const;
    expect(longestUnknown(samples, 1100)).toBe(0.5);
    expect(longestUnknown(samples, 3000)).toBe(2);
    expect(longestUnknown(samples.slice(0, 1), 3000)).toBe(0);
  });
});

describe('nodes away', () => {
  it('only times above what is allowed count', () => {
    const counts = [
      { at: 0, away: 0 },
      { at: 1000, away: 1 },
      { at: 4000, away: 2 },
      { at: 4500, away: 1 },
      { at: 9000, away: 2 },
    ];
    expect(longestAbove(counts, 1, 11_000)).toBe(2);
    expect(longestAbove(counts, 2, 11_000)).toBe(0);
    expect(longestAbove(counts, 0, 11_000)).toBe(10);
  });
});
