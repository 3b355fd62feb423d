// Signals the processes of a pod on a local node, as an engineer on the machine could: killed or frozen, without Kubernetes being asked.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cgroupDirectories } from '../cluster/cgroups.ts';

/** Folders of the control groups of a pod, in every hierarchy, with those of its containers below. */
async function groupsOf(directory: string, uid: string, inside = false): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []); // gone meanwhile
  const below = entries.filter((entry) => entry.isDirectory());
  const found = await Promise.all(
    below.map(({ name }) => groupsOf(join(directory, name), uid, inside || name.includes(uid))),
  );
  return [...(inside ? [directory] : []), ...found.flat()];
}

/** Sends a signal to every process in the containers of the pod with this UID; returns how many there were. */
export async function signalPod(cluster: string, uid: string, signal: NodeJS.Signals): Promise<number> {
  const pids = new Set<number>();
  for (const root of await cgroupDirectories(cluster))
    for (const group of await groupsOf(root, uid)) {
      const text = await readFile(join(group, 'cgroup.procs'), 'utf8').catch(() => '');
      for (const line of text.split('\n')) if (line !== '' && line !== '0') pids.add(Number(line));
    }
  let signalled = 0;
  for (const pid of pids) {
    // The pause container holds the pod's network: without it the pod would be made anew.
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command === '' || command.startsWith('/pause')) continue;
    process.kill(pid, signal);
    signalled += 1;
  }
  return signalled;
}
