// The pods of the stack of a journey, and its usual configurations.
import { isReady, type PodWithConditions } from '../environment/pods.ts';
import type { Site } from '../environment/site.ts';
import { journeyPlace } from './travel.ts';

const { namespace, name } = journeyPlace;

export const nodeName = (pool: string, ordinal: number): string => `${name}-es-${pool}-${ordinal}`;
/** A changed config. */
export const bigger = { 'indices.memory.index_buffer_size': '20%' };
/** Elasticsearch does not start with this value. */
export const bad = { 'indices.memory.index_buffer_size': 'a lot' };

interface Pods {
  readonly items: readonly (PodWithConditions & {
    readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string };
  })[];
}

const podsOf = async (site: Site): Promise<Pods['items']> =>
  (
    await site.run.json<Pods>([
      'get',
      'pods',
      '-n',
      namespace,
      '-l',
      `loggingstack.dev/stack=${name},loggingstack.dev/component=elasticsearch`,
    ])
  ).items;

/** UIDs by the names of pods. */
export const uidsOf = async (site: Site): Promise<ReadonlyMap<string, string>> =>
  new Map((await podsOf(site)).map(({ metadata }) => [metadata.name, metadata.uid]));

/** Names of pods that are not ready. */
export const unreadyPods = async (site: Site): Promise<readonly string[]> =>
  (await podsOf(site)).filter((pod) => !isReady(pod)).map(({ metadata }) => metadata.name);
