// A stand-in for Elasticsearch beside simulated pods, which cannot run it: the few answers that a roll-out needs, with the stack's own certificate, users and strictness.
import { X509Certificate } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { createSecureContext, type SecureContext } from 'node:tls';
import { health } from '../../src/elasticsearch/answers.testing.ts';
import { closerLook } from './closer-look.ts';
import { acknowledged, isWrite, noMaster, notFound, ok, type Question, type Reply, unauthorized } from './replies.ts';

/** What the stand-in reads of the cluster: the simulated pods are its nodes. */
export interface ClusterView {
  secret(namespace: string, name: string): Promise<Readonly<Record<string, string>> | undefined>;
  /** Names of the ready Elasticsearch pods of a stack. */
  readyNodes(namespace: string, stack: string): Promise<readonly string[]>;
}

interface StackState {
  readonly templates: Map<string, Record<string, unknown>>;
  readonly apiKeys: Map<string, { readonly id: string; readonly name: string; invalidated: boolean }>;
  nextKey: number;
}

/** A question with what is kept of the stack that it is about. */
type OwnQuestion = Question & { readonly state: StackState };

export interface StandInOptions {
  /** Who answers before the stand-in itself does; undefined for what it leaves to it. */
  readonly behind?: (question: Question) => Reply | undefined;
  /** Called when a write is done, before the client hears of it: the moment to kill the client. */
  readonly onWritten?: (question: Question) => void;
}

const version = '9.4.3';

/** Serves every stack: which one is asked for is told by the name in TLS, `<stack>-es-http.<namespace>.svc`. */
export class ElasticsearchStandIn implements AsyncDisposable {
  readonly #view: ClusterView;
  readonly #options: StandInOptions;
  readonly #server: Server;
  readonly #states = new Map<string, StackState>();

  constructor(view: ClusterView, options: StandInOptions = {}) {
    this.#view = view;
    this.#options = options;
    this.#server = createServer(
      {
        SNICallback: (name, done) => {
          this.#context(name).then(
            (context) => {
              done(null, context);
            },
            (error: unknown) => {
              done(error instanceof Error ? error : new Error(String(error)));
            },
          );
        },
      },
      (request, response) => {
        this.#answer(request, response).catch((error: unknown) => {
          response.writeHead(500).end(JSON.stringify({ error: String(error), status: 500 }));
        });
      },
    );
  }

  async listen(address: string, port: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    this.#server.once('error', reject).listen(port, address, () => {
      resolve(undefined);
    });
    await promise;
  }

  /** API keys of a stack that still work. */
  activeApiKeys(namespace: string, stack: string): readonly string[] {
    const keys = [...(this.#states.get(`${namespace}/${stack}`)?.apiKeys.values() ?? [])];
    return keys.filter((key) => !key.invalidated).map((key) => key.id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#server.close(() => {
      resolve(undefined);
    });
    await promise;
  }

  async #context(serverName: string): Promise<SecureContext> {
    const { namespace, stack } = parseServerName(serverName);
    const secret = await this.#view.secret(namespace, `${stack}-es-http-certs`);
    if (secret === undefined) throw new Error(`no certificate for ${serverName} yet`);
    const certificate = secret['tls.crt'] ?? '';
    if (new X509Certificate(certificate).checkHost(serverName) === undefined)
      throw new Error(`the certificate is not for ${serverName}`);
    return createSecureContext({ cert: certificate, key: secret['tls.key'] ?? '' });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { servername } = request.socket as unknown as { servername: string };
    const { namespace, stack } = parseServerName(servername);
    const url = new URL(request.url ?? '/', 'https://any');
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
    const question: OwnQuestion = {
      method: request.method ?? 'GET',
      path: decodeURIComponent(url.pathname),
      query: url.searchParams,
      body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
      namespace,
      stack,
      state: this.#state(namespace, stack),
    };
    const isAuthorized = await this.#isAuthorized(request, namespace, stack);
    const reply = isAuthorized ? await this.#reply(question) : unauthorized;
    if (isWrite(question)) this.#options.onWritten?.(question);
    response
      .writeHead(reply.status, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' })
      .end(JSON.stringify(reply.body));
  }

  #state(namespace: string, stack: string): StackState {
    const key = `${namespace}/${stack}`;
    const state = this.#states.get(key) ?? { templates: new Map(), apiKeys: new Map(), nextKey: 1 };
    this.#states.set(key, state);
    return state;
  }

  async #isAuthorized(request: IncomingMessage, namespace: string, stack: string): Promise<boolean> {
    const secret = await this.#view.secret(namespace, `${stack}-es-operator-user`);
    if (secret === undefined) return false;
    const expected = Buffer.from(`${secret['username'] ?? ''}:${secret['password'] ?? ''}`).toString('base64');
    return request.headers.authorization === `Basic ${expected}`;
  }

  async #reply(question: OwnQuestion): Promise<Reply> {
    const { method, path, state } = question;
    const behind = this.#options.behind?.(question);
    if (behind !== undefined) return behind;
    const nodes = await this.#view.readyNodes(question.namespace, question.stack);
    if (nodes.length === 0) return noMaster;
    const closer =
      method === 'GET' ? closerLook(path, question.query, uuidOf(question), nodes.map(memberOf)) : undefined;
    if (closer !== undefined) return ok(closer);
    if (path.startsWith('/_cluster/state/nodes,metadata/')) return ok(clusterState(question, nodes));
    if (path === '/_cluster/health') return ok(health);
    if (path === '/_cluster/settings' && method === 'GET') return ok({ persistent: {}, transient: {} });
    if (path === '/_capabilities') return ok({ supported: false });
    if (path === '/_nodes/plugins')
      return ok({ nodes: Object.fromEntries(nodes.map((name) => [name, { modules: [{ name: 'x-pack-core' }] }])) });
    if (path.startsWith('/_component_template/')) return notFound;
    if (path.startsWith('/_index_template/'))
      return indexTemplate(method, path.slice('/_index_template/'.length), question);
    if (path === '/_security/api_key') return apiKeys(question, state);
    if (method === 'PUT' && path.endsWith('/_settings')) return acknowledged;
    return { status: 400, body: { error: `no handler found for uri [${path}] and method [${method}]`, status: 400 } };
  }
}

