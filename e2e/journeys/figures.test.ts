// Tests of the figures of a journey.
import { describe, expect, it } from 'vitest';
import { answered, longestAbove, longestPause, ratePerSecond, slowestWindow } from './figures.ts';

const span = { begin: 1000, end: 11_000 };

describe('writes', () => {
  it('a pause counts from the beginning and to the end, too', () => {
    expect(longestPause([], span).seconds).toBe(10);
    expect(longestPause([{ at: 5000 }], span).seconds).toBe(6);
    expect(longestPause([{ at: 9000 }], span).seconds).toBe(8);
  });

  it('acknowledgements may come in any order', () => {
    const acknowledged = [8000, 3000, 6000].map((at) => ({ at, documents: 1 }));
    expect(longestPause(acknowledged, span)).toEqual({ seconds: 3, since: 2 });
  });

  it('the rate is that of the whole time', () => {
    expect(ratePerSecond([{ at: 5000, documents: 2000 }], span)).toBe(200);
  });

  it('the slowest window is found, wherever it begins', () => {
    const acknowledged = Array.from({ length: 60 }, (_, second) => ({
      at: second * 1000,
      documents: second >= 27 && second < 37 ? 150 : 260,
    }));
    const minute = { begin: 0, end: 60_000 };
    expect(ratePerSecond(acknowledged, minute)).toBeGreaterThan(240);
    expect(slowestWindow(acknowledged, minute, { seconds: 10, longestPause: 1 })).toBe(150);
    expect(slowestWindow(acknowledged, minute, { seconds: 30, longestPause: 1 })).toBeCloseTo(223, 0);
  });

  it('a window with a longer pause is left to the rule about pauses, and one that is not over is none', () => {
    const acknowledged = [0, 1000, 2000, 3000, 8000, 9000, 10_000, 11_000].map((at) => ({
      at,
      documents: at === 8000 ? 400 : 200, // what was left over is caught up with
    }));
    const times = { begin: 0, end: 12_000 };
    expect(slowestWindow(acknowledged, times, { seconds: 3, longestPause: 1 })).toBe(200);
    expect(slowestWindow(acknowledged, times, { seconds: 3, longestPause: 5 })).toBe(0);
    expect(slowestWindow(acknowledged, times, { seconds: 20, longestPause: 5 })).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('health', () => {
  it('an unknown time lasts from an answer to the next, or to the end', () => {
    const samples = [
      { at: 0, status: 'green' },
      { at: 250, status: undefined },
      { at: 500, status: undefined },
      { at: 750, status: 'yellow' },
      { at: 1000, status: undefined },
    ] as const;
    expect(longestPause(answered(samples), { begin: 0, end: 1100 }).seconds).toBe(0.75);
    expect(longestPause(answered(samples), { begin: 0, end: 3000 }).seconds).toBe(2.25);
    expect(longestPause(answered(samples.slice(0, 1)), { begin: 0, end: 3000 }).seconds).toBe(3);
  });

  it('looks that were never made are unknown, too', () => {
    const samples = [0, 250, 500, 16_000].map((at) => ({ at, status: 'green' as const }));
    expect(longestPause(answered(samples), { begin: 0, end: 16_100 }).seconds).toBe(15.5);
    expect(longestPause(answered([]), { begin: 0, end: 16_100 }).seconds).toBe(16.1);
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
