// The simulated Kubernetes: objects, StatefulSets with revisions, pods and claims. What Elasticsearch does in the pods is told to it by its owner.
import type { ObjectAction } from '../core/objects.ts';
import type { KubeObject } from '../core/kubernetes.ts';
import {
  claimObject,
  claimName,
  fingerprint,
  isSame,
  type Pod,
  type PodTemplate,
  type StatefulSetSpec,
} from './workloads.ts';

/** One StatefulSet and what its controller remembers. */
export interface StatefulSet {
  object: KubeObject;
  currentRevision: string | undefined;
  updateRevision: string | undefined;
  observedGeneration: number;
  readonly templates: Map<string, PodTemplate>;
}

/** Who did a thing: the operator by its writes, or a fault by its name. */
export type Cause = string;

/** What happens in the pods. */
export interface Machines {
  start(pod: Pod): 'running' | 'crashing';
  /** Called while the process still runs. */
  stop(pod: Pod, cause: Cause, reason: 'restart' | 'removal'): void;
  serves(pod: Pod): boolean;
  claimAdded(claim: string, spec: unknown): void;
  claimGone(claim: string, cause: Cause): void;
}

/** The API server refuses what would overwrite an object that is not the one that was meant. */
export type WriteOutcome = 'done' | 'conflict';

export class Kubernetes {
  /** Everything but StatefulSets' status and pods, by `<kind>/<name>`. */
  readonly objects = new Map<string, KubeObject>();
  readonly sets = new Map<string, StatefulSet>();
  readonly pods = new Map<string, Pod>();
  /** The last number that was given away in an id. */
  serial = 0;
  readonly #machines: Machines;

  constructor(machines: Machines) {
    this.#machines = machines;
  }

  /** The same state at the same moment, with other machines. */
  fork(machines: Machines): Kubernetes {
    const copy = new Kubernetes(machines);
    const { objects, sets, pods } = structuredClone({ objects: this.objects, sets: this.sets, pods: this.pods });
    for (const [key, object] of objects) copy.objects.set(key, object);
    for (const [key, set] of sets) copy.sets.set(key, set);
    for (const [key, pod] of pods) copy.pods.set(key, pod);
    copy.serial = this.serial;
    return copy;
  }

