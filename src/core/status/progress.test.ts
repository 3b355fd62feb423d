// Which steps have ended between two statuses.
import { expect, it } from 'vitest';
import { endedSteps } from './progress.ts';

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
