// For tests: so many stories by one seed, and how a failure is shown.
import { env } from 'node:process';
import fc from 'fast-check';
import { type Story, story } from './happenings.testing.ts';
import type { Planner } from './simulator.testing.ts';
import { type Broken, tell } from './stories.testing.ts';

/** Stories in each of the files that tell some. */
export const storyCount = Number(env['PROPERTY_RUNS'] ?? 1000);

/** As long as a test of many stories may take: a deep case tells a hundred thousand. */
export const storyTimeout = 45 * 60_000;

/** Throws with the seed and the shortest story in which a promise is broken. */
export function tellMany(seed: number, count: number, planner?: Planner): void {
  fc.assert(
    fc.property(story, (given) => {
      const broken = tell(given, planner);
      if (broken.length > 0) throw new Error(described(given, broken));
    }),
    { seed, numRuns: count, endOnFailure: env['PROPERTY_SHRINK'] === undefined, includeErrorInReport: true },
  );
}

const described = (given: Story, broken: readonly Broken[]): string =>
  `${broken.map(({ promise, what }) => `${promise}: ${JSON.stringify(what)}`).join('\n')}\nStory: ${JSON.stringify(given)}`;
