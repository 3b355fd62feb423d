// Tests of claims that somebody deletes, through the planner on the simulator: no restart loses a volume.
import { describe, expect, it } from 'vitest';
import type { Simulator } from '../../simulator/simulator.ts';
import { restarted, runningStack, settle, step } from '../../simulator/simulator.testing.ts';
import type { ResolvedStack } from '../stack.ts';
import { changedConfig, stackWith } from './plan.testing.ts';
import { expectClean } from './sequences.testing.ts';

describe('somebody deletes claims of nodes that run', () => {
  const usual = stackWith({ data: { replicas: 3 } });
  const rolled = stackWith({ data: { replicas: 3 }, config: changedConfig });

  function deleteClaims(simulator: Simulator, of: RegExp): void {
    for (const object of simulator.kubernetes.objects.values())
      if (object.kind === 'PersistentVolumeClaim' && of.test(object.metadata.name))
        simulator.take(
          {
            kind: 'delete',
            reference: { apiVersion: 'v1', kind: object.kind, name: object.metadata.name },
            uid: object.metadata.uid ?? '',
            resourceVersion: object.metadata.resourceVersion ?? '',
          },
          'user',
        );
  }

  it('of all: no pod is restarted, and each is named, whether something is to be rolled or not', () => {
    const simulator = runningStack(usual);
    deleteClaims(simulator, /./);
    const subjects = (stack: ResolvedStack) =>
      new Set(
        settle(simulator, stack).refusals.flatMap(({ rule, subject }) => (rule === 'VolumeGoing' ? subject : [])),
      );
    const all = new Set([...simulator.pods.keys()].map((name) => `Pod/${name}`));
    expect(subjects(usual)).toEqual(all);
    expect(subjects(rolled)).toEqual(all);
    expect(restarted(simulator)).toEqual([]);
    expect(simulator.records.dataLosses).toEqual([]);
  });

  it('of one: the others are rolled, and it follows when it was replaced as its annotation asks', () => {
    const simulator = runningStack(usual);
    deleteClaims(simulator, /logs-es-data-1$/);
    const before = simulator.pods.get('logs-es-data-1');
    settle(simulator, rolled);
    expect(restarted(simulator)).not.toContain('logs-es-data-1');
    expect(restarted(simulator)).toContain('logs-es-data-0');
    const claim = simulator.kubernetes.objects.get('PersistentVolumeClaim/data-logs-es-data-1');
    const target = `${claim?.metadata.uid ?? ''}/${before?.uid ?? ''}`;
    const replaceNode = { value: 'logs-es-data-1', done: false, target };
    const asked: ResolvedStack = { ...rolled, requests: { ...rolled.requests, replaceNode } };
    expect(step(simulator, asked).refusals.map(({ rule }) => rule)).not.toContain('VolumeGoing');
    expectClean(simulator, settle(simulator, asked));
    expect(simulator.pods.get('logs-es-data-1')?.uid).not.toBe(before?.uid);
  });
});
