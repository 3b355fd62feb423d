// Container images of the harness itself (pause, probe), and how an image archive gets onto a node.
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, cacheKey, hashDirectory } from './cache.ts';
import type { Layout } from './layout.ts';
import { nodePrefix } from './namespaces.ts';
import { run } from './process.ts';

const imageSources = join(import.meta.dirname, '..', 'images');

/** Builds the image of one static Go program, `e2e/images/<name>`; returns the path of its OCI archive. */
export async function goProgramImage(name: 'pause' | 'probe'): Promise<string> {
  const source = join(imageSources, name);
  const key = cacheKey(`image-${name}`, [await hashDirectory(source), process.arch]);
  const directory = await cached(key, async (target) => {
    const work = join(target, 'work');
    await mkdir(work);
    await run(['go', 'build', '-trimpath', '-ldflags', '-s -w', '-o', join(work, name), 'main.go'], {
      cwd: source,
      environment: { CGO_ENABLED: '0' },
    });
    await copyFile(join(source, 'Dockerfile'), join(work, 'Dockerfile'));
    // A storage of its own, removed with the work directory: no image of ours stays in the machine's storage.
    const storage = ['--root', join(work, 'root'), '--runroot', join(work, 'runroot'), '--storage-driver', 'vfs'];
    await run(['buildah', ...storage, 'build', '--isolation', 'chroot', '--tag', name, work]);
    await run(['buildah', ...storage, 'push', name, `oci-archive:${join(target, 'image.tar')}`]);
    await rm(work, { recursive: true });
  });
  return join(directory, 'image.tar');
}

/** Loads an OCI archive with one image into the node under the given full name, such as docker.io/loggingstack/pause:1. */
export async function importImage(layout: Layout, archive: string, name: string): Promise<void> {
  const prefix = await nodePrefix(layout);
  // An archive need not name its image: a name is made from its digest, and ours is added.
  const base = `import.local/${name.replaceAll(/[^a-z0-9]+/g, '-')}`;
  const ctr = [...prefix, 'ctr', '--namespace', 'k8s.io', 'images'];
  const output = await run([...ctr, 'import', '--digests', '--base-name', base, archive]);
  const imported = /^unpacking (\S+)/m.exec(output)?.[1];
  if (imported === undefined) throw new Error(`${archive} was imported as no image: ${output}`);
  await run([...ctr, 'tag', '--force', imported, name]);
}
