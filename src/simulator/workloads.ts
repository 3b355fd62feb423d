// Shapes of the simulated Kubernetes' pods and claims, and the objects that the operator sees of them.
import type { KubeObject } from '../core/kubernetes.ts';
import type { StatefulSet } from './kubernetes.ts';

export interface PodTemplate {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly containers: readonly { readonly name: string; readonly image?: string }[];
    readonly volumes: readonly { readonly name: string; readonly configMap?: { readonly name: string } }[];
  };
}

export interface ClaimTemplate {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: { readonly resources?: { readonly requests?: { readonly storage?: string } } };
}

export interface StatefulSetSpec {
  readonly replicas: number;
  readonly ordinals?: { readonly start?: number };
  readonly podManagementPolicy?: string;
  readonly template: PodTemplate;
  readonly updateStrategy: { readonly type: string; readonly rollingUpdate?: { readonly partition?: number } };
  readonly persistentVolumeClaimRetentionPolicy?: { readonly whenScaled?: string; readonly whenDeleted?: string };
  readonly volumeClaimTemplates: readonly ClaimTemplate[];
}

export const specOf = ({ object }: Pick<StatefulSet, 'object'>): StatefulSetSpec => object['spec'] as StatefulSetSpec;

export interface Pod {
  readonly name: string;
  readonly set: string;
  readonly ordinal: number;
  readonly revision: string;
  readonly template: PodTemplate;
  readonly uid: string;
  state: 'pending' | 'running' | 'crashing' | 'terminating';
  /** A test made it fail at each start from now on, until it is replaced. */
  crashes: boolean;
  /** Its StatefulSet was deleted without it. */
  orphan?: boolean;
  /** The tick since which it does not serve. */
  awaySince?: number | undefined;
}

/** Pods of a StatefulSet have one claim each, of the template `data`. */
export const claimName = (pod: string): string => `data-${pod}`;

/** JSON with sorted keys. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, item: unknown) =>
    item !== null && typeof item === 'object' && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).toSorted(([first], [second]) => (first < second ? -1 : 1)))
      : item,
  );

export const isSame = (first: unknown, second: unknown): boolean =>
  first === undefined || second === undefined ? first === second : canonical(first) === canonical(second);

/** Of each template once: they are replaced, never changed. */
const fingerprints = new WeakMap<PodTemplate, string>();

/** A short name of a template: 32 bits of FNV-1a, twice. Good enough to tell the few templates of one test apart. */
export function fingerprint(template: PodTemplate): string {
  const known = fingerprints.get(template);
  if (known !== undefined) return known;
  const text = canonical(template);
  const made = [text, `${text}again`].map(hash).join('');
  fingerprints.set(template, made);
  return made;
}

function hash(text: string): string {
  let sum = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193);
  return (sum >>> 0).toString(16).padStart(8, '0');
}

const namespace = 'team';

export function claimObject(name: string, uid: string, template: ClaimTemplate | undefined): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace, uid, resourceVersion: '1', labels: template?.metadata.labels ?? {} },
    spec: template?.spec,
    status: { phase: 'Bound', capacity: { storage: template?.spec.resources?.requests?.storage } },
  };
}

export const requestedStorage = (claim: KubeObject): string | undefined =>
  (claim['spec'] as ClaimTemplate['spec'] | undefined)?.resources?.requests?.storage;

export const capacityOf = (claim: KubeObject): string | undefined =>
  (claim['status'] as { readonly capacity?: { readonly storage?: string } } | undefined)?.capacity?.storage;

export const setObject = ({ object, ...status }: Omit<StatefulSet, 'templates'>): KubeObject => ({
  ...object,
  status: {
    observedGeneration: status.observedGeneration,
    currentRevision: status.currentRevision,
    updateRevision: status.updateRevision,
  },
});

/** @param awaySince RFC 3339; undefined of a pod that serves, or whose time is not known */
export function podObject(pod: Pod, setUid: string, ready: boolean, awaySince?: string): KubeObject {
  const states = {
    pending: undefined,
    running: { running: {} },
    crashing: { waiting: { reason: 'CrashLoopBackOff' } },
    terminating: { running: {} },
  } as const;
  const state = states[pod.state];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: pod.name,
      namespace,
      uid: pod.uid,
      resourceVersion: '1',
      labels: { ...pod.template.metadata.labels, 'controller-revision-hash': pod.revision },
      ownerReferences:
        setUid === '' ? [] : [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: pod.set, uid: setUid }],
      ...(pod.state === 'terminating' ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
    spec: { containers: pod.template.spec.containers.map(({ name, image }) => ({ name, image })) },
    status: {
      conditions: [
        {
          type: 'Ready',
          status: ready ? 'True' : 'False',
          ...(awaySince === undefined ? {} : { lastTransitionTime: awaySince }),
        },
      ],
      containerStatuses: state === undefined ? [] : [{ name: 'elasticsearch', state }],
    },
  };
}
