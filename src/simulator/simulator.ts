// The simulator: Kubernetes and Elasticsearch together, faults, and records of what must never happen. It decides nothing for the operator.
import { parse } from 'yaml';
import type { Action } from '../core/elasticsearch/actions.ts';
import type { Deprecation, Observed, ShardCopy } from '../core/elasticsearch/observed.ts';
import type { KubeObject } from '../core/kubernetes.ts';
import type { ObjectAction } from '../core/objects.ts';
import { compareVersions } from './deciders.ts';
import { quantityBytes } from './disks.ts';
import { Elasticsearch, type Outcome, type Speed } from './elasticsearch.ts';
import { type Cause, Kubernetes, type Machines, type SetStatus, type WriteOutcome } from './kubernetes.ts';
import { Records, type Restart } from './records.ts';
import { type ClaimTemplate, claimName, type Pod, podObject, setObject } from './workloads.ts';

const secretsOfStack = ['logs-es-file-realm', 'logs-es-http-certs', 'logs-es-transport-certs'];

/** Where virtual time starts. */
const start = Date.parse('2026-01-01T00:00:00Z');

/** What a look may show though it is over. */
interface Moment {
  readonly shards: readonly ShardCopy[] | undefined;
  readonly pods: readonly KubeObject[];
  readonly sets: ReadonlyMap<string, SetStatus>;
}

/** Ticks that the simulator remembers. */
const longestAge = 20;

/** The status of a StatefulSet whose controller has not seen it. */
const unseen = { currentRevision: undefined, updateRevision: undefined, observedGeneration: 0 } as const;

export class Simulator {
  readonly elasticsearch: Elasticsearch;
  readonly kubernetes: Kubernetes;
  readonly records = new Records();
  /** Pods that ever started with a setting that breaks them. */
  readonly brokenStarts = new Set<string>();
  /** Versions of Elasticsearch by image, where the image's tag does not tell. */
  readonly versions = new Map<string, string>();
  /** Images whose process ends at each start. */
  readonly brokenImages = new Set<string>();
  /** What Elasticsearch says will no longer work in its next major version. */
  deprecations: readonly Deprecation[] = [];
  /** Names of the stack's Secrets that exist. */
  secrets: readonly string[] = secretsOfStack;
  /** `status.elasticsearch.clusterUUID`. */
  recordedUuid: string | undefined;
  /** Elasticsearch gives no answer to the operator. */
  silent = false;
  /** Nobody gets a closer look, though the cluster answers; nor is it told why, while nodes come and go. */
  detailFails: boolean | 'untold' = false;
  /** Looks give the routing table of so many ticks ago, while nodes speak for themselves. */
  routingTableAge = 0;
  /**
   * Pods and StatefulSets' status are those of so many ticks ago, as in a slow watch. Specs are as the operator last wrote
   * them: no controller acts before it has seen its own writes.
   */
  watchAge = 0;
  /** Nodes that do not answer for themselves, though the cluster does. */
  readonly mute = new Set<string>();
  readonly #history: Moment[] = [];
  /** Pods that the operator stopped and that have not served since. */
  readonly #stoppedByOperator = new Set<string>();
  /** Pods that served when the operator looked last: what came back since, it could not know of. */
  #servedAtLook: ReadonlySet<string> | undefined;

