// What is remembered of a cluster between commands: its mode and options, in cluster.json of its directory.
import { mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { layoutOf, stateRoot } from './layout.ts';
import type { ClusterMode, Layout } from './layout.ts';
import type { LogRotation } from './node-programs.ts';

export interface ClusterState {
  readonly mode: ClusterMode;
  /** Nodes that exist only as objects, whose pods become Ready without running (control-plane-only mode). */
  readonly simulatedNodes: number;
  readonly logRotation: LogRotation;
}

/** The recorded state, or undefined when there is no such cluster. */
export async function readState(name: string, root = stateRoot()): Promise<ClusterState | undefined> {
  const text = await readFile(join(root, name, 'cluster.json'), 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : (JSON.parse(text) as ClusterState);
}

export async function writeState(layout: Layout, state: ClusterState): Promise<void> {
  await mkdir(layout.directory, { recursive: true });
  const path = join(layout.directory, 'cluster.json');
  await writeFile(`${path}.new`, `${JSON.stringify(state, null, 2)}\n`);
  await rename(`${path}.new`, path);
}

/** The layout of a cluster that is up; an error says how to make it when there is none. */
export async function existingLayout(name: string, root = stateRoot()): Promise<Layout> {
  const state = await readState(name, root);
  if (state === undefined) {
    throw new Error(
      `there is no cluster "${name}" in ${root}; make it with: node e2e/cluster/cli.ts up --name ${name}`,
    );
  }
  return layoutOf(name, state.mode, root);
}

/** Names of all clusters of this machine. */
export async function clusterNames(root = stateRoot()): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}
