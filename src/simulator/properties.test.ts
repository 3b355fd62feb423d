// Stories of fixed seeds, and single ones that broke a promise once.
import { env } from 'node:process';
import { describe, expect, it } from 'vitest';
import { onceBroken } from './once-broken.testing.ts';
import { storyCount, storyTimeout, tellMany } from './properties.testing.ts';
import { tell } from './stories.testing.ts';

const seed = Number(env['PROPERTY_SEED'] ?? 1);

/** Milliseconds: what a story takes on the slowest machine, many times over. */
const slowestStory = 500;

describe('whatever happens', () => {
  it.each(onceBroken)('the operator keeps its promises when %s', (_name, story) => {
    expect(tell(story)).toEqual([]);
  });

  it(
    'the operator keeps its promises, by a fixed seed',
    () => {
      tellMany(seed, storyCount);
    },
    Math.max(storyTimeout, storyCount * slowestStory),
  );
});
