// Puts the fault proxy between the pods of a node and a stack's Elasticsearch, so that requests are counted, and failed, by a third party.
import { run } from '../cluster/process.ts';
import { type FaultProxy, startProxy } from '../faults/proxy.ts';
import { elasticsearchAccess } from './elasticsearch.ts';
import type { Kubectl } from './kubectl.ts';

export interface InterposedProxy extends AsyncDisposable {
  readonly proxy: FaultProxy;
}

const decode = (text: string | undefined): string => Buffer.from(text ?? '', 'base64').toString();

/**
 * Sends every new connection that pods make to the stack's HTTP Service to a proxy that shows the stack's own
 * certificate. Connections that exist already stay as they are: restart the pods whose requests are to be seen.
 * Runs in the node's network namespace.
 */
export async function interposeProxy(kubectl: Kubectl, namespace: string, stack: string): Promise<InterposedProxy> {
  const access = await elasticsearchAccess(kubectl, namespace, stack);
  const secret = await kubectl.json<{ data: Record<string, string> }>([
    'get',
    'secret',
    `${stack}-es-http-certs`,
    '-n',
    namespace,
  ]);
  const proxy = await startProxy({
    address: '0.0.0.0',
    identity: { certificate: decode(secret.data['tls.crt']), key: decode(secret.data['tls.key']) },
    upstream: {
      url: `https://${access.host}:${access.port}`,
      ca: access.authority,
      serverName: access.serverName,
    },
  });
  const rule = [
    '-d',
    access.host,
    '-p',
    'tcp',
    '--dport',
    String(access.port),
    '-j',
    'REDIRECT',
    '--to-ports',
    String(proxy.port),
  ];
  await run(['iptables', '-w', '-t', 'nat', '-I', 'PREROUTING', ...rule]);
  return {
    proxy,
    [Symbol.asyncDispose]: async () => {
      await run(['iptables', '-w', '-t', 'nat', '-D', 'PREROUTING', ...rule]);
      await proxy.close();
    },
  };
}
