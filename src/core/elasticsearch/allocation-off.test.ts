// Tests of drains while settings of the cluster keep shards from moving, through the planner on the simulator.
import { describe, expect, it } from 'vitest';
import { runningStack, settle, step } from '../../simulator/simulator.testing.ts';
import { dataNodes, expectClean, pods } from './sequences.testing.ts';

describe('[drain-impossible] a user switches allocation off', () => {
  const enable = 'cluster.routing.allocation.enable';

  it('no drain begins, and it is told why; it begins when the setting is gone', () => {
    const simulator = runningStack(dataNodes(3));
    const { settings } = simulator.elasticsearch.cluster ?? {};
    settings?.set(enable, 'none');
    for (let tick = 0; tick < 5; tick += 1) {
      expect(step(simulator, dataNodes(2)).refusals).toMatchObject([{ rule: 'AllocationOff' }]);
      simulator.tick();
    }
    expect(simulator.observe().cluster).toMatchObject({ settings: { excludedNames: [], marks: {} } });
    settings?.delete(enable);
    expectClean(simulator, settle(simulator, dataNodes(2)));
    expect(pods(simulator)).not.toContain('logs-es-data-2');
  });

  it('a drain that has begun stands still, and it is told why', () => {
    const simulator = runningStack(dataNodes(3));
    for (let tick = 0; tick < 20 && !excluded(); tick += 1) {
      step(simulator, dataNodes(2));
      if (!excluded()) simulator.tick();
    }
    function excluded(): boolean {
      const { cluster } = simulator.observe();
      return cluster.answered && cluster.settings.excludedNames.length > 0;
    }
    simulator.elasticsearch.cluster?.settings.set(enable, 'none');
    simulator.tick();
    expect(step(simulator, dataNodes(2)).refusals).toMatchObject([{ rule: 'AllocationOff' }]);
  });
});
