// For tests: a small MODEL of StatefulSets, pods and Elasticsearch nodes, enough to see a plan to its end. It is no Kubernetes and no Elasticsearch.
import { parse } from 'yaml';
import type { KubeObject } from '../kubernetes.ts';
import { labels } from '../names.ts';
import { hashOf, type ObjectAction } from '../objects.ts';
import { type Action, isElasticsearchAction } from './actions.ts';
import { closerLook, untouched } from './look.testing.ts';
import type { ClusterLook, HealthStatus, Observed } from './observed.ts';

interface Template {
  readonly metadata: { readonly labels: Record<string, string> };
  readonly spec: { readonly volumes: readonly { name: string; configMap?: { name: string } }[] };
}

interface ModelPod {
  readonly name: string;
  readonly set: string;
  readonly ordinal: number;
  readonly revision: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly uid: string;
  state: 'pending' | 'running' | 'crashing' | 'terminating';
  joined: boolean;
}

interface ModelSet {
  object: KubeObject;
  currentRevision: string | undefined;
  updateRevision: string | undefined;
  observedGeneration: number;
  readonly templates: Map<string, Template>;
}

/** A restart of a node that served: which one, and who did not serve at that moment. */
export interface Restart {
  readonly pod: string;
  readonly others: readonly string[];
}

const secretsOfStack = ['logs-es-file-realm', 'logs-es-http-certs', 'logs-es-transport-certs'];

export class StackModel {
  readonly objects = new Map<string, KubeObject>();
  readonly sets = new Map<string, ModelSet>();
  readonly pods = new Map<string, ModelPod>();
  /** What is on the volumes: by claim, the cluster that wrote there. */
  readonly disks = new Map<string, string>();
  readonly restarts: Restart[] = [];
  /** Pods that ever started with a setting that breaks them. */
  readonly brokenStarts = new Set<string>();
  readonly formedClusters: string[] = [];
  secrets: readonly string[] = secretsOfStack;
  recordedUuid: string | undefined;
  silent = false;
  unassignedForEver = false;
  indexTemplate: Record<string, unknown> | undefined;
  streamReplicas: number | undefined;
  retention: string | undefined;
  version = '9.4.3';
  #recovering = 0;
  #serial = 0;

  /** Carries out one action as the API server or Elasticsearch would take it. */
  take(action: Action): void {
    if (isElasticsearchAction(action)) {
      if (action.kind === 'putIndexTemplate') this.#putTemplate(action.body);
      else if (action.kind === 'updateStreams') this.retention = action.retention;
      else throw new Error(`This model does not know ${action.kind}.`);
    } else if (action.kind === 'delete') this.#delete(action);
    else this.#write(action.object);
  }

