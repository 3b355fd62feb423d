// The cache of built parts (programs, images), outside the repository: filled once per key, whole or not at all.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where built parts are kept: `$LOGGINGSTACK_CACHE`, else `~/.cache/loggingstack`. */
export function cacheDirectory(): string {
  return process.env['LOGGINGSTACK_CACHE'] ?? join(homedir(), '.cache', 'loggingstack');
}

/** A key for `cached`: the name of the part and a hash of everything that its content depends on. */
export function cacheKey(name: string, inputs: readonly string[]): string {
  const hash = createHash('sha256');
  for (const input of inputs) hash.update(`${Buffer.byteLength(input)}:${input}\n`);
  return `${name}-${hash.digest('hex').slice(0, 16)}`;
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
  await mkdir(cacheDirectory(), { recursive: true });
  const release = await exclusiveLock(`${target}.lock`);
  try {
    if (existsSync(target)) return target;
    const unfinished = await mkdtemp(`${target}.unfinished-`);
    try {
      await build(unfinished);
      await rename(unfinished, target);
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true });
      throw error;
    }
    return target;
  } finally {
    await release();
  }
}

/**
 * Takes the lock on `path`, waiting for as long as another process holds it. The kernel's file lock is held by a child
 * whose standard input is ours: when this process dies in whatever way, the child ends and the lock is free.
 */
async function exclusiveLock(path: string): Promise<() => Promise<void>> {
  const holder = spawn('flock', ['--exclusive', path, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    holder.once('error', reject);
    holder.once('close', resolve);
  });
  const held = new Promise<void>((resolve) =>
    holder.stdout.once('data', () => {
      resolve();
    }),
  );
  const code = await Promise.race([held, ended]);
  if (code !== undefined)
    throw new Error(`cannot lock ${path}: flock ended with ${String(code)}. Is the cache directory writable?`);
  return async () => {
    holder.stdin.end();
    await ended;
  };
}
