// What tests use of the cluster harness: clusters that are fresh when they start and gone when they are disposed of.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { writeKubeconfig } from './control-plane.ts';
import { takeDown } from './down.ts';
import { importImage } from './images.ts';
import { kubectl } from './kubectl.ts';
import { layoutOf } from './layout.ts';
import type { Layout } from './layout.ts';
import { networkPrefix, nodeDirectories } from './namespaces.ts';
import type { LogRotation } from './node-programs.ts';
import { runStepsWithLog } from './steps.ts';
import type { Log } from './steps.ts';
import { upSteps } from './up.ts';
import type { UpOptions } from './up-context.ts';

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

/** A cluster whose node runs pods. Its API server, pods and services are reached only from within its network. */
export interface NodeCluster extends Cluster {
  /** What the node has as /var/log (in it pods/ and containers/) and /var/lib, as paths of the host. */
  readonly directories: { readonly varLog: string; readonly varLib: string };
  /** Put before a command line, it runs that command in the node's network, with the host's files. */
  networkPrefix(): Promise<string[]>;
  /** Loads an OCI archive with one image under a full name, such as `docker.io/loggingstack/elasticsearch:9.4.3`. */
  importImage(archive: string, name: string): Promise<void>;
}

interface StartOptions {
  /** Lower-case letters, digits, hyphens; your own, as a cluster of this name is taken down first. */
  readonly name: string;
  readonly log?: Log;
  readonly signal?: AbortSignal;
}

interface StartControlPlaneOptions extends StartOptions {
  /** Nodes on which pods become Ready without running; 0 (default): no nodes and no storage. */
  readonly simulatedNodes?: number;
}

interface StartNodeOptions extends StartOptions {
  /** How the kubelet rotates container logs; default 1Mi, 10 files. */
  readonly logRotation?: LogRotation;
}

/** Starts a fresh API server with its controllers, on loopback, in seconds. Any number may run side by side. */
export async function startControlPlane(options: StartControlPlaneOptions): Promise<Cluster> {
  const mode = 'control-plane-only';
  return clusterAt(await startFresh(options, { mode, simulatedNodes: options.simulatedNodes ?? 0 }));
}

/** Starts a fresh cluster with a real node. Needs root. */
export async function startNode(options: StartNodeOptions): Promise<NodeCluster> {
  const { logRotation } = options;
  return nodeClusterAt(
    await startFresh(options, { mode: 'node', simulatedNodes: 0, ...(logRotation ? { logRotation } : {}) }),
  );
}

async function startFresh(options: StartOptions, state: Omit<UpOptions, 'name' | 'signal'>): Promise<Layout> {
  const { name, log = () => undefined, signal } = options;
  await takeDown(name);
  try {
    await runStepsWithLog(await upSteps({ name, ...state, ...(signal ? { signal } : {}) }), log);
  } catch (error) {
    await takeDown(name);
    throw error;
  }
  return layoutOf(name, state.mode);
}

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
    kubectl: (args, input) => kubectl(layout, args, input),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function nodeClusterAt(layout: Layout): NodeCluster {
  return {
    ...clusterAt(layout),
    directories: nodeDirectories(layout),
    networkPrefix: () => networkPrefix(layout),
    importImage: (archive, name) => importImage(layout, archive, name),
  };
}
