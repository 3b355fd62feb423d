// The connection of the command to a cluster: who we are and which namespace is meant come from the kubeconfig, as for kubectl.
import { KubeConfig } from '@kubernetes/client-node';
import packageFile from '../../package.json' with { type: 'json' };
import { Fault } from '../kube/errors.ts';
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
  requireContext(config);
  const namespace = options.namespace ?? config.getContextObject(config.getCurrentContext())?.namespace ?? 'default';
  const transport = new Transport(config, { program: 'kubectl-loggingstack', version: packageFile.version });
  return { transport, namespace };
}

/** Of the client, where it finds no file and runs in no cluster: it would ask this machine, on port 8080. */
const madeUpContext = 'loaded-context';

function requireContext(config: KubeConfig): void {
  // Undefined where a file names none, whatever the client's types say.
  const current = (config.getCurrentContext() as string | undefined) ?? '';
  const known = config.getContexts().map(({ name }) => name);
  if (known.includes(madeUpContext))
    throw new Fault('Configuration', 'there is no kubeconfig: give --kubeconfig, or set KUBECONFIG');
  if (known.length === 0 || known.includes(current)) return;
  const missing = current === '' ? 'names no current context' : `has no context ${current}`;
  throw new Fault('Configuration', `the kubeconfig ${missing}: give --context one of ${known.join(', ')}`);
}
