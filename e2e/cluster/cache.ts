// The cache of built parts (programs, images), outside the repository: filled once per key, whole or not at all.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import { withLock } from './lock.ts';

/** Where built parts are kept: `$LOGGINGSTACK_CACHE`, else `~/.cache/loggingstack`. */
function cacheDirectory(): string {
  return process.env['LOGGINGSTACK_CACHE'] ?? join(homedir(), '.cache', 'loggingstack');
}

/** A key for `cached`: the name of the part and a hash of everything that its content depends on. */
export function cacheKey(name: string, inputs: readonly string[]): string {
  const hash = createHash('sha256');
  for (const input of inputs) hash.update(`${Buffer.byteLength(input)}:${input}\n`);
  return `${name}-${hash.digest('hex').slice(0, 16)}`;
}

/** SHA-256 over the paths and contents of all files of a directory, in a fixed order; `include` chooses among the paths. */
export async function hashDirectory(directory: string, include = (_path: string) => true): Promise<string> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = paths.filter(include);
  const hash = createHash('sha256');
  for (const file of files.sort()) {
    const content = await readFile(file);
    hash.update(`${relative(directory, file)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** SHA-256 of a file's content. */
export async function hashFile(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

/**
 * The directory of the cache that belongs to `key`. When it is not there, `build` fills an empty directory, which is
 * then renamed into place: a build that fails or is killed leaves nothing behind that a later call could take for
 * whole. Builds of one key exclude each other, also across processes.
 *
 * @throws what `build` throws; the unfinished directory is removed before.
 */
export async function cached(key: string, build: (directory: string) => Promise<void>): Promise<string> {
  const target = join(cacheDirectory(), key);
  if (existsSync(target)) return target;
  await withLock(`${target}.lock`, async () => {
    if (existsSync(target)) return;
    const unfinished = await mkdtemp(`${target}.unfinished-`);
    try {
      await build(unfinished);
      await rename(unfinished, target);
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true });
      throw error;
    }
  });
  return target;
}
