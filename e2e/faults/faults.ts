// The faults that the proxy can cause, as data, and the makers of the usual ones.

export type FaultAction =
  /** Answered by the proxy; the server never sees the request. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body: string;
    }
  /** The connection is broken before the server sees the request. */
  | { readonly kind: 'reset' }
  /** The server does it, but its answer is lost: the connection is broken. */
  | { readonly kind: 'lost-answer' }
  /** The connection is broken after so many bytes of the answer's body. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** The answer ends properly, but too early. */
  | { readonly kind: 'truncate'; readonly afterBytes: number }
  /** After so many bytes nothing more comes; the connection stays. */
  | { readonly kind: 'stall'; readonly afterBytes: number }
  /** The answer comes in pieces of so many bytes, each a write of its own. */
  | { readonly kind: 'split'; readonly bytes: number }
  /** The request waits before it goes on to the server. */
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** The request goes on with other query parameters: the server itself then answers what they deserve. */
  | { readonly kind: 'rewrite'; readonly query: Readonly<Record<string, string>> };

/** A refusal as the API server words it. */
export function refusal(status: number, reason: string, options: { retryAfterSeconds?: number } = {}): FaultAction {
  const { retryAfterSeconds } = options;
  return {
    kind: 'answer',
    status,
    body: JSON.stringify(statusBody(status, reason)),
    headers: {
      'content-type': 'application/json',
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
    },
  };
}

/** A watch that begins well and then says ERROR, as the API server does once the stream has begun. */
export function errorEvent(status: number, reason: string): FaultAction {
  const event = { type: 'ERROR', object: statusBody(status, reason) };
  return {
    kind: 'answer',
    status: 200,
    body: `${JSON.stringify(event)}\n`,
    headers: { 'content-type': 'application/json' },
  };
}

function statusBody(code: number, reason: string): object {
  const message = `${reason} (by the fault proxy)`;
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
}
