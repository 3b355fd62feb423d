// The documents that a journey writes: each is made from the seed and its number alone, so that it can be written again unchanged.
import { createHash } from 'node:crypto';

export interface JourneyDocument {
  readonly id: string;
  /** The data stream that it goes to. */
  readonly stream: string;
  /** Its source, as sent. */
  readonly text: string;
}

/** So many data streams, so that shards are on every node, also where there are few copies. */
const streamCount = 4;

const streamOf = (number: number): string => `logs-journey.${number % streamCount}-default`;

/** The names of all streams of journeys. */
export const streamNames: readonly string[] = Array.from({ length: streamCount }, (_, number) => streamOf(number));

/** Pattern of all streams of journeys. */
export const journeyStreams = 'logs-journey.*-default';

const words = ['größer', '🥊', 'quoted "text"', 'back\\slash', 'line\nbreak', '日本語', 'plain', 'tab\there'];

/** Time and order of fields are part of the content, so that it can be compared as text. */
export function documentOf(seed: number, number: number, at: Date): JourneyDocument {
  const noise = createHash('sha256').update(`${seed} ${number}`).digest('hex');
  const length = 1 + (number % 12);
  const message = `${noise} ${Array.from({ length }, (_, index) => words[(number + index * 5) % words.length]).join(' ')}`;
  const source = { '@timestamp': at.toISOString(), message, journey: { number } };
  return {
    id: `${seed}-${number}`,
    stream: streamOf(number),
    text: JSON.stringify(source),
  };
}

export const printOf = (text: string): string => createHash('sha256').update(text).digest('base64');
