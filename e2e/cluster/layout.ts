// Where everything of one cluster is: its directory, files, addresses and ports, all computed from its name and mode.
import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';

/** `node`: a real node that runs pods. `control-plane-only`: the API and its controllers, on loopback, no kubelet. */
export type ClusterMode = 'node' | 'control-plane-only';

export interface Layout {
  readonly name: string;
  readonly mode: ClusterMode;
  readonly directory: string;
  readonly pki: string;
  readonly logs: string;
  /** Kubeconfig of the administrator. */
  readonly kubeconfig: string;
  readonly auditLog: string;
  readonly etcdData: string;
  /** Volumes that the provisioner serves. */
  readonly volumes: string;
  /** Where the API server and etcd listen. */
  readonly address: string;
  readonly server: string;
  readonly etcdUrl: string;
  readonly etcdPeerUrl: string;
}

/** The node's own address within its network namespace; every cluster has the same, as each has its own namespace. */
export const nodeAddress = '198.18.255.1';
export const podCidr = '198.18.0.0/16';
export const serviceCidr = '198.19.0.0/16';
export const apiServiceAddress = '198.19.0.1';
export const dnsServiceAddress = '198.19.0.10';
export const apiServerPort = 16443;
export const etcdPort = 16379;

/** Parent of all cluster directories: `LOGGINGSTACK_STATE`, else `/var/lib/loggingstack-e2e`. */
export function stateRoot(environment: NodeJS.ProcessEnv = process.env): string {
  return resolve(environment['LOGGINGSTACK_STATE'] ?? '/var/lib/loggingstack-e2e');
}

/**
 * A loopback address of a cluster's own (127.64.0.1 to 127.127.255.254): several control planes run side by side in the
 * host's network namespace with the same ports, and no port has to be searched for.
 */
export function loopbackAddress(directory: string): string {
  const [first = 0, second = 0, third = 0] = createHash('sha256').update(directory).digest();
  return `127.${64 + (first % 64)}.${second}.${1 + (third % 254)}`;
}

export function layoutOf(name: string, mode: ClusterMode, root = stateRoot()): Layout {
  if (!/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(name)) {
    throw new Error(`cluster name "${name}": allowed are 1 to 40 lower-case letters, digits and inner hyphens`);
  }
  const directory = join(root, name);
  const address = mode === 'node' ? nodeAddress : loopbackAddress(directory);
  return {
    name,
    mode,
    directory,
    pki: join(directory, 'pki'),
    logs: join(directory, 'log'),
    kubeconfig: join(directory, 'kubeconfig'),
    auditLog: join(directory, 'log', 'audit.jsonl'),
    etcdData: join(directory, 'etcd'),
    volumes: join(directory, 'volumes'),
    address,
    server: `https://${address}:${apiServerPort}`,
    etcdUrl: `http://${address}:${etcdPort}`,
    etcdPeerUrl: `http://${address}:${etcdPort + 1}`,
  };
}
