// Tests of counting: what was skipped, or did not load, is never a pass.
import { expect, it } from 'vitest';
import { countGo, countVitest } from './programs.ts';

const report = {
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 0,
  numTotalTests: 3,
  numFailedTestSuites: 0,
  testResults: [],
};

it.each([
  ['all passed', report, { passed: 3, failed: 0 }],
  ['one skipped', { ...report, numPassedTests: 2, numPendingTests: 1 }, { passed: 2, failed: 1 }],
  ['one failed', { ...report, numPassedTests: 2, numFailedTests: 1 }, { passed: 2, failed: 1 }],
  [
    'a file that did not load',
    { ...report, testResults: [{ name: 'a', status: 'failed', message: 'syntax', assertionResults: [] }] },
    { passed: 3, failed: 1 },
  ],
])('vitest: %s', (_name, given, expected) => {
  expect(countVitest(given)).toEqual(expected);
});

it.each([
  [
    'a test and its package',
    [
      { Action: 'pass', Package: 'p', Test: 'A' },
      { Action: 'pass', Package: 'p' },
    ],
    { passed: 1, failed: 0 },
  ],
  [
    'a failed test',
    [
      { Action: 'fail', Package: 'p', Test: 'A' },
      { Action: 'fail', Package: 'p' },
    ],
    { passed: 0, failed: 1 },
  ],
  ['a skipped test', [{ Action: 'skip', Package: 'p', Test: 'A' }], { passed: 0, failed: 1 }],
  ['a package that does not build', [{ Action: 'fail', Package: 'p' }], { passed: 0, failed: 1 }],
])('go test: %s', (_name, events, expected) => {
  expect(countGo(events)).toEqual(expected);
});
