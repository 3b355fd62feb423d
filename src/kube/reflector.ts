// Keeps a store equal to a collection of the API server: list, then watch, through every kind of failure.
import type { KubeObject } from '../core/kubernetes.ts';
import { backoff, type Clock, isAborted, type Random, sleep } from './clock.ts';
import { Fault, faultOfStatus, isFault } from './errors.ts';
import type { Hooks, Log, WatchReport } from './hooks.ts';
import { JsonStream } from './json-stream.ts';
import { completed, listAll, type ListWatch } from './list-watch.ts';
import { keyOf } from './resources.ts';
import type { Store } from './store.ts';
import { isAtLeast } from './versions.ts';

export interface ReflectorOptions {
  readonly api: ListWatch;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly hooks?: Hooks;
  /** A watch that says nothing for so long is dead: servers send a bookmark about once a minute. Default 90 s. */
  readonly silenceMs?: number;
}

const defaultSilence = 90_000;
const retries = { base: 800, cap: 30_000 };
/** Watches end by themselves after 5 to 10 minutes, and not all at the same moment. */
const shortestWatch = 300;
/** etcd holds objects of at most 1.5 MiB by default; anything near this is no event. */
const longestEvent = 16 * 1024 * 1024;
/** A watch that ends sooner, having said nothing, is a failure to be waited out, or we would spin. */
const briefWatch = 1000;
/** What worked for so long before it failed starts a new series of failures. */
const goodWhile = 10_000;

export class Reflector {
  readonly #options: ReflectorOptions;
  /** Up to where the store is complete; undefined when only a list can tell. */
  #version: string | undefined;
  #synced = false;
  #failures = 0;

  constructor(options: ReflectorOptions) {
    this.#options = options;
  }

  /** True once the first list is in the store; it stays true, because an old cache beats none. */
  get hasSynced(): boolean {
    return this.#synced;
  }

  /** Whether the store knows of everything that happened up to this version: of the collection, or of this object. */
  hasSeen(key: string, version: string): boolean {
    const own = this.#options.store.get(key)?.metadata.resourceVersion;
    return isAtLeast(this.#version, version) === true || isAtLeast(own, version) === true;
  }

  /** Asks the API server for one object and puts the answer into the store. Throws when there is no clear answer. */
  async refresh(reference: { namespace?: string; name: string }, signal: AbortSignal): Promise<void> {
    const { api, store } = this.#options;
    const live = await api.get(reference.name, reference.namespace, signal);
    if (live === undefined) store.forget(keyOf(reference));
    else store.upsert(live);
  }

  /** Runs until aborted; there is no error that ends it. Call it once. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    while (!signal.aborted) {
      const started = clock.now();
      try {
        if (this.#version === undefined) await this.#list(signal);
        else await this.#watch(this.#version, signal);
      } catch (error) {
        if (isAborted(signal)) return;
        this.#failures = clock.now() - started > goodWhile ? 1 : this.#failures + 1;
        this.#survive(error);
        const asked = isFault(error) ? (error.retryAfterMs ?? 0) : 0;
        await sleep(clock, Math.max(asked, backoff(this.#failures, retries, random)), signal);
      }
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { api, store } = this.#options;
    this.#report('list');
    const { items, version } = await listAll(api, signal);
    store.replace(items);
    this.#version = version;
    this.#synced = true;
  }

  async #watch(version: string, outer: AbortSignal): Promise<void> {
    const { api, clock, random } = this.#options;
    const started = clock.now();
    const seconds = shortestWatch + Math.floor(random() * shortestWatch);
    let heard = 0;
    await this.#whileHeard(outer, async (signal, hear) => {
      const values = new JsonStream(longestEvent);
      for await (const chunk of await api.watch(version, seconds, signal)) {
        hear();
        for (const event of values.push(chunk)) {
          this.#take(event);
          heard += 1;
        }
      }
      if (values.incomplete)
        throw new Fault('Unreachable', `${this.#name}: the watch was cut in the middle of an event`);
    });
    if (heard === 0 && clock.now() - started < briefWatch)
      throw new Fault('Unreachable', `${this.#name}: the watch ended at once, without an event`);
    this.#report('expired');
  }

  /** Runs a watch under a signal that is aborted when `hear` is not called for too long. */
  async #whileHeard(outer: AbortSignal, run: (signal: AbortSignal, hear: () => void) => Promise<void>): Promise<void> {
    const { clock, silenceMs = defaultSilence } = this.#options;
    const inner = new AbortController();
    const follow = (): void => {
      inner.abort(outer.reason);
    };
    const stalled = (): void => {
      const message = `${this.#name}: nothing was heard for ${silenceMs / 1000} s, not even a bookmark; watching anew`;
      inner.abort(new Fault('WatchStalled', message));
    };
    let cancel = clock.after(silenceMs, stalled);
    outer.addEventListener('abort', follow, { once: true });
    try {
      await run(inner.signal, () => {
        cancel();
        cancel = clock.after(silenceMs, stalled);
      });
    } finally {
      cancel();
      outer.removeEventListener('abort', follow);
    }
  }

  #take(value: unknown): void {
    const { api, store } = this.#options;
    const { type, object } = value as { type?: string; object?: KubeObject };
    if (type === 'ERROR') {
      const code = Number(object?.['code'] ?? 500);
      this.#version = undefined; // what was missed is unknown
      throw faultOfStatus(code, object, { what: this.#name, secret: api.type.kind === 'Secret' });
    }
    const version = object?.metadata.resourceVersion;
    if (object === undefined || version === undefined) throw this.#unknownEvent(type);
    if (type === 'ADDED' || type === 'MODIFIED') store.upsert(completed(object, api.type));
    else if (type === 'DELETED') store.remove(completed(object, api.type));
    else if (type !== 'BOOKMARK') throw this.#unknownEvent(type);
    this.#version = version;
    this.#failures = 0;
  }

  #unknownEvent(type: string | undefined): Fault {
    return new Fault(
      'ResponseInvalid',
      `${this.#name}: an event of type ${type ?? '(none)'} that cannot be understood`,
    );
  }

  /** Decides what an error means for the next round: go on from where we are, or list again. */
  #survive(error: unknown): void {
    const resumable = isFault(error, 'Unreachable', 'WatchStalled', 'TimedOut', 'ServerError', 'TooManyRequests');
    if (!resumable) this.#version = undefined;
    this.#report(eventOf(error));
    const { log, api } = this.#options;
    const message = error instanceof Error ? error.message : String(error);
    const fields = { resource: api.type.plural, failures: this.#failures, error: message };
    // The API server sends no bookmarks for a kind of which nothing has changed since it started: silence is usual there.
    if (isFault(error, 'WatchStalled')) log.debug(fields, 'watch was silent; it is opened anew');
    else log.warn(fields, 'watch failed; it goes on');
  }

  #report(event: WatchReport['event']): void {
    this.#options.hooks?.onWatch?.({ resource: this.#options.api.type.plural, event });
  }

  get #name(): string {
    return `watch ${this.#options.api.type.plural}`;
  }
}

function eventOf(error: unknown): WatchReport['event'] {
  if (isFault(error, 'Gone')) return 'gone';
  if (isFault(error, 'WatchStalled')) return 'stalled';
  return 'broken';
}
