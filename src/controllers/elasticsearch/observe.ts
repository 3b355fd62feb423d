// Gathers what the Elasticsearch planner needs: the stack's objects as the caches have them, and looks at the cluster.
import type { AnsweredLook, ClusterLook, Observed } from '../../core/elasticsearch/observed.ts';
import { labels, names } from '../../core/names.ts';
import { dueSnapshots, withDueSnapshots } from '../../core/snapshots/start-time.ts';
import type { StackConnection } from '../../elasticsearch/clients.ts';
import { takeDetail } from '../../elasticsearch/detail/index.ts';
import { isEsFault } from '../../elasticsearch/faults.ts';
import { takeLook } from '../../elasticsearch/look.ts';
import { keyOf } from '../../kube/resources.ts';
import type { Look } from '../framework.ts';
import { Turns } from '../turns.ts';

const kinds = [
  'ConfigMap',
  'PersistentVolumeClaim',
  'Pod',
  'PodDisruptionBudget',
  'Service',
  'ServiceAccount',
  'StatefulSet',
] as const;

const nobodyReady: ClusterLook = {
  answered: false,
  code: 'EsUnreachable',
  message: 'No Elasticsearch node is ready yet.',
};

/** The look that every reconcile takes. */
export function lookAtCluster(
  look: Look,
  connection: StackConnection | undefined,
  signal: AbortSignal,
): Promise<ClusterLook> {
  if (connection === undefined) return Promise.resolve(nobodyReady);
  return takeLook(connection, names.indexTemplate(look.stack.identity.name), signal);
}

/** Of all stacks together: while it is read, the answer of a large cluster takes some ten times its 16 MiB of memory. */
const closerLooks = new Turns(4);

/** The same look with the detail that a change needs; or with the reason why there is none, which authorises nothing. */
export async function lookCloser(
  connection: StackConnection,
  cluster: AnsweredLook,
  signal: AbortSignal,
  asked: { readonly deprecations?: boolean } = {},
): Promise<AnsweredLook> {
  try {
    return { ...cluster, detail: await closerLooks.take(() => takeDetail(connection, cluster, signal, asked)) };
  } catch (error) {
    if (!isEsFault(error) || error.code === 'EsAborted') throw error;
    return { ...cluster, detail: undefined, detailFault: { code: error.code, message: error.message } };
  }
}

/** Reads the caches. To be called after the look at the cluster: what a watch has told by then is in them, and all own writes. */
export function observed(look: Look, cluster: ClusterLook): Observed {
  const { name, namespace } = look.stack.identity;
  const { watches } = look.runtime;
  const objects = kinds.flatMap((kind) => watches.ofStack(kind, namespace, name));
  const status = (look.object['status'] ?? {}) as { elasticsearch?: { clusterUUID?: string } };
  const about = (kind: 'StackSnapshot' | 'StackSnapshotSchedule') =>
    watches.aboutStack(kind, keyOf(look.stack.identity));
  const due = dueSnapshots(about('StackSnapshot'), about('StackSnapshotSchedule'));
  return {
    takenAt: look.now.toISOString(),
    objects: objects.filter((object) => object.metadata.labels?.[labels.component] === 'elasticsearch'),
    secrets: watches.ofStack('Secret', namespace, name).map((secret) => secret.metadata.name),
    recordedUuid: status.elasticsearch?.clusterUUID,
    cluster: withDueSnapshots(cluster, due),
  };
}
