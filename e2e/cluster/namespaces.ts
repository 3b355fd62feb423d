// The network and mount namespaces of a node: held by one sleeping process, gone with the last process inside.
//
// Everything that the node mounts or puts into /var/lib, /var/log and /run stays inside, so that two nodes share no path
// (pod logs, shim sockets, CNI state), and nothing is left to unmount when the node is taken down.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { killCgroup } from './cgroups.ts';
import { dnsServiceAddress, nodeAddress, serviceCidr } from './layout.ts';
import type { Layout } from './layout.ts';
import { processesOf, run, startProgram, stopProcesses, untilReady } from './process.ts';
import type { RunningProcess } from './process.ts';

const holderPart = 'namespaces';
const preparedMark = '/run/loggingstack-node-prepared'; // in the node's own /run: gone with the namespace

/** What the node sees as /var/lib and /var/log; readable from outside, for tests and teardown. */
export function nodeDirectories(layout: Layout): { varLib: string; varLog: string } {
  return { varLib: join(layout.directory, 'node', 'var-lib'), varLog: join(layout.directory, 'node', 'var-log') };
}

/** Command prefix that enters the network namespace only: host paths stay what they are. Empty without a node. */
export async function networkPrefix(layout: Layout): Promise<string[]> {
  return layout.mode === 'node' ? enter(await holderOf(layout), ['net']) : [];
}

/** Command prefix that enters the node entirely: its network, its mounts, its /run. */
export async function nodePrefix(layout: Layout): Promise<string[]> {
  return enter(await holderOf(layout), ['net', 'mnt']);
}

function enter(holder: RunningProcess, namespaces: readonly ('net' | 'mnt')[]): string[] {
  const option = { net: '--net', mnt: '--mount' };
  return ['nsenter', ...namespaces.map((name) => `${option[name]}=/proc/${holder.pid}/ns/${name}`)];
}

async function findHolder(layout: Layout): Promise<RunningProcess | undefined> {
  return (await processesOf(layout.directory)).find((entry) => entry.part === holderPart);
}

async function holderOf(layout: Layout): Promise<RunningProcess> {
  const holder = await findHolder(layout);
  if (holder === undefined) {
    throw new Error(`the node of cluster "${layout.name}" does not run; start it with: up --name ${layout.name}`);
  }
  return holder;
}

/**
 * Makes the namespaces, unless they are there. When they are gone or were left half made (an interrupted `up`, a killed
 * holder, a reboot), programs that still run in old ones are ended first: they could not be reached any more.
 */
export async function ensureNamespaces(layout: Layout): Promise<void> {
  const existing = await findHolder(layout);
  if (existing && (await isPrepared(existing))) return;
  await stopProcesses(await processesOf(layout.directory), 0);
  await killCgroup(layout.name);
  const { varLib, varLog } = nodeDirectories(layout);
  await mkdir(varLib, { recursive: true });
  await mkdir(varLog, { recursive: true });
  const holder = await startProgram(layout.directory, {
    part: holderPart,
    command: 'unshare',
    // slave: what the host unmounts goes here too, what is mounted here never shows on the host.
    args: ['--mount', '--net', '--propagation', 'slave', 'sleep', 'infinity'],
    logFile: join(layout.logs, 'namespaces.log'),
  });
  await untilReady(
    { what: 'the namespaces exist', program: holder },
    // As long as unshare has not become sleep, the process is still in the namespaces of the host.
    async () => (await run(['readlink', `/proc/${holder.pid}/exe`])).includes('sleep'),
  );
  const prefix = enter(holder, ['net', 'mnt']);
  await run([...prefix, 'ip', '-batch', '-'], { input: networkSetup.join('\n') });
  await run([...prefix, 'sysctl', '-qw', 'net.ipv4.ip_forward=1']);
  await run([...prefix, 'sh', '-euc', mountSetup, 'sh', layout.directory, varLib, varLog]);
}

async function isPrepared(holder: RunningProcess): Promise<boolean> {
  const prefix = enter(holder, ['mnt']);
  return run([...prefix, 'test', '-e', preparedMark]).then(
    () => true,
    () => false,
  );
}

/** The node's own address is on a bridge of its own, as the kubelet takes no loopback one; there is no way out. */
const networkSetup = [
  'link set lo up',
  'link add node0 type bridge',
  `address add ${nodeAddress}/32 dev node0`,
  'link set node0 up',
  `address add ${dnsServiceAddress}/32 dev lo`,
  `route add ${serviceCidr} dev node0`,
];

// The cluster's directory may be below /var/lib, which is replaced: it is held at /mnt meanwhile.
// Without -n, mount would note things in the host's /run/mount.
// The kubelet insists on three settings of the kernel and would change them for the whole machine, for good. It is shown
// files that say what it wants, so it leaves the kernel alone.
const mountSetup = `
mount -n --bind "$1" /mnt
mount -n --bind "$3" /var/log
mount -n --bind "$2" /var/lib
mkdir -p "$1"
mount -n --move /mnt "$1"
mount -n -t tmpfs -o mode=0755 run /run
mkdir /run/lock /run/kernel-settings
show() { echo "$2" > "/run/kernel-settings/$1"; mount -n --bind "/run/kernel-settings/$1" "/proc/sys/$(echo "$1" | tr . /)"; }
show vm.overcommit_memory 1
show kernel.panic 10
show kernel.panic_on_oops 1
touch ${preparedMark}
`;
