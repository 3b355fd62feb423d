// A real API server that serves our kinds, for tests: it is gone when it cannot be had as a whole.
import { type Cluster, startControlPlane } from '../cluster/start.ts';
import { untilKindsServed } from './kinds.ts';

interface ServedOptions {
  /** Your own: a cluster of this name is taken down first. */
  readonly name: string;
  /** Nodes on which pods become Ready without running. */
  readonly simulatedNodes?: number;
  /** What is applied: the definitions of our kinds alone, unless it says more. */
  readonly manifests?: string;
}

/** Starts a control plane and applies our manifests; returns when our kinds are served. Whoever gets it stops it. */
export async function startServedControlPlane({ manifests = 'crds/', ...options }: ServedOptions): Promise<Cluster> {
  const cluster = await startControlPlane(options);
  try {
    await cluster.kubectl(['apply', '--server-side', '-f', manifests]);
    await untilKindsServed((args) => cluster.kubectl(args));
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}
