// Tests of what is read out of raw objects: which pods are ready, stopped or stuck.
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../kubernetes.ts';
import { setViews, whyUnschedulable } from './view.ts';

const unready = { type: 'Ready', status: 'False', lastTransitionTime: '2026-01-01T12:00:00Z' };
const running = [{ name: 'elasticsearch', state: { running: {} } }];
const waiting = (reason: string) => [{ name: 'elasticsearch', state: { waiting: { reason } } }];

function viewOf(
  status: Record<string, unknown>,
  takenAt = '2026-01-01T12:00:30Z',
  metadata: Record<string, unknown> = {},
) {
  const set: KubeObject = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'logs-es-data', uid: 'set-1', generation: 1 },
    spec: { replicas: 1 },
    status: { observedGeneration: 1, currentRevision: 'r1', updateRevision: 'r1' },
  };
  const pod: KubeObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'logs-es-data-0',
      labels: { 'controller-revision-hash': 'r1' },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'logs-es-data', uid: 'set-1' }],
      creationTimestamp: '2025-01-01T00:00:00Z',
      ...metadata,
    },
    status,
  };
  const cluster = { answered: false, code: 'EsTimeout', message: '' } as const;
  const [view] = setViews({ takenAt, objects: [set, pod], secrets: [], recordedUuid: undefined, cluster });
  return view?.pods[0];
}

describe('a pod', () => {
  it.each([
    [
      'is ready',
      { conditions: [{ type: 'Ready', status: 'True' }], containerStatuses: running },
      { ready: true, stopped: false, stuck: false },
    ],
    [
      'is ready, though something else of it is not',
      {
        conditions: [
          { type: 'example.test/Warmed', status: 'False' },
          { type: 'Ready', status: 'True' },
        ],
        containerStatuses: running,
      },
      { ready: true, stopped: false, stuck: false },
    ],
    [
      'is starting',
      { conditions: [unready], containerStatuses: waiting('ContainerCreating') },
      { ready: false, stopped: true, stuck: false },
    ],
    [
      'runs, but is not ready',
      { conditions: [unready], containerStatuses: running },
      { ready: false, stopped: false, stuck: false },
    ],
    [
      'fails again and again',
      { conditions: [unready], containerStatuses: waiting('CrashLoopBackOff') },
      { stopped: true, stuck: true },
    ],
    [
      'has an image that is not there',
      { conditions: [unready], containerStatuses: waiting('ErrImagePull') },
      { stopped: true, stuck: true },
    ],
    [
      'lacks a Secret',
      { conditions: [unready], containerStatuses: waiting('CreateContainerConfigError') },
      { stuck: true },
    ],
    [
      'fits on no node',
      { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }] },
      { stopped: true, stuck: true },
    ],
    [
      'fails before its start',
      { conditions: [unready], initContainerStatuses: waiting('CrashLoopBackOff') },
      { stopped: true, stuck: true },
    ],
    [
      'has its place and all else, but is not ready',
      {
        conditions: [
          { type: 'Initialized', status: 'True', lastTransitionTime: '2026-01-01T11:00:00Z' },
          { type: 'ContainersReady', status: 'True' },
          unready,
          { type: 'PodScheduled', status: 'True' },
        ],
        containerStatuses: running,
      },
      { ready: false, stopped: false, stuck: false },
    ],
  ])('that %s', (_name, status, expected) => {
    const takenAt = status.conditions[0]?.type === 'PodScheduled' ? '2025-01-01T00:00:30Z' : '2026-01-01T12:00:30Z';
    expect(viewOf(status, takenAt)).toMatchObject(expected);
  });

  it('that is not ready for ten minutes is stuck, however old it is', () => {
    const status = { conditions: [unready], containerStatuses: running };
    expect(viewOf(status, '2026-01-01T12:09:59.000Z')?.stuck).toBe(false);
    expect(viewOf(status, '2026-01-01T12:10:00.001Z')?.stuck).toBe(true);
  });

  it('that is leaving is not ready', () => {
    const status = { conditions: [{ type: 'Ready', status: 'True' }], containerStatuses: running };
    const leaving = { deletionTimestamp: '2026-01-01T12:00:00Z' };
    expect(viewOf(status, undefined, leaving)).toMatchObject({ ready: false, terminating: true });
  });

  it('is one of its StatefulSet, whoever else owns it', () => {
    const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'logs-es-data', uid: 'set-1' };
    const other = { apiVersion: 'example.test/v1', kind: 'Watcher', name: 'all', uid: 'other' };
    expect(viewOf({}, undefined, { ownerReferences: [other, owner] })?.name).toBe('logs-es-data-0');
    expect(viewOf({}, undefined, { ownerReferences: [other] })).toBeUndefined();
  });

  it("that has no place tells why in the scheduler's words, whatever else is said of it", () => {
    const conditions = [
      { ...unready, message: 'containers with unready status' },
      { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'Insufficient memory.' },
    ];
    const object: KubeObject = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, status: { conditions } };
    expect(whyUnschedulable(object)).toBe('Insufficient memory.');
  });
});

describe('a StatefulSet', () => {
  /** One of these pods, each as the revision that it is of and whether it ends. */
  function setOf(spec: Record<string, unknown>, pods: readonly (readonly [revision: string, ends: boolean])[]) {
    const set: KubeObject = {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'logs-es-data', uid: 'set-1', generation: 1 },
      spec: { replicas: pods.length, ...spec },
      status: { observedGeneration: 1, currentRevision: 'before', updateRevision: 'newest' },
    };
    const objects = pods.map(([revision, ends], ordinal): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: `logs-es-data-${ordinal}`,
        labels: { 'controller-revision-hash': revision },
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'logs-es-data', uid: 'set-1' }],
        ...(ends ? { deletionTimestamp: '2026-01-01T12:00:00Z' } : {}),
      },
    }));
    const cluster = { answered: false, code: 'EsTimeout', message: '' } as const;
    const takenAt = '2026-01-01T12:00:30Z';
    const [view] = setViews({ takenAt, objects: [set, ...objects], secrets: [], recordedUuid: undefined, cluster });
    return view;
  }

  it('tells of each pod whether its template is an older one, and whether it was given up', () => {
    const pods = ['newest', 'before', 'tried'].map((revision) => [revision, false] as const);
    expect(setOf({}, pods)?.pods.map(({ ordinal, outdated, abandoned }) => [ordinal, outdated, abandoned])).toEqual([
      [2, true, true],
      [1, true, false],
      [0, false, false],
    ]);
  });

  it('is complete when no pod ends', () => {
    expect(
      setOf({}, [
        ['newest', false],
        ['newest', false],
      ])?.complete,
    ).toBe(true);
    expect(
      setOf({}, [
        ['newest', true],
        ['newest', false],
      ])?.complete,
    ).toBe(false);
  });

  it('whose window is open gives its newest template to every pod', () => {
    const window = { updateStrategy: { type: 'OnDelete' } };
    expect(setOf(window, [['before', false]])).toMatchObject({ onDelete: true, partition: 0 });
  });
});
