// Tests of the rule for settings that keep shards from moving, alone. Through the planner: ../allocation-off.test.ts.
import { describe, expect, it } from 'vitest';
import type { ClusterSettings } from '../observed.ts';
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
