// Integration: the Elasticsearch planner on a real API server with the real StatefulSet controller and simulated pods. Elasticsearch itself is a stand-in: a node has joined when its pod is ready.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LoggingStackSpec } from '../api/logging-stack.ts';
import { startControlPlane } from '../../e2e/cluster/start.ts';
import { untilKindsServed } from '../../e2e/environment/kinds.ts';
import { type Action, isElasticsearchAction } from '../core/elasticsearch/actions.ts';
import { closerLook, untouched } from '../core/elasticsearch/look.testing.ts';
import type { ClusterLook, Observed } from '../core/elasticsearch/observed.ts';
import { type ElasticsearchPlan, plan } from '../core/elasticsearch/plan.ts';
import type { KubeObject } from '../core/kubernetes.ts';
import { labels, names } from '../core/names.ts';
import { referenceOf } from '../core/objects.ts';
import type { ResolvedStack } from '../core/stack.ts';
import { exampleStack } from '../core/stack.testing.ts';
import { KubeClient } from '../kube/client.ts';
import { edit, freshStack, list, make, never, transportFor, until } from '../kube/integration-helpers.ts';
import { RESOURCES } from '../kube/resources.ts';
import type { Transport } from '../kube/transport.ts';
import { loadTemplates } from '../templates.ts';

/** The simulated kubelet never reports a pod with this annotation as ready. */
const neverReady = { 'simulation.loggingstack.dev/ready': 'false' };
const changed = { 'indices.memory.index_buffer_size': '20%' };

const templates = await loadTemplates(join(import.meta.dirname, '../../config-templates'));
let cluster: Awaited<ReturnType<typeof startControlPlane>>;
let transport: Transport;
let client: KubeClient;

beforeAll(async () => {
  cluster = await startControlPlane({ name: `es-roll-${process.pid}`, simulatedNodes: 3 });
  await cluster.kubectl(['apply', '--server-side', '-f', 'crds/']);
  await untilKindsServed((args) => cluster.kubectl(args));
  transport = transportFor(cluster.kubeconfig);
  client = new KubeClient(transport);
}, 180_000);
afterAll(async () => {
  await transport.close();
  await cluster.stop();
});

const isReady = (pod: KubeObject): boolean =>
  pod.metadata.deletionTimestamp === undefined &&
  (pod['status'] as { conditions?: { type: string; status: string }[] } | undefined)?.conditions?.some(
    (one) => one.type === 'Ready' && one.status === 'True',
  ) === true;

class Driver {
  readonly namespace: string;
  readonly uid: string;
  #indexTemplate: Record<string, unknown> | undefined;
  #recordedUuid: string | undefined;
  /** How far the planner's clock is ahead: a pod that is not ready for ten minutes counts as stuck. */
  aheadMs = 0;
  /** The most pods that were not ready in one look, once all had been. */
  worst = 0;

  constructor(namespace: string, uid: string) {
    this.namespace = namespace;
    this.uid = uid;
  }

  static async create(): Promise<Driver> {
    const { namespace, uid } = await freshStack(transport);
    for (const name of [
      names.fileRealm('logs'),
      names.elasticsearchHttpCertificate('logs'),
      names.transportCertificate('logs'),
    ])
      await make(transport, { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, data: {} });
    return new Driver(namespace, uid);
  }

  stack(elasticsearch: NonNullable<LoggingStackSpec['elasticsearch']>): ResolvedStack {
    const stack = exampleStack({ elasticsearch });
    return { ...stack, identity: { ...stack.identity, namespace: this.namespace, uid: this.uid } };
  }

  async objects(): Promise<KubeObject[]> {
    const { ConfigMap, PersistentVolumeClaim, Pod, PodDisruptionBudget, Service, ServiceAccount, StatefulSet } =
      RESOURCES;
    const kinds = [StatefulSet, ConfigMap, PersistentVolumeClaim, PodDisruptionBudget, Service, ServiceAccount, Pod];
    const selection = { namespace: this.namespace, matchLabels: { [labels.component]: 'elasticsearch' } };
    const found: KubeObject[] = [];
    for (const kind of kinds) found.push(...(await list(transport, kind, selection)));
    return found;
  }

