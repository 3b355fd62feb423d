// Turns the objects that the operator made into manifests that a person could have written: no fields of the server, and able to form a cluster.
import { parse, stringify } from 'yaml';
import { labels } from '../../src/core/names.ts';

interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly spec?: object;
  readonly [field: string]: unknown;
}

interface SetSpec {
  readonly replicas?: number;
  readonly template: {
    readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
    readonly spec: { readonly volumes?: readonly { readonly configMap?: { readonly name?: string } }[] };
  };
}

/** What pods mount comes first: a pod that finds a Secret missing is looked at again ever more seldom. */
const order = [
  'ServiceAccount',
  'Secret',
  'ConfigMap',
  'RoleBinding',
  'ClusterRoleBinding',
  'Service',
  'PodDisruptionBudget',
];

const rank = ({ kind }: Manifest): number => (order.includes(kind) ? order.indexOf(kind) : order.length);

/** Annotations that kubectl and the controllers of Kubernetes write. */
const serverAnnotations =
  /^(kubectl|deployment)\.kubernetes\.io\/(last-applied-configuration|revision)$|^deprecated\.daemonset\./;

/** A copy of an object without these fields. */
function without(object: object, ...fields: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([field]) => !fields.includes(field)));
}

/** The object without what the API server and the controllers of Kubernetes filled in. */
export function stripped(object: Manifest): Manifest {
  const { apiVersion, kind, metadata } = object;
  const { name, namespace, labels: own, annotations = {} } = metadata;
  const kept = Object.fromEntries(Object.entries(annotations).filter(([key]) => !serverAnnotations.test(key)));
  return {
    ...without(object, 'status'),
    ...(object.spec === undefined ? {} : { spec: strippedSpec(kind, object.spec) }),
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(own === undefined ? {} : { labels: own }),
      ...(Object.keys(kept).length === 0 ? {} : { annotations: kept }),
    },
  };
}

/** Services without the addresses that the API server gave out (`None` makes one headless and stays), claims without status. */
function strippedSpec(kind: string, spec: object): object {
  if (kind === 'Service') {
    const given = 'clusterIP' in spec && spec.clusterIP === 'None' ? { clusterIP: 'None' } : {};
    return { ...without(spec, 'clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'), ...given };
  }
  if (!('volumeClaimTemplates' in spec)) return spec;
  const claims = spec.volumeClaimTemplates as readonly object[];
  return { ...spec, volumeClaimTemplates: claims.map((claim) => without(claim, 'status')) };
}

/**
 * The operator takes `cluster.initial_master_nodes` out once the cluster has formed. On fresh volumes it is needed again,
 * in the ConfigMaps of all pools that are master-eligible.
 */
export function withInitialMasters(manifests: readonly Manifest[]): readonly Manifest[] {
  const sets = manifests
    .filter(({ kind }) => kind === 'StatefulSet')
    .map((set) => ({ name: set.metadata.name, spec: set.spec as SetSpec }));
  const masters = sets.filter(({ spec }) => spec.template.metadata.labels?.[labels.master] === 'true');
  if (masters.length === 0)
    throw new Error('none of the exported StatefulSets is a pool of master nodes: there is nothing to form a cluster');
  const nodes = masters.flatMap(({ name, spec }) =>
    Array.from({ length: spec.replicas ?? 1 }, (_, ordinal) => `${name}-${ordinal}`),
  );
  const mounted = new Set(
    masters.flatMap(({ spec }) => (spec.template.spec.volumes ?? []).map(({ configMap }) => configMap?.name)),
  );
  return manifests.map((manifest) => {
    const data = manifest['data'] as Readonly<Record<string, string>> | undefined;
    const text = data?.['elasticsearch.yml'];
    if (manifest.kind !== 'ConfigMap' || text === undefined || !mounted.has(manifest.metadata.name)) return manifest;
    const settings = { ...(parse(text) as object), 'cluster.initial_master_nodes': nodes };
    return { ...manifest, data: { ...data, 'elasticsearch.yml': stringify(settings) } };
  });
}

/** The manifests in the order in which they are to be applied, for a stack of another UID: Filebeat's folder on the Kubernetes node is named by it. */
export function bareManifests(
  objects: readonly Manifest[],
  uid: { readonly former: string; readonly fresh: string },
): readonly Manifest[] {
  const text = JSON.stringify(withInitialMasters(objects.map(stripped)));
  const fresh = JSON.parse(text.replaceAll(uid.former, uid.fresh)) as readonly Manifest[];
  return fresh.toSorted((first, second) => rank(first) - rank(second));
}

/** An index template as Elasticsearch returns it, without the dates that it keeps itself and takes from nobody. */
export const writableTemplate = (template: object): object =>
  Object.fromEntries(Object.entries(template).filter(([field]) => !/_date(_millis)?$/.test(field)));

export const listOf = (items: readonly Manifest[]): string => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
