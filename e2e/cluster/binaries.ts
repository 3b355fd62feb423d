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

/** Counts the packages that `go build -v` names and passes the count on, at most every ten seconds. */
function packageCounter(note: (text: string) => void): (text: string) => void {
  let packages = 0;
  let told = performance.now();
  return (text) => {
    packages += text.split('\n').length - 1;
    if (performance.now() - told < 10_000) return;
    told = performance.now();
    note(`${packages} packages compiled`);
  };
}

/**
 * The directory with one executable per part; built first when it is not cached (minutes, once per version).
 *
 * `note` is told from time to time how far the build is.
 */
export async function kubernetesBinaries(note: (text: string) => void = () => undefined): Promise<string> {
  const flags = linkerFlags(kubernetesVersion(await readFile(join(moduleDirectory, 'go.mod'), 'utf8')));
  const key = cacheKey('kubernetes', [await hashDirectory(moduleDirectory), flags, parts.join(), process.arch]);
  return cached(key, async (directory) => {
    const program = join(directory, 'kubernetes');
    note('building from source; this takes some minutes, once per version');
    await run(['go', 'build', '-v', '-trimpath', '-mod=readonly', '-ldflags', flags, '-o', program, '.'], {
      cwd: moduleDirectory,
      onOutput: packageCounter(note),
    });
    for (const part of parts) await symlink('kubernetes', join(directory, part));
  });
}
