// Pods as the cases look at them: which ones are the operator's or a stack's, and whether one is ready.
import type { Kubectl } from './kubectl.ts';
import type { Place } from './stacks.ts';

/** Words for kubectl that select the operator's pods. */
export const operatorPods = [
  '-n',
  'loggingstack-system',
  '-l',
  'app.kubernetes.io/name=loggingstack-operator',
] as const;

/** What a case that asks for readiness needs to know of a pod. */
export interface PodWithConditions {
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

export const isReady = ({ status }: PodWithConditions): boolean =>
  status.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true;

export interface ElasticsearchPod extends PodWithConditions {
  readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string };
}

/** The Elasticsearch pods of a stack. */
export async function elasticsearchPods(kubectl: Kubectl, place: Place): Promise<readonly ElasticsearchPod[]> {
  const selector = `loggingstack.dev/stack=${place.name},loggingstack.dev/component=elasticsearch`;
  const { items } = await kubectl.json<{ items: readonly ElasticsearchPod[] }>([
    'get',
    'pods',
    '-n',
    place.namespace,
    '-l',
    selector,
  ]);
  return items;
}

/** UIDs of the Elasticsearch pods of a stack, by name. */
export const elasticsearchUids = async (kubectl: Kubectl, place: Place): Promise<ReadonlyMap<string, string>> =>
  new Map((await elasticsearchPods(kubectl, place)).map(({ metadata }) => [metadata.name, metadata.uid]));
