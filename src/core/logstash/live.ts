// Finds what runs of a stack's Logstash, by name: its StatefulSet, and the pod and the queue volume of each number.
import type { KubeObject } from '../kubernetes.ts';
import { annotations, names, queueVolume } from '../names.ts';
import { isOurs, type LiveObjects } from '../objects.ts';
import type { ResolvedStack } from '../stack.ts';

/** More pods than a spec can ask for: nothing of ours has a higher number. */
export const mostPods = 50;

export interface LiveSet {
  readonly object: KubeObject;
  readonly replicas: number;
  /** Whether its controller has seen the newest edit. */
  readonly current: boolean;
}

/** The StatefulSet, if there is one and it is ours. */
export function liveSet(stack: ResolvedStack, live: LiveObjects): LiveSet | undefined {
  const { name, namespace } = stack.identity;
  const object = live({ apiVersion: 'apps/v1', kind: 'StatefulSet', namespace, name: names.logstash(name) });
  if (object === undefined || !isOurs(object, stack.identity)) return undefined;
  const { replicas } = (object['spec'] ?? {}) as { replicas?: number };
  const { observedGeneration } = (object['status'] ?? {}) as { observedGeneration?: number };
  return { object, replicas: replicas ?? 1, current: observedGeneration === object.metadata.generation };
}

export const podName = (stack: ResolvedStack, ordinal: number): string =>
  `${names.logstash(stack.identity.name)}-${ordinal}`;

export const livePod = (stack: ResolvedStack, live: LiveObjects, ordinal: number): KubeObject | undefined =>
  live({ apiVersion: 'v1', kind: 'Pod', namespace: stack.identity.namespace, name: podName(stack, ordinal) });

export const claimName = (stack: ResolvedStack, ordinal: number): string => `${queueVolume}-${podName(stack, ordinal)}`;

/** The claim of a number, if it is ours and stays. */
export function liveClaim(stack: ResolvedStack, live: LiveObjects, ordinal: number): KubeObject | undefined {
  const { namespace } = stack.identity;
  const name = claimName(stack, ordinal);
  const found = live({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name });
  if (found === undefined || found.metadata.deletionTimestamp !== undefined) return undefined;
  return isOurs(found, stack.identity) ? found : undefined;
}

/** What was seen of a queue just before its pod went: `true` for empty. */
export const markOf = (claim: KubeObject): string | undefined => claim.metadata.annotations?.[annotations.drained];
