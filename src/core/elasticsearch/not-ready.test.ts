// Tests of the whole planner on looks made by hand, without a simulator: whatever is not ready, nothing is deleted because of it.
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../kubernetes.ts';
import { annotations } from '../names.ts';
import { untouched } from './look.testing.ts';
import type { ClusterLook, Observed } from './observed.ts';
import { plan } from './plan.ts';
import { ready, stackWith, templates } from './plan.testing.ts';

const uuid = 'uuid-1';
const revision = 'first';

type PodStatus = Readonly<Record<string, unknown>>;

interface SetSpec {
  readonly replicas: number;
  readonly template: { readonly metadata: { readonly labels: Readonly<Record<string, string>> } };
}

/** As the API server stores it, with the status of a StatefulSet whose pods are all of one template. */
function stored(object: KubeObject): KubeObject {
  const { kind, metadata } = object;
  const status = { observedGeneration: 1, currentRevision: revision, updateRevision: revision };
  return {
    ...object,
    metadata: { ...metadata, uid: `uid-${kind}-${metadata.name}`, resourceVersion: '1', generation: 1 },
    ...(kind === 'StatefulSet' ? { status } : {}),
  };
}

const claimOf = (pod: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: {
    name: `data-${pod}`,
    namespace: 'team',
    uid: `uid-claim-${pod}`,
    annotations: { [annotations.esVersion]: '9.4.3', [annotations.clusterUuid]: uuid },
  },
});

function podsOf(set: KubeObject, status: PodStatus): readonly KubeObject[] {
  const { replicas, template } = set['spec'] as SetSpec;
  const { name, namespace = '', uid = '' } = set.metadata;
  return Array.from({ length: replicas }, (_, ordinal) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${name}-${ordinal}`,
      namespace,
      uid: `uid-pod-${name}-${ordinal}`,
      resourceVersion: '1',
      labels: { ...template.metadata.labels, 'controller-revision-hash': revision },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name, uid }],
    },
    status,
  }));
}

const look = (objects: readonly KubeObject[], cluster: ClusterLook): Observed => ({
  takenAt: '2026-01-01T00:00:00Z',
  objects,
  secrets: ['logs-es-file-realm', 'logs-es-http-certs', 'logs-es-transport-certs'],
  recordedUuid: uuid,
  cluster,
});

const silent: ClusterLook = { answered: false, code: 'EsUnreachable', message: 'No connection.' };

/** A cluster that answers, and of which these nodes are members. */
const answering = (nodes: readonly string[]): ClusterLook => ({
  answered: true,
  uuid,
  health: { status: 'red', settled: true, initializing: 0, relocating: 0, unassigned: 9 },
  nodes: nodes.map((name) => ({ name, version: '9.4.3', roles: [] })),
  capabilities: { streamLifecycle: false, componentTemplates: [], matchOnlyText: false },
  indexTemplate: undefined,
  ...untouched,
});

/** All objects of a stack that was rolled out once, with its pods in this state. */
function rolledOut(status: PodStatus): readonly KubeObject[] {
  const masters = [0, 1, 2].map((ordinal) => claimOf(`logs-es-master-${ordinal}`));
  const { actions } = plan(stackWith(), look(masters, silent), templates);
  const made = actions.flatMap((action) => (action.kind === 'create' ? [stored(action.object)] : []));
  const pods = made.filter(({ kind }) => kind === 'StatefulSet').flatMap((set) => podsOf(set, status));
  return [...made, ...pods, ...pods.map(({ metadata }) => claimOf(metadata.name))];
}

const conditions = (type: string, reason?: string) => [{ type, status: 'False', ...(reason ? { reason } : {}) }];

describe('[destructive-self-heal] nothing is written to Kubernetes because pods', () => {
  it.each<[string, PodStatus]>([
    [
      'are not ready for a moment',
      { conditions: conditions('Ready'), containerStatuses: [{ state: { running: {} } }] },
    ],
    ['fail at each start', { containerStatuses: [{ state: { waiting: { reason: 'CrashLoopBackOff' } } }] }],
    ['are being started', { containerStatuses: [] }],
    ['are taken by no Kubernetes node', { conditions: conditions('PodScheduled', 'Unschedulable') }],
  ])('%s', (_name, status) => {
    const objects = rolledOut(status);
    expect(objects.filter(({ kind }) => kind === 'Pod')).toHaveLength(6);
    for (const cluster of [silent, answering([]), answering(['logs-es-master-0', 'logs-es-data-1'])]) {
      const planned = plan(stackWith(), look(objects, cluster), templates);
      const written = planned.actions.filter((action) => 'object' in action || 'reference' in action);
      expect(written).toEqual([]);
      expect(ready(planned)).toMatchObject({ status: 'False' });
    }
  });
});
