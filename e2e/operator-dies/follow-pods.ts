// Leads what becomes of simulated pods and of their claims to the living clusters of their namespaces.
import { parse } from 'yaml';
import type { KubernetesObject, RestClient } from '../cluster/rest.ts';
import { isReady, type PodWithConditions } from '../environment/pods.ts';
import type { LivingCluster, PodLife } from './living-cluster.ts';

interface Pod extends KubernetesObject, PodWithConditions {
  readonly spec: {
    readonly containers: readonly { readonly name: string; readonly image: string }[];
    readonly volumes?: readonly { readonly configMap?: { readonly name: string } }[];
  };
}

interface Settings {
  readonly 'node.roles'?: readonly string[];
  readonly 'cluster.initial_master_nodes'?: readonly string[];
}

const lifeOf = ({ metadata: { name, uid = '' } }: KubernetesObject): PodLife => ({ name, uid });

/** Follows all namespaces that have a living cluster, until the signal aborts. */
export async function followPods(
  client: RestClient,
  clusters: ReadonlyMap<string, LivingCluster>,
  signal: AbortSignal,
): Promise<void> {
  const started = new Set<string>();
  const ended = new Set<string>();
  const start = async (living: LivingCluster, pod: Pod): Promise<void> => {
    const settings = await settingsOf(client, pod);
    const image = pod.spec.containers.find(({ name }) => name === 'elasticsearch')?.image ?? '';
    const version = /\d+\.\d+\.\d+/.exec(image)?.[0] ?? '';
    const { 'node.roles': roles = [], 'cluster.initial_master_nodes': firstMasters = [] } = settings;
    const life = lifeOf(pod);
    if (!ended.has(life.uid)) living.podStarts({ ...life, version, roles, firstMasters });
  };
  const onPod = (pod: Pod, gone: boolean): void => {
    const living = clusters.get(pod.metadata.namespace ?? '');
    if (living === undefined || pod.metadata.labels?.['loggingstack.dev/component'] !== 'elasticsearch') return;
    const life = lifeOf(pod);
    if (gone || pod.metadata.deletionTimestamp !== undefined) {
      ended.add(life.uid);
      living.podEnds(life);
    } else if (isReady(pod) && !started.has(life.uid)) {
      started.add(life.uid);
      start(living, pod).catch((error: unknown) => {
        console.error(`pod ${life.name} is not followed: ${String(error)}`);
      });
    }
  };
  const onClaim = (claim: KubernetesObject, gone: boolean): void => {
    if (!gone && claim.metadata.deletionTimestamp === undefined) return;
    clusters.get(claim.metadata.namespace ?? '')?.claimEnds(lifeOf(claim));
  };
  await Promise.all([
    client.follow('/api/v1/pods', onPod, signal),
    client.follow('/api/v1/persistentvolumeclaims', onClaim, signal),
  ]);
}

/** What the node reads at its start. */
async function settingsOf(client: RestClient, { metadata, spec }: Pod): Promise<Settings> {
  for (const { configMap } of spec.volumes ?? []) {
    if (configMap === undefined) continue;
    const path = `/api/v1/namespaces/${metadata.namespace ?? ''}/configmaps/${configMap.name}`;
    const found = await client.find<{ readonly data?: Readonly<Record<string, string>> }>(path);
    const text = found?.data?.['elasticsearch.yml'];
    if (text !== undefined) return parse(text) as Settings;
  }
  throw new Error('it has no elasticsearch.yml');
}