  /** There are no streams here that would have to be brought to it. */
  #putTemplate(body: Readonly<Record<string, unknown>>): void {
    const { settings } = body['template'] as { settings: Readonly<Record<string, string>> };
    this.indexTemplate = structuredClone(body);
    this.streamReplicas = Number(settings['index.number_of_replicas']);
  }

  #write(object: KubeObject): void {
    const key = `${object.kind}/${object.metadata.name}`;
    const live = this.objects.get(key);
    const annotations = { ...live?.metadata.annotations, ...object.metadata.annotations };
    const uid = live?.metadata.uid ?? this.#id('uid');
    // No top-level field of a spec is ever taken away, so this is what applying comes to.
    const spec = object['spec'] === undefined ? live?.['spec'] : { ...(live?.['spec'] ?? {}), ...object['spec'] };
    const changed = hashOf([spec]) !== hashOf([live?.['spec']]);
    const generation = (live?.metadata.generation ?? 0) + (changed ? 1 : 0);
    const metadata = {
      ...live?.metadata,
      ...object.metadata,
      annotations,
      uid,
      generation,
      resourceVersion: this.#id(''),
    };
    const written: KubeObject = { ...live, ...object, metadata, ...(spec === undefined ? {} : { spec }) };
    this.objects.set(key, written);
    if (object.kind !== 'StatefulSet') return;
    const set = this.sets.get(object.metadata.name);
    if (set === undefined)
      this.sets.set(object.metadata.name, {
        object: written,
        currentRevision: undefined,
        updateRevision: undefined,
        observedGeneration: 0,
        templates: new Map(),
      });
    else set.object = written;
  }

  #delete({ reference, uid }: Extract<ObjectAction, { kind: 'delete' }>): void {
    if (reference.kind === 'Pod') {
      const pod = this.pods.get(reference.name);
      if (pod?.uid === uid) this.#stop(pod);
    } else this.objects.delete(`${reference.kind}/${reference.name}`);
  }

  #id(prefix: string): string {
    this.#serial += 1;
    return `${prefix}${this.#serial}`;
  }

  /** Time goes on: pods end and start, nodes join, StatefulSets are looked after. */
  tick(): void {
    for (const pod of [...this.pods.values()]) if (pod.state === 'terminating') this.pods.delete(pod.name);
    for (const pod of this.pods.values()) if (pod.state === 'pending') this.#start(pod);
    this.#joinNodes();
    for (const set of this.sets.values()) this.#lookAfter(set);
  }

  /** A pod is taken away from outside, as by an eviction. */
  evict(name: string): void {
    const pod = this.pods.get(name);
    if (pod !== undefined) {
      pod.state = 'terminating';
      pod.joined = false;
    }
  }

  /** The stack is deleted; only claims and what is on them stay. */
  deleteStack(): void {
    for (const key of [...this.objects.keys()]) if (!key.startsWith('PersistentVolumeClaim/')) this.objects.delete(key);
    this.sets.clear();
    this.pods.clear();
    this.indexTemplate = undefined;
    this.recordedUuid = undefined;
  }

  #start(pod: ModelPod): void {
    const broken = 'bad.setting' in pod.settings;
    pod.state = broken ? 'crashing' : 'running';
    if (broken) this.brokenStarts.add(pod.name);
  }

  #stop(pod: ModelPod): void {
    if (pod.joined) {
      const others = [...this.pods.values()].filter((other) => other !== pod && !other.joined);
      this.restarts.push({ pod: pod.name, others: others.map((other) => other.name) });
    }
    pod.state = 'terminating';
    pod.joined = false;
  }

  /** Pods whose nodes can join; with `hang.setting` a node runs and never does. */
  #running(): ModelPod[] {
    return [...this.pods.values()].filter((pod) => pod.state === 'running' && !('hang.setting' in pod.settings));
  }

  #isMaster = (pod: ModelPod): boolean => pod.labels[labels.master] === 'true';

  #disk = (pod: ModelPod): string | undefined => this.disks.get(`data-${pod.name}`);

  #joinNodes(): void {
    this.#recovering = Math.max(0, this.#recovering - 1);
    const uuid = this.#masterOf();
    for (const pod of this.#running()) {
      const mayJoin = uuid !== undefined && (this.#disk(pod) ?? uuid) === uuid;
      if (mayJoin && !pod.joined && !this.#isMaster(pod)) this.#recovering = 2;
      if (mayJoin) this.disks.set(`data-${pod.name}`, uuid);
      pod.joined = mayJoin;
    }
  }

  /** The cluster that has a master: a majority of those that wrote it to disk, or of the first list when none has yet. */
  #masterOf(): string | undefined {
    const masters = this.#running().filter(this.#isMaster);
    const voters = [...this.objects.values()].filter(
      (one) =>
        one.kind === 'PersistentVolumeClaim' &&
        one.metadata.labels?.[labels.master] === 'true' &&
        this.disks.has(one.metadata.name),
    );
    if (voters.length > 0) {
      const votes = masters.filter((pod) => this.#disk(pod) !== undefined);
      return votes.length * 2 > voters.length ? this.disks.get(voters[0]?.metadata.name ?? '') : undefined;
    }
    const list = (masters.map((pod) => pod.settings['cluster.initial_master_nodes']).find(Array.isArray) ??
      []) as string[];
    const present = masters.filter((pod) => list.includes(pod.name)).length;
    if (list.length === 0 || present * 2 <= list.length) return undefined;
    const uuid = this.#id('cluster-');
    this.formedClusters.push(uuid);
    return uuid;
  }

  /** What the StatefulSet controller does in one round, as read in its documentation and seen on Kubernetes 1.34. */
  #lookAfter(set: ModelSet): void {
    const spec = set.object['spec'] as {
      replicas: number;
      template: Template;
      updateStrategy: { type: string; rollingUpdate?: { partition: number } };
      volumeClaimTemplates: readonly { metadata: { labels: Record<string, string> }; spec: unknown }[];
    };
    const name = set.object.metadata.name;
    const revision = hashOf(spec.template);
    set.templates.set(revision, spec.template);
    set.updateRevision = revision;
    set.currentRevision ??= revision;
    set.observedGeneration = set.object.metadata.generation ?? 0;
    const partition = spec.updateStrategy.rollingUpdate?.partition ?? 0;
    for (let ordinal = 0; ordinal < spec.replicas; ordinal += 1) {
      const pod = `${name}-${ordinal}`;
      if (this.pods.has(pod)) continue;
      this.#claim(`data-${pod}`, spec.volumeClaimTemplates[0]);
      this.#create(set, pod, ordinal, ordinal < partition ? set.currentRevision : revision);
    }
    const pods = [...this.pods.values()].filter((pod) => pod.set === name);
    if (spec.updateStrategy.type !== 'RollingUpdate') return;
    if (pods.every((pod) => pod.revision === revision && pod.joined)) set.currentRevision = revision;
    for (const pod of pods.toSorted((first, second) => second.ordinal - first.ordinal)) {
      if (pod.ordinal < partition) return;
      if (pod.revision !== revision && pod.state !== 'terminating') {
        this.#stop(pod);
        return;
      }
      if (!pod.joined) return;
    }
  }

  #claim(name: string, template: { metadata: { labels: Record<string, string> }; spec: unknown } | undefined): void {
    const key = `PersistentVolumeClaim/${name}`;
    if (this.objects.has(key)) return;
    const metadata = { name, namespace: 'team', uid: this.#id('uid'), labels: template?.metadata.labels ?? {} };
    this.objects.set(key, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata, spec: template?.spec });
  }

  #create(set: ModelSet, name: string, ordinal: number, revision: string): void {
    const template = set.templates.get(revision);
    const config = template?.spec.volumes.find((volume) => volume.name === 'config-files')?.configMap?.name ?? '';
    const data = this.objects.get(`ConfigMap/${config}`)?.['data'] as Record<string, string> | undefined;
    if (data === undefined) throw new Error(`Pod ${name} would hang: its ConfigMap ${config} does not exist.`);
    this.pods.set(name, {
      name,
      set: set.object.metadata.name,
      ordinal,
      revision,
      labels: template?.metadata.labels ?? {},
      settings: parse(data['elasticsearch.yml'] ?? '') as Record<string, unknown>,
      uid: this.#id('uid'),
      state: 'pending',
      joined: false,
    });
  }

  health(): HealthStatus {
    const nodes = [...this.pods.values()];
    const missing = nodes.some((pod) => !this.#isMaster(pod) && !pod.joined);
    return missing || this.#recovering > 0 || this.unassignedForEver ? 'yellow' : 'green';
  }

  #look(): ClusterLook {
    const joined = [...this.pods.values()].filter((pod) => pod.joined);
    const [uuid] = joined.map(this.#disk);
    if (this.silent || uuid === undefined) return { answered: false, code: 'EsUnreachable', message: 'No connection.' };
    const status = this.health();
    const nodes = joined.map((pod) => ({
      name: pod.name,
      version: this.version,
      roles: (pod.settings['node.roles'] ?? []) as string[],
    }));
    return {
      answered: true,
      uuid,
      nodes,
      health: { status, settled: true, initializing: this.#recovering, relocating: 0, unassigned: 0 },
      capabilities: { streamLifecycle: false, componentTemplates: [], matchOnlyText: false },
      indexTemplate: this.indexTemplate,
      ...untouched,
      detail: closerLook(nodes),
    };
  }

  observe(): Observed {
    const objects = [...this.objects.values()].filter((object) => object.kind !== 'StatefulSet');
    return structuredClone({
      takenAt: '2026-01-01T00:00:00Z',
      objects: [
        ...objects,
        ...[...this.sets.values()].map(setObject),
        ...[...this.pods.values()].map((pod) => this.#podObject(pod)),
      ],
      secrets: this.secrets,
      recordedUuid: this.recordedUuid,
      cluster: this.#look(),
    });
  }

  #podObject(pod: ModelPod): KubeObject {
    const state =
      pod.state === 'crashing'
        ? { waiting: { reason: 'CrashLoopBackOff' } }
        : pod.state === 'pending'
          ? undefined
          : { running: {} };
    const owner = {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      name: pod.set,
      uid: this.sets.get(pod.set)?.object.metadata.uid ?? '',
    };
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: pod.name,
        namespace: 'team',
        uid: pod.uid,
        resourceVersion: '1',
        labels: { ...pod.labels, 'controller-revision-hash': pod.revision },
        ownerReferences: [owner],
        ...(pod.state === 'terminating' ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
      },
      status: {
        conditions: [{ type: 'Ready', status: pod.joined ? 'True' : 'False' }],
        containerStatuses: state === undefined ? [] : [{ name: 'elasticsearch', state }],
      },
    };
  }
}

function setObject(set: ModelSet): KubeObject {
  const { observedGeneration, currentRevision, updateRevision } = set;
  return { ...set.object, status: { observedGeneration, currentRevision, updateRevision } };
}
