// Tests of what a journey must keep to: each limit is broken once, and a watch that saw nothing is no proof.
import { describe, expect, it } from 'vitest';
import { judge, type Sightings } from './verdict.ts';

const span = { begin: 0, end: 120_000 };
const every = <T>(milliseconds: number, make: (at: number) => T): readonly T[] =>
  Array.from({ length: span.end / milliseconds }, (_, index) => make(index * milliseconds));

const good: Sightings = {
  span,
  acknowledgements: every(250, (at) => ({ at, documents: 65 })),
  failures: 0,
  lastFailure: '',
  health: every(250, (at) => ({ at, status: 'green' })),
  away: [
    { at: 1000, away: 1 },
    { at: 9000, away: 0 },
  ],
  mostDrained: 1,
  unseenPods: [],
};

const failuresOf = (changes: Partial<Sightings>): readonly string[] =>
  judge({ ...good, ...changes }, { maxUnavailable: 1, sees: ['restart', 'drain'] }).failures;

const between = (at: number, from: number, to: number): boolean => at >= from && at < to;

describe('the limits of a journey', () => {
  it('one that keeps to them has no failures', () => {
    expect(failuresOf({})).toEqual([]);
  });

  it.each<[string, Partial<Sightings>, RegExp]>([
    [
      'ten slow seconds, though the average is high',
      {
        acknowledgements: good.acknowledgements.map(({ at }) => ({
          at,
          documents: between(at, 20_000, 31_000) ? 40 : 65,
        })),
      },
      /^160 documents a second for 10 s/,
    ],
    [
      'a minute of short pauses',
      { acknowledgements: good.acknowledgements.filter(({ at }) => at > 70_000 || at % 5000 === 0) },
      /documents a second for a minute/,
    ],
    [
      'a pause of 31 s',
      { acknowledgements: good.acknowledgements.filter(({ at }) => !between(at, 50_000, 81_000)) },
      /writes stalled for 31/,
    ],
    [
      'one look that saw red',
      { health: good.health.map((sample) => (sample.at === 5000 ? { at: 5000, status: 'red' } : sample)) },
      /^1 looks saw red/,
    ],
    [
      'looks without an answer for 16 s',
      { health: good.health.map(({ at, status }) => ({ at, status: between(at, 5000, 21_000) ? undefined : status })) },
      /^the health was unknown for 16/,
    ],
    [
      'no look for 16 s',
      { health: good.health.filter(({ at }) => !between(at, 5000, 21_000)) },
      /^the health was unknown for 16/,
    ],
    ['two looks a second', { health: good.health.filter(({ at }) => at % 500 === 0) }, /^only 2.0 looks a second/],
    ['no look at all', { health: [] }, /^the health was unknown for 120/],
    [
      'two nodes away for two seconds',
      {
        away: [
          { at: 1000, away: 2 },
          { at: 3000, away: 0 },
        ],
      },
      /^2 nodes were away/,
    ],
    ['a restart that was not seen', { away: [] }, /^no node was seen away/],
    ['two drains at once', { mostDrained: 2 }, /^2 nodes were drained/],
    ['a drain that was not seen', { mostDrained: 0 }, /^no drain was seen/],
    ['a watch of pods that ended early', { unseenPods: ['logs-es-data-2'] }, /has not seen logs-es-data-2$/],
  ])('%s', (_, changes, expected) => {
    expect(failuresOf(changes).join('\n')).toMatch(expected);
  });

  it('half a minute without an acknowledgement is allowed, when the rest of the minute is not slow', () => {
    const acknowledgements = good.acknowledgements.filter(({ at }) => !between(at, 50_000, 79_000));
    const catchingUp = { at: 79_000, documents: 29 * 260 };
    expect(failuresOf({ acknowledgements: [...acknowledgements, catchingUp] })).toEqual([]);
  });
});
