// Integration: the Elasticsearch planner on a real API server with the real StatefulSet controller and simulated pods. Elasticsearch itself is a stand-in: a node has joined when its pod is ready.
import { beforeAll, describe, expect, it } from 'vitest';
import { ownControlPlane } from '../../e2e/integration/own-control-plane.ts';
import type { KubeObject } from '../core/kubernetes.ts';
import { annotations } from '../core/names.ts';
import { KubeClient } from '../kube/client.ts';
import { never, until } from '../kube/integration-helpers.ts';
import { Driver } from './elasticsearch-driver.testing.ts';

/** The simulated kubelet never reports a pod with this annotation as ready. */
const neverReady = { 'simulation.loggingstack.dev/ready': 'false' };
const changed = { 'indices.memory.index_buffer_size': '20%' };

const own = ownControlPlane('es-roll', { simulatedNodes: 3 });
let client: KubeClient;
beforeAll(() => {
  client = new KubeClient(own.transport);
});

const revision = (pod: KubeObject): string | undefined => pod.metadata.labels?.['controller-revision-hash'];

describe('Elasticsearch on Kubernetes', { timeout: 240_000 }, () => {
  it('[two-pools-stale-cache] rolls out, marks the claims, rests; rolls a change one pod at a time; keeps no old config', async () => {
    const driver = await Driver.create(own.transport);
    await driver.settle(driver.stack({ data: { replicas: 2 } }));
    const claims = (await driver.objects()).filter(({ kind }) => kind === 'PersistentVolumeClaim');
    const marked = claims.filter(
      ({ metadata }) => metadata.annotations?.['loggingstack.dev/cluster-uuid'] === 'cluster-1',
    );
    expect(marked.map(({ metadata }) => metadata.name).toSorted()).toEqual([
      'data-logs-es-master-0',
      'data-logs-es-master-1',
      'data-logs-es-master-2',
    ]);
    const before = (await driver.objects()).map(({ metadata }) => `${metadata.name}/${metadata.resourceVersion ?? ''}`);
    expect((await driver.step(driver.stack({ data: { replicas: 2 } }))).actions).toEqual([]);
    expect(
      (await driver.objects()).map(({ metadata }) => `${metadata.name}/${metadata.resourceVersion ?? ''}`),
    ).toEqual(before);
    const pods = async () =>
      (await driver.objects()).filter(({ kind }) => kind === 'Pod').map(({ metadata }) => metadata.uid);
    const old = new Set(await pods());
    const rolled = driver.stack({ data: { replicas: 2 }, config: changed });
    await driver.settle(rolled);
    expect(driver.worst.length, driver.worst.join('; ')).toBeLessThanOrEqual(1);
    expect(new Set(await pods()).intersection(old).size).toBe(0);
    // The last pool's is removed at a later look: when its StatefulSet's status says that no pod can come back to it.
    await until('one config is left for each pool', async () => {
      await driver.step(rolled);
      const objects = await driver.objects();
      return (
        objects.filter(({ kind, metadata }) => kind === 'ConfigMap' && /-config-/.test(metadata.name)).length === 3
      );
    });
    const kinds = (await driver.objects()).filter(({ kind }) => kind === 'StatefulSet').map((set) => set['status']);
    for (const status of kinds as { currentRevision: string; updateRevision: string }[])
      expect(status.currentRevision).toBe(status.updateRevision);
  });

  it('[bad-config-roll] [evicted-early] one pod takes a bad template, an evicted one the old; the fix mends it', async () => {
    const driver = await Driver.create(own.transport);
    const good = driver.stack({ data: { replicas: 3 } });
    await driver.settle(good);
    const old = revision(await driver.pod('logs-es-data-0'));
    const bad = driver.stack({ data: { replicas: 3, annotations: neverReady } });
    await driver.until(bad, ({ findings }) => findings[0]?.message === 'Waiting for logs-es-data-2.');
    const { uid = '' } = (await driver.pod('logs-es-data-0')).metadata;
    await client.delete(
      { apiVersion: 'v1', kind: 'Pod', namespace: driver.namespace, name: 'logs-es-data-0' },
      { uid },
      never,
    );
    let isBack = false;
    await driver.until(
      bad,
      ({ findings }) => isBack && findings[0]?.message === 'Waiting for logs-es-data-2.',
      undefined,
      (objects) => {
        isBack = objects.some(({ metadata }) => metadata.name === 'logs-es-data-0' && metadata.uid !== uid);
      },
    );
    expect(revision(await driver.pod('logs-es-data-0'))).toBe(old);
    expect(revision(await driver.pod('logs-es-data-1'))).toBe(old);
    await driver.settle(driver.stack({ data: { replicas: 3 }, config: changed }));
    expect(driver.worst.length, driver.worst.join('; ')).toBeLessThanOrEqual(2);
  });

  it('[killed-mid-restart] an upgrade whose operator dies after every write ends well, masters last; then there is no way back', async () => {
    const driver = await Driver.create(own.transport);
    const old = driver.stack({ data: { replicas: 2 } }, '8.19.8');
    expect((await driver.settle(old)).section.version).toBe('8.19.8');
    const wanted = driver.stack({ data: { replicas: 2 } }, '9.4.3');
    const order: string[] = [];
    const seen = new Set((await driver.objects()).map(({ metadata }) => metadata.uid));
    await driver.until(
      wanted,
      ({ actions, section }) => actions.length === 0 && section.version === '9.4.3',
      1,
      (objects) => {
        for (const { kind, metadata } of objects)
          if (kind === 'Pod' && !seen.has(metadata.uid)) order.push(metadata.name);
        for (const { metadata } of objects) seen.add(metadata.uid);
      },
    );
    await driver.settle(wanted);
    expect(order).toEqual([
      'logs-es-data-1',
      'logs-es-data-0',
      'logs-es-ingest-0',
      'logs-es-master-2',
      'logs-es-master-1',
      'logs-es-master-0',
    ]);
    expect(driver.worst.length, driver.worst.join('; ')).toBeLessThanOrEqual(1);
    const claims = (await driver.objects()).filter(({ kind }) => kind === 'PersistentVolumeClaim');
    expect(new Set(claims.map(({ metadata }) => metadata.annotations?.[annotations.esVersion]))).toEqual(
      new Set(['9.4.3']),
    );
    const back = await driver.settle(old);
    expect(back.refusals.map(({ rule }) => rule)).toEqual(['DowngradeRefused']);
    expect(back.section.version).toBe('9.4.3');
  });

  it('a broken pod below healthy ones gets the new template first, through a window of OnDelete', async () => {
    const driver = await Driver.create(own.transport);
    await driver.settle(driver.stack({ data: { replicas: 3 } }));
    await driver.annotatePod('logs-es-data-0', neverReady);
    driver.aheadMs = 11 * 60_000;
    const broken = (await driver.pod('logs-es-data-0')).metadata.uid;
    const strategies = new Set<string>();
    const fixed = driver.stack({ data: { replicas: 3 }, config: changed });
    await driver.until(fixed, ({ actions, findings }) => {
      for (const action of actions)
        if (action.kind === 'apply' && action.object.kind === 'StatefulSet')
          strategies.add((action.object['spec'] as { updateStrategy: { type: string } }).updateStrategy.type);
      return actions.length === 0 && findings[0]?.reason === 'AllNodesJoined';
    });
    expect(strategies).toEqual(new Set(['RollingUpdate', 'OnDelete']));
    expect((await driver.pod('logs-es-data-0')).metadata.uid).not.toBe(broken);
    expect(driver.worst.length, driver.worst.join('; ')).toBeLessThanOrEqual(1);
  });
});
