// Tests of the rule for settings that keep shards from moving: alone, and through the planner on the simulator.
import { describe, expect, it } from 'vitest';
import { runningStack, settle, step } from '../../../simulator/simulator.testing.ts';
import type { ClusterSettings } from '../observed.ts';
import { dataNodes, expectClean, pods } from '../sequences.testing.ts';
import { hot, leavingOf, liveSet, situation, type SituationFacts } from '../situation.testing.ts';
import { allocationOff } from './drain-allocation.ts';

const restart = 'logs-es-data-1 uid-1 2026-01-01T00:00:00Z copies';

const judge = (settings: Partial<ClusterSettings>, facts: SituationFacts = {}) => {
  const made = situation({ ...facts, settings });
  return allocationOff(made, leavingOf(made)).map(({ rule, message }) => [rule, message]);
};

describe('[drain-impossible] allocation', () => {
  it.each<[string, Partial<ClusterSettings>, string | undefined]>([
    ['of nobody', {}, undefined],
    ['of all', { allocationEnable: 'all' }, undefined],
    [
      'of primaries only',
      { allocationEnable: 'primaries' },
      'persistent setting cluster.routing.allocation.enable is primaries',
    ],
    ['of nothing', { allocationEnable: 'none' }, 'enable is none'],
    ['that the operator holds for a restart', { allocationEnable: 'primaries', marks: { restart } }, undefined],
    [
      'that somebody switched off beside that',
      { allocationEnable: 'primaries', marks: { restart }, transient: { allocationEnable: 'none' } },
      'transient setting cluster.routing.allocation.enable is none',
    ],
    [
      'that is on by a transient setting',
      { allocationEnable: 'none', transient: { allocationEnable: 'all' } },
      undefined,
    ],
    [
      'with a transient list of others',
      { transient: { excludedNames: ['old-node'] } },
      'exclude._name is old-node and overrules',
    ],
    ['with a transient list that has the node', { transient: { excludedNames: ['logs-es-data-*'] } }, undefined],
  ])('%s', (_name, settings, said) => {
    const refusals = judge(settings);
    expect(refusals).toHaveLength(said === undefined ? 0 : 1);
    if (said === undefined) return;
    expect(refusals[0]?.[0]).toBe('AllocationOff');
    expect(refusals[0]?.[1]).toContain(said);
  });

  it('that is off does not hold nodes that hold nothing', () => {
    expect(judge({ allocationEnable: 'none' }, { sets: [liveSet('data', 3, hot, [2])] })).toEqual([]);
  });
});

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
