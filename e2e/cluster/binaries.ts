// The Kubernetes programs of a cluster, built from the Go module in ./binaries and cached by its content.
import { readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, cacheKey, hashDirectory } from './cache.ts';
import { run } from './process.ts';

const moduleDirectory = join(import.meta.dirname, 'binaries');
const parts = [
  'coredns',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-proxy',
  'kube-scheduler',
  'kubectl',
  'kubelet',
] as const;

/** Version of Kubernetes in a go.mod text, such as `v1.34.4`. */
export function kubernetesVersion(goMod: string): string {
  const version = /^\s*k8s\.io\/kubernetes (v\d+\.\d+\.\d+)$/m.exec(goMod)?.[1];
  if (version === undefined) throw new Error('go.mod does not require k8s.io/kubernetes at a released version');
  return version;
}

/** Linker flags that give the programs their version; without them clients are told v0.0.0. */
export function linkerFlags(version: string): string {
  const [major = '', minor = ''] = version.slice(1).split('.');
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor };
  const set = Object.entries(values).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  return ['-s', '-w', ...set].join(' ');
}

/** The directory with one executable per part; built first when it is not cached (minutes, once per version). */
export async function kubernetesBinaries(onOutput?: (text: string) => void): Promise<string> {
  const flags = linkerFlags(kubernetesVersion(await readFile(join(moduleDirectory, 'go.mod'), 'utf8')));
  const key = cacheKey('kubernetes', [await hashDirectory(moduleDirectory), flags, parts.join(), process.arch]);
  return cached(key, async (directory) => {
    const program = join(directory, 'kubernetes');
    await run(['go', 'build', '-trimpath', '-mod=readonly', '-ldflags', flags, '-o', program, '.'], {
      cwd: moduleDirectory,
      ...(onOutput ? { onOutput } : {}),
    });
    for (const part of parts) await symlink('kubernetes', join(directory, part));
  });
}