  async observe(): Promise<Observed> {
    const objects = await this.objects();
    return {
      takenAt: new Date(Date.now() + this.aheadMs).toISOString(),
      objects,
      secrets: [
        names.fileRealm('logs'),
        names.elasticsearchHttpCertificate('logs'),
        names.transportCertificate('logs'),
      ],
      recordedUuid: this.#recordedUuid,
      cluster: this.#standIn(objects),
    };
  }

  #standIn(objects: readonly KubeObject[]): ClusterLook {
    const pods = objects.filter((object) => object.kind === 'Pod');
    const joined = pods.filter(isReady);
    if (joined.length === 0) return { answered: false, code: 'EsUnreachable', message: 'No connection.' };
    const health = { settled: true, initializing: 0, relocating: 0, unassigned: 0 };
    const nodes = joined.map(({ metadata }) => ({ name: metadata.name, version: '9.4.3', roles: [] }));
    return {
      answered: true,
      uuid: 'cluster-1',
      nodes,
      health: { status: joined.length === pods.length ? 'green' : 'yellow', ...health },
      capabilities: { streamLifecycle: false, componentTemplates: [], matchOnlyText: false },
      indexTemplate: this.#indexTemplate,
      ...untouched,
      detail: closerLook(nodes),
    };
  }

  async #take(action: Action): Promise<void> {
    if (isElasticsearchAction(action)) {
      if (action.kind === 'putIndexTemplate') this.#indexTemplate = { ...action.body };
    } else if (action.kind === 'create') {
      await client.createOrRefuse(action.object, { manager: action.fieldManager, owns: () => true }, never);
    } else if (action.kind === 'apply') {
      const { uid = '' } = (await client.get(referenceOf(action.object), never)).metadata;
      await client.apply(action.object, { manager: action.fieldManager, uid, force: true }, never);
    } else await client.delete(action.reference, action, never);
  }

  async step(stack: ResolvedStack): Promise<ElasticsearchPlan> {
    const observed = await this.observe();
    const unready = observed.objects.filter((object) => object.kind === 'Pod' && !isReady(object)).length;
    if (this.#recordedUuid !== undefined) this.worst = Math.max(this.worst, unready);
    const planned = plan(stack, observed, templates);
    for (const action of planned.actions) await this.#take(action);
    this.#recordedUuid = planned.section.elasticsearch?.clusterUUID;
    return planned;
  }

  /** Looks again and again until a plan fits, or the test's own limit ends it. */
  async until(stack: ResolvedStack, fits: (planned: ElasticsearchPlan) => boolean): Promise<ElasticsearchPlan> {
    for (;;) {
      const planned = await this.step(stack);
      if (fits(planned)) return planned;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async settle(stack: ResolvedStack): Promise<ElasticsearchPlan> {
    return this.until(
      stack,
      ({ actions, findings }) => actions.length === 0 && findings[0]?.reason === 'AllNodesJoined',
    );
  }

  async pod(name: string): Promise<KubeObject> {
    return client.get({ apiVersion: 'v1', kind: 'Pod', namespace: this.namespace, name }, never);
  }

  async annotatePod(name: string, annotations: Record<string, string>): Promise<void> {
    const reference = { apiVersion: 'v1', kind: 'Pod', namespace: this.namespace, name };
    await edit(transport, reference, { metadata: { annotations } });
  }
}

const revision = (pod: KubeObject): string | undefined => pod.metadata.labels?.['controller-revision-hash'];

describe('Elasticsearch on Kubernetes', { timeout: 240_000 }, () => {
  it('rolls out, marks the claims, rests; rolls a change one pod at a time; keeps no old config', async () => {
    const driver = await Driver.create();
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
    expect(driver.worst).toBeLessThanOrEqual(1);
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

  it('bad-config-roll, evicted-early: one pod takes a bad template, an evicted one the old; the fix mends it', async () => {
    const driver = await Driver.create();
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
    await driver.until(bad, ({ findings }) => findings[0]?.message === 'Waiting for logs-es-data-2.');
    expect(revision(await driver.pod('logs-es-data-0'))).toBe(old);
    expect(revision(await driver.pod('logs-es-data-1'))).toBe(old);
    await driver.settle(driver.stack({ data: { replicas: 3 }, config: changed }));
    expect(driver.worst).toBeLessThanOrEqual(2);
  });

  it('a broken pod below healthy ones gets the new template first, through a window of OnDelete', async () => {
    const driver = await Driver.create();
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
    expect(driver.worst).toBeLessThanOrEqual(1);
  });
});
