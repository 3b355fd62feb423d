// Reaches a port of a pod or Service: by its own address from a local node's network, through `kubectl port-forward` on a cluster of the user's own.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Site } from './site.ts';

export type Target = `pod/${string}` | `service/${string}`;

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Reach extends AsyncDisposable {
  /** Where to connect to now. A tunnel that has ended is made anew. */
  readonly address: () => Promise<Address>;
  /** Says that a connection failed: the next address is that of a new tunnel. */
  readonly renew: () => void;
}

const tunnelSeconds = 30;

/** Tunnels that run: they end with this process, also when a case that used up its time was left behind. */
const tunnels = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of tunnels) child.kill();
});

/** Starts `kubectl port-forward`, and returns once it says which local port it chose. */
async function openTunnel(
  { kubectl, kubeconfig }: Site,
  namespace: string,
  target: Target,
  port: number,
): Promise<{ child: ChildProcess; address: Address }> {
  const line = ['--kubeconfig', kubeconfig, 'port-forward', '-n', namespace, target, `:${port}`];
  const child = spawn(kubectl, [...line, '--address', '127.0.0.1'], { stdio: ['ignore', 'pipe', 'pipe'] });
  tunnels.add(child);
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let output = '';
  const read = (text: string): void => {
    output = (output + text).slice(-4096);
    const found = /Forwarding from 127\.0\.0\.1:(\d+) ->/.exec(output)?.[1];
    if (found !== undefined) resolve(Number(found));
  };
  child.stdout.setEncoding('utf8').on('data', read);
  child.stderr.setEncoding('utf8').on('data', read);
  child.once('error', reject).once('exit', (code) => {
    tunnels.delete(child);
    reject(new Error(`kubectl port-forward to ${namespace}/${target}:${port} ended with ${String(code)}: ${output}`));
  });
  const late = setTimeout(() => {
    reject(new Error(`kubectl port-forward to ${namespace}/${target}:${port} was not up in ${tunnelSeconds} s`));
  }, tunnelSeconds * 1000);
  try {
    return { child, address: { host: '127.0.0.1', port: await promise } };
  } catch (error) {
    child.kill();
    throw error;
  } finally {
    clearTimeout(late);
  }
}

function throughTunnel(site: Site, namespace: string, target: Target, port: number): Reach {
  let open: ReturnType<typeof openTunnel> | undefined;
  const close = async (): Promise<void> => {
    const closing = open;
    open = undefined;
    await closing?.then(
      ({ child }) => child.kill(),
      () => undefined,
    );
  };
  return {
    address: async () => {
      const before = open;
      const current = await before?.catch(() => undefined);
      if (current !== undefined && current.child.exitCode === null && !current.child.killed) return current.address;
      // Whoever asked at the same time may have made the new one already.
      if (open === before || open === undefined) open = openTunnel(site, namespace, target, port);
      return (await open).address;
    },
    renew: () => {
      void close();
    },
    [Symbol.asyncDispose]: close,
  };
}

interface WithAddress {
  readonly spec: { readonly clusterIP?: string };
  readonly status: { readonly podIP?: string };
}

/** Connects nowhere yet; the first look at `address` does. */
export function reach(site: Site, namespace: string, target: Target, port: number): Reach {
  if (site.cluster === undefined) return throughTunnel(site, namespace, target, port);
  let host: string | undefined;
  return {
    address: async () => {
      if (host === undefined) {
        const { spec, status } = await site.run.json<WithAddress>(['get', target, '-n', namespace]);
        host = target.startsWith('service/') ? spec.clusterIP : status.podIP;
      }
      if (host === undefined) throw new Error(`${namespace}/${target} has no address yet`);
      return { host, port };
    },
    renew: () => undefined,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
