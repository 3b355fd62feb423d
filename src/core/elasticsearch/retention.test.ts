// Tests that `volumes.whenDeleted` reaches every StatefulSet at once, whatever else waits or is refused.
import { describe, expect, it } from 'vitest';
import type { ResolvedStack } from '../stack.ts';
import { StackModel } from './model.testing.ts';
import { plan } from './plan.ts';
import { badConfig, settle, stackWith, step, templates } from './plan.testing.ts';

type WhenDeleted = ResolvedStack['volumes']['whenDeleted'];
const keeping = (stack: ResolvedStack, whenDeleted: WhenDeleted): ResolvedStack => ({
  ...stack,
  volumes: { ...stack.volumes, whenDeleted },
});
const specs = (model: StackModel) =>
  [...model.sets.values()].map(({ object }) => object['spec'] as Record<string, unknown>);
const policies = (model: StackModel) =>
  specs(model).map((spec) => (spec['persistentVolumeClaimRetentionPolicy'] as { whenDeleted: string }).whenDeleted);
const warm = { pools: [{ name: 'warm', roles: ['data_warm' as const], replicas: 1 }] };

describe('volumes.whenDeleted', () => {
  it('reaches all pools in one look: held back, failing, and no longer in the spec; nothing else changes', () => {
    const model = new StackModel();
    settle(model, keeping(stackWith(warm), 'Delete'));
    settle(model, keeping(stackWith({ ...warm, config: badConfig }), 'Delete'));
    expect(new Set(policies(model))).toEqual(new Set(['Delete']));
    const before = specs(model);
    const others = { config: { ...badConfig, 'indices.memory.index_buffer_size': '20%' } };
    const planned = plan(keeping(stackWith(others), 'Retain'), model.observe(), templates);
    for (const action of planned.actions.slice(0, model.sets.size)) model.take(action);
    expect(policies(model)).toEqual(['Retain', 'Retain', 'Retain', 'Retain']);
    const persistentVolumeClaimRetentionPolicy = { whenDeleted: 'Retain', whenScaled: 'Retain' };
    expect(specs(model)).toEqual(before.map((spec) => ({ ...spec, persistentVolumeClaimRetentionPolicy })));
  });

  it('reaches them also while volumes and cluster contradict each other', () => {
    const model = new StackModel();
    settle(model, keeping(stackWith(), 'Delete'));
    const observed = model.observe();
    const cluster = observed.cluster.answered ? { ...observed.cluster, uuid: 'other' } : observed.cluster;
    const { actions, refusals } = plan(keeping(stackWith(), 'Retain'), { ...observed, cluster }, templates);
    expect(refusals).toMatchObject([{ rule: 'ForeignClusterData' }]);
    expect(actions.map((action) => action.kind)).toEqual(['apply', 'apply', 'apply']);
  });

  it('restarts no pod, and comes to rest', () => {
    const model = new StackModel();
    settle(model, keeping(stackWith(), 'Delete'));
    step(model, keeping(stackWith(), 'Retain'));
    settle(model, keeping(stackWith(), 'Retain'));
    expect(model.restarts).toEqual([]);
  });
});
