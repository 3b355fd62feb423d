// Tests of drains beside what else happens to their nodes, on the simulator: nodes that are away for a moment, and copies while several leave.
import { describe, expect, it } from 'vitest';
import type { Simulator } from '../../simulator/simulator.ts';
import { runningStack, settle, step } from '../../simulator/simulator.testing.ts';
import type { ResolvedStack } from '../stack.ts';
import { stackWith } from './plan.testing.ts';
import { claims, dataNodes, expectClean, pods, removals } from './sequences.testing.ts';

const live = (simulator: Simulator, stack: ResolvedStack, ticks: number): void => {
  for (let tick = 0; tick < ticks; tick += 1) {
    step(simulator, stack);
    simulator.tick();
  }
};

/** Indices with so many bytes that a drain takes a while. */
function filled(nodes: number): Simulator {
  const simulator = runningStack(dataNodes(nodes));
  for (let index = 0; index < 6; index += 1) {
    simulator.elasticsearch.rollOver('logs-app-default');
    simulator.elasticsearch.write('logs-app-default', 1500, 1024 ** 2);
  }
  settle(simulator, dataNodes(nodes));
  return simulator;
}

const copiesOf = (simulator: Simulator): ReadonlySet<number> =>
  new Set([...(simulator.elasticsearch.cluster?.indices.values() ?? [])].map(({ replicas }) => replicas));

describe('[drain-stale] a node that leaves and is away for a moment', () => {
  it.each([0, 3, 6, 9, 12])('is not taken away with its copies %i ticks after the edit', (ticks) => {
    const simulator = filled(3);
    live(simulator, dataNodes(2), ticks);
    simulator.evict('logs-es-data-2');
    expectClean(simulator, settle(simulator, dataNodes(2)));
    expect(simulator.records.neededVolumes).toEqual([]);
    expect(claims(simulator)).toEqual(pods(simulator));
  });

  it('goes, when it does not come back, after all copies were made elsewhere', () => {
    const simulator = filled(3);
    simulator.kubernetes.unschedulable.add('logs-es-data-2');
    simulator.evict('logs-es-data-2');
    live(simulator, dataNodes(2), 4);
    expect(pods(simulator)).toContain('logs-es-data-2');
    expectClean(simulator, settle(simulator, dataNodes(2)));
    expect(simulator.records.neededVolumes).toEqual([]);
    expect(pods(simulator)).not.toContain('logs-es-data-2');
  });
});

describe('[replicas-precheck] of three nodes that become one', () => {
  it('two keep a copy each while the third is drained, and as long as its look fails', () => {
    const simulator = filled(3);
    const one = dataNodes(1);
    live(simulator, one, 3);
    simulator.detailFails = true;
    live(simulator, one, 3);
    simulator.detailFails = false;
    live(simulator, one, 3);
    expect(removals(simulator)).toEqual([]);
    expect(copiesOf(simulator)).toEqual(new Set([1]));
    expectClean(simulator, settle(simulator, one));
    expect(copiesOf(simulator)).toEqual(new Set([0]));
    expect(removals(simulator)).toEqual(['logs-es-data-2', 'logs-es-data-1']);
  });

  it('the second keeps none when its disk has no room for it', () => {
    const simulator = filled(3);
    const { totalBytes } = simulator.elasticsearch.volume('data-logs-es-data-1', 0);
    simulator.fillDisk('logs-es-data-1', 0.84 * totalBytes);
    expectClean(simulator, settle(simulator, dataNodes(1)));
  });

  it('no copy waits for a node that is away for good', () => {
    const simulator = filled(3);
    live(simulator, dataNodes(1), 3);
    expect(copiesOf(simulator)).toEqual(new Set([1]));
    simulator.kubernetes.unschedulable.add('logs-es-data-1');
    simulator.evict('logs-es-data-1');
    expectClean(simulator, settle(simulator, dataNodes(1)));
  });
});

describe('[drain-impossible] an edit that is taken back when the node is going already', () => {
  it('keeps shards off it until the pod that was taken away has ended', () => {
    const simulator = runningStack(stackWith({ data: { replicas: 3 }, redundancy: 'None' }));
    const going = (): boolean => simulator.pods.get('logs-es-data-2')?.state === 'terminating';
    for (let tick = 0; tick < 60 && !going(); tick += 1) {
      live(simulator, stackWith({ data: { replicas: 2 }, redundancy: 'None' }), 1);
    }
    expect(going()).toBe(true);
    const three = stackWith({ data: { replicas: 3 }, redundancy: 'None' });
    step(simulator, three);
    step(simulator, three);
    expect(simulator.observe().cluster).toMatchObject({ settings: { excludedNames: ['logs-es-data-2'] } });
    expectClean(simulator, settle(simulator, three));
  });
});
