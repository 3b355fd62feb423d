// One table of error codes: what may go wrong between us and the API server, and what is to be done about it.

export interface FaultPolicy {
  /** How the work queue treats it: exponential backoff, one short fixed wait, or not before the next change. */
  readonly retry: 'backoff' | 'soon' | 'never';
}

/** The code is a metric label, the reason of an Event and of a condition; it never changes its meaning. */
export const FAULTS = {
  BadRequest: { retry: 'backoff' },
  Unauthorized: { retry: 'backoff' },
  Forbidden: { retry: 'backoff' },
  NotFound: { retry: 'backoff' },
  AlreadyExists: { retry: 'soon' },
  /** The object changed, or was replaced, since it was read. */
  Conflict: { retry: 'soon' },
  /** Another field manager owns a field that we want. */
  FieldConflict: { retry: 'backoff' },
  /** The resource version is too old: list again. */
  Gone: { retry: 'soon' },
  Invalid: { retry: 'backoff' },
  TooManyRequests: { retry: 'backoff' },
  ServerError: { retry: 'backoff' },
  /** Any other refusal by the API server. */
  RequestRefused: { retry: 'backoff' },
  /** No connection, or it broke before the answer was complete: a write may have happened. */
  Unreachable: { retry: 'backoff' },
  TimedOut: { retry: 'backoff' },
  ResponseTooLarge: { retry: 'backoff' },
  ResponseInvalid: { retry: 'backoff' },
  /** A watch sent nothing for so long that the connection must be dead. */
  WatchStalled: { retry: 'backoff' },
  Aborted: { retry: 'never' },
  /** An object of our name belongs to somebody else. */
  ForeignObject: { retry: 'backoff' },
  /** The cache has not yet seen what we wrote. */
  StaleCache: { retry: 'soon' },
  LeaseLost: { retry: 'never' },
  UnknownResource: { retry: 'never' },
  DrainTimedOut: { retry: 'never' },
  Configuration: { retry: 'never' },
} as const satisfies Record<string, FaultPolicy>;

export type FaultCode = keyof typeof FAULTS;

export interface FaultDetails extends ErrorOptions {
  /** HTTP status, when there was an answer. */
  readonly status?: number;
  /** The API server's own reason, such as `AlreadyExists`. */
  readonly reason?: string;
  /** The server asked us to come back no sooner. */
  readonly retryAfterMs?: number;
}

/** An error with a code of the table. Its message never holds the body of an object. */
export class Fault extends Error {
  readonly code: FaultCode;
  readonly status: number | undefined;
  readonly reason: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: FaultCode, message: string, details: FaultDetails = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.name = 'Fault';
    this.code = code;
    this.status = details.status;
    this.reason = details.reason;
    this.retryAfterMs = details.retryAfterMs;
  }

  get policy(): FaultPolicy {
    return FAULTS[this.code];
  }
}

/** Whether an error is a Fault, of one of these codes when any are given. */
export function isFault(error: unknown, ...codes: readonly FaultCode[]): error is Fault {
  return error instanceof Fault && (codes.length === 0 || codes.includes(error.code));
}

/**
 * The code of an error, for metrics and logs: of ours, and of other layers that have a table of codes too and name their
 * errors a fault. Everything else is `Unexpected`: a fault of the operator.
 */
export function codeOfError(error: unknown): string {
  if (!(error instanceof Error) || !error.name.endsWith('Fault') || !('code' in error)) return 'Unexpected';
  return typeof error.code === 'string' ? error.code : 'Unexpected';
}

/** The fields of `Status` (the API server's error body) that we read. */
interface StatusBody {
  readonly reason?: string;
  readonly message?: string;
  readonly code?: number;
  readonly details?: {
    readonly causes?: readonly { readonly reason?: string; readonly field?: string }[];
    readonly retryAfterSeconds?: number;
  };
}

const longestMessage = 1024;

/**
 * The Fault for a refusal. `secret` is true for kinds whose fields must not be quoted: the API server repeats wrong
 * values in its message, so for those only its reason and the names of the fields are told.
 */
export function faultOfStatus(
  status: number,
  body: unknown,
  request: { readonly what: string; readonly secret: boolean },
  retryAfterMs?: number,
): Fault {
  const answer: StatusBody = body !== null && typeof body === 'object' ? body : {};
  const causes = answer.details?.causes ?? [];
  const fields = causes.map((cause) => cause.field ?? '').filter((field) => field !== '');
  const said = request.secret
    ? `${answer.reason ?? 'refused'}${fields.length === 0 ? '' : ` (${fields.join(', ')})`}`
    : (answer.message ?? answer.reason ?? 'no message');
  const wait = retryAfterMs ?? (answer.details?.retryAfterSeconds ?? 0) * 1000;
  return new Fault(codeOf(status, answer), `${request.what}: ${status}: ${said.slice(0, longestMessage)}`, {
    status,
    ...(answer.reason === undefined ? {} : { reason: answer.reason }),
    ...(wait > 0 ? { retryAfterMs: wait } : {}),
  });
}

const codesByStatus: Readonly<Record<number, FaultCode>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  410: 'Gone',
  422: 'Invalid',
  429: 'TooManyRequests',
};

function codeOf(status: number, answer: StatusBody): FaultCode {
  if (status === 409) {
    if (answer.reason === 'AlreadyExists') return 'AlreadyExists';
    const managers = answer.details?.causes?.some((cause) => cause.reason === 'FieldManagerConflict') ?? false;
    return managers ? 'FieldConflict' : 'Conflict';
  }
  // An apply under the uid of an object that has since been replaced is refused as a change of its uid.
  if (status === 422 && answer.details?.causes?.every((cause) => cause.field === 'metadata.uid') === true)
    return 'Conflict';
  return codesByStatus[status] ?? (status >= 500 ? 'ServerError' : 'RequestRefused');
}
