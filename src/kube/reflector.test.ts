// The reflector against a stand-in for the API server, under any interleaving of changes, answers and faults.
import fc, { type Scheduler } from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../core/kubernetes.ts';
import { Fault } from './errors.ts';
import type { ListWatch, Page } from './list-watch.ts';
import { Reflector } from './reflector.ts';
import { RESOURCES } from './resources.ts';
import { Store } from './store.ts';
import { configMap, FakeClock, memoryLog, settled } from './testing.ts';

type WatchFault = 'none' | 'cut' | 'half' | 'end' | 'error' | 'gone' | 'stall';
const relisting: readonly WatchFault[] = ['error', 'gone'];
type ListFault = 'none' | 'refused' | 'gone';

interface LoggedEvent {
  readonly version: number;
  readonly text: string;
}

/** A stand-in for one collection of the API server: versions, events, pages of two, and faults by a given plan. */
class Collection implements ListWatch {
  readonly type = RESOURCES.ConfigMap;
  readonly selection = {};
  readonly objects = new Map<string, KubeObject>();
  lists = 0;
  watches = 0;
  /** Faults met so far that make a list necessary. */
  relistFaults = 0;
  /** Watches that asked again for what had been delivered. */
  repeated = 0;
  #delivered = 0;
  #version = 10;
  readonly #events: LoggedEvent[] = [];
  readonly #scheduler: Scheduler;
  readonly #watchFaults: Iterator<WatchFault>;
  readonly #listFaults: Iterator<ListFault>;

  constructor(scheduler: Scheduler, watchFaults: Iterator<WatchFault>, listFaults: Iterator<ListFault>) {
    this.#scheduler = scheduler;
    this.#watchFaults = watchFaults;
    this.#listFaults = listFaults;
  }

