// The one pool of connections to the API server, and who we are on it, taken anew from the kubeconfig for each request.
import { createHash } from 'node:crypto';
import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { Agent } from 'undici';
import { Fault } from './errors.ts';

export interface Connection {
  readonly server: URL;
  readonly dispatcher: Agent;
  readonly authorization: string | undefined;
}

/** kube-apiserver closes idle connections after 90 s; we close them first, so that no request meets a closing one. */
const keepAlive = 60_000;
const connectTimeout = 10_000;

export class ConnectionPool {
  readonly #kubeConfig: KubeConfig;
  #agent: Agent | undefined;
  #fingerprint = '';

  constructor(kubeConfig: KubeConfig) {
    const cluster = kubeConfig.getCurrentCluster();
    if (cluster === null)
      throw new Fault(
        'Configuration',
        'the kubeconfig has no current cluster: set current-context, or run in a cluster',
      );
    if (cluster.proxyUrl !== undefined)
      throw new Fault('Configuration', `cluster ${cluster.name} has a proxy-url, which is not supported: remove it`);
    this.#kubeConfig = kubeConfig;
  }

  /** Tokens and certificates are read from where the kubeconfig says each time, because they rotate. */
  async connection(): Promise<Connection> {
    const cluster = this.#kubeConfig.getCurrentCluster();
    if (cluster === null) throw new Fault('Configuration', 'the kubeconfig lost its current cluster');
    const options: RequestOptions = {};
    await this.#kubeConfig.applyToHTTPSOptions(options);
    const headers = options.headers as Record<string, string | undefined> | undefined;
    return {
      server: new URL(cluster.server),
      dispatcher: this.#agentFor(options),
      authorization: headers?.['Authorization'],
    };
  }

  async close(): Promise<void> {
    await this.#agent?.destroy();
    this.#agent = undefined;
    this.#fingerprint = '';
  }

  /** The same agent as long as the certificates are the same: a new one per request would be a new connection each. */
  #agentFor({ ca, cert, key, servername, rejectUnauthorized }: RequestOptions): Agent {
    const material = [ca, cert, key, servername, rejectUnauthorized].map((part) => String(part as unknown));
    const fingerprint = createHash('sha256').update(material.join('\0')).digest('hex');
    if (this.#agent !== undefined && fingerprint === this.#fingerprint) return this.#agent;
    const old = this.#agent;
    this.#fingerprint = fingerprint;
    this.#agent = new Agent({
      // One watch per connection: with HTTP/2 all would share one, and a stalled stream could hold up the Lease.
      allowH2: false,
      keepAliveTimeout: keepAlive,
      // Limits of time are set per request (transport.ts), one mechanism for all of them.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: {
        timeout: connectTimeout,
        ...(ca === undefined ? {} : { ca }),
        ...(cert === undefined ? {} : { cert }),
        ...(key === undefined ? {} : { key }),
        ...(servername === undefined ? {} : { servername }),
        ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
      },
    });
    // Requests under way end on the old connections. Nobody waits for that, and it cannot fail in a way that matters.
    old?.close().catch(() => undefined);
    return this.#agent;
  }
}
