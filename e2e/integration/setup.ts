// One control plane for a whole run of integration tests: a real API server, started once, gone at the end.
import { randomBytes } from 'node:crypto';
import type { TestProject } from 'vitest/node';
import { startServedControlPlane } from '../environment/served.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of the administrator's kubeconfig. */
    kubeconfig: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // A name of its own, so that two runs beside each other do not take each other down.
  const name = `integration-${randomBytes(3).toString('hex')}`;
  const cluster = await startServedControlPlane({ name });
  project.provide('kubeconfig', cluster.kubeconfig);
  return () => cluster.stop();
}
