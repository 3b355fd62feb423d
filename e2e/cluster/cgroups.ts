// The control group below which all pods of a node run: made before the kubelet starts, emptied and removed by `down`.
import { mkdir, readFile, readdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const unifiedRoot = '/sys/fs/cgroup';

/** Path of a cluster's control group, as the kubelet's cgroupRoot. */
export function cgroupOf(clusterName: string): string {
  return `/loggingstack-${clusterName}`;
}

/** Mount points of the version 1 hierarchies in a text of /proc/self/mountinfo; empty on a machine with version 2 only. */
export function hierarchies(mountinfo: string): string[] {
  const points = new Set<string>();
  for (const line of mountinfo.split('\n')) {
    const [mount = '', source = ''] = line.split(' - ');
    if (source.startsWith('cgroup ')) points.add(mount.split(' ')[4] ?? '');
  }
  return [...points];
}

async function roots(): Promise<string[]> {
  const points = hierarchies(await readFile('/proc/self/mountinfo', 'utf8'));
  return points.length > 0 ? points : [unifiedRoot];
}

/** Makes the cluster's control group in every hierarchy. */
export async function ensureCgroup(clusterName: string): Promise<void> {
  for (const root of await roots()) {
    const directory = join(root, cgroupOf(clusterName));
    if (root === unifiedRoot) {
      await writeFile(join(root, 'cgroup.subtree_control'), '+cpu +cpuset +memory +pids');
    }
    await mkdir(directory, { recursive: true });
    if (root.endsWith('/cpuset')) {
      // Version 1 starts a group without any processor, and nothing could run in it.
      for (const file of ['cpuset.cpus', 'cpuset.mems']) {
        await writeFile(join(directory, file), await readFile(join(root, file), 'utf8'));
      }
    }
  }
}

/** Kills every process of the group and of the groups below; containers are killed by this even when containerd is dead. */
export async function killCgroup(clusterName: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const pids = await processesBelow(clusterName);
    if (pids.size === 0) return;
    if (performance.now() > deadline) {
      throw new Error(`processes ${[...pids].join(', ')} in ${cgroupOf(clusterName)} outlived SIGKILL for 30 s`);
    }
    for (const pid of pids) kill(pid);
    await delay(50);
  }
}

async function processesBelow(clusterName: string): Promise<Set<number>> {
  const pids = new Set<number>();
  for (const root of await roots()) {
    for (const directory of await groupsBelow(join(root, cgroupOf(clusterName)))) {
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
  for (const root of await roots()) {
    for (const directory of await groupsBelow(join(root, cgroupOf(clusterName)))) await removeGroup(directory);
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
