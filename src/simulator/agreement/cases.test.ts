// Runs every agreement case on the simulator. The same cases are run on a real Elasticsearch elsewhere.
import { describe, expect, it } from 'vitest';
import { agreementCases } from './cases.ts';
import { disagreements } from './compare.ts';
import { runOnSimulator } from './run.ts';

describe('agreement cases on the simulator', () => {
  it('are at least forty, of different names', () => {
    expect(new Set(agreementCases.map((one) => one.name)).size).toBe(agreementCases.length);
    expect(agreementCases.length).toBeGreaterThanOrEqual(40);
  });

  it.each(agreementCases.map((one) => [one.name, one] as const))('%s', (_name, given) => {
    expect(disagreements(given.expected, runOnSimulator(given))).toEqual([]);
  });

  it('a wrong expectation is found, whatever it is about', () => {
    const [given] = agreementCases;
    if (given === undefined) throw new Error('There is no case.');
    const wrong = {
      health: 'red',
      members: ['x'],
      voters: ['x'],
      voterCount: 9,
      noVoters: ['m-0'],
      master: ['x'],
      empty: ['d-0'],
      notEmpty: ['m-0'],
      indices: { logs: { onlyOn: ['x'], allOn: ['x'], started: 9, unassigned: 9, replicas: 9, writable: false } },
    } as const;
    expect(disagreements(wrong, runOnSimulator(given))).toHaveLength(14);
  });
});
