// A client for the Elasticsearch of one stack. That Elasticsearch belongs to a tenant, so its answers are bounded in size and time.
import { Client } from '@elastic/elasticsearch';
import pRetry from 'p-retry';
import type { z } from 'zod';
import { EsFault, isEsFault, toEsFault } from './faults.ts';

/** Where a stack's Elasticsearch answers, and as whom we ask. */
export interface Endpoint {
  /** For example `https://logs-es-http.logging.svc:9200`. */
  readonly url: string;
  /** The authority that must have signed its certificate, in PEM. */
  readonly ca: string;
  readonly username: string;
  readonly password: string;
}

export interface EsRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: Readonly<Record<string, unknown>>;
  /** The largest answer that is read, in bytes, where the usual limit is too small. */
  readonly answerBytes?: number;
  /** The longest wait for this answer, in ms, where the usual limit is too short. */
  readonly answerMs?: number;
  /** HTTP statuses whose body is an answer too. */
  readonly alsoAnswers?: readonly number[];
  /** Whether people should read Elasticsearch's own words for a refusal. Not of a request that holds anything secret. */
  readonly tellsReason?: boolean;
}

/** One request as it is measured. */
export interface EsRequestReport {
  readonly method: EsRequest['method'];
  /** See `apiOf`. */
  readonly api: string;
  /** `ok`, or the code of the fault. */
  readonly code: string;
  readonly seconds: number;
}

export type OnEsRequest = (report: EsRequestReport) => void;

/**
 * Which API a path is of: of a small closed set, whatever names of indices, templates or repositories are in it. What
 * concerns indices by name is `index`.
 */
export function apiOf(path: string): string {
  const [first = '', second = ''] = path.split('?')[0]?.split('/').slice(1) ?? [];
  if (!first.startsWith('_')) return 'index';
  return first === '_cluster' || first === '_nodes' ? `${first}/${second}` : first;
}

export interface Limits {
  /** Longest wait for one answer. */
  readonly answerMs: number;
  /** Largest answer, unless a request says otherwise. A thousand index templates or nodes are far below it. */
  readonly answerBytes: number;
  /** How often a read is tried again when Elasticsearch is busy, and the first wait. */
  readonly retries: number;
  readonly firstRetryMs: number;
}

export const usualLimits: Limits = { answerMs: 10_000, answerBytes: 4 * 1024 ** 2, retries: 2, firstRetryMs: 200 };

export interface EsOptions {
  readonly onRequest?: OnEsRequest;
  /** Asked before each write; false is a fault `EsAborted`. Whoever holds the Lease now may be writing the same settings. */
  readonly mayWrite?: () => boolean;
}

export class EsClient {
  readonly #client: Client;
  readonly #limits: Limits;
  readonly #options: EsOptions;

  constructor({ url, ca, username, password }: Endpoint, limits: Limits = usualLimits, options: EsOptions = {}) {
    this.#limits = limits;
    this.#options = options;
    this.#client = new Client({
      node: url,
      auth: { username, password },
      tls: { ca },
      // Plain JSON: the client's own media type names a major version, and 8.x refuses the one of 9.x.
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        'user-agent': 'loggingstack-operator',
      },
      maxRetries: 0,
      requestTimeout: limits.answerMs,
      maxResponseSize: limits.answerBytes,
      maxCompressedResponseSize: limits.answerBytes,
      enableMetaHeader: false,
      // There is one address, a Service: never ask a node that was down whether it is up, just send the request.
      resurrectStrategy: 'optimistic',
      redaction: { type: 'remove' },
    });
  }

  /** Sends a request that changes nothing; tried again briefly when Elasticsearch is busy. Throws EsFault. */
  async read<T>(request: EsRequest, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    const { retries, firstRetryMs } = this.#limits;
    try {
      return await pRetry(() => this.#send(request, schema, signal), {
        retries,
        minTimeout: firstRetryMs,
        shouldRetry: ({ error }) => isEsFault(error, 'EsBusy'),
        signal,
      });
    } catch (error) {
      throw toEsFault(error, describe(request), signal);
    }
  }

  /** Sends a request that changes something, once. Throws EsFault; after EsTimeout or EsUnreachable it may have happened. */
  async write<T>(request: EsRequest, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    if (this.#options.mayWrite?.() === false)
      throw new EsFault('EsAborted', `${describe(request)}: not sent, because this process does not hold the Lease.`);
    return this.#send(request, schema, signal);
  }

  /** Ends the connections; requests under way fail. */
  async close(): Promise<void> {
    await this.#client.close();
  }

  async #send<T>(request: EsRequest, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    const started = performance.now();
    let code = 'ok';
    try {
      return await this.#answerTo(request, schema, signal);
    } catch (error) {
      code = isEsFault(error) ? error.code : 'Unexpected';
      throw error;
    } finally {
      const { method, path } = request;
      this.#options.onRequest?.({ method, api: apiOf(path), code, seconds: (performance.now() - started) / 1000 });
    }
  }

  async #answerTo<T>(request: EsRequest, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    const { method, path, query, body, alsoAnswers = [], tellsReason } = request;
    const { answerBytes = this.#limits.answerBytes, answerMs = this.#limits.answerMs } = request;
    const what = describe(request);
    let answer: unknown;
    try {
      answer = await this.#client.transport.request(
        {
          method,
          path,
          ...(query === undefined ? {} : { querystring: query }),
          ...(body === undefined ? {} : { body }),
        },
        {
          signal,
          requestTimeout: answerMs,
          ignore: [...alsoAnswers],
          maxResponseSize: answerBytes,
          maxCompressedResponseSize: answerBytes,
        },
      );
    } catch (error) {
      throw toEsFault(error, what, signal, tellsReason);
    }
    const parsed = schema.safeParse(answer);
    if (parsed.success) return parsed.data;
    const fields = parsed.error.issues.map((issue) => issue.path.join('.')).slice(0, 3);
    throw new EsFault('EsInvalidAnswer', `${what}: the answer lacks or distorts ${fields.join(', ') || 'everything'}.`);
  }
}

const describe = ({ method, path }: EsRequest): string => `${method} ${path}`;
