// For integration tests: the Elasticsearch planner on a real API server. Elasticsearch itself is a stand-in: a node has joined when its pod is ready.
import { join } from 'node:path';
import type { LoggingStackSpec } from '../api/logging-stack.ts';
import { type Action, isElasticsearchAction } from '../core/elasticsearch/actions.ts';
import { closerLook, untouched } from '../core/elasticsearch/look.testing.ts';
import type { ClusterLook, Observed } from '../core/elasticsearch/observed.ts';
import { type ElasticsearchPlan, plan } from '../core/elasticsearch/plan.ts';
import { podImage } from '../core/elasticsearch/versions.ts';
import type { KubeObject } from '../core/kubernetes.ts';
import { labels, names } from '../core/names.ts';
import { referenceOf } from '../core/objects.ts';
import type { ResolvedStack } from '../core/stack.ts';
import { exampleStack } from '../core/stack.testing.ts';
import { KubeClient } from '../kube/client.ts';
import { edit, freshStack, list, make, never } from '../kube/integration-helpers.ts';
import { RESOURCES } from '../kube/resources.ts';
import type { Transport } from '../kube/transport.ts';
import { loadTemplates } from '../templates.ts';

const templates = await loadTemplates(join(import.meta.dirname, '../../config-templates'));

const isReady = (pod: KubeObject): boolean =>
  pod.metadata.deletionTimestamp === undefined &&
  (pod['status'] as { conditions?: { type: string; status: string }[] } | undefined)?.conditions?.some(
    (one) => one.type === 'Ready' && one.status === 'True',
  ) === true;

const whyUnready = (pod: KubeObject): string =>
  `${pod.metadata.name} ${pod.metadata.deletionTimestamp === undefined ? JSON.stringify(pod['status']) : 'is ending'}`;

/** The tag of its image. */
const versionOf = (pod: KubeObject): string => podImage(pod)?.split(':').at(-1) ?? '';

/** One stack and what stands for its Elasticsearch. */
export class Driver {
  readonly namespace: string;
  readonly uid: string;
  readonly #transport: Transport;
  readonly #client: KubeClient;
  #indexTemplate: Record<string, unknown> | undefined;
  #recordedUuid: string | undefined;
  /** How far the planner's clock is ahead: a pod that is not ready for ten minutes counts as stuck. */
  aheadMs = 0;
  /** Those of the operator's version. */
  templates = templates;
  /** The most pods that were not ready in one look, once all had been, and why. */
  worst: readonly string[] = [];

  private constructor(transport: Transport, namespace: string, uid: string) {
    this.#transport = transport;
    this.#client = new KubeClient(transport);
    this.namespace = namespace;
    this.uid = uid;
  }

  static async create(transport: Transport): Promise<Driver> {
    const { namespace, uid } = await freshStack(transport);
    for (const name of [
      names.fileRealm('logs'),
      names.elasticsearchHttpCertificate('logs'),
      names.transportCertificate('logs'),
    ])
      await make(transport, { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, data: {} });
    return new Driver(transport, namespace, uid);
  }

  stack(elasticsearch: NonNullable<LoggingStackSpec['elasticsearch']>, version = '9.4.3'): ResolvedStack {
    const stack = exampleStack({ elasticsearch, version });
    return { ...stack, identity: { ...stack.identity, namespace: this.namespace, uid: this.uid } };
  }

  async objects(): Promise<KubeObject[]> {
    const { ConfigMap, PersistentVolumeClaim, Pod, PodDisruptionBudget, Service, ServiceAccount, StatefulSet } =
      RESOURCES;
    const kinds = [StatefulSet, ConfigMap, PersistentVolumeClaim, PodDisruptionBudget, Service, ServiceAccount, Pod];
    const selection = { namespace: this.namespace, matchLabels: { [labels.component]: 'elasticsearch' } };
    const found: KubeObject[] = [];
    for (const kind of kinds) found.push(...(await list(this.#transport, kind, selection)));
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
    const nodes = joined.map((pod) => ({ name: pod.metadata.name, version: versionOf(pod), roles: [] }));
    return {
      answered: true,
      uuid: 'cluster-1',
      nodes,
      health: { status: joined.length === pods.length ? 'green' : 'yellow', ...health },
      capabilities: { streamLifecycle: false, componentTemplates: [], matchOnlyText: false },
      indexTemplate: this.#indexTemplate,
      ...untouched,
      detail: { ...closerLook(nodes), deprecations: [] },
    };
  }

  async #take(action: Action): Promise<void> {
    if (isElasticsearchAction(action)) {
      if (action.kind === 'putIndexTemplate') this.#indexTemplate = { ...action.body };
    } else if (action.kind === 'create') {
      await this.#client.createOrRefuse(action.object, { manager: action.fieldManager, owns: () => true }, never);
    } else if (action.kind === 'apply') {
      const { uid = '' } = (await this.#client.get(referenceOf(action.object), never)).metadata;
      await this.#client.apply(action.object, { manager: action.fieldManager, uid, force: true }, never);
    } else {
      const { uid, resourceVersion, propagationPolicy: propagation } = action;
      const options = { uid, resourceVersion, ...(propagation === undefined ? {} : { propagation }) };
      await this.#client.delete(action.reference, options, never);
    }
  }

  /** One look and its actions, or the first so many of them as if the operator died then. */
  async step(stack: ResolvedStack, most = Number.POSITIVE_INFINITY): Promise<ElasticsearchPlan> {
    const observed = await this.observe();
    const unready = observed.objects.filter((object) => object.kind === 'Pod' && !isReady(object));
    if (this.#recordedUuid !== undefined && unready.length > this.worst.length) this.worst = unready.map(whyUnready);
    const planned = plan(stack, observed, this.templates);
    for (const action of planned.actions.slice(0, most)) await this.#take(action);
    this.#recordedUuid = planned.section.elasticsearch?.clusterUUID;
    return planned;
  }

  /** Looks again and again until a plan fits, or the test's own limit ends it. */
  async until(
    stack: ResolvedStack,
    fits: (planned: ElasticsearchPlan) => boolean,
    most?: number,
    seen?: (objects: readonly KubeObject[]) => void,
  ): Promise<ElasticsearchPlan> {
    for (;;) {
      const planned = await this.step(stack, most);
      seen?.(await this.objects());
      if (fits(planned)) return planned;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async settle(stack: ResolvedStack, most?: number): Promise<ElasticsearchPlan> {
    return this.until(
      stack,
      ({ actions, findings }) => actions.length === 0 && findings[0]?.reason === 'AllNodesJoined',
      most,
    );
  }

  async pod(name: string): Promise<KubeObject> {
    return this.#client.get({ apiVersion: 'v1', kind: 'Pod', namespace: this.namespace, name }, never);
  }

  async annotatePod(name: string, annotations: Record<string, string>): Promise<void> {
    const reference = { apiVersion: 'v1', kind: 'Pod', namespace: this.namespace, name };
    await edit(this.#transport, reference, { metadata: { annotations } });
  }
}
