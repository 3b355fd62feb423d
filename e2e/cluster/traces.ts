// What a cluster could leave behind on the machine: looked at before and after, for the tests of `down`.
import { existsSync } from 'node:fs';
import { readFile, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { cgroupDirectories } from './cgroups.ts';
import { stateRoot } from './layout.ts';
import type { Layout } from './layout.ts';
import { networkPrefix, nodePrefix } from './namespaces.ts';
import { processesOf, run } from './process.ts';

/** Directories of the host in which containerd, runc, the kubelet and CNI would put things if they were not kept apart. */
const watchedDirectories = ['/var/lib', '/var/log', '/run', '/run/netns', '/run/containerd', '/etc/cni/net.d', '/mnt'];
const watchedSettings = ['vm/overcommit_memory', 'vm/panic_on_oom', 'kernel/panic', 'kernel/panic_on_oops'];

/** The parts of the host that clusters must leave as they were. */
export async function hostTraces(): Promise<Record<string, string[]>> {
  const traces: Record<string, string[]> = {};
  for (const directory of watchedDirectories) {
    const entries = await readdir(directory).catch(() => []);
    // The parent of all clusters is there while any of them is, also another's.
    traces[directory] = entries.filter((entry) => join(directory, entry) !== stateRoot()).sort();
  }
  for (const setting of watchedSettings) {
    traces[setting] = [(await readFile(join('/proc/sys', setting), 'utf8')).trim()];
  }
  traces['interfaces'] = (await readdir('/sys/class/net')).sort();
  const rules = await run(['iptables-save']);
  traces['packet filter'] = rules.split('\n').filter((line) => /^(:|-A)/.test(line) && !line.includes('['));
  return traces;
}

/** Names of what differs between two looks at the host, with what was added (+) and removed (-). */
export function differences(before: Record<string, string[]>, after: Record<string, string[]>): string[] {
  return Object.keys(before).flatMap((name) => {
    const [old = [], now = []] = [before[name], after[name]];
    const added = now.filter((entry) => !old.includes(entry)).map((entry) => `${name}: + ${entry}`);
    return [...added, ...old.filter((entry) => !now.includes(entry)).map((entry) => `${name}: - ${entry}`)];
  });
}

/** Identities of the cluster's network and mount namespaces, as the kernel numbers them. */
export async function namespacesOf(layout: Layout): Promise<string[]> {
  const network = await run([...(await networkPrefix(layout)), 'readlink', '/proc/self/ns/net']);
  const mounts = await run([...(await nodePrefix(layout)), 'readlink', '/proc/self/ns/mnt']);
  return [network.trim(), mounts.trim()];
}

/** What is left of a cluster that was taken down: processes, mounts, namespaces, control groups, its directory. */
export async function remainsOf(layout: Layout, namespaces: readonly string[]): Promise<string[]> {
  const mountinfo = await readFile('/proc/self/mountinfo', 'utf8');
  const remains = [
    ...(await processesOf(layout.directory)).map((entry) => `process ${entry.part} (pid ${entry.pid})`),
    ...mountinfo.split('\n').filter((line) => line.includes(layout.directory)),
    ...(await readdir(layout.directory).catch(() => [])).map((entry) => join(layout.directory, entry)),
  ];
  for (const directory of await cgroupDirectories(layout.name)) {
    if (existsSync(directory)) remains.push(directory);
  }
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    for (const kind of ['net', 'mnt']) {
      const identity = await readlink(`/proc/${pid}/ns/${kind}`).catch(() => ''); // ended meanwhile
      if (namespaces.includes(identity)) remains.push(`process ${pid} in ${identity}`);
    }
  }
  return remains;
}
