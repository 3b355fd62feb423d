// Reads what the planner needs out of raw Kubernetes objects: pools with their pods and claims, each fact under one name.
import type { KubeObject } from '../kubernetes.ts';
import { annotations, dataVolume, labels } from '../names.ts';
import type { ClusterLook, Observed } from './observed.ts';

/** One pod of a pool. */
export interface PodView {
  readonly name: string;
  readonly ordinal: number;
  readonly object: KubeObject;
  /** The kubelet reports it ready, which means that its node knows a master; and it is not on its way out. */
  readonly ready: boolean;
  readonly terminating: boolean;
  /** No container of it runs, so its node cannot be part of any cluster. */
  readonly stopped: boolean;
  /** It is not ready, and waiting alone will not mend it: it keeps failing at its start, is long overdue, or no Kubernetes node takes it. */
  readonly stuck: boolean;
  /** It is of another revision than the StatefulSet's newest one. */
  readonly outdated: boolean;
  /** It is of a template that was given up before the roll was over: neither the newest nor the one that all had before. */
  readonly abandoned: boolean;
}

/** One StatefulSet of Elasticsearch nodes as it stands. */
export interface SetView {
  readonly pool: string;
  readonly object: KubeObject;
  readonly replicas: number;
  /** Pods of this ordinal and above take the newest template. `OnDelete` sets have none. */
  readonly partition: number;
  readonly onDelete: boolean;
  /** Whether the StatefulSet's status speaks of its present spec. */
  readonly current: boolean;
  /** Whether no pod may come back on an older template. */
  readonly rolledOut: boolean;
  readonly pods: readonly PodView[];
  /** All pods exist and none is leaving. */
  readonly complete: boolean;
}

interface SetSpec {
  readonly replicas?: number;
  readonly updateStrategy?: { readonly type?: string; readonly rollingUpdate?: { readonly partition?: number } };
}

interface SetStatus {
  readonly observedGeneration?: number;
  readonly currentRevision?: string;
  readonly updateRevision?: string;
}

interface ContainerState {
  readonly waiting?: { readonly reason?: string };
  readonly running?: unknown;
  readonly terminated?: unknown;
}

interface PodStatus {
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason?: string;
    readonly message?: string;
    readonly lastTransitionTime?: string;
  }[];
  readonly containerStatuses?: readonly { readonly state?: ContainerState }[];
  readonly initContainerStatuses?: readonly { readonly state?: ContainerState }[];
}

const revisionLabel = 'controller-revision-hash';

export const poolOf = (object: KubeObject): string => object.metadata.labels?.[labels.pool] ?? '';

/** The ordinal at the end of the name of a pod or claim; NaN when there is none. */
export const ordinalOf = (name: string): number => Number(/-(\d+)$/.exec(name)?.[1] ?? Number.NaN);

export const claimOf = (pod: string): string => `${dataVolume}-${pod}`;

/** The name of the StatefulSet that a claim of this name is for; undefined when it is for none. */
export const setOfClaim = (claim: string): string | undefined =>
  new RegExp(`^${dataVolume}-(.+)-\\d+$`).exec(claim)?.[1];

export function ofKind(observed: Observed, kind: string): readonly KubeObject[] {
  return observed.objects.filter((object) => object.kind === kind);
}

export function liveObject(observed: Observed, kind: string, name: string): KubeObject | undefined {
  return observed.objects.find((object) => object.kind === kind && object.metadata.name === name);
}

/**
 * Pods whose StatefulSet is being made anew around them (see expansion.ts): without an owner, or with one that is seen no
 * more, because each kind is watched on its own.
 */
export function orphanedPods(observed: Observed): readonly KubeObject[] {
  const live = new Set(ofKind(observed, 'StatefulSet').map(({ metadata }) => metadata.uid));
  return ofKind(observed, 'Pod').filter(({ metadata }) =>
    (metadata.ownerReferences ?? []).every(({ uid }) => !live.has(uid)),
  );
}

/** The kubelet reports the pod ready, and it is not on its way out. */
export function isReady({ metadata, ...pod }: KubeObject): boolean {
  const { conditions } = (pod['status'] ?? {}) as PodStatus;
  return (
    metadata.deletionTimestamp === undefined &&
    conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true
  );
}

function podView(pod: KubeObject, { currentRevision, updateRevision }: SetStatus, takenAt: string): PodView {
  const revision = pod.metadata.labels?.[revisionLabel];
  const status = (pod['status'] ?? {}) as PodStatus;
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const containers = status.containerStatuses ?? [];
  const ready = isReady(pod);
  return {
    name: pod.metadata.name,
    ordinal: ordinalOf(pod.metadata.name),
    object: pod,
    terminating,
    ready,
    stopped: containers.every((container) => container.state?.running === undefined),
    stuck: !ready && (isStuck(status) || isLate(pod, status, takenAt)),
    outdated: revision !== updateRevision,
    abandoned: revision !== updateRevision && revision !== currentRevision,
  };
}

