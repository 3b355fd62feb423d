// One table of what may go wrong between us and a stack's Elasticsearch, and the only errors that leave this folder.
import { errors } from '@elastic/elasticsearch';
import { reasonOf } from './snapshots/reasons.ts';

/** The code is the reason of a condition and a metric label; it never changes its meaning. */
export type EsFaultCode =
  /** No connection, a broken one, or a certificate that is not of our authority. */
  | 'EsUnreachable'
  /** The nodes run but have elected no master, or are about to form a cluster. */
  | 'EsNoMaster'
  | 'EsTimeout'
  /** Too many requests, or an internal error: a read may be tried again at once. */
  | 'EsBusy'
  | 'EsUnauthorized'
  | 'EsTooLarge'
  /** This distribution lacks the API. */
  | 'EsMissingApi'
  | 'EsNotFound'
  /** The answer is not what Elasticsearch sends. */
  | 'EsInvalidAnswer'
  /** Two answers of one look are of different nodes: some came or went in between. */
  | 'EsNodesChanged'
  /** Any other refusal. */
  | 'EsError'
  | 'EsAborted';

/** Its message never holds addresses that change, request bodies, headers or whole answers: it ends up in status. */
export class EsFault extends Error {
  readonly code: EsFaultCode;
  /** HTTP status, when there was an answer. */
  readonly status: number | undefined;
  /** Elasticsearch's word for the kind of error, such as `snapshot_missing_exception`. */
  readonly type: string | undefined;
  /** Why, in Elasticsearch's words; only of requests that ask for them. The message ends with it. */
  readonly reason: string | undefined;

  constructor(code: EsFaultCode, message: string, { status, type, reason }: Said = {}) {
    super(message);
    this.name = 'EsFault';
    this.code = code;
    this.status = status;
    this.type = type;
    this.reason = reason;
  }
}

/** What a refusal said. */
interface Said {
  readonly status?: number;
  readonly type?: string | undefined;
  readonly reason?: string | undefined;
}

export const isEsFault = (error: unknown, ...codes: readonly EsFaultCode[]): error is EsFault =>
  error instanceof EsFault && (codes.length === 0 || codes.includes(error.code));

/**
 * Translates whatever the client throws. The original is dropped: it carries the request's headers.
 * @param tellsReason whether Elasticsearch's own words may be told
 */
export function toEsFault(error: unknown, what: string, signal: AbortSignal, tellsReason = false): EsFault {
  if (error instanceof EsFault) return error;
  if (signal.aborted)
    return new EsFault('EsAborted', `${what}: stopped, because the operator no longer wants the answer.`);
  if (error instanceof errors.ResponseError) return ofResponse(error, what, tellsReason);
  if (error instanceof errors.TimeoutError) return new EsFault('EsTimeout', `${what}: no answer in time.`);
  if (error instanceof errors.RequestAbortedError && error.message.startsWith('The content length'))
    return new EsFault('EsTooLarge', `${what}: the answer is larger than the operator reads.`);
  if (error instanceof errors.DeserializationError || error instanceof errors.ProductNotSupportedError)
    return new EsFault('EsInvalidAnswer', `${what}: the answer is not one of Elasticsearch.`);
  return new EsFault('EsUnreachable', `${what}: ${whyUnreachable(error)}.`);
}

function whyUnreachable(error: unknown): string {
  const text = error instanceof Error ? error.message : '';
  const code = /\b(E[A-Z]{4,}|ERR_[A-Z_]+|[A-Z]+_[A-Z_]*CERT[A-Z_]*|CERT_[A-Z_]+)\b/.exec(text)?.[1];
  if (code !== undefined) return `no connection (${code})`;
  return /certificate|altname/i.test(text) ? 'its certificate is not trusted' : 'no connection';
}

interface ErrorBody {
  readonly error?: { readonly type?: unknown; readonly reason?: unknown } | string;
}

function ofResponse(error: errors.ResponseError, what: string, tellsReason: boolean): EsFault {
  const status = error.statusCode ?? 0;
  const body = (error.body ?? {}) as ErrorBody;
  const type = typeof body.error === 'object' && typeof body.error.type === 'string' ? body.error.type : undefined;
  const text = typeof body.error === 'string' ? body.error : '';
  const reason = tellsReason ? reasonOf(body) : undefined;
  const words = reason === undefined ? '' : ` ${reason}`;
  const fault = (code: EsFaultCode, message: string) =>
    new EsFault(code, `${what}: ${message}${words}`, { status, type: word(type), reason });
  // An index that is blocked, for instance because of a full disk, is answered as if it were a matter of rights.
  if (type === 'cluster_block_exception') return fault('EsError', `status ${status}${named(type)}.`);
  if (status === 401 || status === 403) return fault('EsUnauthorized', `refused with status ${status}.`);
  if (status === 405 || /^no handler found|^Incorrect HTTP method/.test(text))
    return fault('EsMissingApi', 'this Elasticsearch does not have the API.');
  if (type === 'master_not_discovered_exception') return fault('EsNoMaster', 'the nodes have no master.');
  if (status === 404) return fault('EsNotFound', 'there is no such thing.');
  if (status === 408) return fault('EsTimeout', 'Elasticsearch itself ran out of time.');
  if (status === 429 || status >= 500) return fault('EsBusy', `status ${status}${named(type)}.`);
  return fault('EsError', `status ${status}${named(type)}.`);
}

/** The type of an Elasticsearch error is a fixed word; its reason may quote anything, and stays out unless it is asked for. */
const word = (type: string | undefined): string | undefined =>
  type !== undefined && /^[a-z_]{1,80}$/.test(type) ? type : undefined;

const named = (type: string | undefined): string => (word(type) === undefined ? '' : ` (${type})`);
