// What is compared between a roll-out whose operator died and one whose operator did not: everything but a listed few fields that differ by nature.

interface Meta {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly Readonly<Record<string, unknown>>[];
  readonly finalizers?: readonly string[];
}

interface Listed {
  readonly kind: string;
  readonly metadata: Meta;
  readonly [field: string]: unknown;
}

/** Kinds that the operator makes, and the stack itself. */
export const comparedKinds = [
  'loggingstacks',
  'statefulsets',
  'deployments',
  'daemonsets',
  'services',
  'configmaps',
  'secrets',
  'serviceaccounts',
  'poddisruptionbudgets',
  'rolebindings',
  'persistentvolumeclaims',
] as const;

/** Fields that differ between any two roll-outs: chosen by the API server, by its controllers, or generated. */
const ignored = new Set([
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'generation',
  'observedGeneration',
  'managedFields',
  'selfLink',
  'lastTransitionTime',
  'lastUpdateTime',
  'lastProbeTime',
  'since',
  'clusterIP',
  'clusterIPs',
  'currentRevision',
  'updateRevision',
  'collisionCount',
  'volumeName',
  'loggingstack.dev/desired-hash',
  'loggingstack.dev/config-hash',
  'loggingstack.dev/template-hash',
  'loggingstack.dev/inputs',
  'loggingstack.dev/cluster-uuid',
  'clusterUUID',
  'volume.kubernetes.io/selected-node',
  'volume.kubernetes.io/storage-provisioner',
  'volume.beta.kubernetes.io/storage-provisioner',
  'kubectl.kubernetes.io/last-applied-configuration',
  'deployment.kubernetes.io/revision',
]);

/** The object with what differs by nature taken out, and its namespace spelled `NAMESPACE`. */
function comparable(object: Listed, namespace: string): unknown {
  const stripped = strip(object) as Record<string, unknown>;
  if (object.kind === 'Secret') stripped['data'] = Object.keys(object['data'] ?? {}).toSorted();
  if (object.kind === 'LoggingStack') stripped['status'] = conditions(object['status']);
  if (object.kind === 'StatefulSet' || object.kind === 'Deployment' || object.kind === 'DaemonSet')
    delete stripped['status'];
  // Namespaces, UIDs, and hashes of text that has them in it differ from run to run.
  return JSON.parse(
    JSON.stringify(stripped)
      .replaceAll(namespace, 'NAMESPACE')
      .replaceAll(/-[0-9a-f]{16}\b/g, '-HASH')
      .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UID'),
  ) as unknown;
}

function strip(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(strip);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([key]) => !ignored.has(key));
  return Object.fromEntries(entries.map(([key, item]) => [key, strip(item)]));
}

/** Of a status, what it says, not when. */
function conditions(status: unknown): unknown {
  const given = (status ?? {}) as {
    conditions?: readonly { type: string; status: string; reason: string }[];
    blocked?: unknown;
  };
  return {
    conditions: (given.conditions ?? [])
      .map(({ type, status: value, reason }) => `${type}=${value} ${reason}`)
      .toSorted(),
    blocked: given.blocked ?? [],
  };
}

/** All objects by kind and name, comparable. */
export function comparableObjects(
  lists: readonly { readonly items: readonly Listed[] }[],
  namespace: string,
): ReadonlyMap<string, unknown> {
  const objects = new Map<string, unknown>();
  for (const item of lists.flatMap((list) => list.items)) {
    const name = item.metadata.name.replaceAll(/-[0-9a-f]{16}$/g, '-HASH');
    if (name !== 'kube-root-ca.crt' && name !== 'default')
      objects.set(`${item.kind}/${name}`, comparable(item, namespace));
  }
  return objects;
}
