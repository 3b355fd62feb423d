// For tests of whole changes on the simulator: stacks of so many nodes, changes under writes, and what must hold after each.
import { expect } from 'vitest';
import type { Simulator } from '../../simulator/simulator.ts';
import { settle, step } from '../../simulator/simulator.testing.ts';
import type { ResolvedStack } from '../stack.ts';
import type { ElasticsearchPlan } from './plan.ts';
import { ready, stackWith } from './plan.testing.ts';

export const dataNodes = (replicas: number): ResolvedStack => stackWith({ data: { replicas } });
export const masters = (replicas: number): ResolvedStack => stackWith({ master: { replicas } });

/** Nothing was lost or put at risk by the operator, and nothing of it is left behind. */
export function expectClean(simulator: Simulator, planned: ElasticsearchPlan): void {
  const { quorumLosses, lastCopyLosses, dataLosses } = simulator.records;
  const byOperator = <T extends { readonly cause: string }>(losses: readonly T[]) =>
    losses.filter((loss) => loss.cause === 'operator');
  expect({ quorumLosses: byOperator(quorumLosses), lastCopyLosses: byOperator(lastCopyLosses), dataLosses }).toEqual({
    quorumLosses: [],
    lastCopyLosses: [],
    dataLosses: [],
  });
  expect(ready(planned)).toMatchObject({ status: 'True' });
  const { cluster } = simulator.observe();
  expect(cluster).toMatchObject({
    answered: true,
    settings: { excludedNames: [], marks: {} },
    voting: { excluded: [] },
  });
}

/** Writes all the time while a change goes on. */
export function settleUnderWrites(simulator: Simulator, stack: ResolvedStack, rounds = 60): ElasticsearchPlan {
  for (let round = 0; round < rounds; round += 1) {
    simulator.elasticsearch.write('logs-app-default', 50);
    if (round % 10 === 5) simulator.elasticsearch.rollOver('logs-app-default');
    step(simulator, stack);
    simulator.tick();
  }
  return settle(simulator, stack);
}

export const pods = (simulator: Simulator): readonly string[] => [...simulator.pods.keys()].toSorted();
export const claims = (simulator: Simulator): readonly string[] =>
  [...simulator.kubernetes.objects.keys()]
    .filter((key) => key.startsWith('PersistentVolumeClaim/'))
    .map((key) => key.replace('PersistentVolumeClaim/data-', ''))
    .toSorted();
export const removals = (simulator: Simulator): readonly string[] =>
  simulator.records.removals.map((removal) => removal.pod);