  set(name: string): void {
    const type = this.objects.has(name) ? 'MODIFIED' : 'ADDED';
    this.#version += 1;
    const object = configMap(name, { uid: `uid-${name}`, resourceVersion: String(this.#version) }, { text: 'ü🙂' });
    this.objects.set(name, object);
    this.#log(type, object);
  }

  remove(name: string): void {
    const object = this.objects.get(name);
    if (object === undefined) return;
    this.#version += 1;
    this.objects.delete(name);
    this.#log('DELETED', { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } });
  }

  async page(token: string | undefined): Promise<Page> {
    if (token === undefined) this.lists += 1;
    await this.#scheduler.schedule(Promise.resolve(), 'page');
    const fault = this.#listFaults.next().value as ListFault | undefined;
    if (fault === 'refused') throw new Fault('Forbidden', 'stand-in');
    if (fault === 'gone' && token !== undefined) throw new Fault('Gone', 'stand-in');
    const [version, items] = this.#snapshot(token);
    const rest = items.slice(2);
    const next = rest.length === 0 ? undefined : JSON.stringify([version, rest]);
    return { items: items.slice(0, 2), resourceVersion: version, continue: next };
  }

  #snapshot(token: string | undefined): [string, KubeObject[]] {
    if (token !== undefined) return JSON.parse(token) as [string, KubeObject[]];
    return [String(this.#version), [...this.objects.values()]];
  }

  async watch(from: string, _seconds: number, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    this.watches += 1;
    if (Number(from) < this.#delivered) this.repeated += 1;
    await this.#scheduler.schedule(Promise.resolve(), 'watch opens');
    return this.#stream(Number(from), signal);
  }

  get(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async *#stream(from: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    let seen = from;
    for (;;) {
      await this.#scheduler.schedule(Promise.resolve(), 'event');
      if (signal.aborted) throw signal.reason as Error;
      const fault = (this.#watchFaults.next().value ?? 'none') as WatchFault;
      if (relisting.includes(fault)) this.relistFaults += 1;
      const event = this.#events.find(({ version }) => version > seen);
      if (fault === 'end') return;
      if (fault === 'cut') throw new Fault('Unreachable', 'stand-in');
      if (fault === 'stall')
        await new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            reject(signal.reason as Error);
          });
        });
      if (fault === 'error' || fault === 'gone') {
        yield Buffer.from(JSON.stringify({ type: 'ERROR', object: { code: fault === 'gone' ? 410 : 500 } }));
        return;
      }
      const upTo = event?.version ?? this.#version;
      const bookmark = { type: 'BOOKMARK', object: configMap('', { resourceVersion: String(this.#version) }) };
      const bytes = Buffer.from(event === undefined ? JSON.stringify(bookmark) : event.text);
      yield bytes.subarray(0, bytes.length / 2);
      if (fault === 'half') return;
      yield bytes.subarray(bytes.length / 2);
      seen = upTo;
      this.#delivered = seen;
    }
  }

  #log(type: string, object: KubeObject): void {
    this.#events.push({ version: this.#version, text: JSON.stringify({ type, object }) });
  }
}

const names = ['a', 'b', 'c', 'd', 'e'] as const;
const change = fc.record({
  kind: fc.constant('change' as const),
  name: fc.constantFrom(...names),
  remove: fc.boolean(),
});
const deliver = fc.record({ kind: fc.constant('deliver' as const), count: fc.integer({ min: 1, max: 8 }) });
const pass = fc.record({ kind: fc.constant('pass' as const), milliseconds: fc.constantFrom(10, 500, 40_000, 100_000) });
const watchFault = fc.oneof(
  { arbitrary: fc.constant<WatchFault>('none'), weight: 10 },
  { arbitrary: fc.constantFrom<WatchFault>('cut', 'half', 'end', 'error', 'gone', 'stall'), weight: 3 },
);
const listFault = fc.oneof(
  { arbitrary: fc.constant<ListFault>('none'), weight: 4 },
  { arbitrary: fc.constantFrom<ListFault>('refused', 'gone'), weight: 1 },
);

async function deliverSome(scheduler: Scheduler, count: number): Promise<void> {
  for (let left = count; left > 0 && scheduler.count() > 0; left -= 1) await scheduler.waitNext(1);
  await settled();
}

describe('Reflector', () => {
  it('under any interleaving: ends up equal to the server, with every change told, listing only when it must', async () => {
    const steps = fc.array(fc.oneof(change, change, deliver, deliver, pass), { maxLength: 60, size: 'max' });
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        steps,
        fc.array(watchFault, { maxLength: 60, size: 'max' }),
        fc.array(listFault, { maxLength: 8, size: 'max' }),
        async (scheduler, plan, watchFaults, listFaults) => {
          const clock = new FakeClock();
          const server = new Collection(scheduler, watchFaults.values(), listFaults.values());
          const store = new Store();
          const told = new Map<string, KubeObject>();
          const backwards: string[] = [];
          store.onChange(({ key, current }) => {
            const before = Number(told.get(key)?.metadata.resourceVersion ?? 0);
            if (current !== undefined && Number(current.metadata.resourceVersion) <= before) backwards.push(key);
            if (current === undefined) told.delete(key);
            else told.set(key, current);
          });
          const reflector = new Reflector({ api: server, store, clock, random: () => 0.5, log: memoryLog() });
          const stop = new AbortController();
          const ended = reflector.run(stop.signal);
          for (const step of plan) {
            if (step.kind === 'change') {
              if (step.remove) server.remove(step.name);
              else server.set(step.name);
            } else if (step.kind === 'deliver') await deliverSome(scheduler, step.count);
            else await clock.advance(step.milliseconds);
          }
          server.set('last');
          const wanted = (): KubeObject[] => [...server.objects.values()];
          const sorted = (objects: Iterable<KubeObject>): string[] =>
            [...objects].map((o) => JSON.stringify(o)).toSorted();
          const equal = (): boolean => JSON.stringify(sorted(store.list())) === JSON.stringify(sorted(wanted()));
          for (let round = 0; round < 200 && !equal(); round += 1) {
            await deliverSome(scheduler, 3);
            await clock.advance(10_000);
          }
          expect(sorted(store.list())).toEqual(sorted(wanted()));
          expect(sorted(told.values())).toEqual(sorted(wanted()));
          expect(backwards).toEqual([]);
          expect(server.repeated).toBe(0);
          expect(reflector.hasSynced).toBe(true);
          const failedLists = listFaults.filter((fault) => fault !== 'none').length;
          expect(server.lists).toBeLessThanOrEqual(1 + server.relistFaults + failedLists);
          stop.abort();
          for (let round = 0; round < 20; round += 1) await deliverSome(scheduler, 5);
          await ended;
          expect(clock.pending).toBe(0);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('waits between tries that fail at once, longer and longer, and does not spin', async () => {
    const clock = new FakeClock();
    let tries = 0;
    const refused = (): Promise<never> => {
      tries += 1;
      return Promise.reject(new Fault('Unreachable', 'stand-in'));
    };
    const api: ListWatch = { type: RESOURCES.ConfigMap, selection: {}, page: refused, watch: refused, get: refused };
    const stop = new AbortController();
    const reflector = new Reflector({ api, store: new Store(), clock, random: () => 0.5, log: memoryLog() });
    const ended = reflector.run(stop.signal);
    await clock.advance(10 * 60_000);
    expect(tries).toBeGreaterThan(20);
    expect(tries).toBeLessThan(60);
    expect(reflector.hasSynced).toBe(false);
    stop.abort();
    await ended;
  });

  it('waits as long as the server asks for', async () => {
    const clock = new FakeClock();
    const tries: number[] = [];
    const refused = (): Promise<never> => {
      tries.push(clock.now());
      return Promise.reject(new Fault('TooManyRequests', 'stand-in', { retryAfterMs: 60_000 }));
    };
    const api: ListWatch = { type: RESOURCES.ConfigMap, selection: {}, page: refused, watch: refused, get: refused };
    const stop = new AbortController();
    const reflector = new Reflector({ api, store: new Store(), clock, random: () => 0.5, log: memoryLog() });
    const ended = reflector.run(stop.signal);
    await clock.advance(119_999);
    expect(tries).toEqual([0, 60_000]);
    stop.abort();
    await ended;
  });

  it('does not spin on a server that ends every watch at once', async () => {
    const clock = new FakeClock();
    let watches = 0;
    const api: ListWatch = {
      type: RESOURCES.ConfigMap,
      selection: {},
      page: () => Promise.resolve({ items: [], resourceVersion: '1', continue: undefined }),
      watch: () => {
        watches += 1;
        return Promise.resolve((async function* () {})());
      },
      get: () => Promise.resolve(undefined),
    };
    const stop = new AbortController();
    const reflector = new Reflector({ api, store: new Store(), clock, random: () => 0.5, log: memoryLog() });
    const ended = reflector.run(stop.signal);
    await clock.advance(10 * 60_000);
    expect(watches).toBeLessThan(60);
    stop.abort();
    await ended;
  });

  it('asks for watches of 5 to 10 minutes', async () => {
    for (const [random, seconds] of [
      [0, 300],
      [0.999, 599],
    ] as const) {
      const asked: number[] = [];
      const api: ListWatch = {
        type: RESOURCES.ConfigMap,
        selection: {},
        page: () => Promise.resolve({ items: [], resourceVersion: '1', continue: undefined }),
        watch: (_version, timeout) => {
          asked.push(timeout);
          return new Promise(() => undefined);
        },
        get: () => Promise.resolve(undefined),
      };
      const reflector = new Reflector({
        api,
        store: new Store(),
        clock: new FakeClock(),
        random: () => random,
        log: memoryLog(),
      });
      void reflector.run(new AbortController().signal);
      await settled();
      expect(asked).toEqual([seconds]);
    }
  });
});
