// The work queue: which key is to be looked at when. A key never runs twice at once, and nothing that was added is lost.
import { aborted, backoff, type Clock, type Random } from './clock.ts';
import { codeOfError, type FaultPolicy, isFault } from './errors.ts';
import type { Hooks, Log, ReconcileReport } from './hooks.ts';

/** What a reconcile returns: nothing until the next change, or a time after which to look again. */
export type ReconcileResult = { readonly requeueAfterMs: number } | undefined;

export type Reconcile = (key: string, signal: AbortSignal) => Promise<ReconcileResult>;

export interface QueueOptions {
  readonly name: string;
  /** How many keys are worked on at the same time. */
  readonly workers: number;
  /** How many of those that last for long, because something does not answer them, go on besides. Default 16: each takes memory. */
  readonly waiting?: number;
  readonly reconcile: Reconcile;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly hooks?: Hooks;
}

const retries = { base: 5, cap: 5 * 60_000 };
/** What fails "soon" waits 100 to 300 ms; but who fails so for ever is to back off like everybody. */
const soon = { shortest: 100, spread: 200, times: 10 };
/** A run that lasts longer, in ms, waits for somebody who is slow: what others need does not wait for it (`slow-neighbour`). */
const longRun = 3000;
const usuallyWaiting = 16;
/** The longest timer, in ms: Node.js takes one of more than 2^31 ms for one of none. */
const longestTimer = 60 * 60_000;
/** A change that came while a run failed is looked at after this long, in ms, however long the backoff has become. */
const changedMeanwhile = 5000;

export class WorkQueue {
  readonly #options: QueueOptions;
  readonly #due = new Map<string, number>();
  readonly #running = new Set<string>();
  /** Those of the running keys that no longer count as work. */
  readonly #waiting = new Set<string>();
  /** Keys that were added while they ran, with the time at which they are to run again. */
  readonly #dirty = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  #signal: AbortSignal | undefined;
  #cancelTimer: () => void = () => undefined;
  #drained: () => void = () => undefined;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** Keys that wait or run. */
  get size(): number {
    return new Set([...this.#due.keys(), ...this.#running]).size;
  }

  add(key: string): void {
    this.addAfter(key, 0);
  }

  /** Adds a key for later. Of several times for one key the earliest counts. */
  addAfter(key: string, milliseconds: number): void {
    const at = this.#options.clock.now() + milliseconds;
    const times = this.#running.has(key) ? this.#dirty : this.#due;
    if ((times.get(key) ?? Infinity) <= at) return;
    times.set(key, at);
    if (times === this.#due) this.#pump();
  }

  /** Works until aborted; then takes nothing new, and resolves when the last key that runs has ended. Call it once. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    this.#pump();
    await aborted(signal);
    this.#cancelTimer();
    if (this.#running.size > 0) await new Promise<void>((resolve) => (this.#drained = resolve));
  }

  /** Starts what is due as far as workers are free, and sets the alarm for what comes next. */
  #pump(): void {
    const signal = this.#signal;
    if (signal === undefined || signal.aborted) return;
    this.#cancelTimer();
    const { clock, workers, waiting = usuallyWaiting } = this.#options;
    while (this.#running.size - Math.min(this.#waiting.size, waiting) < workers) {
      const next = this.#earliest();
      if (next === undefined) return;
      const wait = next.at - clock.now();
      if (wait > 0) {
        this.#cancelTimer = clock.after(Math.min(wait, longestTimer), () => {
          this.#pump();
        });
        return;
      }
      this.#due.delete(next.key);
      this.#running.add(next.key);
      void this.#process(next.key, signal);
    }
  }

  #earliest(): { key: string; at: number } | undefined {
    let best: { key: string; at: number } | undefined;
    for (const [key, at] of this.#due) if (best === undefined || at < best.at) best = { key, at };
    return best;
  }

  /** Never rejects. */
  async #process(key: string, signal: AbortSignal): Promise<void> {
    const { clock, hooks, name, reconcile } = this.#options;
    const started = clock.now();
    const cancel = clock.after(longRun, () => {
      this.#waiting.add(key);
      this.#pump();
    });
    let next: number | undefined;
    let outcome: ReconcileReport['outcome'];
    let code: string | undefined;
    try {
      next = (await reconcile(key, signal))?.requeueAfterMs;
      this.#failures.delete(key);
      outcome = next === undefined ? 'done' : 'requeued';
    } catch (error) {
      outcome = signal.aborted ? 'aborted' : 'failed';
      if (!signal.aborted) {
        code = codeOfError(error);
        next = this.#afterFailure(key, error, code);
      }
    }
    cancel();
    this.#waiting.delete(key);
    const seconds = (clock.now() - started) / 1000;
    hooks?.onReconcile?.({ queue: name, outcome, seconds, ...(code === undefined ? {} : { code }) });
    this.#finish(key, next, outcome === 'failed');
  }

  #finish(key: string, next: number | undefined, failed: boolean): void {
    const dirtyAt = this.#dirty.get(key) ?? Infinity;
    this.#dirty.delete(key);
    this.#running.delete(key);
    const now = this.#options.clock.now();
    const nextAt = next === undefined ? Infinity : now + next;
    // A key that fails and, by its own writes, adds itself again must not run in a circle; but a person's edit that came
    // while it failed may be what mends it, and must not wait for minutes.
    const changedAt =
      failed && nextAt < Infinity && dirtyAt < Infinity ? Math.max(dirtyAt, now + changedMeanwhile) : dirtyAt;
    const at = Math.min(changedAt, nextAt);
    if (at < Infinity && at < (this.#due.get(key) ?? Infinity)) this.#due.set(key, at);
    if (this.#signal?.aborted === true && this.#running.size === 0) this.#drained();
    this.#pump();
  }

  /** Milliseconds until the next try; undefined when only a change can help. */
  #afterFailure(key: string, error: unknown, code: string): number | undefined {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    const policy: FaultPolicy = isFault(error) ? error.policy : { retry: 'backoff' };
    const { random, log, name } = this.#options;
    const message = error instanceof Error ? error.message : String(error);
    const stack = isFault(error) || !(error instanceof Error) ? {} : { stack: error.stack };
    const level = policy.retry === 'soon' ? 'debug' : 'warn';
    log[level]({ queue: name, key, code, failures, retry: policy.retry, error: message, ...stack }, 'reconcile failed');
    if (policy.retry === 'never') return undefined;
    const delay =
      policy.retry === 'soon' && failures <= soon.times
        ? soon.shortest + random() * soon.spread
        : backoff(failures, retries, random);
    return Math.max(delay, isFault(error) ? (error.retryAfterMs ?? 0) : 0);
  }
}
