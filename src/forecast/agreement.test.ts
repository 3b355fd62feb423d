// The comparison of a plan with what happened finds each way in which they can differ.
import { expect, it } from 'vitest';
import { differences } from './agreement.testing.ts';

const drain = { action: 'Drain', subject: 'Pod/a-1', sizeBytes: 100 };
const remove = { action: 'RemoveNode', subject: 'Pod/a-1' };
const restart = { action: 'Restart', subject: 'Pod/a-0' };
const foretold = [
  { order: 1, ...drain },
  { order: 2, ...restart },
  { order: 3, ...remove, dependsOn: [1] },
];

it.each([
  ['nothing', [drain, restart, remove], []],
  ['an order that does not matter', [restart, drain, remove], []],
  ['bytes within a fifth', [{ ...drain, sizeBytes: 120 }, restart, remove], []],
  [
    'bytes beyond',
    [{ ...drain, sizeBytes: 130 }, restart, remove],
    ['Drain Pod/a-1: 100 bytes foretold, 130 happened'],
  ],
  [
    'no bytes',
    [{ ...drain, sizeBytes: undefined }, restart, remove],
    ['Drain Pod/a-1: 100 bytes foretold, 0 happened'],
  ],
  ['a step that is missing', [drain, remove], ['Restart Pod/a-0 was foretold and did not happen']],
  ['a step too many', [drain, restart, restart, remove], ['Restart Pod/a-0 happened and was not foretold']],
  [
    'another subject',
    [drain, { ...restart, subject: 'Pod/a-7' }, remove],
    ['Restart Pod/a-0 was foretold and did not happen', 'Restart Pod/a-7 happened and was not foretold'],
  ],
  [
    'an order that matters',
    [remove, drain, restart],
    ['RemoveNode Pod/a-1 came before step 1, for which it was to wait'],
  ],
])('%s', (_name, happened, expected) => {
  expect(differences(foretold, happened)).toEqual(expected);
});
