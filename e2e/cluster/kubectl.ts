// kubectl of the cluster's own version, run where it reaches the API server.
import { join } from 'node:path';
import { kubernetesBinaries } from './binaries.ts';
import type { Layout } from './layout.ts';
import { networkPrefix } from './namespaces.ts';
import { run } from './process.ts';

/** The command line that runs kubectl as the administrator, from the host. */
export async function kubectlCommand(layout: Layout, args: readonly string[]): Promise<string[]> {
  const kubectl = join(await kubernetesBinaries(), 'kubectl');
  return [...(await networkPrefix(layout)), kubectl, '--kubeconfig', layout.kubeconfig, ...args];
}

/** Runs kubectl as the administrator and returns its output; `input` goes to its standard input. */
export async function kubectl(layout: Layout, args: readonly string[], input = ''): Promise<string> {
  return run(await kubectlCommand(layout, args), { input });
}
