// Time and randomness as values that are handed in, so that tests own them; and waiting that an AbortSignal ends.

/** A source of time. */
export interface Clock {
  /** Milliseconds that only ever grow; for measuring durations, never for showing. */
  now(): number;
  /** The time of day, for timestamps that others read. */
  wall(): Date;
  /** Calls `run` once, `milliseconds` from now; the returned function cancels it. */
  after(milliseconds: number, run: () => void): () => void;
}

/** Uniform in [0, 1). */
export type Random = () => number;

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => new Date(),
  after: (milliseconds, run) => {
    const timer = setTimeout(run, milliseconds);
    return () => {
      clearTimeout(timer);
    };
  },
};

/** Waits; ends early, without an error, when the signal is aborted: callers look at the signal. */
export function sleep(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(milliseconds, end);
    signal.addEventListener('abort', end, { once: true });
  });
}

/** Whether the signal is aborted by now: a call, because the compiler takes a property for unchanged across an await. */
export function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
  });
}

/**
 * How long to wait after so many failures in a row: "full jitter", uniform between nothing and base · 2^(failures - 1),
 * never more than `cap`. Many clients that failed together do not come back together.
 */
export function backoff(failures: number, limits: { base: number; cap: number }, random: Random): number {
  return random() * Math.min(limits.cap, limits.base * 2 ** Math.min(failures - 1, 30));
}

/**
 * Runs something under a signal of its own, which is aborted with the outer one, or by `onLimit`'s error after
 * `milliseconds`. Not AbortSignal.any: the outer signal lives as long as the process, and must not collect followers.
 */
export async function limited<T>(
  clock: Clock,
  outer: AbortSignal,
  limit: { readonly milliseconds: number; readonly error: () => Error },
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const inner = new AbortController();
  const follow = (): void => {
    inner.abort(outer.reason);
  };
  if (outer.aborted) follow();
  outer.addEventListener('abort', follow, { once: true });
  const cancel = clock.after(limit.milliseconds, () => {
    inner.abort(limit.error());
  });
  try {
    return await run(inner.signal);
  } finally {
    cancel();
    outer.removeEventListener('abort', follow);
  }
}
