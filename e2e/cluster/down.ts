// Takes a cluster down completely, whatever state it is in: also when `up` was interrupted, or its harness was killed.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { stateRoot } from './layout.ts';
import { processesOf, stopProcesses } from './process.ts';

/** Ends every process of the cluster and removes its directory. Safe to repeat, and for a name that never was up. */
export async function takeDown(name: string, root = stateRoot()): Promise<void> {
  const directory = join(root, name);
  // Nothing of the control plane is kept, so there is nothing that it should write down before it ends.
  for (let left = await processesOf(directory); left.length > 0; left = await processesOf(directory)) {
    await stopProcesses(left, 0);
  }
  await rm(directory, { recursive: true, force: true });
}
