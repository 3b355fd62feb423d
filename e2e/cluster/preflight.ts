// Looks, before anything starts, whether this machine has what a cluster needs; as root on Debian or Ubuntu it installs what is missing.
import { constants } from 'node:fs';
import { access, chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { run } from './process.ts';
import type { ClusterMode } from './layout.ts';

interface Requirement {
  /** A program in PATH, or an absolute path. */
  readonly program: string;
  readonly package: string;
  readonly usedFor: string;
}

const always: readonly Requirement[] = [
  { program: 'etcd', package: 'etcd-server', usedFor: 'store of the API server' },
  { program: 'flock', package: 'util-linux', usedFor: 'locks between processes' },
  { program: 'bash', package: 'bash', usedFor: 'waiting for ports' },
];

const forNode: readonly Requirement[] = [
  { program: 'containerd', package: 'containerd', usedFor: 'containers' },
  { program: 'runc', package: 'runc', usedFor: 'containers' },
  { program: '/usr/lib/cni/bridge', package: 'containernetworking-plugins', usedFor: 'pod network' },
  { program: 'iptables', package: 'iptables', usedFor: 'service addresses' },
  { program: 'ip', package: 'iproute2', usedFor: 'pod network' },
  { program: 'mount', package: 'mount', usedFor: 'volumes' },
  { program: 'nsenter', package: 'util-linux', usedFor: 'network and mount namespaces' },
  { program: 'sysctl', package: 'procps', usedFor: 'forwarding between pods' },
  { program: 'buildah', package: 'buildah', usedFor: 'images' },
  { program: 'debootstrap', package: 'debootstrap', usedFor: 'base image' },
  { program: 'mvn', package: 'maven', usedFor: 'Elasticsearch' },
  { program: 'javac', package: 'default-jdk-headless', usedFor: 'Elasticsearch' },
  { program: 'make', package: 'make', usedFor: 'the commands of this project' },
  { program: 'unzip', package: 'unzip', usedFor: 'Elasticsearch' },
];

/** The oldest Go that builds our programs; Debian 12's own is older, so Go is never installed by us. */
const oldestGo = [1, 24] as const;

/**
 * Checks the machine and installs missing packages.
 *
 * @throws naming everything that is missing and could not be installed.
 */
export async function checkMachine(mode: ClusterMode, note: (text: string) => void): Promise<void> {
  const problems = [...platformProblems(mode), ...(await goProblems())];
  const required = mode === 'node' ? [...always, ...forNode] : always;
  let missing = await missingOf(required);
  if (missing.length > 0 && problems.length === 0 && (await canInstall())) {
    await install(packagesOf(missing), note);
    missing = await missingOf(required);
  }
  for (const { program, package: name, usedFor } of missing) {
    problems.push(`${program} (${usedFor}) is missing: install the package ${name}`);
  }
  if (problems.length === 0) return;
  throw new Error(`this machine cannot run the cluster yet:\n${problems.map((text) => `  - ${text}`).join('\n')}`);
}

/** The distinct packages of requirements, in a fixed order. */
export function packagesOf(requirements: readonly Requirement[]): string[] {
  return [...new Set(requirements.map((requirement) => requirement.package))].sort();
}

/** True when a `go version` text names a Go that is new enough. */
export function isGoNewEnough(goVersion: string): boolean {
  const [, major = '0', minor = '0'] = /\bgo(\d+)\.(\d+)/.exec(goVersion) ?? [];
  return Number(major) > oldestGo[0] || (Number(major) === oldestGo[0] && Number(minor) >= oldestGo[1]);
}

function platformProblems(mode: ClusterMode): string[] {
  const problems: string[] = [];
  if (process.platform !== 'linux') problems.push(`the system is ${process.platform}; it must be Linux`);
  if (mode === 'node' && process.getuid?.() !== 0) {
    problems.push('this is not root; containers, networks and mounts of a node need root');
  }
  return problems;
}

async function goProblems(): Promise<string[]> {
  const version = await run(['go', 'version']).catch(() => undefined);
  const wanted = `Go ${oldestGo.join('.')} or newer in PATH (https://go.dev/dl)`;
  if (version === undefined) return [`go is missing: install ${wanted}`];
  return isGoNewEnough(version) ? [] : [`${version.trim()} is too old: install ${wanted}`];
}

async function missingOf(requirements: readonly Requirement[]): Promise<Requirement[]> {
  const present = await Promise.all(requirements.map(async ({ program }) => isPresent(program)));
  return requirements.filter((_, index) => present[index] !== true);
}

async function isPresent(program: string): Promise<boolean> {
  const directories = program.startsWith('/') ? [''] : (process.env['PATH'] ?? '').split(delimiter);
  const found = await Promise.all(
    [...directories, '/usr/sbin', '/sbin'].map(async (directory) =>
      access(join(directory, program), constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}

async function canInstall(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(release);
}

// Debian starts the services of etcd and containerd when it installs them; ours run as part of a cluster only.
const policyFile = '/usr/sbin/policy-rc.d';

async function install(packages: readonly string[], note: (text: string) => void): Promise<void> {
  note(`installing ${packages.join(', ')}`);
  const ours = await writeFile(policyFile, '#!/bin/sh\nexit 101\n', { flag: 'wx' }).then(
    () => true,
    () => false, // a policy of the machine's owner stays
  );
  if (ours) await chmod(policyFile, 0o755);
  try {
    const environment = { DEBIAN_FRONTEND: 'noninteractive' };
    await run(['apt-get', 'update', '-qq'], { environment });
    const options = ['install', '--yes', '--no-install-recommends', '-qq'];
    await run(['apt-get', ...options, ...packages], { environment });
  } finally {
    if (ours) await rm(policyFile);
  }
}
