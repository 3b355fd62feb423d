// Puts the runtime together: caches are filled before work begins, and work ends in order when it is told to.
import type { ResourceType } from '../core/kubernetes.ts';
import { aborted, type Clock, limited, type Random, sleep } from './clock.ts';
import { Fault } from './errors.ts';
import { Expectations } from './expectations.ts';
import type { Hooks, Log } from './hooks.ts';
import { listWatch, type Selection } from './list-watch.ts';
import { type QueueOptions, WorkQueue } from './queue.ts';
import { Source } from './source.ts';
import { Store } from './store.ts';
import type { Transport } from './transport.ts';

export type { Source };

export interface ManagerOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly hooks?: Hooks;
  /** How long work may take to end. Default 25 s: less than the 30 s that a pod is given. */
  readonly drainMs?: number;
}

const defaultDrain = 25_000;
const syncPoll = 50;

export class Manager {
  readonly expectations: Expectations;
  readonly #options: ManagerOptions;
  readonly #sources: Source[] = [];
  readonly #queues: WorkQueue[] = [];

  constructor(options: ManagerOptions) {
    this.#options = options;
    this.expectations = new Expectations(this.#sources, options.clock);
  }

  /** Adds a cache. Before `run`. @param selection namespace and labels; `indexLabels` are those `byLabel` may ask for */
  watch(type: ResourceType, selection: Selection & { readonly indexLabels?: readonly string[] } = {}): Source {
    const { transport, clock, random, log, hooks } = this.#options;
    const source = new Source({
      api: listWatch(transport, type, selection),
      store: new Store(selection.indexLabels),
      clock,
      random,
      log,
      ...(hooks === undefined ? {} : { hooks }),
    });
    this.#sources.push(source);
    return source;
  }

  /** Adds a queue. Before `run`. */
  queue(options: Pick<QueueOptions, 'name' | 'workers' | 'waiting' | 'reconcile'>): WorkQueue {
    const { clock, random, log, hooks } = this.#options;
    const queue = new WorkQueue({ ...options, clock, random, log, ...(hooks === undefined ? {} : { hooks }) });
    this.#queues.push(queue);
    return queue;
  }

  /** True when every cache has been filled once. */
  get hasSynced(): boolean {
    return this.#sources.every((source) => source.hasSynced);
  }

  /**
   * Runs until aborted: fills the caches, then works. On abort nothing new is begun, and what runs (its signal is
   * aborted too) is waited for; work that does not end in time is a Fault `DrainTimedOut`, and then somebody may still
   * be writing.
   */
  async run(signal: AbortSignal): Promise<void> {
    const watching = this.#sources.map((source) => source.run(signal));
    await this.#drained(Promise.all([...watching, this.#work(signal)]), signal);
  }

  async #work(signal: AbortSignal): Promise<void> {
    await this.#synced(signal);
    if (!signal.aborted) await Promise.all(this.#queues.map((queue) => queue.run(signal)));
  }

  async #synced(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    const started = clock.now();
    while (!this.hasSynced && !signal.aborted) await sleep(clock, syncPoll, signal);
    if (!signal.aborted) log.info({ seconds: (clock.now() - started) / 1000 }, 'caches are filled: work begins');
  }

  async #drained(ended: Promise<unknown>, signal: AbortSignal): Promise<void> {
    const { clock, drainMs = defaultDrain } = this.#options;
    await Promise.race([ended, aborted(signal)]);
    const error = (): Fault => new Fault('DrainTimedOut', `work did not end within ${drainMs / 1000} s of the stop`);
    const never = new AbortController().signal;
    await limited(clock, never, { milliseconds: drainMs, error }, async (limit) => {
      await Promise.race([ended, rejected(limit)]);
    });
  }
}

/** Rejects with the reason of the signal when it is aborted. */
function rejected(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener(
      'abort',
      () => {
        reject(signal.reason as Error);
      },
      { once: true },
    );
  });
}