function parseServerName(name: string): { readonly namespace: string; readonly stack: string } {
  const match = /^(?<stack>.+)-es-http\.(?<namespace>[^.]+)\.svc$/.exec(name);
  if (match?.groups === undefined) throw new Error(`"${name}" is no HTTP Service of a stack`);
  return { namespace: match.groups['namespace'] ?? '', stack: match.groups['stack'] ?? '' };
}

/** Roles by pool, as the operator gives them. */
function rolesOf(node: string): readonly string[] {
  if (/-es-master-\d+$/.test(node)) return ['master'];
  if (/-es-ingest-\d+$/.test(node)) return ['ingest'];
  if (/-es-combined-\d+$/.test(node)) return ['master', 'data_hot', 'data_content', 'ingest'];
  return ['data_hot', 'data_content'];
}

const memberOf = (name: string) => ({ id: `id-${name}`, name, version, roles: rolesOf(name) });

const uuidOf = ({ namespace, stack }: Question): string => `uuid-of-${namespace}-${stack}`;

function clusterState(question: Question, nodes: readonly string[]): unknown {
  return {
    cluster_uuid: uuidOf(question),
    nodes: Object.fromEntries(nodes.map((name) => [`id-${name}`, { name, version, roles: rolesOf(name) }])),
    metadata: {
      cluster_coordination: {
        last_committed_config: nodes.filter((name) => rolesOf(name).includes('master')).map((name) => `id-${name}`),
        voting_config_exclusions: [],
      },
    },
  };
}

function indexTemplate(method: string, name: string, { body, state }: OwnQuestion): Reply {
  if (method === 'PUT') {
    state.templates.set(name, body);
    return acknowledged;
  }
  const found = state.templates.get(name);
  return found === undefined ? notFound : ok({ index_templates: [{ name, index_template: found }] });
}

function apiKeys({ method, query, body }: Question, state: StackState): Reply {
  if (method === 'GET') {
    const wanted = query.get('name');
    const id = query.get('id');
    const keys = [...state.apiKeys.values()].filter(
      (key) => (wanted === null || key.name === wanted) && (id === null || key.id === id),
    );
    return ok({ api_keys: keys });
  }
  if (method === 'DELETE') {
    for (const id of body['ids'] as readonly string[]) {
      const key = state.apiKeys.get(id);
      if (key !== undefined) key.invalidated = true;
    }
    return ok({ error_count: 0, invalidated_api_keys: body['ids'] });
  }
  const id = `key-${state.nextKey++}`;
  state.apiKeys.set(id, { id, name: String(body['name']), invalidated: false });
  return ok({
    id,
    name: body['name'],
    api_key: `secret-of-${id}`,
    encoded: Buffer.from(`${id}:secret-of-${id}`).toString('base64'),
  });
}
