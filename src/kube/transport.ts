// HTTP to the API server: one pool of kept-alive connections, raw JSON both ways, typed errors, bounded retries.
import type { KubeConfig } from '@kubernetes/client-node';
import pRetry from 'p-retry';
import { type Dispatcher, request as send } from 'undici';
import { type Clock, limited, sleep, systemClock } from './clock.ts';
import { ConnectionPool } from './connections.ts';
import { Fault, faultOfStatus, isFault } from './errors.ts';
import type { Hooks } from './hooks.ts';
import { collectionOf, describe, type Location, pathOf } from './resources.ts';

/** `apply` is server-side apply, `merge` a JSON merge patch, `update` a PUT of the whole object. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'apply' | 'merge' | 'delete';

export interface ApiRequest {
  readonly verb: Verb;
  /** The object; for `create` too, so that messages can name it, though it is sent to the collection. */
  readonly location: Location;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** How long one attempt may take. Default 30 s. */
  readonly timeoutMs?: number;
  /** How often a failed attempt is repeated at most. Default 4; the Lease, which has a rhythm of its own, takes 0. */
  readonly retries?: number;
}

export interface TransportOptions {
  /** Who asks, for the user agent: by default the operator. */
  readonly program?: string;
  readonly version: string;
  readonly hooks?: Hooks;
  readonly clock?: Clock;
  /** A longer answer is refused, so that no answer can exhaust our memory. Default 64 MiB. */
  readonly maxResponseBytes?: number;
}

const methods: Record<Verb, { method: Dispatcher.HttpMethod; contentType?: string; repeatable: boolean }> = {
  get: { method: 'GET', repeatable: true },
  list: { method: 'GET', repeatable: true },
  watch: { method: 'GET', repeatable: false }, // the reflector resumes it at the right version
  create: { method: 'POST', contentType: 'application/json', repeatable: false },
  update: { method: 'PUT', contentType: 'application/json', repeatable: false },
  apply: { method: 'PATCH', contentType: 'application/apply-patch+yaml', repeatable: true },
  merge: { method: 'PATCH', contentType: 'application/merge-patch+json', repeatable: false },
  delete: { method: 'DELETE', contentType: 'application/json', repeatable: false },
};

const defaultTimeout = 30_000;
const defaultRetries = 4;
const firstRetryDelay = 100;
const longestRetryDelay = 5000;
/** A longer Retry-After is left to the work queue: no worker is held up for it. */
const longestRetryAfter = 30_000;
const defaultResponseLimit = 64 * 1024 * 1024;

export class Transport {
  readonly #pool: ConnectionPool;
  readonly #options: TransportOptions;
  readonly #clock: Clock;

