// Tests of the record of a run: what waited for what is told once, and found soon however many ways lead to it.
import { expect, it } from 'vitest';
import type { Action } from '../core/elasticsearch/actions.ts';
import { runningStack } from '../simulator/simulator.testing.ts';
import { stackWith } from '../core/elasticsearch/plan.testing.ts';
import { Recorder } from './recorder.ts';

it('finds what each step waited for, though the ways to the first double with each round', () => {
  const observed = runningStack(stackWith()).observe({ detail: true });
  const recorder = new Recorder();
  const rounds = 40;
  for (let round = 0; round < rounds; round += 1) {
    const copies: Action = { kind: 'setReplicas', indices: [`copies-${round}`], replicas: 1 };
    const tiers: Action = { kind: 'setTierPreference', indices: [`tiers-${round}`], tiers: ['data_hot'] };
    recorder.acted([copies], observed, 2 * round);
    recorder.acted([tiers], observed, 2 * round);
    recorder.look(observed, 2 * round + 1);
  }
  const { record } = recorder;
  expect(record).toHaveLength(2 * rounds);
  expect(record.every(({ after }) => after.length <= 2)).toBe(true);
  expect(record.at(-1)?.after.length).toBeGreaterThan(0);
});