  /** With `from`, a copy of it: faults and records start afresh. */
  constructor(speed: Speed = {}, from?: Simulator) {
    const machines: Machines = {
      start: (pod) => this.#start(pod),
      stop: (pod, cause, reason) => {
        this.#stop(pod, cause, reason);
      },
      serves: (pod) => this.serves(pod),
      claimAdded: (claim, spec) => {
        const storage = (spec as ClaimTemplate['spec'] | undefined)?.resources?.requests?.storage ?? '1Gi';
        this.elasticsearch.volume(claim, quantityBytes(storage));
      },
      claimGrown: (claim, storage) => {
        const volume = this.elasticsearch.world.volumes.get(claim);
        if (volume !== undefined) volume.totalBytes = quantityBytes(storage);
      },
      claimGone: (claim, cause) => {
        this.elasticsearch.world.volumes.delete(claim);
        this.records.volumeGone(this.elasticsearch.world, claim, cause);
        this.records.checkData(this.elasticsearch.world, cause);
      },
    };
    this.elasticsearch = from?.elasticsearch.fork() ?? new Elasticsearch(speed);
    this.kubernetes = from?.kubernetes.fork(machines) ?? new Kubernetes(machines);
    this.recordedUuid = from?.recordedUuid;
    for (const [image, version] of from?.versions ?? []) this.versions.set(image, version);
  }

  /** The same state at the same moment, going its own way from here. Faults and records start afresh. */
  fork(): Simulator {
    return new Simulator({}, this);
  }

  get pods(): ReadonlyMap<string, Pod> {
    return this.kubernetes.pods;
  }

  /** Carries out one action as the API server or Elasticsearch would take it. */
  take(action: Action, cause: Cause = 'operator'): Outcome | WriteOutcome {
    if (isObjectAction(action)) return this.kubernetes.take(action, cause);
    return this.silent ? 'unreachable' : this.elasticsearch.take(action);
  }

