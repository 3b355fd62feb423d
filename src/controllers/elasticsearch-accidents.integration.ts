// Integration: what people and Kubernetes do to the pods of Elasticsearch, on a real API server with simulated Kubernetes nodes, where Elasticsearch itself is a stand-in.
import { describe, expect, it } from 'vitest';
import { ownControlPlane } from '../../e2e/integration/own-control-plane.ts';
import { replacementTarget } from '../core/elasticsearch/replacement.ts';
import type { KubeObject } from '../core/kubernetes.ts';
import type { ResolvedStack } from '../core/stack.ts';
import { Driver } from './elasticsearch-driver.testing.ts';

const own = ownControlPlane('es-accidents', { simulatedNodes: 3 });

const changed = { 'indices.memory.index_buffer_size': '20%' };
const uidsOf = (objects: readonly KubeObject[], kind: string): ReadonlyMap<string, string> =>
  new Map(objects.filter((one) => one.kind === kind).map(({ metadata }) => [metadata.name, metadata.uid ?? '']));

/** As `kubectl drain` does it. Throws what the API server says when the disruption budget forbids it. */
async function evict({ namespace }: Driver, name: string): Promise<void> {
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
  await own.cluster.kubectl(
    ['create', '--raw', `/api/v1/namespaces/${namespace}/pods/${name}/eviction`, '-f', '-'],
    JSON.stringify(eviction),
  );
}

/** Tries until the controllers have counted the pods: a budget that was just made allows nothing yet. */
async function evictInTime(driver: Driver, name: string): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await evict(driver, name);
      return;
    } catch (error) {
      if (tries > 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

describe('all masters at once', () => {
  it('[all-masters-gone] come back by themselves: the operator neither forbids nor changes anything', async () => {
    const driver = await Driver.create(own.transport);
    const stack = driver.stack({});
    await driver.settle(stack);
    const before = uidsOf(await driver.objects(), 'PersistentVolumeClaim');
    await own.cluster.kubectl([
      'delete',
      'pod',
      '-n',
      driver.namespace,
      '-l',
      'loggingstack.dev/master=true',
      '--wait=false',
    ]);
    await driver.settle(stack);
    expect(uidsOf(await driver.objects(), 'PersistentVolumeClaim')).toEqual(before);
  });
});

describe('a person who drains a Kubernetes node', () => {
  it('[kubectl-drain] may take one pod, a second only when that is back; a roll waits meanwhile', async () => {
    const driver = await Driver.create(own.transport);
    const quiet = driver.stack({ data: { replicas: 3 } });
    await driver.settle(quiet);
    const pods = async () => uidsOf(await driver.objects(), 'Pod');
    const before = await pods();
    await own.cluster.kubectl(['cordon', '--selector', 'kubernetes.io/os']);
    await evictInTime(driver, 'logs-es-data-0');
    await expect(evict(driver, 'logs-es-data-1')).rejects.toThrow(/disruption budget/);
    const rolled: ResolvedStack = driver.stack({ data: { replicas: 3 }, config: changed });
    for (let looks = 0; looks < 10; looks += 1) await driver.step(rolled);
    const meanwhile = await pods();
    expect([...before].filter(([name, uid]) => name !== 'logs-es-data-0' && meanwhile.get(name) !== uid)).toEqual([]);
    await own.cluster.kubectl(['uncordon', '--selector', 'kubernetes.io/os']);
    await driver.settle(rolled);
    expect(driver.worst.length, driver.worst.join('; ')).toBeLessThanOrEqual(1);
    expect([...(await pods())].filter(([name, uid]) => before.get(name) === uid)).toEqual([]);
  });
});

describe('a node that is to be replaced', () => {
  it('[dead-node-local-volume] gets a new volume and a new pod, once', async () => {
    const driver = await Driver.create(own.transport);
    const stack = driver.stack({ data: { replicas: 3 } });
    await driver.settle(stack);
    const before = await driver.objects();
    let target: string | undefined;
    const asked = (): ResolvedStack => ({
      ...stack,
      requests: {
        roll: undefined,
        replaceNode: { value: 'logs-es-data-1', done: false, ...(target === undefined ? {} : { target }) },
      },
    });
    const replaced = async (): Promise<boolean> => {
      const [claims, pods] = [
        uidsOf(await driver.objects(), 'PersistentVolumeClaim'),
        uidsOf(await driver.objects(), 'Pod'),
      ];
      const isNew = (live: ReadonlyMap<string, string>, kind: string, name: string): boolean =>
        live.has(name) && live.get(name) !== uidsOf(before, kind).get(name);
      return isNew(claims, 'PersistentVolumeClaim', 'data-logs-es-data-1') && isNew(pods, 'Pod', 'logs-es-data-1');
    };
    while (!(await replaced())) {
      // Written to the status before anything goes.
      target ??= replacementTarget(asked(), await driver.observe());
      await driver.step(asked());
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await driver.settle(stack);
    const others = (objects: readonly KubeObject[]): readonly string[] =>
      [...uidsOf(objects, 'Pod')].filter(([name]) => name !== 'logs-es-data-1').map(([, uid]) => uid);
    expect(others(await driver.objects())).toEqual(others(before));
  });
});

describe('another version of the operator', () => {
  it('[operator-upgrade-rolls] restarts no node by itself', async () => {
    const driver = await Driver.create(own.transport);
    await driver.settle(driver.stack({}));
    const pods = uidsOf(await driver.objects(), 'Pod');
    const path = 'elasticsearch/jvm.options';
    driver.templates = { ...driver.templates, [path]: `${driver.templates[path] ?? ''}\n-Dnewer.operator=true\n` };
    expect((await driver.step(driver.stack({}))).actions).toEqual([]);
    await driver.settle(driver.stack({ data: { replicas: 3 } }));
    const after = uidsOf(await driver.objects(), 'Pod');
    expect([...pods].filter(([name, uid]) => after.get(name) !== uid)).toEqual([]);
    expect(after.has('logs-es-data-2')).toBe(true);
  });
});
