// The manager: no work before the caches are filled, no end before the work has ended, and a limit to that wait.
import { describe, expect, it } from 'vitest';
import type { Hooks } from './hooks.ts';
import type { Reconcile } from './queue.ts';
import { Manager } from './manager.ts';
import { RESOURCES } from './resources.ts';
import { configMap, FakeClock, memoryLog, settled } from './testing.ts';
import type { Transport } from './transport.ts';

/** A stand-in for a server whose list is answered when the test says so, and whose watches say nothing. */
function runtime(reconcile: Reconcile, hooks: Hooks = {}) {
  const clock = new FakeClock();
  const log = memoryLog();
  let answer = (_items: unknown[]): void => undefined;
  const transport = {
    request: () =>
      new Promise((resolve) => {
        answer = (items) => {
          resolve({ metadata: { resourceVersion: '5' }, items });
        };
      }),
    stream: (_request: unknown, signal: AbortSignal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reject(new Error('aborted'));
        });
      }),
  } as unknown as Transport;
  const manager = new Manager({ transport, clock, random: () => 0.5, log, hooks });
  const source = manager.watch(RESOURCES.ConfigMap, { namespace: 'default' });
  const queue = manager.queue({ name: 'test', workers: 1, reconcile });
  const stop = new AbortController();
  return {
    clock,
    log,
    manager,
    source,
    queue,
    stop,
    answer: (items: unknown[]) => {
      answer(items);
    },
  };
}

describe('Manager', () => {
  it('begins to work when every cache is filled, not before', async () => {
    const runs: string[] = [];
    const { clock, manager, source, queue, stop, answer } = runtime((key) => {
      runs.push(key);
      return Promise.resolve(undefined);
    });
    source.enqueue(queue, ({ metadata }) => [metadata.name]);
    queue.add('early');
    const running = manager.run(stop.signal);
    await clock.advance(10_000);
    expect([manager.hasSynced, runs]).toEqual([false, []]);
    answer([configMap('listed', { resourceVersion: '4' })]);
    await clock.advance(100);
    expect([manager.hasSynced, runs]).toEqual([true, ['early', 'listed']]);
    stop.abort();
    await running;
    expect(clock.pending).toBe(0);
  });

  it('ends, without having worked, when it is stopped before the caches are filled', async () => {
    let runs = 0;
    const { clock, manager, queue, stop, answer } = runtime(() => {
      runs += 1;
      return Promise.resolve(undefined);
    });
    queue.add('early');
    const running = manager.run(stop.signal);
    await settled();
    stop.abort();
    answer([]);
    await clock.advance(100);
    await running;
    expect(runs).toBe(0);
  });

  it('ends at once when a part of it fails, which none should: the process is to be started anew', async () => {
    const hooks = {
      onWatch: () => {
        throw new Error('a hook that fails');
      },
    };
    const { clock, manager, stop } = runtime(() => Promise.resolve(undefined), hooks);
    let error: unknown;
    manager.run(stop.signal).catch((caught: unknown) => (error = caught));
    await clock.advance(100);
    expect(error).toMatchObject({ message: 'a hook that fails' });
  });

  it('waits 25 s for work to end, and says when it did not', async () => {
    const { clock, manager, queue, stop, answer } = runtime(() => new Promise(() => undefined));
    const running = manager.run(stop.signal);
    queue.add('stuck');
    await settled();
    answer([]);
    await clock.advance(100);
    stop.abort();
    let error: unknown;
    running.catch((caught: unknown) => (error = caught));
    await clock.advance(24_999);
    expect(error).toBeUndefined();
    await clock.advance(1);
    expect(error).toMatchObject({ code: 'DrainTimedOut' });
  });
});

describe('Source', () => {
  it('wakes the keys of an object as it was and as it is, and outlives a mapper that fails', () => {
    const { source, log } = runtime(() => Promise.resolve(undefined));
    const added: string[] = [];
    const queue = { add: (key: string) => added.push(key) };
    source.enqueue(queue, () => {
      throw new Error('mapper');
    });
    source.enqueue(queue, ({ metadata }) => [metadata.labels?.['owner'] ?? 'none']);
    source.store.upsert(configMap('a', { resourceVersion: '1', labels: { owner: 'x' } }));
    source.store.upsert(configMap('a', { resourceVersion: '2', labels: { owner: 'y' } }));
    source.store.forget('default/a');
    expect(added).toEqual(['x', 'x', 'y', 'y']);
    expect(log.lines.map(({ level }) => level)).toEqual(['error', 'error', 'error']);
  });

  it('covers its kind in its namespace', () => {
    const { source } = runtime(() => Promise.resolve(undefined));
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a' };
    expect(source.covers(reference)).toBe(true);
    expect(source.covers({ ...reference, namespace: 'other' })).toBe(false);
    expect(source.covers({ ...reference, kind: 'Secret' })).toBe(false);
  });
});
