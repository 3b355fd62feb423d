// Tests that `volumes.whenDeleted` reaches every StatefulSet at once, whatever else waits or is refused.
import { describe, expect, it } from 'vitest';
import type { Simulator } from '../../simulator/simulator.ts';
import { restarted, settle, startedStack, step } from '../../simulator/simulator.testing.ts';
import type { ResolvedStack } from '../stack.ts';
import { plan } from './plan.ts';
import { badConfig, stackWith, templates } from './plan.testing.ts';

type WhenDeleted = ResolvedStack['volumes']['whenDeleted'];
const keeping = (stack: ResolvedStack, whenDeleted: WhenDeleted): ResolvedStack => ({
  ...stack,
  volumes: { ...stack.volumes, whenDeleted },
});
const specs = (simulator: Simulator) =>
  [...simulator.kubernetes.sets.values()].map(({ object }) => object['spec'] as Record<string, unknown>);
const policies = (simulator: Simulator) =>
  specs(simulator).map((spec) => (spec['persistentVolumeClaimRetentionPolicy'] as { whenDeleted: string }).whenDeleted);
const warm = { pools: [{ name: 'warm', roles: ['data_warm' as const], replicas: 1 }] };

describe('volumes.whenDeleted', () => {
  it('reaches all pools in one look: held back, failing, and no longer in the spec; nothing else changes', () => {
    const simulator = startedStack(keeping(stackWith(warm), 'Delete'));
    settle(simulator, keeping(stackWith({ ...warm, config: badConfig }), 'Delete'));
    expect(new Set(policies(simulator))).toEqual(new Set(['Delete']));
    const before = specs(simulator);
    const others = { config: { ...badConfig, 'indices.memory.index_buffer_size': '20%' } };
    const planned = plan(keeping(stackWith(others), 'Retain'), simulator.observe(), templates);
    for (const action of planned.actions.slice(0, simulator.kubernetes.sets.size)) simulator.take(action);
    expect(policies(simulator)).toEqual(['Retain', 'Retain', 'Retain', 'Retain']);
    const persistentVolumeClaimRetentionPolicy = { whenDeleted: 'Retain', whenScaled: 'Retain' };
    expect(specs(simulator)).toEqual(before.map((spec) => ({ ...spec, persistentVolumeClaimRetentionPolicy })));
  });

  it('reaches them also while volumes and cluster contradict each other', () => {
    const simulator = startedStack(keeping(stackWith(), 'Delete'));
    const observed = simulator.observe();
    const cluster = observed.cluster.answered ? { ...observed.cluster, uuid: 'other' } : observed.cluster;
    const { actions, refusals } = plan(keeping(stackWith(), 'Retain'), { ...observed, cluster }, templates);
    expect(refusals).toMatchObject([{ rule: 'ForeignClusterData' }]);
    expect(actions.map((action) => action.kind)).toEqual(['apply', 'apply', 'apply']);
    const { namespace } = observed.objects.find(({ kind }) => kind === 'StatefulSet')?.metadata ?? {};
    const written = actions.flatMap((action) => (action.kind === 'apply' ? [action.object.metadata] : []));
    expect(written).toEqual(['data', 'ingest', 'master'].map((pool) => ({ name: `logs-es-${pool}`, namespace })));
  });

  it.each([
    ['Delete', ['Delete', 'Delete', 'Delete', 'Delete']],
    ['Retain', ['Delete', 'Delete', 'Delete', 'Retain']],
  ] as const)(
    'counts for a pool that leaves where volumes.whenScaled is Delete as well: %s',
    (whenScaled, expected) => {
      const wanted = (stack: ResolvedStack, whenDeleted: WhenDeleted) => ({
        ...stack,
        volumes: { whenDeleted, whenScaled },
      });
      const simulator = startedStack(wanted(stackWith(warm), 'Retain'));
      step(simulator, wanted(stackWith(), 'Delete'));
      expect(policies(simulator).toSorted()).toEqual(expected);
    },
  );

  it('restarts no pod, and comes to rest', () => {
    const simulator = startedStack(keeping(stackWith(), 'Delete'));
    step(simulator, keeping(stackWith(), 'Retain'));
    settle(simulator, keeping(stackWith(), 'Retain'));
    expect(restarted(simulator)).toEqual([]);
  });
});
