// The simulated Kubernetes: objects, StatefulSets with revisions, pods and claims. What Elasticsearch does in the pods is told to it by its owner.
import type { ObjectAction } from '../core/objects.ts';
import type { KubeObject } from '../core/kubernetes.ts';
import { quantityBytes } from './disks.ts';
import { lookAfter } from './stateful-sets.ts';
import {
  capacityOf,
  claimName,
  isSame,
  type Pod,
  type PodTemplate,
  requestedStorage,
  specOf,
  type StatefulSetSpec,
} from './workloads.ts';

/** What a StatefulSet's controller reports. */
export interface SetStatus {
  currentRevision: string | undefined;
  updateRevision: string | undefined;
  observedGeneration: number;
}

/** One StatefulSet and what its controller remembers. */
export interface StatefulSet extends SetStatus {
  object: KubeObject;
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
  claimGrown(claim: string, storage: string): void;
  claimGone(claim: string, cause: Cause): void;
}

/** The API server refuses what would overwrite an object that is not the one that was meant. */
export type WriteOutcome = 'done' | 'conflict';

export class Kubernetes {
  /** Everything but StatefulSets' status and pods, by `<kind>/<name>`. */
  readonly objects = new Map<string, KubeObject>();
  readonly sets = new Map<string, StatefulSet>();
  readonly pods = new Map<string, Pod>();
  /** Pods that no Kubernetes node takes, as after a cordon. */
  readonly unschedulable = new Set<string>();
  /** Uids of claims whose volume is lost for ever: their pods wait until they are replaced. */
  readonly deadClaims = new Set<string>();
  /** Claims that the storage does not make larger. */
  readonly growthFails = new Set<string>();
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

  newId(prefix: string): string {
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
    if (live !== undefined && isForbidden(action.object, live)) return 'conflict';
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
      uid: live?.metadata.uid ?? this.newId('uid'),
      generation: (live?.metadata.generation ?? 0) + (changed ? 1 : 0),
      resourceVersion: this.newId(''),
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

  #delete(action: Extract<ObjectAction, { kind: 'delete' }>, cause: Cause): WriteOutcome {
    const { reference, uid } = action;
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
    if (reference.kind !== 'StatefulSet') return 'done';
    if (action.propagationPolicy === 'Orphan') this.#orphan(reference.name);
    else this.#deleteSet(reference.name, cause);
    return 'done';
  }

  /** Pods and claims stay, and belong to nobody until a StatefulSet of that name takes them over. */
  #orphan(name: string): void {
    this.sets.delete(name);
    for (const pod of this.pods.values()) if (pod.set === name) pod.orphan = true;
    for (const [key, claim] of this.objects)
      if (claim.metadata.ownerReferences?.some((owner) => owner.kind === 'StatefulSet' && owner.name === name) === true)
        this.objects.set(key, { ...claim, metadata: { ...claim.metadata, ownerReferences: [] } });
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
        if (policy?.whenDeleted === 'Delete') this.deleteClaimOf(pod.name, cause);
      }
  }

  deleteClaimOf(pod: string, cause: Cause): void {
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
    for (const pod of this.pods.values())
      if (pod.state === 'pending' && !this.isHeld(pod)) pod.state = this.#machines.start(pod);
  }

  /** Whether no Kubernetes node takes a pod. */
  isHeld(pod: Pod): boolean {
    const uid = this.objects.get(`PersistentVolumeClaim/${claimName(pod.name)}`)?.metadata.uid;
    return this.unschedulable.has(pod.name) || this.deadClaims.has(uid ?? '');
  }

  /** Volumes become as large as their claims ask for. */
  growVolumes(): void {
    for (const [key, claim] of this.objects) {
      if (claim.kind !== 'PersistentVolumeClaim' || this.growthFails.has(claim.metadata.name)) continue;
      const wanted = requestedStorage(claim);
      if (wanted === undefined || wanted === capacityOf(claim)) continue;
      this.objects.set(key, { ...claim, status: { phase: 'Bound', capacity: { storage: wanted } } });
      this.#machines.claimGrown(claim.metadata.name, wanted);
    }
  }

  /** One round of the StatefulSet controller. */
  lookAfterSets(): void {
    for (const set of this.sets.values()) lookAfter(this, this.#machines, set);
  }

  /** Whether every controller has done what it was told to, and no pod starts or ends. */
  get atRest(): boolean {
    const pods = [...this.pods.values()];
    const rests = (pod: Pod): boolean =>
      pod.state === 'running' || pod.state === 'crashing' || (pod.state === 'pending' && this.isHeld(pod));
    if (!pods.every(rests)) return false;
    return [...this.sets].every(
      ([name, set]) =>
        set.observedGeneration === set.object.metadata.generation &&
        pods.filter((pod) => pod.set === name).length === specOf(set).replicas,
    );
  }

  /** All that a deleted stack takes with it. Claims and what is on them stay. */
  deleteAllButClaims(): void {
    for (const pod of this.pods.values()) this.stop(pod, 'deletion', 'removal');
    for (const key of [...this.objects.keys()]) if (!key.startsWith('PersistentVolumeClaim/')) this.objects.delete(key);
    this.sets.clear();
    this.pods.clear();
  }
}

/** What the API server refuses: other claim templates of a StatefulSet, and a claim that asks for less. */
function isForbidden(wanted: KubeObject, live: KubeObject): boolean {
  if (wanted.kind === 'StatefulSet') {
    const [asked, present] = [wanted, live].map(
      (one) => (one['spec'] as Partial<StatefulSetSpec> | undefined)?.volumeClaimTemplates,
    );
    return asked !== undefined && present !== undefined && !isSame(asked, present);
  }
  if (wanted.kind !== 'PersistentVolumeClaim') return false;
  const [asked, present] = [requestedStorage(wanted), requestedStorage(live)];
  return asked !== undefined && present !== undefined && quantityBytes(asked) < quantityBytes(present);
}