  /** Time goes on: pods end and start, nodes join, shards move, StatefulSets are looked after. */
  tick(): void {
    const { world } = this.elasticsearch;
    this.kubernetes.growVolumes();
    this.kubernetes.runPods();
    this.elasticsearch.tick();
    this.kubernetes.lookAfterSets();
    for (const pod of this.pods.values()) {
      const isThere = this.serves(pod);
      if (isThere) this.#stoppedByOperator.delete(pod.name);
      pod.awaySince = isThere ? undefined : (pod.awaySince ?? world.tick);
    }
    // One that somebody else ended, and that its StatefulSet no longer asks for.
    for (const name of this.#stoppedByOperator) if (!this.pods.has(name)) this.#stoppedByOperator.delete(name);
    this.records.checkData(world, 'cluster');
    this.records.followVolumes(world);
    this.records.unavailable.push({
      tick: world.tick,
      pods: this.#away().length,
      byOperator: this.#stoppedByOperator.size,
    });
    this.#remember();
  }

  #remember(): void {
    this.#history.push({
      shards: this.elasticsearch.routingTable(),
      pods: this.#podObjects(),
      sets: new Map(
        [...this.kubernetes.sets].map(([name, { currentRevision, updateRevision, observedGeneration }]) => [
          name,
          { currentRevision, updateRevision, observedGeneration },
        ]),
      ),
    });
    if (this.#history.length > longestAge + 1) this.#history.shift();
  }

  /** What was so many ticks ago, or as far back as is known. */
  #former(age: number): Moment | undefined {
    return age === 0 ? undefined : (this.#history.at(-1 - age) ?? this.#history[0]);
  }

  serves = (pod: Pod): boolean => pod.state === 'running' && this.elasticsearch.serves(pod.name);

  #away = (): readonly Pod[] => [...this.pods.values()].filter((pod) => !this.serves(pod));

  #start(pod: Pod): 'running' | 'crashing' {
    const settings = this.#settingsOf(pod);
    const image = pod.template.spec.containers.find((one) => one.name === 'elasticsearch')?.image ?? '';
    const broken = 'bad.setting' in settings || this.brokenImages.has(image);
    if (broken) this.brokenStarts.add(pod.name);
    const version = this.versions.get(image) ?? /:(\d+\.\d+\.\d+)/.exec(image)?.[1];
    if (broken || pod.crashes || !this.#reads(pod, version)) return 'crashing';
    // With `hang.setting` a node runs and never joins.
    if (!('hang.setting' in settings)) this.#startNode(pod, settings, version);
    return 'running';
  }

  /** No version starts on a volume that a newer one has used. */
  #reads(pod: Pod, version = '0.0.0'): boolean {
    const used = this.elasticsearch.world.volumes.get(claimName(pod.name))?.version;
    return used === undefined || compareVersions(version, used) >= 0;
  }

  #startNode(pod: Pod, settings: Readonly<Record<string, unknown>>, version: string | undefined): void {
    const attributes = Object.entries(settings)
      .filter(([key]) => key.startsWith('node.attr.'))
      .map(([key, value]) => [key.slice('node.attr.'.length), String(value).replace('${NODE_NAME}', 'kube-0')]);
    this.elasticsearch.start(
      {
        name: pod.name,
        roles: (settings['node.roles'] ?? []) as string[],
        attributes: Object.fromEntries(attributes) as Record<string, string>,
        firstMasters: (settings['cluster.initial_master_nodes'] ?? []) as string[],
        ...(version === undefined ? {} : { version }),
      },
      this.elasticsearch.volume(claimName(pod.name), quantityBytes('1Gi')),
    );
  }

  #settingsOf(pod: Pod): Readonly<Record<string, unknown>> {
    for (const { configMap } of pod.template.spec.volumes) {
      const config = configMap === undefined ? undefined : this.kubernetes.objects.get(`ConfigMap/${configMap.name}`);
      const text = (config?.['data'] as Record<string, string> | undefined)?.['elasticsearch.yml'];
      if (text !== undefined) return parse(text) as Record<string, unknown>;
    }
    return {};
  }

  #stop(pod: Pod, cause: Cause, reason: 'restart' | 'removal'): void {
    const { world } = this.elasticsearch;
    if (this.serves(pod) && (cause !== 'operator' || this.#servedAtLook?.has(pod.name) !== false)) {
      const others = this.#away().filter((other) => other !== pod);
      const entry: Restart = {
        tick: world.tick,
        pod: pod.name,
        cause,
        others: others.map((other) => other.name),
        othersByOperator: others.map((other) => other.name).filter((name) => this.#stoppedByOperator.has(name)),
      };
      (reason === 'restart' ? this.records.restarts : this.records.removals).push(entry);
      if (cause === 'operator' && reason === 'restart') this.#stoppedByOperator.add(pod.name);
    }
    if (reason === 'removal') this.#stoppedByOperator.delete(pod.name);
    const compare = this.records.beforeStop(world, pod.name, cause);
    this.elasticsearch.stop(pod.name);
    compare();
  }

  /** A pod is taken away from outside, as by an eviction. */
  evict(name: string): void {
    const pod = this.pods.get(name);
    if (pod !== undefined) this.kubernetes.stop(pod, 'eviction', 'restart');
  }

  /** The process in a pod ends at once; the kubelet starts it again in the same pod. */
  kill(name: string): void {
    const pod = this.pods.get(name);
    if (pod?.state !== 'running') return;
    this.#stop(pod, 'kill', 'restart');
    pod.state = 'pending';
  }

  /** The process in a pod ends, and fails at each start until the pod is replaced. */
  crash(name: string): void {
    const pod = this.pods.get(name);
    if (pod === undefined || pod.state === 'terminating') return;
    this.#stop(pod, 'crash', 'restart');
    Object.assign(pod, { state: 'crashing', crashes: true });
  }

  /** The volume of a pod dies with what is on it: the pod waits for it until claim and pod are replaced. */
  loseVolume(name: string): void {
    const pod = this.pods.get(name);
    const claim = this.kubernetes.objects.get(`PersistentVolumeClaim/${claimName(name)}`);
    if (pod === undefined || claim === undefined) return;
    this.#stop(pod, 'volume', 'restart');
    this.kubernetes.deadClaims.add(claim.metadata.uid ?? '');
    this.elasticsearch.world.volumes.delete(claimName(name));
    this.records.checkData(this.elasticsearch.world, 'volume');
    pod.state = 'pending';
  }

  /** The process in a pod is stopped as by SIGSTOP, or goes on again. */
  freeze(name: string, frozen = true): void {
    const compare = frozen ? this.records.beforeStop(this.elasticsearch.world, name, 'freeze') : undefined;
    this.elasticsearch.freeze(name, frozen);
    compare?.();
  }

  /** Fills a node's disk with bytes that are no shards. */
  fillDisk(pod: string, bytes: number): void {
    const volume = this.elasticsearch.world.volumes.get(claimName(pod));
    if (volume !== undefined) volume.foreignBytes = bytes;
  }

  /** The stack is deleted; only claims and what is on them stay. */
  deleteStack(): void {
    this.kubernetes.deleteAllButClaims();
    this.recordedUuid = undefined;
  }

  /** The same look that the controllers take. `detail` is what they take when the planner asks for it. */
  observe({ detail = false }: { readonly detail?: boolean } = {}): Observed {
    const { objects, sets } = this.kubernetes;
    const { world } = this.elasticsearch;
    const former = this.#former(this.watchAge);
    this.#servedAtLook = new Set([...this.pods.values()].filter(this.serves).map((pod) => pod.name));
    const others = [...objects.values()].filter((object) => object.kind !== 'StatefulSet');
    const live = [...sets.values()].map(({ object }) => {
      const { name } = object.metadata;
      return setObject({ ...((former?.sets ?? sets).get(name) ?? unseen), object });
    });
    const pods = former?.pods ?? this.#podObjects();
    return {
      takenAt: this.#timeOf(world.tick),
      objects: [...others, ...live, ...pods],
      secrets: this.secrets,
      recordedUuid: this.recordedUuid,
      cluster: this.#look(detail),
    };
  }

  /** Whether nothing happens any more unless somebody does something, if only because time passes. */
  get atRest(): boolean {
    return this.kubernetes.atRest && this.elasticsearch.atRest;
  }

  #timeOf = (tick: number): string =>
    new Date(start + tick * this.elasticsearch.world.secondsPerTick * 1000).toISOString();

  #podObjects(): readonly KubeObject[] {
    const uidOf = ({ orphan, set }: Pod) =>
      orphan === true ? '' : (this.kubernetes.sets.get(set)?.object.metadata.uid ?? '');
    return [...this.pods.values()].map((pod) => {
      const awaySince = pod.awaySince === undefined ? undefined : this.#timeOf(pod.awaySince);
      const object = podObject(pod, uidOf(pod), this.serves(pod), awaySince);
      return pod.state === 'pending' && this.kubernetes.isHeld(pod) ? unschedulable(object) : object;
    });
  }

  #look(detail: boolean): Observed['cluster'] {
    if (this.silent) return { answered: false, code: 'EsUnreachable', message: 'No connection.' };
    const look = this.elasticsearch.look(detail && !this.detailFails);
    if (look.answered && detail && this.detailFails === true)
      return { ...look, detailFault: { code: 'EsTimeout', message: 'No answer in time.' } };
    if (!look.answered || look.detail === undefined) return look;
    const former = this.#former(this.routingTableAge);
    const nodes = look.detail.nodes.map((node) =>
      this.mute.has(node.name) ? { ...node, ownShards: undefined, disk: undefined } : node,
    );
    const { deprecations } = this;
    return { ...look, detail: { ...look.detail, nodes, shards: former?.shards ?? look.detail.shards, deprecations } };
  }
}

/** As the scheduler says it of a pod that no Kubernetes node takes. */
function unschedulable(pod: KubeObject): KubeObject {
  const status = pod['status'] as { readonly conditions: readonly object[] };
  const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable' };
  return { ...pod, status: { ...status, conditions: [...status.conditions, condition] } };
}

const isObjectAction = (action: Action): action is ObjectAction => 'object' in action || 'reference' in action;
