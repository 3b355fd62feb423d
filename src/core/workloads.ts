// What components have in common: metadata of their objects, Services, and the Secrets that their pods read only at the start.
import type { KubeObject } from './kubernetes.ts';
import { annotations, componentLabels, names, ownerReference, podSelector, type ReconciledComponent } from './names.ts';
import type { Follower } from './followers.ts';
import { hashOf, type LiveObjects, type ObjectAction, type ObjectPlan } from './objects.ts';
import type { ResolvedStack, StackIdentity } from './stack.ts';
import type { Step } from './step-actions.ts';

/** A plan of objects, and what the pods still wait for: without it, no workload is planned. */
export interface WorkloadPlan extends ObjectPlan {
  readonly missingSecrets: readonly string[];
  /** What a workload that is not there yet waits for besides, in words. */
  readonly awaited?: string | undefined;
}

const workloadKinds = ['Deployment', 'StatefulSet', 'DaemonSet'];

export const isWorkload = ({ kind }: KubeObject): boolean => workloadKinds.includes(kind);

/** What writes of workloads do, in words that people use; other objects are part of theirs. */
export function workloadSteps(actions: readonly ObjectAction[]): readonly Step[] {
  return actions.flatMap((action) => {
    if (action.kind === 'delete' || !isWorkload(action.object)) return [];
    const { kind, metadata } = action.object;
    return [{ action: action.kind === 'create' ? 'Create' : 'Update', subject: `${kind}/${metadata.name}` }];
  });
}

export function componentMetadata(
  identity: StackIdentity,
  component: ReconciledComponent,
  name: string,
): KubeObject['metadata'] {
  return {
    name,
    namespace: identity.namespace,
    labels: componentLabels(identity, component),
    ownerReferences: [ownerReference(identity)],
  };
}

/** Of the workload of a component that follows Elasticsearch: it says by which version of the stack it is made. */
export function followerMetadata({ identity, version }: ResolvedStack, follower: Follower): KubeObject['metadata'] {
  const metadata = componentMetadata(identity, follower, names[follower](identity.name));
  return { ...metadata, annotations: { [annotations.stackVersion]: version } };
}

/** An account for pods that never talk to Kubernetes: no token, and nobody else's either. */
export function accountWithoutToken(stack: ResolvedStack, component: ReconciledComponent, name: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: componentMetadata(stack.identity, component, name),
    automountServiceAccountToken: false,
  };
}

export interface ServiceFacts {
  readonly name: string;
  readonly port: { readonly name: string; readonly port: number };
  /** Labels that its pods have besides those of all pods of the component. */
  readonly pods?: Readonly<Record<string, string>>;
  /** No address of its own: it gives every pod a name, also while the pod is not ready, as pods that find each other need. */
  readonly headless?: true;
}

/** A Service with one port, which leads to the container's port of the same name. */
export function service(stack: ResolvedStack, component: ReconciledComponent, facts: ServiceFacts): KubeObject {
  const { name, port, pods, headless } = facts;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: componentMetadata(stack.identity, component, name),
    spec: {
      ...(headless === true ? { clusterIP: 'None', publishNotReadyAddresses: true } : { type: 'ClusterIP' }),
      selector: { ...podSelector(stack.identity, component), ...pods },
      ports: [{ ...port, protocol: 'TCP', targetPort: port.name }],
    },
  };
}

/** One key of a Secret that pods read only at their start. */
export interface StartSecret {
  readonly secret: string;
  readonly key: string;
}

const certificateKeys = ['tls.crt', 'ca.crt'];

/**
 * A fingerprint of what pods read of Secrets only at their start, for their template: pods are replaced when it changes.
 * Certificates count by their text, which is public; all else counts by the Secret's UID, so that no trace of a secret
 * value gets into an annotation.
 */
export function startSecrets(
  stack: StackIdentity,
  read: readonly StartSecret[],
  live: LiveObjects,
): { readonly missing: readonly string[]; readonly fingerprint: string } {
  const missing = new Set<string>();
  const seen = read.map(({ secret, key }) => {
    const found = live({ apiVersion: 'v1', kind: 'Secret', namespace: stack.namespace, name: secret });
    const data = (found?.['data'] ?? {}) as Readonly<Record<string, string>>;
    if (data[key] === undefined) missing.add(secret);
    return [secret, key, certificateKeys.includes(key) ? data[key] : found?.metadata.uid];
  });
  return { missing: [...missing], fingerprint: hashOf(seen) };
}

/** A part of a projected volume: some keys of one Secret under names of their own, and nothing else of it. */
export function secretFiles(secret: string, files: Readonly<Record<string, string>>): Record<string, unknown> {
  return { secret: { name: secret, items: Object.entries(files).map(([key, path]) => ({ key, path })) } };
}

/** File mode 0440: the owner and the pod's own group may read. */
export const groupReads = 0o440;
