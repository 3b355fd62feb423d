// Tests of objects that have the names of this stack's and are another's: they are named and left alone.
import { describe, expect, it } from 'vitest';
import type { Simulator } from '../../simulator/simulator.ts';
import { startedStack } from '../../simulator/simulator.testing.ts';
import type { KubeObject } from '../kubernetes.ts';
import { labels } from '../names.ts';
import type { Observed } from './observed.ts';
import { plan } from './plan.ts';
import { changedConfig, ready, stackWith, templates } from './plan.testing.ts';

describe('ForeignObject', () => {
  /** The look in which an object lost its labels, or came from another operator. */
  const taken = (simulator: Simulator, isTaken: (object: KubeObject) => boolean): Observed => {
    const observed = simulator.observe();
    const changed = (object: KubeObject): KubeObject =>
      isTaken(object)
        ? {
            ...object,
            metadata: {
              ...object.metadata,
              labels: { ...object.metadata.labels, 'app.kubernetes.io/managed-by': 'another' },
            },
          }
        : object;
    return { ...observed, objects: observed.objects.map(changed) };
  };
  const ofData = (kind: string) => (object: KubeObject) =>
    object.kind === kind && object.metadata.labels?.[labels.pool] === 'data';

  it.each([stackWith(), stackWith({ config: changedConfig })])(
    'a StatefulSet that is not ours is named, its pods are never touched, and no pool after it has its turn',
    (stack) => {
      const simulator = startedStack(stackWith());
      for (const pod of simulator.pods.values()) if (pod.set === 'logs-es-data') simulator.crash(pod.name);
      const planned = plan(stack, taken(simulator, ofData('StatefulSet')), templates);
      expect(planned.actions).toEqual([]);
      expect(planned.refusals).toMatchObject([{ rule: 'ForeignObject', subject: 'StatefulSet/logs-es-data' }]);
      expect(ready(planned)).toMatchObject({ status: 'False', reason: 'ForeignObject' });
    },
  );

  it('nor does a pool start or roll on a ConfigMap that is not ours', () => {
    const simulator = startedStack(stackWith());
    const planned = plan(stackWith(), taken(simulator, ofData('ConfigMap')), templates);
    expect(planned.actions).toEqual([]);
    expect(planned.refusals).toMatchObject([{ rule: 'ForeignObject' }]);
    expect(ready(planned)).toMatchObject({ status: 'False', reason: 'ForeignObject' });
  });
});
