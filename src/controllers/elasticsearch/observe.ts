// Gathers what the Elasticsearch planner needs: the stack's objects as the caches have them, and a fresh look at the cluster.
import type { ClusterLook, Observed } from '../../core/elasticsearch/observed.ts';
import { labels } from '../../core/names.ts';
import type { StackConnection } from '../../elasticsearch/clients.ts';
import { takeLook } from '../../elasticsearch/look.ts';
import type { Look } from '../framework.ts';

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

export async function observe(
  look: Look,
  connection: StackConnection | undefined,
  templateName: string,
  signal: AbortSignal,
): Promise<Observed> {
  const { name, namespace } = look.stack.identity;
  const { watches } = look.runtime;
  // The cluster first, the caches after it: they are never older than what Elasticsearch said.
  const cluster = connection === undefined ? nobodyReady : await takeLook(connection, templateName, signal);
  const objects = kinds.flatMap((kind) => watches.ofStack(kind, namespace, name));
  const status = (look.object['status'] ?? {}) as { elasticsearch?: { clusterUUID?: string } };
  return {
    takenAt: look.now.toISOString(),
    objects: objects.filter((object) => object.metadata.labels?.[labels.component] === 'elasticsearch'),
    secrets: watches.ofStack('Secret', namespace, name).map((secret) => secret.metadata.name),
    recordedUuid: status.elasticsearch?.clusterUUID,
    cluster,
  };
}
