// Generated files on disk are what the code gives, and one that is missing or edited is noticed.
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { staleFiles, writeGenerated } from './generated-files.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'generated-'));
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

const stalePaths = async (): Promise<readonly string[]> => (await staleFiles(root)).map(({ path }) => path);

it('finds every file stale where there is none, and none when all are written', async () => {
  const missing = await staleFiles(root);
  expect(missing.map(({ path }) => path)).toContain('crds/loggingstack.dev_loggingstacks.yaml');
  expect(missing.map(({ path }) => path)).toContain('docs/reference.md');
  for (const file of missing) await writeGenerated(root, file);
  expect(await stalePaths()).toEqual([]);
});

it('finds an edited file', async () => {
  for (const file of await staleFiles(root)) await writeGenerated(root, file);
  await appendFile(join(root, 'docs/reference.md'), 'by hand\n');
  expect(await stalePaths()).toEqual(['docs/reference.md']);
});
