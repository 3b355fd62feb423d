// The connection of the command to a cluster: who we are and which namespace is meant come from the kubeconfig, as for kubectl.
import { KubeConfig } from '@kubernetes/client-node';
import packageFile from '../../package.json' with { type: 'json' };
import { Transport } from '../kube/transport.ts';

export interface ConnectionOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
}

export interface Connection {
  readonly transport: Transport;
  /** The namespace of the option, else of the context. */
  readonly namespace: string;
}

/** Throws a Fault `Configuration` when the kubeconfig names no cluster. */
export function connect(options: ConnectionOptions): Connection {
  const config = new KubeConfig();
  if (options.kubeconfig === undefined) config.loadFromDefault();
  else config.loadFromFile(options.kubeconfig);
  if (options.context !== undefined) config.setCurrentContext(options.context);
  const namespace = options.namespace ?? config.getContextObject(config.getCurrentContext())?.namespace ?? 'default';
  const transport = new Transport(config, { program: 'kubectl-loggingstack', version: packageFile.version });
  return { transport, namespace };
}
