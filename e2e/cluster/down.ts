// Takes a cluster down completely, whatever state it is in: also when `up` was interrupted, or its harness was killed.
import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { killCgroup, removeCgroup } from './cgroups.ts';
import { stateRoot } from './layout.ts';
import { processesOf, stopProcesses } from './process.ts';

/**
 * Ends every process of the cluster and removes its directory. Safe to repeat, and for a name that never was up.
 *
 * Everything is killed at once, as nothing of it is kept. Mounts, interfaces and packet filter rules need no removal:
 * they are in namespaces that end with their last process.
 */
export async function takeDown(name: string, root = stateRoot()): Promise<void> {
  const directory = join(root, name);
  // In rounds: a process that is being started while we look shows up in the next one.
  for (let left = await processesOf(directory); left.length > 0; left = await processesOf(directory)) {
    await stopProcesses(left, 0);
    await killCgroup(name);
  }
  await killCgroup(name);
  await removeCgroup(name);
  await rm(directory, { recursive: true, force: true });
  await rmdir(root).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'ENOENT') throw error; // other clusters are there, or none ever was
  });
}
