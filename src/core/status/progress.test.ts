// How progress is told, and which steps have ended between two statuses.
import { describe, expect, it } from 'vitest';
import { endedSteps, progressEntries, type Underway } from './progress.ts';

const drain = { step: 'Drain', subject: 'Pod/a', percent: 40, since: '2026-11-22T12:00:00Z' };
const roll = { step: 'Roll', subject: 'StatefulSet/a', percent: 10, since: '2026-11-22T12:03:00Z' };
const status = (...progress: readonly object[]) => ({ elasticsearch: { progress } });
const now = new Date('2026-11-22T12:04:00Z');

it.each([
  ['none, when all go on', status(drain, roll), status({ ...drain, percent: 90 }, roll), []],
  ['one that is no longer there', status(drain, roll), status(roll), [{ step: 'Drain', seconds: 240 }]],
  [
    'one that is followed by the same of another node',
    status(drain),
    status({ ...drain, subject: 'Pod/b' }),
    [{ step: 'Drain', seconds: 240 }],
  ],
  [
    'all, when there is no list any more',
    status(drain, roll),
    { elasticsearch: {} },
    [
      { step: 'Drain', seconds: 240 },
      { step: 'Roll', seconds: 60 },
    ],
  ],
  ['none, by a component that says nothing of Elasticsearch', status(drain), { kibana: {} }, []],
  ['none, when nothing stood', {}, status(drain), []],
])('%s', (_name, live, wanted, ended) => {
  expect(endedSteps(live, wanted, now)).toEqual(ended);
});

describe('progress', () => {
  const drain = (left?: number): Underway => ({
    step: 'Drain',
    subject: 'Pod/a',
    ...(left === undefined ? {} : { left, text: `${left} left` }),
  });
  const at = '2026-11-22T12:00:00Z';
  const later = '2026-11-22T12:01:00Z';
  const first = progressEntries([drain(1000)], undefined, at);

  it('begins at nothing done, with all that is left', () => {
    expect(first).toEqual([
      { step: 'Drain', subject: 'Pod/a', percent: 0, total: 1000, message: '1000 left', since: at },
    ]);
  });

  it.each([
    ['stays as it stands while its percentage does', 951, 0, '1000 left'],
    ['goes on in steps of 5 percent', 940, 5, '940 left'],
    ['does not go back below nothing', 5000, 0, '1000 left'],
    ['ends with all', 0, 100, '0 left'],
  ])('%s', (_name, left, percent, message) => {
    expect(progressEntries([drain(left)], first, later)).toEqual([
      { step: 'Drain', subject: 'Pod/a', percent, total: 1000, message, since: at },
    ]);
  });

  it('says nothing new when a look does not tell how much is left', () => {
    expect(progressEntries([drain()], first, later)).toEqual(first);
  });

  it('of which nobody knows how much there is begins when somebody does', () => {
    const unknown = progressEntries([drain()], undefined, at);
    expect(unknown).toEqual([{ step: 'Drain', subject: 'Pod/a', percent: 0, since: at }]);
    const known = { step: 'Drain', subject: 'Pod/a', percent: 0, total: 500, message: '500 left', since: at };
    expect(progressEntries([drain(500)], unknown, later)).toEqual([known]);
  });

  it('takes the whole from the look where that knows it', () => {
    const roll: Underway = { step: 'Roll', subject: 'StatefulSet/a', left: 2, total: 3 };
    expect(progressEntries([roll], undefined, at)).toMatchObject([{ percent: 30, total: 3 }]);
  });
});
