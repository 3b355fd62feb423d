// The control group below which all pods of a node run: made before the kubelet starts, emptied and removed by `down`.
import { mkdir, readFile, readdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Path of a cluster's control group, as the kubelet's cgroupRoot. */
export function cgroupOf(clusterName: string): string {
  return `/loggingstack-${clusterName}`;
}

interface Hierarchy {
  readonly path: string;
  readonly version: 1 | 2;
}

/** All control group hierarchies in a text of /proc/self/mountinfo: one per controller (version 1), one for all (2), or both. */
export function hierarchies(mountinfo: string): Hierarchy[] {
  const versions = new Map<string, 1 | 2>();
  for (const line of mountinfo.split('\n')) {
    const [mount = '', source = ''] = line.split(' - ');
    const path = mount.split(' ')[4] ?? '';
    if (source.startsWith('cgroup ')) versions.set(path, 1);
    if (source.startsWith('cgroup2 ')) versions.set(path, 2);
  }
  return [...versions].map(([path, version]) => ({ path, version }));
}

/** Paths of the cluster's control group, one per hierarchy. */
export async function cgroupDirectories(clusterName: string): Promise<string[]> {
  const found = hierarchies(await readFile('/proc/self/mountinfo', 'utf8'));
  return found.map(({ path }) => join(path, cgroupOf(clusterName)));
}

/** Makes the cluster's control group in every hierarchy. */
export async function ensureCgroup(clusterName: string): Promise<void> {
  const found = hierarchies(await readFile('/proc/self/mountinfo', 'utf8'));
  for (const { path, version } of found) {
    // Beside version 1 hierarchies, that of version 2 has no controllers to pass on.
    if (version === 2 && found.length === 1) {
      await writeFile(join(path, 'cgroup.subtree_control'), '+cpu +cpuset +memory +pids');
    }
    const directory = join(path, cgroupOf(clusterName));
    await mkdir(directory, { recursive: true });
    if (path.endsWith('/cpuset')) {
      // Version 1 starts a group without any processor, and nothing could run in it.
      for (const file of ['cpuset.cpus', 'cpuset.mems']) {
        await writeFile(join(directory, file), await readFile(join(path, file), 'utf8'));
      }
    }
  }
}

/** Kills every process of the group and of the groups below; containers are killed by this even when containerd is dead. */
export async function killCgroup(clusterName: string): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const pids = await processesBelow(clusterName);
    if (pids.size === 0) return;
    if (performance.now() > deadline) {
      throw new Error(`processes ${[...pids].join(', ')} in ${cgroupOf(clusterName)} outlived SIGKILL for 60 s`);
    }
    for (const pid of pids) kill(pid);
    await delay(50);
  }
}

async function processesBelow(clusterName: string): Promise<Set<number>> {
  const pids = new Set<number>();
  for (const root of await cgroupDirectories(clusterName)) {
    for (const directory of await groupsBelow(root)) {
      const text = await readFile(join(directory, 'cgroup.procs'), 'utf8').catch(() => ''); // removed meanwhile
      for (const line of text.split('\n')) if (line !== '' && line !== '0') pids.add(Number(line));
    }
  }
  return pids;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Removes the group, deepest first. Its processes must be gone. */
export async function removeCgroup(clusterName: string): Promise<void> {
  for (const root of await cgroupDirectories(clusterName)) {
    for (const directory of await groupsBelow(root)) await removeGroup(directory);
  }
}

async function removeGroup(directory: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await rmdir(directory);
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return;
      // The kernel empties a group some moments after its last process has ended.
      if (code !== 'EBUSY' || attempt === 100) throw error;
      await delay(50);
    }
  }
}

/** The group and all below it, deepest first; empty when it does not exist. */
async function groupsBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (entries === undefined) return [];
  const below = entries.filter((entry) => entry.isDirectory()).map((entry) => groupsBelow(join(directory, entry.name)));
  return [...(await Promise.all(below)).flat(), directory];
}
