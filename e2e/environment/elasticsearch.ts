// Talks to a stack's Elasticsearch as a user would: through its HTTP Service, with its CA and the generated password.
import { Agent, request } from 'undici';
import type { Kubectl } from './kubectl.ts';
import { type Address, reach, type Reach } from './reach.ts';
import type { Site } from './site.ts';

export interface ElasticsearchAccess {
  readonly host: string;
  readonly port: number;
  /** The DNS name that the certificate must be good for. */
  readonly serverName: string;
  readonly authority: string;
  readonly username: string;
  readonly password: string;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface ElasticsearchUser extends AsyncDisposable {
  /** Sends a request; throws unless the status is below 300 or listed in `allow`. */
  ask(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
    allow?: readonly number[],
  ): Promise<Answer>;
}

const decode = (text: string): string => Buffer.from(text, 'base64').toString();

/** Reads address, CA and password from Kubernetes, as the README tells users to. */
export async function elasticsearchAccess(
  kubectl: Kubectl,
  namespace: string,
  stack: string,
): Promise<ElasticsearchAccess> {
  const service = `${stack}-es-http`;
  const [found, user, certificate] = await Promise.all([
    kubectl.json<{ spec: { clusterIP: string } }>(['get', 'service', service, '-n', namespace]),
    kubectl.json<{ data: Record<string, string> }>(['get', 'secret', `${stack}-es-elastic-user`, '-n', namespace]),
    kubectl.json<{ data: Record<string, string> }>(['get', 'secret', `${stack}-es-http-certs`, '-n', namespace]),
  ]);
  return {
    host: found.spec.clusterIP,
    port: 9200,
    serverName: `${service}.${namespace}.svc`,
    authority: decode(certificate.data['ca.crt'] ?? ''),
    username: decode(user.data['username'] ?? ''),
    password: decode(user.data['password'] ?? ''),
  };
}

/** Connects to a stack's Elasticsearch. A request whose connection fails in a tunnel is sent once more through a new one. */
export async function openElasticsearch(site: Site, namespace: string, stack: string): Promise<ElasticsearchUser> {
  const access = await elasticsearchAccess(site.run, namespace, stack);
  return talk(access, reach(site, namespace, `service/${stack}-es-http`, access.port), site.cluster === undefined);
}

/** Connects to the Service's own address: for where that can be reached. */
export function connectElasticsearch(access: ElasticsearchAccess): ElasticsearchUser {
  const way: Reach = {
    address: () => Promise.resolve(access),
    renew: () => undefined,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return talk(access, way, false);
}

function talk(access: ElasticsearchAccess, way: Reach, tunnelled: boolean): ElasticsearchUser {
  const agent = new Agent({
    connect: { ca: access.authority, servername: access.serverName },
    headersTimeout: 60_000,
    bodyTimeout: 60_000,
  });
  const authorization = `Basic ${Buffer.from(`${access.username}:${access.password}`).toString('base64')}`;
  return {
    ask: async (method, path, body, allow = []) => {
      const { status, text } = await withRenewal(way, tunnelled, async ({ host, port }) => {
        const response = await request(`https://${host}:${port}${path}`, {
          method,
          dispatcher: agent,
          headers: { authorization, accept: 'application/json', ...contentType(path, body) },
          ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        });
        return { status: response.statusCode, text: await response.body.text() };
      });
      if (status >= 300 && !allow.includes(status)) {
        throw new Error(`${method} ${path} was answered ${status}: ${text.slice(0, 2000)}`);
      }
      return { status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
    },
    [Symbol.asyncDispose]: async () => {
      await agent.destroy();
      await way[Symbol.asyncDispose]();
    },
  };
}

const contentType = (path: string, body: unknown): Record<string, string> =>
  body === undefined ? {} : { 'content-type': path.includes('_bulk') ? 'application/x-ndjson' : 'application/json' };

/** A tunnel leads to one pod, and ends with it: whoever is sent elsewhere by a Service does not notice that. */
async function withRenewal<T>(way: Reach, mayRenew: boolean, send: (address: Address) => Promise<T>): Promise<T> {
  try {
    return await send(await way.address());
  } catch (error) {
    if (!mayRenew) throw error;
    way.renew();
    return send(await way.address());
  }
}
