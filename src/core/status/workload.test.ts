// Tests of reading roll-out progress: only a workload whose controller has seen the newest generation can be complete.
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../kubernetes.ts';
import { workloadFinding, workloadProgress } from './workload.ts';

const workload = (kind: string, status: object, generation = 2): KubeObject => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name: 'x', generation },
  status,
});

const done = { observedGeneration: 2, replicas: 2, readyReplicas: 2, updatedReplicas: 2 };

describe('workloadProgress', () => {
  it.each([
    ['a Deployment that is done', workload('Deployment', done), true],
    [
      'one whose controller has not seen the newest generation',
      workload('Deployment', { ...done, observedGeneration: 1 }),
      false,
    ],
    ['one with an old pod left', workload('Deployment', { ...done, replicas: 3 }), false],
    ['one with a pod that is not ready', workload('StatefulSet', { ...done, readyReplicas: 1 }), false],
    ['one with a pod of the old template', workload('StatefulSet', { ...done, updatedReplicas: 1 }), false],
    ['one without any status', workload('StatefulSet', {}), false],
    ['one that is not there', undefined, false],
    [
      'a DaemonSet that is done',
      workload('DaemonSet', {
        observedGeneration: 2,
        desiredNumberScheduled: 3,
        numberReady: 3,
        updatedNumberScheduled: 3,
      }),
      true,
    ],
    [
      'a DaemonSet with an old pod',
      workload('DaemonSet', {
        observedGeneration: 2,
        desiredNumberScheduled: 3,
        numberReady: 3,
        updatedNumberScheduled: 2,
      }),
      false,
    ],
  ])('%s', (_name, live, complete) => {
    expect(workloadProgress(live, 2).complete).toBe(complete);
  });
});

describe('workloadFinding', () => {
  const progress = { desired: 1, ready: 1, complete: true };
  const refusal = (rule: string) => ({ rule, subject: 'Service/x', message: 'It is so.', remedy: 'Change it.' });

  it('names what prevents the component before everything else', () => {
    const plan = { refusals: [refusal('ForeignObject')], missingSecrets: ['s'] };
    expect(workloadFinding('KibanaReady', progress, plan)).toMatchObject({ status: 'False', reason: 'ForeignObject' });
  });

  it('is ready though an edit is refused', () => {
    const plan = { refusals: [refusal('QueueResizeRefused')], missingSecrets: [] };
    expect(workloadFinding('LogstashReady', progress, plan)).toMatchObject({ status: 'True' });
  });

  it('is not ready at a version that is not its last, and says what it waits for besides how far its pods are', () => {
    const plan = { refusals: [], missingSecrets: [] };
    expect(workloadFinding('LogstashReady', progress, plan, 'It waits.')).toMatchObject({
      status: 'False',
      reason: 'WaitingForTurn',
      message: '1 of 1 pods are ready. It waits.',
    });
    expect(workloadFinding('LogstashReady', progress, { ...plan, missingSecrets: ['s'] }, 'It waits.')).toMatchObject({
      reason: 'WaitingForSecrets',
    });
  });

  it('of a new stack waits for what that begins with before anything else', () => {
    const plan = { refusals: [], missingSecrets: ['s'], awaited: 'No logs are taken in yet.' };
    expect(workloadFinding('LogstashReady', progress, plan)).toMatchObject({
      status: 'False',
      reason: 'WaitingForRestore',
      message: 'No logs are taken in yet.',
    });
  });

  it('says which Secret it waits for', () => {
    const plan = { refusals: [], missingSecrets: ['logs-ls-api-key'] };
    expect(workloadFinding('LogstashReady', progress, plan)).toMatchObject({
      status: 'False',
      reason: 'WaitingForSecrets',
      message: 'Waiting for Secret logs-ls-api-key.',
    });
  });
});