  #id(prefix: string): string {
    this.serial += 1;
    return `${prefix}${this.serial}`;
  }

  take(action: ObjectAction, cause: Cause): WriteOutcome {
    if (action.kind === 'delete') return this.#delete(action, cause);
    const { kind, metadata } = action.object;
    const live = this.objects.get(`${kind}/${metadata.name}`);
    if (action.kind === 'create' && live !== undefined) return 'conflict';
    if (metadata.uid !== undefined && metadata.uid !== live?.metadata.uid) return 'conflict';
    if (metadata.resourceVersion !== undefined && metadata.resourceVersion !== live?.metadata.resourceVersion)
      return 'conflict';
    this.#write(action.object, live);
    return 'done';
  }

  #write(object: KubeObject, live: KubeObject | undefined): void {
    // No top-level field of a spec is ever taken away, so this is what applying comes to.
    const spec = object['spec'] === undefined ? live?.['spec'] : { ...(live?.['spec'] ?? {}), ...object['spec'] };
    const changed = !isSame(spec, live?.['spec']);
    const metadata = {
      ...live?.metadata,
      ...object.metadata,
      labels: { ...live?.metadata.labels, ...object.metadata.labels },
      annotations: { ...live?.metadata.annotations, ...object.metadata.annotations },
      uid: live?.metadata.uid ?? this.#id('uid'),
      generation: (live?.metadata.generation ?? 0) + (changed ? 1 : 0),
      resourceVersion: this.#id(''),
    };
    const written: KubeObject = { ...live, ...object, metadata, ...(spec === undefined ? {} : { spec }) };
    this.objects.set(`${object.kind}/${object.metadata.name}`, written);
    if (object.kind !== 'StatefulSet') return;
    const set = this.sets.get(object.metadata.name);
    if (set !== undefined) set.object = written;
    else
      this.sets.set(object.metadata.name, {
        object: written,
        currentRevision: undefined,
        updateRevision: undefined,
        observedGeneration: 0,
        templates: new Map(),
      });
  }

  #delete({ reference, uid }: Extract<ObjectAction, { kind: 'delete' }>, cause: Cause): WriteOutcome {
    if (reference.kind === 'Pod') {
      const pod = this.pods.get(reference.name);
      if (pod?.uid !== uid) return 'conflict';
      this.stop(pod, cause, this.#isWanted(pod) ? 'restart' : 'removal');
      return 'done';
    }
    const key = `${reference.kind}/${reference.name}`;
    const live = this.objects.get(key);
    if (live?.metadata.uid !== uid) return 'conflict';
    if (reference.kind === 'PersistentVolumeClaim') this.#deleteClaim(live, cause);
    else this.objects.delete(key);
    if (reference.kind === 'StatefulSet') this.#deleteSet(reference.name, cause);
    return 'done';
  }

  #isWanted(pod: Pod): boolean {
    const set = this.sets.get(pod.set);
    if (set === undefined) return false;
    const { replicas, ordinals } = specOf(set);
    return pod.ordinal < (ordinals?.start ?? 0) + replicas;
  }

  #deleteSet(name: string, cause: Cause): void {
    const set = this.sets.get(name);
    const policy = set === undefined ? undefined : specOf(set).persistentVolumeClaimRetentionPolicy;
    this.sets.delete(name);
    for (const pod of this.pods.values())
      if (pod.set === name) {
        this.stop(pod, cause, 'removal');
        if (policy?.whenDeleted === 'Delete') this.#deleteClaimOf(pod.name, cause);
      }
  }

  #deleteClaimOf(pod: string, cause: Cause): void {
    const claim = this.objects.get(`PersistentVolumeClaim/${claimName(pod)}`);
    if (claim !== undefined) this.#deleteClaim(claim, cause);
  }

  /** A claim that a pod uses stays until that pod is gone (finalizer `kubernetes.io/pvc-protection`). */
  #deleteClaim(claim: KubeObject, cause: Cause): void {
    const { name } = claim.metadata;
    const key = `PersistentVolumeClaim/${name}`;
    if ([...this.pods.values()].some((pod) => claimName(pod.name) === name)) {
      const metadata = { ...claim.metadata, deletionTimestamp: '2026-01-01T00:00:00Z', deletedBy: cause };
      this.objects.set(key, { ...claim, metadata });
    } else {
      this.objects.delete(key);
      this.#machines.claimGone(name, cause);
    }
  }

  stop(pod: Pod, cause: Cause, reason: 'restart' | 'removal'): void {
    if (pod.state === 'terminating') return;
    this.#machines.stop(pod, cause, reason);
    pod.state = 'terminating';
  }

  /** Pods end and start. Comes before the nodes in them join. */
  runPods(): void {
    for (const pod of [...this.pods.values()])
      if (pod.state === 'terminating') {
        this.pods.delete(pod.name);
        const claim = this.objects.get(`PersistentVolumeClaim/${claimName(pod.name)}`);
        if (claim?.metadata.deletionTimestamp !== undefined) {
          this.objects.delete(`PersistentVolumeClaim/${claim.metadata.name}`);
          this.#machines.claimGone(claim.metadata.name, String(claim.metadata['deletedBy']));
        }
      }
    for (const pod of this.pods.values()) if (pod.state === 'pending') pod.state = this.#machines.start(pod);
  }

  /** One round of the StatefulSet controller, as read in its documentation and seen on Kubernetes 1.34. */
  lookAfterSets(): void {
    for (const set of this.sets.values()) this.#lookAfter(set);
  }

  #lookAfter(set: StatefulSet): void {
    const spec = specOf(set);
    const revision = fingerprint(spec.template);
    set.templates.set(revision, spec.template);
    set.updateRevision = revision;
    set.currentRevision ??= revision;
    set.observedGeneration = set.object.metadata.generation ?? 0;
    this.#scale(set, spec, revision);
    if (spec.updateStrategy.type === 'RollingUpdate') this.#roll(set, spec, revision);
  }

  /** With `Parallel`, all missing pods are made and all spare ones removed at once; else one by one, and only beside ready ones. */
  #scale(set: StatefulSet, spec: StatefulSetSpec, revision: string): void {
    const name = set.object.metadata.name;
    const first = spec.ordinals?.start ?? 0;
    const parallel = spec.podManagementPolicy === 'Parallel';
    const partition = spec.updateStrategy.rollingUpdate?.partition ?? 0;
    for (let ordinal = first; ordinal < first + spec.replicas; ordinal += 1) {
      const pod = this.pods.get(`${name}-${ordinal}`);
      if (pod === undefined) {
        if (!this.#claimFor(`${name}-${ordinal}`, spec)) continue;
        this.#create(set, ordinal, ordinal < partition ? (set.currentRevision ?? revision) : revision);
      }
      if (!parallel && (pod === undefined || !this.#machines.serves(pod))) return;
    }
    for (const pod of this.#podsOf(name).filter((one) => one.ordinal < first || one.ordinal >= first + spec.replicas)) {
      this.stop(pod, 'operator', 'removal');
      if (spec.persistentVolumeClaimRetentionPolicy?.whenScaled === 'Delete') this.#deleteClaimOf(pod.name, 'operator');
      if (!parallel) return;
    }
  }

  #roll(set: StatefulSet, spec: StatefulSetSpec, revision: string): void {
    const pods = this.#podsOf(set.object.metadata.name);
    if (pods.every((pod) => pod.revision === revision && this.#machines.serves(pod))) set.currentRevision = revision;
    for (const pod of pods) {
      if (pod.ordinal < (spec.updateStrategy.rollingUpdate?.partition ?? 0)) return;
      if (pod.revision !== revision && pod.state !== 'terminating') {
        this.stop(pod, 'operator', 'restart');
        return;
      }
      if (!this.#machines.serves(pod)) return;
    }
  }

  /** From the highest ordinal down. */
  #podsOf(set: string): readonly Pod[] {
    return [...this.pods.values()]
      .filter((pod) => pod.set === set)
      .toSorted((first, second) => second.ordinal - first.ordinal);
  }

  /** Makes the pod's claim when there is none. A pod waits while its claim is on its way out. */
  #claimFor(pod: string, spec: StatefulSetSpec): boolean {
    const [template] = spec.volumeClaimTemplates;
    const name = claimName(pod);
    const live = this.objects.get(`PersistentVolumeClaim/${name}`);
    if (live !== undefined) return live.metadata.deletionTimestamp === undefined;
    this.objects.set(`PersistentVolumeClaim/${name}`, claimObject(name, this.#id('uid'), template));
    this.#machines.claimAdded(name, template?.spec);
    return true;
  }

  #create(set: StatefulSet, ordinal: number, revision: string): void {
    const template = set.templates.get(revision);
    if (template === undefined) throw new Error(`No template of revision ${revision}.`);
    const name = `${set.object.metadata.name}-${ordinal}`;
    const missing = template.spec.volumes
      .map((volume) => volume.configMap?.name)
      .find((config) => config !== undefined && !this.objects.has(`ConfigMap/${config}`));
    if (missing !== undefined) throw new Error(`Pod ${name} would hang: its ConfigMap ${missing} does not exist.`);
    this.pods.set(name, {
      name,
      set: set.object.metadata.name,
      ordinal,
      revision,
      template,
      uid: this.#id('uid'),
      state: 'pending',
      crashes: false,
    });
  }

  /** All that a deleted stack takes with it. Claims and what is on them stay. */
  deleteAllButClaims(): void {
    for (const pod of this.pods.values()) this.stop(pod, 'deletion', 'removal');
    for (const key of [...this.objects.keys()]) if (!key.startsWith('PersistentVolumeClaim/')) this.objects.delete(key);
    this.sets.clear();
    this.pods.clear();
  }
}

const specOf = (set: StatefulSet): StatefulSetSpec => set.object['spec'] as StatefulSetSpec;
