// The cache fills a key once, even under concurrent callers, and never shows an unfinished directory.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { cached, cacheKey } from './cache.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cache-test-'));
  vi.stubEnv('LOGGINGSTACK_CACHE', directory);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

test('concurrent callers share one build', async () => {
  let builds = 0;
  const build = async (target: string): Promise<void> => {
    builds += 1;
    await writeFile(join(target, 'part'), `build ${builds}`);
  };
  const paths = await Promise.all([cached('part-1', build), cached('part-1', build), cached('part-1', build)]);
  expect(builds).toBe(1);
  expect(new Set(paths).size).toBe(1);
  expect(await readFile(join(paths[0], 'part'), 'utf8')).toBe('build 1');
});

test('a failed build leaves nothing behind and the next one runs', async () => {
  const fails = cached('part-2', () => Promise.reject(new Error('compiler says no')));
  await expect(fails).rejects.toThrow('compiler says no');
  expect((await readdir(directory)).filter((name) => !name.endsWith('.lock'))).toEqual([]);
  const path = await cached('part-2', (target) => writeFile(join(target, 'part'), 'whole'));
  expect(await readFile(join(path, 'part'), 'utf8')).toBe('whole');
});

test('a key changes with every input and with the borders between inputs', () => {
  const keys = [['a', 'b'], ['ab'], ['a', 'c'], ['b', 'a']].map((inputs) => cacheKey('x', inputs));
  expect(new Set(keys).size).toBe(4);
  expect(cacheKey('x', ['a'])).toBe(cacheKey('x', ['a']));
});
