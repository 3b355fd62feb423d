// Builds one image with buildah in a storage of its own, which is removed afterwards: what remains is the OCI archive.
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../cluster/process.ts';

interface ImageBuild {
  readonly name: string;
  /** Of `buildah build`: Dockerfile, arguments, secrets. */
  readonly options: readonly string[];
  readonly context: string;
  /** OCI archives of the images that FROM names. */
  readonly baseArchives: readonly string[];
}

/** Builds the image and writes it to `archive`, which appears only when it is whole. `workDirectory` must exist. */
export async function buildArchive(build: ImageBuild, archive: string, workDirectory: string): Promise<void> {
  const storage = await mkdtemp(join(workDirectory, 'storage-'));
  const buildah = buildahIn(storage);
  try {
    for (const base of build.baseArchives) await buildah(['pull', `oci-archive:${base}`]);
    // Chroot isolation runs where neither user namespaces nor cgroups may be made, and needs no runtime such as runc.
    const isolation = ['--isolation', 'chroot', '--layers=false', '--pull=never'];
    await buildah(['build', ...isolation, ...build.options, '--tag', build.name, build.context]);
    const unfinished = `${archive}.unfinished`;
    await buildah(['push', build.name, `oci-archive:${unfinished}:${build.name}`]);
    await rename(unfinished, archive);
  } finally {
    await rm(storage, { recursive: true, force: true });
  }
}

function buildahIn(storage: string): (args: readonly string[]) => Promise<void> {
  // buildah mounts its storage. In a mount namespace of its own nothing can stay mounted, however it ends.
  const alone = ['--mount', '--propagation', 'private', 'buildah'];
  const place = ['--root', join(storage, 'root'), '--runroot', join(storage, 'run'), '--storage-driver', 'overlay'];
  return async (args) => {
    await run(['unshare', ...alone, ...place, ...args]);
  };
}
