// For integration tests that need simulated nodes or other manifests: a control plane for the tests of one file alone.
import { afterAll, beforeAll } from 'vitest';
import { transportFor } from '../../src/kube/integration-helpers.ts';
import type { Transport } from '../../src/kube/transport.ts';
import type { Cluster } from '../cluster/start.ts';
import { startServedControlPlane } from '../environment/served.ts';

/** To be used by tests and by hooks that are registered later. */
export interface OwnControlPlane {
  readonly cluster: Cluster;
  /** As the administrator. */
  readonly transport: Transport;
}

interface Options {
  readonly simulatedNodes?: number;
  readonly manifests?: string;
}

/** Starts it before all tests of the file, and ends it after them, also when it did not start as a whole. */
export function ownControlPlane(name: string, options: Options = {}): OwnControlPlane {
  const cleanUp = new AsyncDisposableStack();
  let made: OwnControlPlane | undefined;
  beforeAll(async () => {
    const cluster = cleanUp.use(await startServedControlPlane({ name: `${name}-${process.pid}`, ...options }));
    const transport = transportFor(cluster.kubeconfig);
    cleanUp.defer(() => transport.close());
    made = { cluster, transport };
  }, 180_000);
  afterAll(() => cleanUp.disposeAsync());
  const whole = (): OwnControlPlane => {
    if (made === undefined) throw new Error(`The control plane ${name} has not started.`);
    return made;
  };
  return {
    get cluster() {
      return whole().cluster;
    },
    get transport() {
      return whole().transport;
    },
  };
}
