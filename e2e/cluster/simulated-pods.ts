// The status that a kubelet would report for a pod, computed without running anything; pure.
import type { KubernetesObject } from './rest.ts';

/** Annotation on a pod: `"false"` keeps it (or makes it) not Ready, as a failing readiness probe would. */
export const readyAnnotation = 'simulation.loggingstack.dev/ready';

interface Container {
  name: string;
  image: string;
  env?: { valueFrom?: { secretKeyRef?: Reference; configMapKeyRef?: Reference } }[];
  envFrom?: { secretRef?: Reference; configMapRef?: Reference }[];
}

interface Reference {
  name: string;
  optional?: boolean;
}

interface VolumeSource {
  secret?: { secretName: string; optional?: boolean };
  configMap?: Reference;
  projected?: { sources?: { secret?: Reference; configMap?: Reference }[] };
}

interface Condition {
  type: string;
  status: string;
  reason?: string;
  lastTransitionTime?: string;
}

export interface Pod extends KubernetesObject {
  spec: { nodeName?: string; containers: Container[]; initContainers?: Container[]; volumes?: VolumeSource[] };
  status?: { phase?: string; conditions?: Condition[]; podIP?: string; containerStatuses?: ContainerStatus[] };
}

interface ContainerStatus {
  name: string;
  ready: boolean;
  state: { waiting?: { reason: string } };
}

/** What the simulation wants a pod to be; `gone` is a pod that is being deleted. */
type PodAim = 'gone' | 'succeeded' | 'ready' | 'not-ready';

/** The aim for a pod that is on a simulated node. */
export function aimFor(pod: Pod): PodAim {
  if (pod.metadata.deletionTimestamp !== undefined) return 'gone';
  if (pod.metadata.ownerReferences?.some((owner) => owner.kind === 'Job')) return 'succeeded';
  return pod.metadata.annotations?.[readyAnnotation] === 'false' ? 'not-ready' : 'ready';
}

/** True when the pod's status says already what is aimed at. */
export function isReached(pod: Pod, aim: PodAim): boolean {
  const { phase, conditions = [] } = pod.status ?? {};
  if (phase === 'Succeeded' || phase === 'Failed') return aim !== 'gone';
  const ready = conditions.find((condition) => condition.type === 'Ready')?.status;
  if (aim === 'ready') return phase === 'Running' && ready === 'True';
  if (aim === 'not-ready') return phase === 'Running' && ready === 'False';
  return false;
}

/** API paths of the Secrets and ConfigMaps without which a kubelet would not start the pod's containers. */
export function requiredObjects(pod: Pod): string[] {
  const paths = new Set<string>();
  const need = (kind: 'secrets' | 'configmaps', reference: Reference | undefined): void => {
    if (reference === undefined || reference.optional === true) return;
    paths.add(`/api/v1/namespaces/${pod.metadata.namespace ?? ''}/${kind}/${reference.name}`);
  };
  for (const volume of pod.spec.volumes ?? []) {
    if (volume.secret) need('secrets', { ...volume.secret, name: volume.secret.secretName });
    need('configmaps', volume.configMap);
    for (const source of volume.projected?.sources ?? []) {
      need('secrets', source.secret);
      need('configmaps', source.configMap);
    }
  }
  for (const container of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) {
    for (const { valueFrom } of container.env ?? []) {
      need('secrets', valueFrom?.secretKeyRef);
      need('configmaps', valueFrom?.configMapKeyRef);
    }
    for (const source of container.envFrom ?? []) {
      need('secrets', source.secretRef);
      need('configmaps', source.configMapRef);
    }
  }
  return [...paths];
}

/** True when the status says already that the containers wait for a missing Secret or ConfigMap. */
export function isWaiting(pod: Pod): boolean {
  return pod.status?.containerStatuses?.[0]?.state.waiting !== undefined;
}

/** Status of a pod whose Secrets or ConfigMaps are missing. */
export function waitingStatus(pod: Pod): object {
  return {
    phase: 'Pending',
    containerStatuses: pod.spec.containers.map((container) => ({
      ...commonStatus(container, false),
      state: { waiting: { reason: 'CreateContainerConfigError', message: 'a Secret or ConfigMap is missing' } },
    })),
  };
}

/** Status of a pod that runs (ready or not) or has succeeded. */
export function reachedStatus(
  pod: Pod,
  aim: Exclude<PodAim, 'gone'>,
  podIP: string,
  hostIP: string,
  time: string,
): object {
  const ready = aim === 'ready';
  const over = { terminated: { exitCode: 0, reason: 'Completed', startedAt: time, finishedAt: time } };
  const running = aim === 'succeeded' ? over : { running: { startedAt: time } };
  return {
    phase: aim === 'succeeded' ? 'Succeeded' : 'Running',
    startTime: time,
    podIP,
    podIPs: [{ ip: podIP }],
    hostIP,
    hostIPs: [{ ip: hostIP }],
    conditions: conditions(pod, ready, aim, time),
    initContainerStatuses: (pod.spec.initContainers ?? []).map((container) => ({
      ...commonStatus(container, true),
      started: false,
      state: over,
    })),
    containerStatuses: pod.spec.containers.map((container) => ({ ...commonStatus(container, ready), state: running })),
  };
}

function commonStatus(container: Container, ready: boolean): object {
  const { name, image } = container;
  return { name, image, imageID: `simulated://${image}`, restartCount: 0, ready, started: ready };
}

function conditions(pod: Pod, ready: boolean, aim: PodAim, time: string): Condition[] {
  const before = pod.status?.conditions ?? [];
  const reason = aim === 'succeeded' ? { reason: 'PodCompleted' } : {};
  const wanted = { PodReadyToStartContainers: true, Initialized: true, ContainersReady: ready, Ready: ready };
  const others = before.filter((condition) => !(condition.type in wanted));
  const ours = Object.entries(wanted).map(([type, value]) => {
    const status = value ? 'True' : 'False';
    const old = before.find((condition) => condition.type === type);
    return {
      type,
      status,
      ...(value ? {} : reason),
      lastTransitionTime: (old?.status === status && old.lastTransitionTime) || time,
    };
  });
  return [...others, ...ours];
}
