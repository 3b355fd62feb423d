// Tests of a look as every component takes it: what is said of one that fails.
import { describe, expect, it } from 'vitest';
import type { SharedStatus } from '../core/status/conditions.ts';
import { EsFault } from '../elasticsearch/faults.ts';
import { Fault } from '../kube/errors.ts';
import { type Component, reconciler } from './framework.ts';
import { operatorStandIn, stackObjects } from './operator.testing.ts';

const never = new AbortController().signal;

function scene(reconcile: Component['reconcile']) {
  const standing: SharedStatus = {
    conditions: [
      {
        type: 'Other',
        status: 'True',
        reason: 'Good',
        message: 'It is.',
        observedGeneration: 0,
        lastTransitionTime: '2026-01-01T00:00:00Z',
      },
    ],
  };
  const objects = stackObjects().map((one) => (one.kind === 'LoggingStack' ? { ...one, status: standing } : one));
  const operator = operatorStandIn(objects);
  const component: Component = {
    name: 'kibana',
    conditions: ['KibanaReady', 'Other'],
    sections: [],
    reconcile,
  };
  return { operator, standing, run: () => reconciler(component, operator.runtime)('team/logs', never) };
}

describe('a look that fails', () => {
  it('says so, and leaves the other conditions of the generation that they are about', async () => {
    const { operator, standing, run } = scene(() => Promise.reject(new Fault('Forbidden', 'no')));
    await expect(run()).rejects.toThrow('no');
    const { conditions } = operator.statuses[0]?.['status'] as SharedStatus;
    expect(conditions?.[0]).toMatchObject({ type: 'KibanaReady', status: 'False', observedGeneration: 1 });
    expect(conditions?.[1]).toEqual(standing.conditions?.[0]);
  });

  it.each([new Fault('Conflict', 'test'), new EsFault('EsAborted', 'test')])('is no news by $code', async (fault) => {
    const { operator, run } = scene(() => Promise.reject(fault));
    await expect(run()).rejects.toBe(fault);
    expect(operator.statuses).toEqual([]);
  });

  it('is what is told of when its report fails, too', async () => {
    const { operator, run } = scene(() => Promise.reject(new Fault('Forbidden', 'first')));
    operator.runtime.client.applyStatus = () => Promise.reject(new Fault('Unreachable', 'second'));
    await expect(run()).rejects.toThrow('first');
    expect(operator.log.lines).toMatchObject([{ level: 'warn', fields: { error: 'Fault: second' } }]);
  });
});

describe('a change', () => {
  it('of an object that went before it could be made is tried again, and is no news', async () => {
    const { operator, run } = scene(async ({ act }, signal) => {
      const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'gone', namespace: 'team' } };
      await act([{ kind: 'apply', object, fieldManager: 'test' }], signal);
      return { findings: [], refusals: [], section: {} };
    });
    await expect(run()).rejects.toMatchObject({ code: 'Conflict' });
    expect(operator.statuses).toEqual([]);
  });
});