  constructor(kubeConfig: KubeConfig, options: TransportOptions) {
    this.#pool = new ConnectionPool(kubeConfig);
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * Sends a request and returns the parsed answer. Throws a Fault. 429 is repeated for every verb (the server has done
   * nothing), honouring Retry-After; 5xx and broken connections only where a repetition is harmless: reads and apply.
   */
  async request(request: ApiRequest, signal: AbortSignal): Promise<unknown> {
    if (signal.aborted) throw abortedFault(request);
    let wait = 0;
    const attempt = async (): Promise<unknown> => {
      await sleep(this.#clock, wait, signal);
      return this.#attempt(request, signal);
    };
    try {
      return await pRetry(attempt, {
        retries: request.retries ?? defaultRetries,
        minTimeout: firstRetryDelay,
        maxTimeout: longestRetryDelay,
        randomize: true,
        signal,
        shouldRetry: ({ error }) => {
          wait = isFault(error) ? (error.retryAfterMs ?? 0) : 0;
          return wait <= longestRetryAfter && mayRepeat(error, methods[request.verb].repeatable);
        },
      });
    } catch (error) {
      throw asFault(error, request, signal);
    }
  }

  /** Opens a stream of bytes: a watch. The caller limits its duration and its silence by aborting `signal`. */
  async stream(request: ApiRequest, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    try {
      const answer = await this.#measured(request, () => this.#send(request, signal));
      if (answer.statusCode !== 200) await this.#refuse(answer, request);
      return bytesOf(answer.body, request, signal);
    } catch (error) {
      throw asFault(error, request, signal);
    }
  }

  /** Closes every connection. Requests under way fail. */
  async close(): Promise<void> {
    await this.#pool.close();
  }

  async #attempt(request: ApiRequest, signal: AbortSignal): Promise<unknown> {
    const milliseconds = request.timeoutMs ?? defaultTimeout;
    const limit = { milliseconds, error: () => timedOut(request, milliseconds) };
    return limited(this.#clock, signal, limit, async (inner) => {
      try {
        const answer = await this.#measured(request, () => this.#send(request, inner));
        if (answer.statusCode >= 300) return await this.#refuse(answer, request);
        return parse(await this.#read(answer.body, request), request);
      } catch (error) {
        throw asFault(error, request, inner);
      }
    });
  }

  async #send(request: ApiRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const { method, contentType } = methods[request.verb];
    const { server, dispatcher, authorization } = await this.#pool.connection();
    const url = new URL(server.pathname.replace(/\/$/, '') + targetPath(request), server);
    for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value);
    const headers: Record<string, string> = {
      accept: 'application/json',
      'user-agent': `${this.#options.program ?? 'loggingstack-operator'}/${this.#options.version}`,
      ...(authorization === undefined ? {} : { authorization }),
      ...(contentType === undefined ? {} : { 'content-type': contentType }),
    };
    const body = request.body === undefined ? null : JSON.stringify(request.body);
    return send(url, { dispatcher, method, headers, body, signal });
  }

  /** Reports the attempt, whatever becomes of it. */
  async #measured(request: ApiRequest, run: () => Promise<Dispatcher.ResponseData>): Promise<Dispatcher.ResponseData> {
    const start = this.#clock.now();
    let code = 'Unreachable';
    try {
      const answer = await run();
      code = String(answer.statusCode);
      return answer;
    } finally {
      const seconds = (this.#clock.now() - start) / 1000;
      this.#options.hooks?.onRequest?.({ verb: request.verb, resource: request.location.type.plural, code, seconds });
    }
  }

  async #read(body: AsyncIterable<unknown>, request: ApiRequest): Promise<string> {
    const limit = this.#options.maxResponseBytes ?? defaultResponseLimit;
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      size += chunk.byteLength;
      if (size > limit)
        throw new Fault(
          'ResponseTooLarge',
          `${what(request)}: the answer is longer than ${limit} bytes; it was dropped`,
        );
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  async #refuse(answer: Dispatcher.ResponseData, request: ApiRequest): Promise<never> {
    const text = await this.#read(answer.body, request);
    const header = Number(answer.headers['retry-after']);
    const retryAfter = Number.isFinite(header) && header > 0 ? header * 1000 : undefined;
    const secret = request.location.type.kind === 'Secret';
    throw faultOfStatus(answer.statusCode, parseQuietly(text), { what: what(request), secret }, retryAfter);
  }
}

function what(request: ApiRequest): string {
  return `${request.verb} ${describe(request.location)}`;
}

function targetPath({ verb, location }: ApiRequest): string {
  return pathOf(verb === 'create' && location.subresource === undefined ? collectionOf(location) : location);
}

function mayRepeat(error: unknown, repeatable: boolean): boolean {
  if (isFault(error, 'TooManyRequests')) return true;
  return repeatable && isFault(error, 'ServerError', 'Unreachable', 'TimedOut', 'ResponseInvalid');
}

function abortedFault(request: ApiRequest): Fault {
  return new Fault('Aborted', `${what(request)}: given up, because the work was aborted`);
}

function timedOut(request: ApiRequest, milliseconds: number): Fault {
  return new Fault('TimedOut', `${what(request)}: no complete answer within ${milliseconds / 1000} s`);
}

/** Turns what the HTTP client threw into a Fault; the reason of the signal tells an abort from a time limit. */
function asFault(error: unknown, request: ApiRequest, signal: AbortSignal): Fault {
  if (signal.aborted) return isFault(signal.reason) ? signal.reason : abortedFault(request);
  if (error instanceof Fault) return error;
  const { code, message } = error as { code?: string; message?: string };
  const said = [code, message].filter((part) => part !== undefined && part !== '').join(': ');
  return new Fault('Unreachable', `${what(request)}: ${said}`, { cause: error });
}

/** JSON.parse quotes the text in its error, and the text may be a Secret: so neither message nor cause are kept. */
function parse(text: string, request: ApiRequest): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Fault('ResponseInvalid', `${what(request)}: the answer (${text.length} characters) is no complete JSON`);
  }
}

/** The body of a refusal may be plain text from a proxy; then the status has to do. */
function parseQuietly(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

async function* bytesOf(
  body: AsyncIterable<unknown>,
  request: ApiRequest,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw asFault(error, request, signal);
  }
}
