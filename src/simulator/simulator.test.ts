// Tests of the simulator with the real planner on it: what the small model before it could show, and what its records say.
import { describe, expect, it } from 'vitest';
import { badConfig, changedConfig, ready, stackWith } from '../core/elasticsearch/plan.testing.ts';
import { Simulator } from './simulator.ts';
import { runningStack, settle, startedStack, step } from './simulator.testing.ts';

describe('a stack on the simulator', () => {
  it('forms one cluster of three voters, becomes ready and rests', () => {
    const simulator = new Simulator();
    expect(ready(settle(simulator, stackWith()))).toMatchObject({ status: 'True', reason: 'AllNodesJoined' });
    expect(simulator.elasticsearch.world.clusters.size).toBe(1);
    const { cluster } = simulator.observe();
    expect(cluster).toMatchObject({ answered: true, health: { status: 'green' } });
    expect(cluster.answered && cluster.voting.configuration.toSorted()).toEqual([
      'logs-es-master-0',
      'logs-es-master-1',
      'logs-es-master-2',
    ]);
    expect(cluster.answered && cluster.nodes.find((node) => node.name === 'logs-es-data-0')).toMatchObject({
      version: '9.4.3',
    });
  });

  it('a data stream gets the copies of the template, on the hot nodes', () => {
    const { cluster } = runningStack(stackWith()).observe({ detail: true });
    const shards = cluster.answered ? cluster.detail?.shards : undefined;
    expect(shards?.map((copy) => [copy.node, copy.state, copy.inSync]).toSorted()).toEqual([
      ['logs-es-data-0', 'STARTED', true],
      ['logs-es-data-1', 'STARTED', true],
    ]);
  });

  it('a roll restarts each node once, one at a time, loses nothing, and no last copy goes', () => {
    const simulator = runningStack(stackWith());
    const changed = stackWith({ config: changedConfig });
    for (let round = 0; round < 60; round += 1) {
      simulator.elasticsearch.write('logs-app-default', 10);
      step(simulator, changed);
      simulator.tick();
    }
    expect(ready(settle(simulator, changed))).toMatchObject({ status: 'True' });
    const { restarts, quorumLosses, lastCopyLosses, dataLosses } = simulator.records;
    expect(restarts).toHaveLength(6);
    expect(restarts.flatMap((restart) => restart.others)).toEqual([]);
    expect({ quorumLosses, lastCopyLosses, dataLosses }).toEqual({
      quorumLosses: [],
      lastCopyLosses: [],
      dataLosses: [],
    });
    expect(simulator.observe().cluster).toMatchObject({ health: { status: 'green' } });
  });

  it('a bad config stops at one pod', () => {
    const simulator = runningStack(stackWith());
    expect(ready(settle(simulator, stackWith({ config: badConfig })))).toMatchObject({ reason: 'PodsFailing' });
    expect([...simulator.brokenStarts]).toEqual(['logs-es-data-1']);
    expect(ready(settle(simulator, stackWith()))).toMatchObject({ status: 'True' });
  });

  it('a stack that is made again over kept volumes is the same cluster with the same data', () => {
    const simulator = runningStack(stackWith());
    simulator.deleteStack();
    expect(ready(settle(simulator, stackWith()))).toMatchObject({ status: 'True' });
    expect(simulator.elasticsearch.world.clusters.size).toBe(1);
    expect(simulator.observe().cluster).toMatchObject({ health: { status: 'green' } });
    expect(simulator.records.dataLosses).toEqual([]);
  });
});

