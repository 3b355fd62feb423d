// The kinds the operator works with, where the API server serves them, and how an object is named in keys and messages.
import type { KubeObject, ObjectReference, ResourceType } from '../core/kubernetes.ts';
import { Fault } from './errors.ts';

function resource(apiVersion: string, kind: string, plural: string, namespaced = true): ResourceType {
  return { apiVersion, kind, plural, namespaced };
}

export const RESOURCES = {
  ClusterRoleBinding: resource('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', 'clusterrolebindings', false),
  ConfigMap: resource('v1', 'ConfigMap', 'configmaps'),
  DaemonSet: resource('apps/v1', 'DaemonSet', 'daemonsets'),
  Deployment: resource('apps/v1', 'Deployment', 'deployments'),
  Event: resource('events.k8s.io/v1', 'Event', 'events'),
  Lease: resource('coordination.k8s.io/v1', 'Lease', 'leases'),
  LoggingStack: resource('loggingstack.dev/v1alpha1', 'LoggingStack', 'loggingstacks'),
  Namespace: resource('v1', 'Namespace', 'namespaces', false),
  PersistentVolumeClaim: resource('v1', 'PersistentVolumeClaim', 'persistentvolumeclaims'),
  Pod: resource('v1', 'Pod', 'pods'),
  PodDisruptionBudget: resource('policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets'),
  Role: resource('rbac.authorization.k8s.io/v1', 'Role', 'roles'),
  RoleBinding: resource('rbac.authorization.k8s.io/v1', 'RoleBinding', 'rolebindings'),
  Secret: resource('v1', 'Secret', 'secrets'),
  Service: resource('v1', 'Service', 'services'),
  ServiceAccount: resource('v1', 'ServiceAccount', 'serviceaccounts'),
  StackPlan: resource('loggingstack.dev/v1alpha1', 'StackPlan', 'stackplans'),
  StackRepository: resource('loggingstack.dev/v1alpha1', 'StackRepository', 'stackrepositories'),
  StackRestore: resource('loggingstack.dev/v1alpha1', 'StackRestore', 'stackrestores'),
  StackSnapshot: resource('loggingstack.dev/v1alpha1', 'StackSnapshot', 'stacksnapshots'),
  StackSnapshotSchedule: resource('loggingstack.dev/v1alpha1', 'StackSnapshotSchedule', 'stacksnapshotschedules'),
  StatefulSet: resource('apps/v1', 'StatefulSet', 'statefulsets'),
} as const satisfies Record<string, ResourceType>;

const byKind = new Map(Object.values(RESOURCES).map((type) => [`${type.apiVersion}/${type.kind}`, type]));

/** The resource of an object or a reference. Throws `UnknownResource` for a kind that the operator has no business with. */
export function resourceOf(of: { readonly apiVersion: string; readonly kind: string }): ResourceType {
  const type = byKind.get(`${of.apiVersion}/${of.kind}`);
  if (type !== undefined) return type;
  throw new Fault('UnknownResource', `${of.apiVersion} ${of.kind} is not in the table of resources (RESOURCES)`);
}

/** `namespace/name`, or `name` of a cluster-scoped object: the key of stores. */
export function objectKey(object: KubeObject): string {
  return keyOf(object.metadata);
}

export function keyOf(reference: { readonly namespace?: string; readonly name: string }): string {
  return reference.namespace === undefined ? reference.name : `${reference.namespace}/${reference.name}`;
}

export function referenceTo(object: KubeObject): ObjectReference {
  const { namespace, name } = object.metadata;
  return { apiVersion: object.apiVersion, kind: object.kind, name, ...(namespace === undefined ? {} : { namespace }) };
}

/** Where one object, or a collection, is on the API server. */
export interface Location {
  readonly type: ResourceType;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
}

export function locationOf(reference: ObjectReference): Location {
  const type = resourceOf(reference);
  if (type.namespaced && reference.namespace === undefined)
    throw new Fault('BadRequest', `${reference.kind} ${reference.name} needs a namespace, and none is given`);
  return {
    type,
    name: reference.name,
    ...(type.namespaced && reference.namespace !== undefined ? { namespace: reference.namespace } : {}),
  };
}

/** The collection that an object is, or would be, in: where a POST goes. */
export function collectionOf({ type, namespace }: Location): Location {
  return { type, ...(namespace === undefined ? {} : { namespace }) };
}

/** The path part of the URL. */
export function pathOf({ type, namespace, name, subresource }: Location): string {
  const group = type.apiVersion.includes('/') ? ['apis', type.apiVersion] : ['api', type.apiVersion];
  const parts = namespace === undefined ? [type.plural] : ['namespaces', encodeURIComponent(namespace), type.plural];
  if (name !== undefined) parts.push(encodeURIComponent(name));
  if (subresource !== undefined) parts.push(subresource);
  return `/${[...group, ...parts].join('/')}`;
}

/** How people read it in messages: `Secret logging/logs-es-http-certs`. */
export function describe({ type, namespace, name, subresource }: Location): string {
  const key =
    name === undefined ? (namespace ?? '') : keyOf({ name, ...(namespace === undefined ? {} : { namespace }) });
  return [type.kind, key, subresource].filter((part) => part !== undefined && part !== '').join(' ');
}
