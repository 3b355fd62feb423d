// Talks to a stack's Elasticsearch as a user would: through its HTTP Service, with its CA and the generated password.
import { Agent, request } from 'undici';
import type { Kubectl } from './kubectl.ts';

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

export function connectElasticsearch(access: ElasticsearchAccess): ElasticsearchUser {
  const agent = new Agent({
    connect: { ca: access.authority, servername: access.serverName },
    headersTimeout: 60_000,
    bodyTimeout: 60_000,
  });
  const authorization = `Basic ${Buffer.from(`${access.username}:${access.password}`).toString('base64')}`;
  return {
    ask: async (method, path, body, allow = []) => {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const response = await request(`https://${access.host}:${access.port}${path}`, {
        method,
        dispatcher: agent,
        headers: {
          authorization,
          accept: 'application/json',
          ...(body === undefined
            ? {}
            : { 'content-type': path.includes('_bulk') ? 'application/x-ndjson' : 'application/json' }),
        },
        ...(body === undefined ? {} : { body: text }),
      });
      const answer = await response.body.text();
      if (response.statusCode >= 300 && !allow.includes(response.statusCode)) {
        throw new Error(`${method} ${path} was answered ${response.statusCode}: ${answer.slice(0, 2000)}`);
      }
      return { status: response.statusCode, body: answer === '' ? undefined : (JSON.parse(answer) as unknown) };
    },
    [Symbol.asyncDispose]: () => agent.destroy(),
  };
}