describe('the records', () => {
  const apply = (simulator: Simulator, set: string, spec: Record<string, unknown>) => {
    const object = { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: set }, spec };
    simulator.take({ kind: 'apply', object, fieldManager: 'test' });
    simulator.tick();
  };

  it('tell that the operator took the last copy, and what was lost with the claim', () => {
    const simulator = runningStack(stackWith({ redundancy: 'None' }));
    const { cluster } = simulator.observe({ detail: true });
    const holder = (cluster.answered ? cluster.detail?.shards[0]?.node : undefined) ?? '';
    const policy = { whenScaled: 'Delete', whenDeleted: 'Retain' };
    apply(simulator, 'logs-es-data', { replicas: 0, persistentVolumeClaimRetentionPolicy: policy });
    expect(simulator.records.lastCopyLosses).toMatchObject([{ pod: holder, cause: 'operator', replicas: 0 }]);
    expect(simulator.records.dataLosses).toEqual([]);
    simulator.tick();
    expect(simulator.records.dataLosses).toMatchObject([{ cause: 'operator', documents: 100 }]);
  });

  it('tell that the operator took the quorum, and that a fault did', () => {
    const simulator = runningStack(stackWith());
    apply(simulator, 'logs-es-master', { replicas: 1 });
    expect(simulator.records.quorumLosses).toMatchObject([{ cause: 'operator', voters: 3 }]);
    const other = runningStack(stackWith());
    other.kill('logs-es-master-0');
    expect(other.records.quorumLosses).toEqual([]);
    other.kill('logs-es-master-1');
    expect(other.records.quorumLosses).toMatchObject([{ cause: 'kill', pod: 'logs-es-master-1' }]);
    settle(other, stackWith());
    expect(other.observe().cluster).toMatchObject({ answered: true });
  });

  it('count nodes that are away at each tick, and whose doing it is', () => {
    const simulator = runningStack(stackWith());
    simulator.evict('logs-es-data-0');
    simulator.tick();
    expect(simulator.records.unavailable.at(-1)).toMatchObject({ pods: 1, byOperator: 0 });
    const pod = simulator.pods.get('logs-es-data-1');
    simulator.take({
      kind: 'delete',
      reference: { apiVersion: 'v1', kind: 'Pod', name: 'logs-es-data-1' },
      uid: pod?.uid ?? '',
      resourceVersion: '1',
    });
    simulator.tick();
    expect(simulator.records.unavailable.at(-1)).toMatchObject({ byOperator: 1 });
    expect(simulator.records.restarts.at(-1)).toMatchObject({
      pod: 'logs-es-data-1',
      cause: 'operator',
      others: ['logs-es-data-0'],
    });
  });
});

describe('volumes', () => {
  const claim = (simulator: Simulator) =>
    simulator.observe().objects.find(({ metadata }) => metadata.name === 'data-logs-es-data-1');
  const asking = (storage: string) => ({
    kind: 'apply' as const,
    object: {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data-logs-es-data-1' },
      spec: { resources: { requests: { storage } } },
    },
    fieldManager: 'test',
  });

  it('become as large as their claims ask for, unless the storage does not do it, and never smaller', () => {
    const simulator = startedStack(stackWith());
    simulator.kubernetes.growthFails.add('data-logs-es-data-1');
    expect(simulator.take(asking('60Gi'))).toBe('done');
    simulator.tick();
    expect(claim(simulator)).toMatchObject({ status: { capacity: { storage: '50Gi' } } });
    simulator.kubernetes.growthFails.clear();
    simulator.tick();
    expect(claim(simulator)).toMatchObject({ status: { capacity: { storage: '60Gi' } } });
    expect(simulator.elasticsearch.world.volumes.get('data-logs-es-data-1')?.totalBytes).toBe(60 * 1024 ** 3);
    expect(simulator.take(asking('50Gi'))).toBe('conflict');
  });

  it('that are lost hold their pod up until claim and pod are replaced', () => {
    const simulator = runningStack(stackWith());
    simulator.loseVolume('logs-es-data-1');
    for (let tick = 0; tick < 5; tick += 1) simulator.tick();
    const pod = () => simulator.observe().objects.find(({ metadata }) => metadata.name === 'logs-es-data-1');
    expect(pod()).toMatchObject({ status: { conditions: [{}, { type: 'PodScheduled', reason: 'Unschedulable' }] } });
    for (const object of [claim(simulator), pod()]) {
      const { apiVersion = '', kind = '', metadata } = object ?? {};
      const reference = { apiVersion, kind, name: metadata?.name ?? '' };
      simulator.take({ kind: 'delete', reference, uid: metadata?.uid ?? '', resourceVersion: '' });
    }
    settle(simulator, stackWith());
    expect(simulator.observe().cluster).toMatchObject({ health: { status: 'green' } });
    expect(simulator.records.dataLosses).toEqual([]);
  });
});

describe('a StatefulSet', () => {
  it('keeps its claim templates', () => {
    const simulator = startedStack(stackWith());
    const object = {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'logs-es-data' },
      spec: { volumeClaimTemplates: [] },
    };
    expect(simulator.take({ kind: 'apply', object, fieldManager: 'test' })).toBe('conflict');
  });

  it('that is deleted without its pods is made again around them', () => {
    const simulator = runningStack(stackWith());
    const uids = () => new Map([...simulator.pods].map(([name, pod]) => [name, pod.uid]));
    const before = uids();
    const live = simulator.kubernetes.objects.get('StatefulSet/logs-es-data');
    simulator.take({
      kind: 'delete',
      reference: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'logs-es-data' },
      uid: live?.metadata.uid ?? '',
      resourceVersion: '',
      propagationPolicy: 'Orphan',
    });
    simulator.tick();
    expect(simulator.observe().cluster).toMatchObject({ health: { status: 'green' } });
    expect(ready(settle(simulator, stackWith()))).toMatchObject({ status: 'True' });
    expect(uids()).toEqual(before);
  });
});
