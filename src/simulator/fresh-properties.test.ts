// Stories of a fresh seed, which is printed: every run tells some that nobody has heard.
import { randomInt } from 'node:crypto';
import { env } from 'node:process';
import { describe, it } from 'vitest';
import { storyCount, storyTimeout, tellMany } from './properties.testing.ts';

/** Given in a run of all tests. It is in the title, and so in every report. */
const seed = Number(env['PROPERTY_SEED'] ?? env['TEST_SEED'] ?? randomInt(2 ** 31)) % 2 ** 31;

/** Milliseconds: what a story takes on the slowest machine, many times over. */
const slowestStory = 500;

describe('whatever happens', () => {
  it(
    `the operator keeps its promises, by the fresh seed ${seed}`,
    () => {
      tellMany(seed, storyCount);
    },
    Math.max(storyTimeout, storyCount * slowestStory),
  );
});
