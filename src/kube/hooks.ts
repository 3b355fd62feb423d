// What the runtime tells the world about itself: a log, and hooks that the composition root turns into metrics.

/** A logger that takes fields first, as pino does. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface RequestReport {
  readonly verb: string;
  readonly resource: string;
  /** HTTP status, or the code of the Fault when no answer came. */
  readonly code: string;
  readonly seconds: number;
}

export interface WatchReport {
  readonly resource: string;
  /** `list`: read anew; `expired`: the server ended it in time; `gone`: the version was too old; `broken`: anything else. */
  readonly event: 'list' | 'expired' | 'gone' | 'broken' | 'stalled';
}

export interface ReconcileReport {
  readonly queue: string;
  readonly outcome: 'done' | 'requeued' | 'failed' | 'aborted';
  /** Of one that failed: the code of the error. */
  readonly code?: string;
  readonly seconds: number;
}

export interface Hooks {
  onRequest?(report: RequestReport): void;
  onWatch?(report: WatchReport): void;
  onReconcile?(report: ReconcileReport): void;
}
