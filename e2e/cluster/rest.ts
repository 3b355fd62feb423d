// A small Kubernetes client for the harness itself: plain JSON in and out, with a user agent of its own in the audit log.
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { parse } from 'yaml';

export interface KubernetesObject {
  apiVersion?: string;
  kind?: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    deletionTimestamp?: string;
    annotations?: Record<string, string>;
    labels?: Record<string, string>;
    ownerReferences?: { kind: string; name: string }[];
    finalizers?: string[];
  };
}

/** The API server said no; `status` is its HTTP status. */
class RestError extends Error {
  readonly status: number;
  constructor(method: string, path: string, status: number, body: string) {
    super(`${method} ${path} was answered with ${status}: ${body.slice(0, 500)}`);
    this.status = status;
  }
}

interface KubeconfigFile {
  clusters: { cluster: { server: string; 'certificate-authority-data': string } }[];
  users: { user: { 'client-certificate-data': string; 'client-key-data': string } }[];
}

export class RestClient implements AsyncDisposable {
  readonly #server: string;
  readonly #agent: Agent;
  readonly #userAgent: string;

  private constructor(server: string, agent: Agent, userAgent: string) {
    this.#server = server;
    this.#agent = agent;
    this.#userAgent = userAgent;
  }

  /** A client from a kubeconfig that this harness wrote. */
  static async open(kubeconfigPath: string, userAgent: string): Promise<RestClient> {
    const file = parse(await readFile(kubeconfigPath, 'utf8')) as KubeconfigFile;
    const cluster = file.clusters[0]?.cluster;
    const user = file.users[0]?.user;
    if (!cluster || !user) throw new Error(`${kubeconfigPath} has no cluster or no user`);
    const text = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');
    const agent = new Agent({
      connect: {
        ca: text(cluster['certificate-authority-data']),
        cert: text(user['client-certificate-data']),
        key: text(user['client-key-data']),
      },
    });
    return new RestClient(cluster.server, agent, userAgent);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
  }

  async #send(method: string, path: string, body?: unknown, contentType = 'application/json'): Promise<string> {
    const answer = await request(`${this.#server}${path}`, {
      method,
      dispatcher: this.#agent,
      headers: { 'user-agent': this.#userAgent, accept: 'application/json', 'content-type': contentType },
      body: body === undefined ? null : JSON.stringify(body),
      headersTimeout: 30_000,
      bodyTimeout: 30_000,
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new RestError(method, path, answer.statusCode, text);
    return text;
  }

  /** Any text answer, such as that of /readyz. */
  async getText(path: string): Promise<string> {
    return this.#send('GET', path);
  }

  /** The answer as the type that the caller knows this path to have. */
  async get<T = KubernetesObject>(path: string): Promise<T> {
    return JSON.parse(await this.#send('GET', path)) as T;
  }

  /** The object, or undefined when there is none. */
  async find<T = KubernetesObject>(path: string): Promise<T | undefined> {
    return this.get<T>(path).catch(ignoreStatus(404));
  }

  async create(path: string, body: unknown): Promise<void> {
    await this.#send('POST', path, body);
  }

  /** Creates unless an object of that name exists. */
  async ensure(path: string, body: unknown): Promise<void> {
    await this.create(path, body).catch(ignoreStatus(409));
  }

  async merge(path: string, body: unknown): Promise<void> {
    await this.#send('PATCH', path, body, 'application/merge-patch+json');
  }

  async apply(path: string, body: unknown): Promise<void> {
    const query = `?fieldManager=${this.#userAgent}&force=true`;
    await this.#send('PATCH', `${path}${query}`, body, 'application/apply-patch+yaml');
  }

  /** Deletes at once; nothing happens when it is gone already. */
  async delete(path: string, uid?: string): Promise<void> {
    const options = { gracePeriodSeconds: 0, ...(uid === undefined ? {} : { preconditions: { uid } }) };
    await this.#send('DELETE', path, options).catch(ignoreStatus(404, 409));
  }

  /**
   * Keeps `objects` equal to a collection and calls `onChange` with each object that is new, changed or gone, until the
   * signal aborts. A cut or expired watch is answered by listing anew.
   */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the cast is made here, not by each caller
  async follow<T extends KubernetesObject>(
    path: string,
    onChange: (object: T, gone: boolean) => void,
    signal: AbortSignal,
  ): Promise<void> {
    while (!signal.aborted) {
      try {
        const list = await this.get<{ items: T[]; metadata: { resourceVersion: string } }>(path);
        for (const item of list.items) onChange(item, false);
        await this.#watch(path, list.metadata.resourceVersion, onChange, signal);
      } catch (error) {
        if (isAborted(signal)) return;
        console.error(`${new Date().toISOString()} watch ${path}: ${String(error)}; listing again`);
        await delay(500);
      }
    }
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- as for follow
  async #watch<T extends KubernetesObject>(
    path: string,
    resourceVersion: string,
    onChange: (object: T, gone: boolean) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const query = `watch=1&resourceVersion=${resourceVersion}&timeoutSeconds=600`;
    const answer = await request(`${this.#server}${path}?${query}`, {
      dispatcher: this.#agent,
      headers: { 'user-agent': this.#userAgent },
      headersTimeout: 30_000,
      bodyTimeout: 0,
      signal,
    });
    if (answer.statusCode !== 200) throw new RestError('WATCH', path, answer.statusCode, await answer.body.text());
    let rest = '';
    for await (const piece of answer.body.setEncoding('utf8') as AsyncIterable<string>) {
      const lines = (rest + piece).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const event = JSON.parse(line) as { type: string; object: T };
        if (event.type === 'ERROR') return;
        onChange(event.object, event.type === 'DELETED');
      }
    }
  }
}

/** Asked through a function, as the compiler takes a signal that was not aborted once as never aborted. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** A catch handler that turns the given HTTP statuses into undefined. */
export function ignoreStatus(...statuses: readonly number[]): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof RestError && statuses.includes(error.status)) return undefined;
    throw error;
  };
}
