// Parts of pod templates that all components share: who may do what inside, and what users may say about their pods.
import type { PodSettings } from './stack.ts';

/**
 * The pod part of restricted Pod Security. The official images run as user 1000 of group 0; the group of the volumes is
 * 1000, and their files are only given to it when the top folder is not yet, because that takes minutes on large volumes.
 */
export const restrictedPod = {
  runAsNonRoot: true,
  runAsUser: 1000,
  runAsGroup: 0,
  fsGroup: 1000,
  fsGroupChangePolicy: 'OnRootMismatch',
  seccompProfile: { type: 'RuntimeDefault' },
} as const;

/** The container part of restricted Pod Security, and a root file system that nobody can write to. */
export const restrictedContainer = {
  allowPrivilegeEscalation: false,
  privileged: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
} as const;

/** The fields of a pod spec that a user may set. Absent ones stay absent: the API server drops empty maps and lists. */
export function userPodFields(pod: PodSettings): Record<string, unknown> {
  return {
    ...(Object.keys(pod.nodeSelector).length === 0 ? {} : { nodeSelector: pod.nodeSelector }),
    ...(pod.tolerations.length === 0 ? {} : { tolerations: pod.tolerations }),
    ...(pod.priorityClassName === undefined ? {} : { priorityClassName: pod.priorityClassName }),
    ...(pod.imagePullSecrets.length === 0 ? {} : { imagePullSecrets: pod.imagePullSecrets }),
  };
}

/** Spreads the selected pods over Kubernetes nodes and zones where there are several, and runs them all the same where not. */
export function spread(matchLabels: Readonly<Record<string, string>>): readonly unknown[] {
  return ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels },
  }));
}

/** An environment variable that Kubernetes fills from a field of the pod. */
export function fieldVariable(name: string, fieldPath: string): Record<string, unknown> {
  return { name, valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } } };
}
