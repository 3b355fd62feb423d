// A lock between processes, kept by the kernel: it is free again when its holder ends, however it ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Runs `work` while this process alone holds the lock on the file `path` (made if missing, never removed).
 *
 * flock(1) holds it, as Node has no flock: its shell waits on a pipe that closes with this process, even when that is
 * killed, so there is no stale lock to judge.
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const holder = spawn('flock', ['--exclusive', path, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(holder, 'close');
  const held = await Promise.race([once(holder.stdout, 'data').then(() => true), ended.then(() => false)]);
  if (!held) throw new Error(`flock could not lock ${path} (exit code ${String(holder.exitCode)})`);
  try {
    return await work();
  } finally {
    holder.stdin.end();
    await ended;
  }
}
