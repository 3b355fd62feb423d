// What tests use of the cluster harness: clusters that are fresh when they start and gone when they are disposed of.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { kubernetesBinaries } from './binaries.ts';
import { writeKubeconfig } from './control-plane.ts';
import { takeDown } from './down.ts';
import { layoutOf } from './layout.ts';
import type { Layout } from './layout.ts';
import { run } from './process.ts';
import { runStepsWithLog } from './steps.ts';
import type { Log } from './steps.ts';
import { upSteps } from './up.ts';

export interface Cluster extends AsyncDisposable {
  readonly name: string;
  /** URL of the API server. */
  readonly server: string;
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** Path of the audit log: one JSON event per line, level Metadata, one per answered request. */
  readonly auditLog: string;
  /** Directory with one log per program. */
  readonly logs: string;
  /** Path of a kubeconfig for any user and groups, with a client certificate signed by the cluster's authority. */
  kubeconfigFor(user: string, groups?: readonly string[]): Promise<string>;
  /** Runs kubectl as the administrator and returns its output. */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /** Ends all its processes and removes its directory. */
  stop(): Promise<void>;
}

export interface StartControlPlaneOptions {
  /** Lower-case letters, digits, hyphens; your own, as a cluster of this name is taken down first. */
  readonly name: string;
  /** Nodes on which pods become Ready without running; 0 (default): no nodes and no storage. */
  readonly simulatedNodes?: number;
  readonly log?: Log;
  readonly signal?: AbortSignal;
}

/** Starts a fresh API server with its controllers, on loopback, in seconds. Any number may run side by side. */
export async function startControlPlane(options: StartControlPlaneOptions): Promise<Cluster> {
  await takeDown(options.name);
  const { name, simulatedNodes = 0, log = () => undefined, signal } = options;
  const mode = 'control-plane-only';
  try {
    await runStepsWithLog(await upSteps({ name, mode, simulatedNodes, ...(signal ? { signal } : {}) }), log);
  } catch (error) {
    await takeDown(name);
    throw error;
  }
  return clusterAt(layoutOf(name, mode));
}

/** The handle of a cluster that is up. */
export function clusterAt(layout: Layout): Cluster {
  const { name, server, kubeconfig, auditLog, logs } = layout;
  const stop = (): Promise<void> => takeDown(name);
  return {
    name,
    server,
    kubeconfig,
    auditLog,
    logs,
    async kubeconfigFor(user, groups = []) {
      const hash = createHash('sha256')
        .update(JSON.stringify([user, groups]))
        .digest('hex')
        .slice(0, 12);
      const path = join(layout.pki, `user-${hash}.kubeconfig`);
      await writeKubeconfig(layout, path, { commonName: user, organizations: groups });
      return path;
    },
    async kubectl(args, input) {
      const command = join(await kubernetesBinaries(), 'kubectl');
      return run(command, ['--kubeconfig', kubeconfig, ...args], input === undefined ? {} : { input });
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
