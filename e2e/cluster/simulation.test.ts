// The decisions of the storage provisioner and of the simulated nodes.
import { expect, test } from 'vitest';
import { decideClaim, isToBeRemoved } from './provisioner.ts';
import type { Claim, Volume } from './provisioner.ts';
import { aimFor, isReached, reachedStatus, readyAnnotation, requiredObjects } from './simulated-pods.ts';
import type { Pod } from './simulated-pods.ts';

const node = { 'volume.kubernetes.io/selected-node': 'node-1' };

function claim(spec: Partial<Claim['spec']>, annotations: Record<string, string> = {}): Claim {
  return {
    metadata: { name: 'data', namespace: 'logs', uid: 'u1', annotations },
    spec: {
      storageClassName: 'local',
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
      ...spec,
    },
  };
}

test('a local claim waits for its node, then gets a volume on it', () => {
  expect(decideClaim(claim({}), '/volumes')).toBeUndefined();
  const decision = decideClaim(claim({}, node), '/volumes');
  expect(decision).toMatchObject({
    volume: {
      directory: '/volumes/logs_data_u1',
      spec: { local: { path: '/volumes/logs_data_u1' }, claimRef: { uid: 'u1' } },
    },
  });
  expect(JSON.stringify(decision)).toContain('"values":["node-1"]');
});

test('a shared claim is served at once and from every node', () => {
  const decision = decideClaim(claim({ storageClassName: 'shared', accessModes: ['ReadWriteMany'] }), '/volumes');
  expect(decision).toMatchObject({ volume: { spec: { hostPath: { path: '/volumes/logs_data_u1' } } } });
  expect(JSON.stringify(decision)).not.toContain('nodeAffinity');
});

test('what a class cannot do is refused, what is not ours is left alone', () => {
  expect(decideClaim(claim({ accessModes: ['ReadWriteMany'] }, node), '/v')).toMatchObject({
    refusal: expect.stringContaining('shared') as string,
  });
  expect(decideClaim(claim({ volumeMode: 'Block' }, node), '/v')).toHaveProperty('refusal');
  expect(decideClaim(claim({ storageClassName: 'fast' }, node), '/v')).toBeUndefined();
  expect(decideClaim(claim({ volumeName: 'bound' }, node), '/v')).toBeUndefined();
});

test('only a released volume of ours that nobody keeps is removed', () => {
  const volume = (phase: string, policy: string, provisioner: string): Volume => ({
    metadata: { name: 'v', annotations: { 'pv.kubernetes.io/provisioned-by': provisioner } },
    spec: { persistentVolumeReclaimPolicy: policy },
    status: { phase },
  });
  const ours = 'loggingstack.dev/local-directory';
  expect(isToBeRemoved(volume('Released', 'Delete', ours))).toBe(true);
  expect(isToBeRemoved(volume('Bound', 'Delete', ours))).toBe(false);
  expect(isToBeRemoved(volume('Released', 'Retain', ours))).toBe(false);
  expect(isToBeRemoved(volume('Released', 'Delete', 'other'))).toBe(false);
});

const pod = (metadata: Partial<Pod['metadata']> = {}, spec: Partial<Pod['spec']> = {}): Pod => ({
  metadata: { name: 'web-0', namespace: 'logs', uid: 'u1', ...metadata },
  spec: { nodeName: 'simulated-0', containers: [{ name: 'web', image: 'web:1' }], ...spec },
});

test('a pod becomes Ready, stops being Ready when told, and goes when deleted', () => {
  expect(aimFor(pod())).toBe('ready');
  expect(aimFor(pod({ annotations: { [readyAnnotation]: 'false' } }))).toBe('not-ready');
  expect(aimFor(pod({ ownerReferences: [{ kind: 'Job', name: 'once' }] }))).toBe('succeeded');
  expect(aimFor(pod({ deletionTimestamp: '2026-11-22T00:00:00Z' }))).toBe('gone');
});

test('the status that is written is the one that counts as reached', () => {
  for (const aim of ['ready', 'not-ready', 'succeeded'] as const) {
    const status = reachedStatus(pod(), aim, '198.18.0.2', '198.18.254.1', '2026-11-22T00:00:00Z');
    expect(isReached({ ...pod(), status }, aim)).toBe(true);
  }
  expect(isReached(pod(), 'ready')).toBe(false);
  expect(isReached(pod(), 'gone')).toBe(false);
});

test('the scheduler’s condition is kept and times change only with the status', () => {
  const scheduled = { type: 'PodScheduled', status: 'True', lastTransitionTime: 'then' };
  const before = {
    ...pod(),
    status: { conditions: [scheduled, { type: 'Initialized', status: 'True', lastTransitionTime: 'then' }] },
  };
  const { conditions } = reachedStatus(before, 'ready', 'ip', 'ip', 'now') as { conditions: unknown[] };
  expect(conditions).toContainEqual(scheduled);
  expect(conditions).toContainEqual({ type: 'Initialized', status: 'True', lastTransitionTime: 'then' });
  expect(conditions).toContainEqual({ type: 'Ready', status: 'True', lastTransitionTime: 'now' });
});

test('required Secrets and ConfigMaps are found wherever a pod refers to them', () => {
  const spec: Partial<Pod['spec']> = {
    initContainers: [{ name: 'i', image: 'i', env: [{ valueFrom: { configMapKeyRef: { name: 'c1' } } }] }],
    containers: [
      {
        name: 'c',
        image: 'c',
        envFrom: [{ secretRef: { name: 's1' } }, { secretRef: { name: 'no', optional: true } }],
      },
    ],
    volumes: [
      { secret: { secretName: 's2' } },
      { secret: { secretName: 'no', optional: true } },
      { configMap: { name: 'c2' } },
      { projected: { sources: [{ secret: { name: 's3' } }, {}] } },
    ],
  };
  expect(
    requiredObjects(pod({}, spec))
      .map((path) => path.replace('/api/v1/namespaces/logs/', ''))
      .sort(),
  ).toEqual(['configmaps/c1', 'configmaps/c2', 'secrets/s1', 'secrets/s2', 'secrets/s3']);
});
