// A TLS proxy between the operator and the API server (or Elasticsearch) that counts requests and causes faults on demand.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Agent, createServer, request as send, type RequestOptions, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { CertificateAuthority, type PemPair } from '../cluster/certificates.ts';
import { deliver, drop } from './deliver.ts';
import type { FaultAction } from './faults.ts';
import { type Match, matches, parseRequest, type SeenRequest } from './requests.ts';

export interface Upstream {
  readonly url: string;
  readonly ca: string | Buffer;
  /** Client certificate for requests that bring no Authorization header of their own. */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** Name that the server's certificate must be good for, where it is not that of the URL. */
  readonly serverName?: string;
}

export interface ProxyOptions {
  readonly upstream: Upstream;
  /** Where it listens. Default 127.0.0.1. */
  readonly address?: string;
  /** Names by which clients know it, besides the address. */
  readonly dnsNames?: readonly string[];
  /** The certificate that it shows; one of an authority of its own when absent. */
  readonly identity?: PemPair;
  /** Called when the server has answered, before the client hears of it: the moment to kill the client. */
  readonly onAnswered?: (request: SeenRequest) => void;
}

/** A fault that waits for its requests. */
export interface Rule extends Disposable {
  /** How many requests it has met. */
  readonly hits: number;
  remove(): void;
}

interface ActiveRule {
  readonly match: Match;
  readonly action: FaultAction;
  skip: number;
  left: number;
  hits: number;
}

/** Starts a proxy in front of any TLS server. */
export async function startProxy(options: ProxyOptions): Promise<FaultProxy> {
  const { address = '127.0.0.1', dnsNames = [] } = options;
  const directory = await mkdtemp(join(tmpdir(), 'fault-proxy-'));
  const authority = await CertificateAuthority.open(directory);
  const pair = await authority.issue({ commonName: 'fault proxy', dnsNames, addresses: [address] });
  const proxy = new FaultProxy(options, directory, authority.certificatePem, options.identity ?? pair);
  await proxy.listen(address);
  return proxy;
}

/** Starts a proxy in front of an API server, with the rights that a kubeconfig file gives. */
export async function startKubernetesProxy(
  kubeconfig: string,
  options: Omit<ProxyOptions, 'upstream'> = {},
): Promise<FaultProxy> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const identity: RequestOptions = {};
  await config.applyToHTTPSOptions(identity);
  const url = config.getCurrentCluster()?.server;
  if (url === undefined) throw new Error(`${kubeconfig} names no current cluster`);
  const { ca, cert, key } = identity as Upstream;
  const upstream = { url, ca, ...(cert === undefined ? {} : { cert }), ...(key === undefined ? {} : { key }) };
  const proxy = await startProxy({ ...options, upstream });
  await writeFile(proxy.kubeconfig, kubeconfigText(proxy));
  return proxy;
}

export class FaultProxy implements AsyncDisposable {
  /** Every request so far, in order of arrival. */
  readonly requests: SeenRequest[] = [];
  /** How many connections were accepted so far. */
  connections = 0;
  /** The certificate of the authority that signed the proxy's own. */
  readonly authority: string;
  readonly #options: ProxyOptions;
  readonly #directory: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #agent = new Agent({ keepAlive: true });
  #rules: ActiveRule[] = [];

  constructor(options: ProxyOptions, directory: string, authority: string, pair: PemPair) {
    this.#options = options;
    this.#directory = directory;
    this.authority = authority;
    this.#server = createServer({ cert: pair.certificate, key: pair.key }, (request, response) => {
      // What fails here is a connection; the client sees it break, which is what a proxy has to offer then.
      this.#handle(request, response).catch(() => {
        drop(response);
      });
    });
    this.#server.on('secureConnection', (socket: Socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      socket.on('error', () => undefined); // a client that leaves is no news
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  async listen(address: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, address, resolve);
    });
  }

  get url(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `https://${address}:${port}`;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Path of a kubeconfig that leads through the proxy (Kubernetes only). */
  get kubeconfig(): string {
    return join(this.#directory, 'kubeconfig');
  }

  /** Causes a fault on the next `times` matching requests (default: all that follow), after letting `skip` pass. */
  inject(match: Match, action: FaultAction, options: { times?: number; skip?: number } = {}): Rule {
    const rule: ActiveRule = { match, action, skip: options.skip ?? 0, left: options.times ?? Infinity, hits: 0 };
    this.#rules.push(rule);
    const remove = (): void => {
      this.#rules = this.#rules.filter((other) => other !== rule);
    };
    return {
      get hits() {
        return rule.hits;
      },
      remove,
      [Symbol.dispose]: remove,
    };
  }

  /** How many requests so far match. */
  count(match: Match): number {
    return this.requests.filter((request) => matches(request, match)).length;
  }

  /** Breaks every connection there is. */
  breakConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    this.breakConnections();
    this.#agent.destroy();
    await closed;
    await rm(this.#directory, { recursive: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = incoming;
    const client = incoming.socket.remoteAddress ?? '';
    const seen = parseRequest(method, url, headers['user-agent'] ?? '', client);
    this.requests.push(seen);
    const action = this.#actionFor(seen);
    if (action?.kind === 'delay') await delay(action.milliseconds);
    if (action?.kind === 'reset') {
      seen.status = 0;
      drop(response);
      return;
    }
    if (action?.kind === 'answer') {
      seen.status = action.status;
      incoming.resume();
      response.writeHead(action.status, action.headers as OutgoingHttpHeaders);
      response.end(action.body);
      return;
    }
    const answer = await this.#forward(incoming, response, action);
    seen.status = answer.statusCode ?? 0;
    this.#options.onAnswered?.(seen);
    deliver(answer, response, action);
  }

  #actionFor(request: SeenRequest): FaultAction | undefined {
    const rule = this.#rules.find(({ left, match }) => left > 0 && matches(request, match));
    if (rule === undefined) return undefined;
    if (rule.skip > 0) {
      rule.skip -= 1;
      return undefined;
    }
    rule.left -= 1;
    rule.hits += 1;
    return rule.action;
  }

  /** Sends the request on, and gives the server's answer once its head is there. */
  #forward(
    incoming: IncomingMessage,
    response: ServerResponse,
    action: FaultAction | undefined,
  ): Promise<IncomingMessage> {
    const { upstream } = this.#options;
    const url = new URL(incoming.url ?? '/', upstream.url);
    if (action?.kind === 'rewrite')
      for (const [name, value] of Object.entries(action.query)) url.searchParams.set(name, value);
    const anonymous = incoming.headers.authorization !== undefined;
    const { cert, key } = upstream;
    const identity = anonymous || cert === undefined || key === undefined ? {} : { cert, key };
    const headers = { ...incoming.headers, host: url.host };
    const outgoing = send(url, {
      method: incoming.method ?? 'GET',
      headers,
      agent: this.#agent,
      ca: upstream.ca,
      ...(upstream.serverName === undefined ? {} : { servername: upstream.serverName }),
      ...identity,
    });
    incoming.pipe(outgoing);
    response.on('close', () => outgoing.destroy());
    return new Promise((resolve, reject) => {
      outgoing.on('response', resolve);
      outgoing.on('error', reject);
    });
  }
}

function kubeconfigText(proxy: FaultProxy): string {
  const authority = Buffer.from(proxy.authority).toString('base64');
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'proxy', cluster: { server: proxy.url, 'certificate-authority-data': authority } }],
    users: [{ name: 'proxy', user: {} }],
    contexts: [{ name: 'proxy', context: { cluster: 'proxy', user: 'proxy' } }],
    'current-context': 'proxy',
  });
}
