// Tests of pauses after refusals: never shorter than ten seconds, longer each time, and over after a success.
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../kube/testing.ts';
import { Pauses } from './pauses.ts';

describe('a pause', () => {
  it('grows with each refusal, up to five minutes, for each key by itself', () => {
    const pauses = new Pauses(new FakeClock());
    const lengths = Array.from({ length: 8 }, () => pauses.refused('team/one') / 1000);
    expect(lengths).toEqual([10, 20, 40, 80, 160, 300, 300, 300]);
    expect(pauses.left('team/other')).toBe(0);
    expect(pauses.refused('team/other')).toBe(10_000);
  });

  it('is over when its time is, and begins short again after a success', async () => {
    const clock = new FakeClock();
    const pauses = new Pauses(clock);
    pauses.refused('team/one');
    await clock.advance(9999);
    expect(pauses.left('team/one')).toBe(1);
    await clock.advance(1);
    expect(pauses.left('team/one')).toBe(0);
    expect(pauses.refused('team/one')).toBe(20_000);
    pauses.forget('team/one');
    expect(pauses.left('team/one')).toBe(0);
    expect(pauses.refused('team/one')).toBe(10_000);
  });
});
