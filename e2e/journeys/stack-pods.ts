// The pods of the stack of a journey, and its usual configurations.
import { elasticsearchPods, elasticsearchUids, isReady } from '../environment/pods.ts';
import type { Site } from '../environment/site.ts';
import { journeyPlace } from './travel.ts';

const { name } = journeyPlace;

export const nodeName = (pool: string, ordinal: number): string => `${name}-es-${pool}-${ordinal}`;
/** A changed config. */
export const bigger = { 'indices.memory.index_buffer_size': '20%' };
/** Elasticsearch does not start with this value. */
export const bad = { 'indices.memory.index_buffer_size': 'a lot' };

/** UIDs by the names of pods. */
export const uidsOf = (site: Site): Promise<ReadonlyMap<string, string>> => elasticsearchUids(site.run, journeyPlace);

/** Names of pods that are not ready. */
export const unreadyPods = async (site: Site): Promise<readonly string[]> =>
  (await elasticsearchPods(site.run, journeyPlace)).filter((pod) => !isReady(pod)).map(({ metadata }) => metadata.name);
