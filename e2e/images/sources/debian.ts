// Debian's base system as debootstrap makes it, packed as one file for `ADD`.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../cluster/process.ts';

export const debianRelease = 'trixie';

/** Beyond the minimal system: what the official Elastic images have and people, probes and entry points use. */
export const debianPackages = ['bash', 'ca-certificates', 'curl', 'netcat-openbsd', 'tini'] as const;

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Debian's archive: `$LOGGINGSTACK_DEBIAN_MIRROR` where the usual one cannot be reached. */
export function debianMirror(environment: NodeJS.ProcessEnv = process.env): string {
  return environment['LOGGINGSTACK_DEBIAN_MIRROR'] ?? 'http://deb.debian.org/debian';
}

/** Writes `rootfs.tar` into the build context. Needs root; packages are checked against Debian's own keys. */
export async function debianRootFiles(context: string): Promise<void> {
  if (!existsSync(keyring)) {
    throw new Error(`${keyring} is missing, so Debian's packages cannot be checked: install debian-archive-keyring`);
  }
  const root = await mkdtemp(join(context, '..', 'debian-'));
  try {
    const options = ['--variant=minbase', `--include=${debianPackages.join(',')}`, `--keyring=${keyring}`];
    await run(['debootstrap', ...options, debianRelease, root, debianMirror()]);
    // Without devices, and without what only fills the image (package lists and downloads, logs) or is this machine's.
    const left = ['./dev/*', './proc/*', './sys/*', './var/cache/apt/*', './var/lib/apt/lists/*', './var/log/*'];
    const excluded = [...left, './etc/resolv.conf', './etc/hostname'];
    const exclude = excluded.map((path) => `--exclude=${path}`);
    const archive = join(context, 'rootfs.tar');
    await run(['tar', '--numeric-owner', '--sort=name', ...exclude, '-C', root, '-cf', archive, '.']);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
