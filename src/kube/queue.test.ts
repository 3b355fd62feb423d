// The work queue: one run per key at a time, nothing lost, earliest time wins, backoff by policy; under any interleaving.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault, type FaultCode } from './errors.ts';
import { type QueueOptions, type Reconcile, WorkQueue } from './queue.ts';
import { FakeClock, memoryLog, settled } from './testing.ts';

type Options = Partial<Pick<QueueOptions, 'workers' | 'waiting' | 'random'>> & { readonly clock?: FakeClock };

function queueOf(reconcile: Reconcile, options: Options = {}) {
  const { workers = 2, clock = new FakeClock(), random = () => 1, ...others } = options;
  const queue = new WorkQueue({ name: 'test', workers, reconcile, clock, random, log: memoryLog(), ...others });
  const stop = new AbortController();
  return { queue, clock, stop };
}

/** A reconcile that ends when told to. */
function gated() {
  const started: string[] = [];
  const gates: (() => void)[] = [];
  const reconcile: Reconcile = (key) => {
    started.push(key);
    return new Promise((resolve) => {
      gates.push(() => {
        resolve(undefined);
      });
    });
  };
  return { started, reconcile, release: () => gates.shift()?.() };
}

describe('WorkQueue', () => {
  it('takes many adds of a waiting key for one', async () => {
    const runs: string[] = [];
    const { queue, stop } = queueOf((key) => {
      runs.push(key);
      return Promise.resolve(undefined);
    });
    for (let time = 0; time < 5; time += 1) queue.add('a');
    void queue.run(stop.signal);
    await settled();
    expect(runs).toEqual(['a']);
    expect(queue.size).toBe(0);
  });

  it('runs a key once more when it was added while it ran, and never beside itself', async () => {
    const { started, reconcile, release } = gated();
    const { queue, stop } = queueOf(reconcile, { workers: 3 });
    void queue.run(stop.signal);
    for (let time = 0; time < 3; time += 1) queue.add('a');
    await settled();
    expect(started).toEqual(['a']);
    release();
    await settled();
    expect(started).toEqual(['a', 'a']);
    release();
    await settled();
    expect(started).toHaveLength(2);
  });

  it('lets no more keys run than it has workers', async () => {
    const { started, reconcile, release } = gated();
    const { queue, stop } = queueOf(reconcile, { workers: 2 });
    void queue.run(stop.signal);
    for (const key of ['a', 'b', 'c']) queue.add(key);
    await settled();
    expect(started).toEqual(['a', 'b']);
    release();
    await settled();
    expect(started).toEqual(['a', 'b', 'c']);
  });

  it('[slow-neighbour] keys whose runs last long keep no others waiting, and come back to their place', async () => {
    const { started, reconcile, release } = gated();
    const clock = new FakeClock();
    const { queue, stop } = queueOf(reconcile, { workers: 2, clock });
    void queue.run(stop.signal);
    for (const key of ['stuck', 'stuck too', 'well', 'fine']) queue.add(key);
    await settled();
    expect(started).toEqual(['stuck', 'stuck too']);
    await clock.advance(3000);
    await settled();
    expect(started).toEqual(['stuck', 'stuck too', 'well', 'fine']);
    release();
    release();
    for (const key of ['next', 'last']) queue.add(key);
    await settled();
    expect(started).toHaveLength(4);
    release();
    await settled();
    expect(started).toEqual(['stuck', 'stuck too', 'well', 'fine', 'next']);
  });

  it.each([
    ['none', { workers: 1, waiting: 0 }, 1],
    ['a few', { workers: 1, waiting: 2 }, 3],
    ['16, unless it is said', { workers: 2 }, 18],
  ])('of those that last long, no more go on besides than may: %s', async (_name, options, most) => {
    const { started, reconcile, release } = gated();
    const { queue, stop, clock } = queueOf(reconcile, options);
    void queue.run(stop.signal);
    for (let key = 0; key < 30; key += 1) queue.add(`${key}`);
    await clock.advance(3600_000);
    expect(started).toHaveLength(most);
    release();
    await settled();
    expect(started).toHaveLength(most + 1);
  });

  it('sets no timer that Node.js would take for one of no time', async () => {
    const { started, reconcile } = gated();
    const { queue, clock, stop } = queueOf(reconcile);
    void queue.run(stop.signal);
    queue.addAfter('a', 2 ** 32);
    expect(clock.next).toBeLessThan(2 ** 31);
    await clock.advance(2 ** 32 - 1);
    expect(started).toEqual([]);
    await clock.advance(1);
    expect(started).toEqual(['a']);
  });

  it('takes the earliest of several times', async () => {
    const runs: number[] = [];
    const { queue, clock, stop } = queueOf(() => {
      runs.push(clock.now());
      return Promise.resolve(undefined);
    });
    void queue.run(stop.signal);
    queue.addAfter('a', 1000);
    queue.addAfter('a', 300);
    queue.addAfter('a', 500);
    await clock.advance(2000);
    expect(runs).toEqual([300]);
  });

  it('looks again after the time that a run asks for, or sooner when something happens', async () => {
    const runs: number[] = [];
    const { queue, clock, stop } = queueOf(() => {
      runs.push(clock.now());
      return Promise.resolve({ requeueAfterMs: 1000 });
    });
    void queue.run(stop.signal);
    queue.add('a');
    await clock.advance(1500);
    queue.add('a');
    await clock.advance(400);
    expect(runs).toEqual([0, 1000, 1500]);
  });

  it('backs off from 5 ms to 5 minutes, and starts anew after a success', async () => {
    const runs: number[] = [];
    let failing = true;
    const { queue, clock, stop } = queueOf(() => {
      runs.push(clock.now());
      return failing ? Promise.reject(new Error('no')) : Promise.resolve(undefined);
    });
    void queue.run(stop.signal);
    queue.add('a');
    await clock.advance(40);
    expect(runs).toEqual([0, 5, 15, 35]);
    await clock.advance(60 * 60_000);
    const gaps = runs.slice(1).map((time, index) => time - (runs[index] ?? 0));
    expect(Math.max(...gaps)).toBe(5 * 60_000);
    failing = false;
    await clock.advance(5 * 60_000);
    failing = true;
    runs.length = 0;
    queue.add('a');
    await clock.advance(10);
    expect(runs.slice(1).map((time, index) => time - (runs[index] ?? 0))).toEqual([5]);
  });

  it('spreads the backoff over its whole range', async () => {
    const runs: number[] = [];
    const reconcile = () => {
      runs.push(clock.now());
      return Promise.reject(new Error('no'));
    };
    const { queue, clock, stop } = queueOf(reconcile, { random: () => 0.5 });
    void queue.run(stop.signal);
    queue.add('a');
    await clock.advance(8);
    expect(runs).toEqual([0, 2.5, 7.5]);
  });

  it('does not let a failing key that adds itself get around its backoff', async () => {
    let runs = 0;
    const { queue, clock, stop } = queueOf((key) => {
      runs += 1;
      queue.add(key);
      return Promise.reject(new Error('no'));
    });
    void queue.run(stop.signal);
    queue.add('a');
    await clock.advance(35);
    expect(runs).toBe(4);
  });

  it('looks at a change that came while it failed within seconds, however long the backoff has become', async () => {
    const runs: number[] = [];
    let edits = 0;
    const { queue, clock, stop } = queueOf((key) => {
      runs.push(clock.now());
      if (runs.length === 25) {
        edits += 1;
        queue.add(key);
      }
      return Promise.reject(new Error('no'));
    });
    void queue.run(stop.signal);
    queue.add('a');
    await clock.advance(60 * 60_000);
    expect(edits).toBe(1);
    expect((runs[24] ?? 0) - (runs[23] ?? 0)).toBe(5 * 60_000);
    expect((runs[25] ?? 0) - (runs[24] ?? 0)).toBe(5000);
    expect((runs[26] ?? 0) - (runs[25] ?? 0)).toBe(5 * 60_000);
  });

  it.each([
    ['StaleCache', [0, 300, 600]],
    ['Conflict', [0, 300, 600]],
    ['Unreachable', [0, 5, 15, 35, 75, 155, 315, 635]],
    ['LeaseLost', [0]],
  ] as const)('treats %s as the table of errors says', async (code: FaultCode, expected) => {
    const runs: number[] = [];
    const { queue, clock, stop } = queueOf(() => {
      runs.push(clock.now());
      return Promise.reject(new Fault(code, 'test'));
    });
    void queue.run(stop.signal);
    queue.add('a');
    await clock.advance(700);
    expect(runs).toEqual(expected);
  });

  it('backs off from what fails "soon" again and again', async () => {
    const runs: number[] = [];
    const { queue, clock, stop } = queueOf(() => {
      runs.push(clock.now());
      return Promise.reject(new Fault('StaleCache', 'test'));
    });
    void queue.run(stop.signal);
    queue.add('a');
    await clock.advance(20 * 60_000);
    expect(runs.length).toBeLessThan(25);
  });

  it('waits as long as the server asked for', async () => {
    const runs: number[] = [];
    const { queue, clock, stop } = queueOf(() => {
      runs.push(clock.now());
      return Promise.reject(new Fault('TooManyRequests', 'test', { retryAfterMs: 60_000 }));
    });
    void queue.run(stop.signal);
    queue.add('a');
    await clock.advance(70_000);
    expect(runs).toEqual([0, 60_000]);
  });

  it('starts nothing after the stop, tells what runs, and ends when that has ended', async () => {
    const { started, reconcile, release } = gated();
    let told = false;
    const { queue, stop } = queueOf(
      (key, signal) => {
        signal.addEventListener('abort', () => (told = true));
        return reconcile(key, signal);
      },
      { workers: 1 },
    );
    let ended = false;
    const running = queue.run(stop.signal).then(() => (ended = true));
    queue.add('a');
    queue.add('b');
    await settled();
    stop.abort();
    queue.add('c');
    await settled();
    expect([told, ended]).toEqual([true, false]);
    release();
    await running;
    expect(started).toEqual(['a']);
  });

  it('under any interleaving: no key beside itself, at most N at once, and every add is followed by a start', async () => {
    const keys = fc.constantFrom('a', 'b', 'c', 'd');
    const adds = fc.array(fc.record({ key: keys, after: fc.constantFrom(0, 0, 5, 50) }), {
      maxLength: 20,
      size: 'max',
    });
    const outcomes = fc.infiniteStream(fc.constantFrom('done', 'fail', 'again', 'readd'));
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        adds,
        outcomes,
        fc.integer({ min: 1, max: 3 }),
        async (s, plan, results, workers) => {
          const clock = new FakeClock();
          const running = new Map<string, number>(); // with the time of their start
          const owed = new Set<string>(); // keys added since their last start
          const violations: string[] = []; // thrown, they would count as failed runs
          let repeats = 20; // runs that ask for more, or the test would never end
          const reconcile: Reconcile = async (key) => {
            if (running.has(key)) violations.push(`${key} beside itself`);
            running.set(key, clock.now());
            owed.delete(key);
            const working = [...running.values()].filter((at) => clock.now() - at < 3000).length;
            if (working > workers) violations.push(`${working} at once`);
            await s.schedule(Promise.resolve(), `run ${key}`);
            const outcome = repeats > 0 ? (results.next().value as string) : 'done';
            repeats -= 1;
            if (outcome === 'readd') add(key, 0);
            running.delete(key);
            if (outcome === 'fail') throw new Error('no');
            return outcome === 'again' ? { requeueAfterMs: 10 } : undefined;
          };
          const { queue, stop } = queueOf(reconcile, { clock, workers });
          const add = (key: string, after: number): void => {
            owed.add(key);
            queue.addAfter(key, after);
          };
          const ended = queue.run(stop.signal);
          for (const { key, after } of plan)
            void s.schedule(Promise.resolve(), `add ${key}`).then(() => {
              add(key, after);
            });
          for (let round = 0; round < 100; round += 1) {
            await s.waitIdle();
            await clock.advance(1_000_000);
            if (s.count() === 0 && queue.size === 0) break;
          }
          expect(violations).toEqual([]);
          expect([...owed]).toEqual([]);
          expect(queue.size).toBe(0);
          stop.abort();
          await ended;
        },
      ),
      { numRuns: 100 },
    );
  });
});
