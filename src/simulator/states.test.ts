// States of a stack that are no plain growth or roll, on the simulator: masters that never come back, tiers of different sizes, topologies. Failure rows are named by their ids.
import { describe, expect, it } from 'vitest';
import { ready, stackWith } from '../core/elasticsearch/plan.testing.ts';
import type { ResolvedStack } from '../core/stack.ts';
import type { Simulator } from './simulator.ts';
import { runningStack, settle, step } from './simulator.testing.ts';

/** Looks, acts and writes for so many ticks. */
function live(simulator: Simulator, stack: ResolvedStack, ticks: number): void {
  for (let tick = 0; tick < ticks; tick += 1) {
    simulator.elasticsearch.write('logs-app-default', 10);
    step(simulator, stack);
    simulator.tick();
  }
}

/** The stack is ready, nothing of the operator's is left in it, and nothing was lost on the way by its doing. */
function expectWell(simulator: Simulator, stack: ResolvedStack): void {
  expect(ready(settle(simulator, stack))).toMatchObject({ status: 'True' });
  expect(simulator.observe().cluster).toMatchObject({
    health: { status: 'green' },
    settings: { excludedNames: [], marks: {} },
    voting: { excluded: [] },
  });
  const { quorumLosses, lastCopyLosses, dataLosses } = simulator.records;
  expect(quorumLosses.filter(({ cause, voters }) => cause === 'operator' && voters > 1)).toEqual([]);
  expect(lastCopyLosses.filter(({ cause }) => cause === 'operator')).toEqual([]);
  expect(dataLosses).toEqual([]);
}

const voters = (simulator: Simulator): readonly string[] => {
  const { cluster } = simulator.observe();
  return cluster.answered ? cluster.voting.configuration : [];
};

describe('masters 3 to 1', () => {
  it.each(['logs-es-master-1', 'logs-es-master-2'])(
    '[masters-3-1-3] with one that never comes back (%s): it goes, and the last one rules alone',
    (dead) => {
      const simulator = runningStack(stackWith());
      simulator.crash(dead);
      live(simulator, stackWith(), 5);
      const one = stackWith({ master: { replicas: 1 } });
      live(simulator, one, 60);
      expectWell(simulator, one);
      expect(voters(simulator)).toEqual(['logs-es-master-0']);
      live(simulator, stackWith(), 40);
      expectWell(simulator, stackWith());
      expect(voters(simulator)).toHaveLength(3);
    },
  );

  it('[masters-3-1-3] with the one that is to stay away, none goes', () => {
    const simulator = runningStack(stackWith());
    simulator.crash('logs-es-master-0');
    live(simulator, stackWith({ master: { replicas: 1 } }), 40);
    expect(simulator.records.removals).toEqual([]);
    expect(simulator.observe().cluster).toMatchObject({ answered: true });
  });
});

describe('[redundancy-tier] copies in tiers of different sizes', () => {
  const withWarm = (replicas: number) => stackWith({ pools: [{ name: 'warm', roles: ['data_warm'], replicas }] });
  const copiesOf = (simulator: Simulator, name: string): number | undefined => {
    const { cluster } = simulator.observe({ detail: true });
    return cluster.answered ? cluster.detail?.indices.find((index) => index.name === name)?.replicas : undefined;
  };

  it('an index keeps what its tier can hold: fewer in a small one, more again when that has grown', () => {
    const simulator = runningStack(withWarm(1));
    const old = simulator.elasticsearch.rollOver('logs-app-default');
    const [first = ''] = [...(simulator.elasticsearch.cluster?.indices.keys() ?? [])];
    simulator.take({ kind: 'setTierPreference', indices: [first], tiers: ['data_warm', 'data_hot'] });
    expectWell(simulator, withWarm(1));
    expect([copiesOf(simulator, first), copiesOf(simulator, old.name)]).toEqual([0, 1]);
    expectWell(simulator, withWarm(2));
    expect([copiesOf(simulator, first), copiesOf(simulator, old.name)]).toEqual([1, 1]);
    expectWell(simulator, withWarm(1));
    expect([copiesOf(simulator, first), copiesOf(simulator, old.name)]).toEqual([0, 1]);
    expectWell(simulator, stackWith());
    expect([copiesOf(simulator, first), copiesOf(simulator, old.name)]).toEqual([1, 1]);
  });
});
