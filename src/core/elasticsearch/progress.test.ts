// What is under way, and whether a roll that was asked for is over: on the simulator, look by look, under the real planner.
import { describe, expect, it } from 'vitest';
import { runningStack, settle, step } from '../../simulator/simulator.testing.ts';
import { exampleStack } from '../stack.testing.ts';
import { changedConfig, stackWith } from './plan.testing.ts';
import { underwayIn } from './progress.ts';
import { isRolled } from './requested.ts';

const rolling = (value: string, done = false) =>
  exampleStack({ elasticsearch: { data: { replicas: 2 } } }, {}, { roll: { value, done }, replaceNode: undefined });

/** Steps that were under way at any look until all is quiet, in the order in which they began. */
function stepsUntilQuiet(simulator: ReturnType<typeof runningStack>, stack: ReturnType<typeof stackWith>) {
  const seen = new Set<string>();
  for (let round = 0; round < 200; round += 1) {
    step(simulator, stack);
    simulator.tick();
    for (const one of underwayIn(simulator.observe({ detail: true }))) seen.add(`${one.step} ${one.subject}`);
  }
  return [...seen];
}

describe('what is under way', () => {
  it('is nothing at rest', () => {
    expect(underwayIn(runningStack(stackWith()).observe({ detail: true }))).toEqual([]);
  });

  it('is the roll of each pool, masters last', () => {
    const stack = stackWith();
    const rolls = stepsUntilQuiet(runningStack(stack), stackWith({ config: changedConfig }));
    expect(rolls.filter((one) => one.startsWith('Roll'))).toEqual([
      'Roll StatefulSet/logs-es-data',
      'Roll StatefulSet/logs-es-ingest',
      'Roll StatefulSet/logs-es-master',
    ]);
  });

  it('is the drain of a node that leaves, with what is left on it', () => {
    const simulator = runningStack(stackWith({ data: { replicas: 3 } }));
    const fewer = stackWith({ data: { replicas: 2 } });
    const drains = () => underwayIn(simulator.observe({ detail: true })).filter((one) => one.step === 'Drain');
    for (let round = 0; drains().length === 0 && round < 50; round += 1) {
      step(simulator, fewer);
      simulator.tick();
    }
    expect(drains()).toMatchObject([{ subject: 'Pod/logs-es-data-2' }]);
    const withoutDetail = underwayIn(simulator.observe()).filter((one) => one.step === 'Drain');
    expect(withoutDetail).toEqual([{ step: 'Drain', subject: 'Pod/logs-es-data-2' }]);
    settle(simulator, fewer);
    expect(underwayIn(simulator.observe({ detail: true }))).toEqual([]);
  });
});

describe('a forced roll', () => {
  it('restarts every node once, and then it is done, whatever becomes of the annotation', () => {
    const simulator = runningStack(stackWith());
    const monday = rolling('monday');
    expect(isRolled(monday, simulator.observe())).toBe(false);
    settle(simulator, monday);
    expect(isRolled(monday, simulator.observe())).toBe(true);
    const restarts = simulator.records.restarts.length;
    expect(restarts).toBe(6);
    settle(simulator, rolling('monday', true));
    expect(simulator.records.restarts).toHaveLength(restarts);
    settle(simulator, rolling('tuesday'));
    expect(simulator.records.restarts).toHaveLength(2 * restarts);
  });

  it('is not done while nobody asked for it', () => {
    expect(isRolled(stackWith(), runningStack(stackWith()).observe())).toBe(false);
  });
});