function isStuck(status: PodStatus): boolean {
  const reasons = [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])].map(
    (container) => container.state?.waiting?.reason ?? '',
  );
  return hasNoPlace(status) || reasons.some((reason) => /BackOff$|^Err|Error$/.test(reason));
}

const hasNoPlace = ({ conditions = [] }: PodStatus): boolean =>
  conditions.some(({ type, reason }) => type === 'PodScheduled' && reason === 'Unschedulable');

/** Whether the scheduler finds no Kubernetes node for a pod. */
export const isUnschedulable = (pod: KubeObject): boolean => hasNoPlace(pod['status'] ?? {});

/** Why the scheduler finds none, in its own words; empty when it did not say. */
export const whyUnschedulable = (pod: KubeObject): string =>
  ((pod['status'] ?? {}) as PodStatus).conditions?.find(({ type }) => type === 'PodScheduled')?.message ?? '';

/** A node knows a master within a minute or two of its start, however much data it has. */
const longestStartMs = 10 * 60_000;

function isLate(pod: KubeObject, status: PodStatus, takenAt: string): boolean {
  const { lastTransitionTime } = status.conditions?.find((one) => one.type === 'Ready') ?? {};
  const since = lastTransitionTime ?? pod.metadata.creationTimestamp;
  return since !== undefined && Date.parse(takenAt) - Date.parse(since) > longestStartMs;
}

function setView(set: KubeObject, observed: Observed): SetView {
  const spec = set['spec'] as SetSpec;
  const status = (set['status'] ?? {}) as SetStatus;
  const replicas = spec.replicas ?? 1;
  const pods = ofKind(observed, 'Pod')
    .filter((pod) => pod.metadata.ownerReferences?.some((owner) => owner.uid === set.metadata.uid) === true)
    .map((pod) => podView(pod, status, observed.takenAt))
    .toSorted((first, second) => second.ordinal - first.ordinal);
  return {
    pool: poolOf(set),
    object: set,
    replicas,
    partition: spec.updateStrategy?.rollingUpdate?.partition ?? 0,
    onDelete: spec.updateStrategy?.type === 'OnDelete',
    current: status.observedGeneration === set.metadata.generation,
    rolledOut: status.currentRevision === status.updateRevision,
    pods,
    complete: pods.length === replicas && pods.every((pod) => !pod.terminating),
  };
}

/** All StatefulSets that the look shows, also of pools that the spec no longer has. Pods run from the highest ordinal down. */
export function setViews(observed: Observed): readonly SetView[] {
  return ofKind(observed, 'StatefulSet').map((set) => setView(set, observed));
}

/** Whether the node of a claim was seen empty just before it was taken away. */
export const isDrainedClaim = (claim: KubeObject): boolean =>
  claim.metadata.annotations?.[annotations.drained] === 'true';

/** Whether the node of a claim is one that its StatefulSet asks for. */
export const isInUse = (observed: Observed, claim: KubeObject): boolean => {
  const set = liveObject(observed, 'StatefulSet', setOfClaim(claim.metadata.name) ?? '');
  return set !== undefined && ordinalOf(claim.metadata.name) < ((set['spec'] as SetSpec).replicas ?? 1);
};

/** How many nodes of a pool have a claim that nobody emptied: one more than the highest ordinal that has one. */
export function claimedSize(observed: Observed, setName: string): number {
  const pattern = new RegExp(`^${dataVolume}-${setName}-(\\d+)$`);
  return ofKind(observed, 'PersistentVolumeClaim')
    .filter((claim) => !isDrainedClaim(claim))
    .reduce((size, claim) => Math.max(size, Number(pattern.exec(claim.metadata.name)?.[1] ?? -1) + 1), 0);
}

/** The clusters that the stack's claims belong to, by their annotation. */
export function claimedClusters(observed: Observed): readonly string[] {
  const found = ofKind(observed, 'PersistentVolumeClaim').map(
    (claim) => claim.metadata.annotations?.[annotations.clusterUuid],
  );
  return [...new Set(found.filter((uuid) => uuid !== undefined))];
}

/** Whether the pod's node is part of the cluster, with this version where one is given. No answer is no membership. */
export function hasJoined(cluster: ClusterLook, pod: string, version?: string): boolean {
  return (
    cluster.answered &&
    cluster.nodes.some((node) => node.name === pod && (version === undefined || node.version === version))
  );
}
