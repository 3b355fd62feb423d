// Tests of what a run tells of its failures at its end.
import { describe, expect, it, vi } from 'vitest';
import type { Counts, TestCase } from '../cases/registry.ts';
import { runCases, summarizeFailures } from './runner.ts';

const testCase = (name: string, run: () => Promise<Counts | undefined>): TestCase => ({
  name,
  tier: 'unit',
  title: name,
  minutes: 1,
  run,
});

describe('failures at the end of a run', () => {
  it('names the case that threw, the test that a program counted, and a count without words', async () => {
    vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const cases = [
      testCase('passes', () => Promise.resolve(undefined)),
      testCase('throws', () => Promise.reject(new Error('no place'))),
      testCase('counts', () => Promise.resolve({ passed: 1, failed: 1, failures: ['a.test.ts: adds'] })),
      testCase('mute', () => Promise.resolve({ passed: 0, failed: 2 })),
    ];
    const { passed, failed, failures } = await runCases(cases, 1, AbortSignal.timeout(10_000));
    expect({ passed, failed }).toEqual({ passed: 2, failed: 4 });
    expect(failures.map((told) => told.split('\n')[0])).toEqual([
      'unit/throws: Error: no place',
      'unit/counts: a.test.ts: adds',
      'unit/mute: 2 failed, told above',
    ]);
  });

  it('shows three lines of each of the first ten, and how many there are besides', () => {
    const told = summarizeFailures(Array.from({ length: 12 }, (_, index) => `case ${index}\nb\nc\nd`));
    expect(told.split('\n')).toHaveLength(10 * 3 + 1);
    expect(told).toContain('✘ case 9\n    b\n    c');
    expect(told).not.toContain('d\n');
    expect(told.endsWith('… and 2 more, told above')).toBe(true);
  });
});
