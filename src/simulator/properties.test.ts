// Stories of fixed seeds: what broke a promise once is told again in every run.
import { env } from 'node:process';
import { describe, it } from 'vitest';
import { storyCount, storyTimeout, tellMany } from './properties.testing.ts';

const seed = Number(env['PROPERTY_SEED'] ?? 1);

describe('whatever happens', () => {
  it(
    'the operator keeps its promises, by a fixed seed',
    () => {
      tellMany(seed, storyCount);
    },
    storyTimeout,
  );
});
