// Leader election against a stand-in for the Lease, under any order of requests, answers, faults and passing time.
import fc, { type Scheduler } from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../core/kubernetes.ts';
import { aborted } from './clock.ts';
import { Fault } from './errors.ts';
import { type Ended, LeaderElector, type LeaseApi, usualTimes } from './lease.ts';
import { microTime } from './micro-time.ts';
import { FakeClock, memoryLog, settled } from './testing.ts';
import type { ApiRequest } from './transport.ts';

/** A stand-in for the one Lease, with the API server's rule that an update needs the current resource version. */
class LeaseServer {
  lease: KubeObject | undefined;
  #version = 1;

  answer({ verb, body }: ApiRequest): KubeObject {
    if (verb === 'get') {
      if (this.lease === undefined) throw new Fault('NotFound', 'stand-in');
      return this.lease;
    }
    const object = body as KubeObject;
    if (verb === 'create' && this.lease !== undefined) throw new Fault('AlreadyExists', 'stand-in');
    if (verb === 'update' && object.metadata.resourceVersion !== this.lease?.metadata.resourceVersion)
      throw new Fault('Conflict', 'stand-in');
    this.#version += 1;
    this.lease = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
    return this.lease;
  }
}

type NetworkFault = 'none' | 'lost request' | 'lost answer';

/** A way to the server on which requests and answers take as long as the scheduler wants, and may be lost. */
function network(server: LeaseServer, scheduler: Scheduler, faults: Iterator<NetworkFault>): LeaseApi {
  const send = async (request: ApiRequest): Promise<unknown> => {
    const fault = faults.next().value as NetworkFault | undefined;
    await scheduler.schedule(Promise.resolve(), `${request.verb} arrives`);
    if (fault === 'lost request') throw new Fault('Unreachable', 'stand-in');
    const answer = await Promise.resolve(request).then((each) => server.answer(each));
    await scheduler.schedule(Promise.resolve(), `${request.verb} is answered`);
    if (fault === 'lost answer') throw new Fault('Unreachable', 'stand-in');
    return answer;
  };
  return {
    // As the transport does: an abort ends the waiting, though the server may still act on the request.
    request: (request, signal) =>
      Promise.race([send(request), aborted(signal).then(() => Promise.reject(new Fault('Aborted', 'stand-in')))]),
  };
}

function straight(server: LeaseServer): LeaseApi {
  return { request: (request) => Promise.resolve(request).then((each) => server.answer(each)) };
}

function electorOf(api: LeaseApi, identity: string, clock: FakeClock): LeaderElector {
  return new LeaderElector(api, { namespace: 'n', name: 'l', identity, clock, random: () => 0.5, log: memoryLog() });
}

describe('LeaderElector', () => {
  it('under any interleaving: two never lead at once, work never outlives the lead, and in the end somebody leads', async () => {
    const step = fc.oneof(
      fc.record({ deliver: fc.integer({ min: 1, max: 4 }) }),
      fc.record({ deliver: fc.integer({ min: 1, max: 4 }) }),
      fc.record({ pass: fc.constantFrom(100, 1000, 3000, 9000) }),
    );
    const fault = fc.oneof(
      { arbitrary: fc.constant<NetworkFault>('none'), weight: 5 },
      { arbitrary: fc.constantFrom<NetworkFault>('lost request', 'lost answer'), weight: 1 },
    );
    let handovers = 0;
    const property = async (
      scheduler: Scheduler,
      steps: ({ deliver: number } | { pass: number })[],
      faults: NetworkFault[],
    ): Promise<void> => {
      const clock = new FakeClock();
      const server = new LeaseServer();
      const plan = faults.values();
      const stop = new AbortController();
      const working = new Set<string>();
      const violations: string[] = [];
      const electors = ['one', 'two', 'three'].map((name) => ({
        name,
        elector: electorOf(network(server, scheduler, plan), name, clock),
      }));
      const check = (): void => {
        const leading = electors.filter(({ elector }) => elector.isLeading()).map(({ name }) => name);
        if (leading.length > 1) violations.push(`at ${clock.now()} lead: ${leading.join()}`);
        if (working.size > 1) violations.push(`at ${clock.now()} work: ${[...working].join()}`);
      };
      // Who loses the Lease leaves, as the process would; it comes back as a process of another name would.
      const life = async (name: string, elector: LeaderElector): Promise<void> => {
        while (!stop.signal.aborted) {
          await elector.lead(async (signal) => {
            handovers += 1;
            working.add(name);
            check();
            await aborted(signal);
            working.delete(name);
          }, stop.signal);
        }
      };
      const lives = electors.map(({ name, elector }) => life(name, elector));
      for (const each of steps) {
        if ('deliver' in each) {
          for (let left = each.deliver; left > 0 && scheduler.count() > 0; left -= 1) await scheduler.waitNext(1);
          await settled();
        } else for (let left = each.pass; left > 0; left -= 100) await clock.advance(100).then(check);
        check();
      }
      for (let round = 0; round < 60; round += 1) {
        while (scheduler.count() > 0) {
          await scheduler.waitNext(1);
          await settled();
        }
        await clock.advance(500);
        check();
      }
      expect(violations).toEqual([]);
      expect(electors.filter(({ elector }) => elector.isLeading())).toHaveLength(1);
      stop.abort();
      for (let round = 0; round < 40; round += 1) {
        await settled();
        while (scheduler.count() > 0) await scheduler.waitNext(1);
        await clock.advance(500);
      }
      await Promise.all(lives);
    };
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(step, { minLength: 5, maxLength: 60, size: 'max' }),
        fc.array(fault, { maxLength: 60, size: 'max' }),
        property,
      ),
      { numRuns: 60 },
    );
    expect(handovers).toBeGreaterThan(100); // the plans are wild enough to matter
  }, 120_000);

  it('aborts the work when the renew deadline passes, before anybody else may take over', async () => {
    const clock = new FakeClock();
    const server = new LeaseServer();
    let broken = false;
    const api: LeaseApi = {
      request: (request, signal) =>
        broken
          ? aborted(signal).then(() => Promise.reject(new Fault('Aborted', '')))
          : straight(server).request(request, signal),
    };
    const first = electorOf(api, 'first', clock);
    let endedAt = Infinity;
    const leading = first.lead(async (signal) => {
      await aborted(signal);
      endedAt = clock.now();
    }, new AbortController().signal);
    await settled();
    expect(first.isLeading()).toBe(true);
    broken = true;
    const second = electorOf(straight(server), 'second', clock);
    void second.lead((signal) => aborted(signal), new AbortController().signal);
    await clock.advance(14_900);
    expect(endedAt).toBe(usualTimes.renewDeadline);
    expect(await leading).toEqual({ kind: 'lost' } satisfies Ended);
    expect(second.isLeading()).toBe(false);
    await clock.advance(5000);
    expect(second.isLeading()).toBe(true);
  });

  it('starts no work on an answer that came after the renew deadline', async () => {
    const clock = new FakeClock();
    const server = new LeaseServer();
    let slow = true;
    const api: LeaseApi = {
      request: async (request) => {
        const answer = straight(server).request(request, new AbortController().signal);
        const delay = slow && request.verb !== 'get' ? usualTimes.renewDeadline + 1000 : 0;
        await Promise.all([answer.catch(() => undefined), new Promise<void>((resolve) => clock.after(delay, resolve))]);
        return answer;
      },
    };
    const elector = electorOf(api, 'first', clock);
    const began: number[] = [];
    void elector.lead((signal) => {
      began.push(clock.now());
      return aborted(signal);
    }, new AbortController().signal);
    await clock.advance(usualTimes.renewDeadline + 1000);
    slow = false;
    expect(began).toEqual([]);
    await clock.advance(5000);
    expect(began).toHaveLength(1);
    expect(elector.isLeading()).toBe(true);
  });

  it('counts from when a renewal was sent, not from when its answer came', async () => {
    const clock = new FakeClock();
    const server = new LeaseServer();
    const slow: LeaseApi = {
      request: async (request) => {
        const answer = straight(server).request(request, new AbortController().signal);
        await Promise.all([answer.catch(() => undefined), new Promise<void>((resolve) => clock.after(4000, resolve))]);
        return answer;
      },
    };
    const elector = electorOf(slow, 'first', clock);
    void elector.lead((signal) => aborted(signal), new AbortController().signal);
    await clock.advance(8000); // seen at 4 s, sent then, answered at 8 s
    expect(elector.isLeading()).toBe(true);
    slow.request = () => new Promise(() => undefined);
    await clock.advance(5999);
    expect(elector.isLeading()).toBe(true);
    await clock.advance(1);
    expect(elector.isLeading()).toBe(false);
  });

  it('does not lead by the clock once the deadline is over, even when no timer has run', async () => {
    const clock = new FakeClock();
    let ahead = 0;
    const jumping = { now: () => clock.now() + ahead, wall: () => clock.wall(), after: clock.after.bind(clock) };
    const options = { namespace: 'n', name: 'l', identity: 'first', random: () => 0.5, log: memoryLog() };
    const elector = new LeaderElector(straight(new LeaseServer()), { ...options, clock: jumping });
    void elector.lead((signal) => aborted(signal), new AbortController().signal);
    await settled();
    expect(elector.isLeading()).toBe(true);
    ahead = usualTimes.renewDeadline; // the process was stopped for so long
    expect(elector.isLeading()).toBe(false);
  });

  it.each([
    [
      'somebody else holds the Lease',
      (server: LeaseServer) => {
        const update = { ...server.lease, spec: { holderIdentity: 'thief' } } as unknown as KubeObject;
        server.answer({ verb: 'update', location: {} as ApiRequest['location'], body: update });
      },
    ],
    [
      'the Lease is deleted',
      (server: LeaseServer) => {
        server.lease = undefined;
      },
    ],
  ])('stops at the next renewal when %s', async (_name, disturb) => {
    const clock = new FakeClock();
    const server = new LeaseServer();
    const elector = electorOf(straight(server), 'first', clock);
    const leading = elector.lead((signal) => aborted(signal), new AbortController().signal);
    await settled();
    disturb(server);
    await clock.advance(usualTimes.retryPeriod);
    expect(elector.isLeading()).toBe(false);
    expect(await leading).toEqual({ kind: 'lost' });
  });

  it('gives the Lease back when the work has ended, keeping it until then', async () => {
    const clock = new FakeClock();
    const server = new LeaseServer();
    const elector = electorOf(straight(server), 'first', clock);
    const stop = new AbortController();
    let finish = (): void => undefined;
    const leading = elector.lead(() => new Promise((resolve) => (finish = resolve)), stop.signal);
    await settled();
    stop.abort();
    await clock.advance(20_000);
    expect(elector.isLeading()).toBe(true);
    finish();
    await clock.advance(usualTimes.retryPeriod);
    expect(await leading).toEqual({ kind: 'stopped' });
    expect(server.lease?.['spec']).toMatchObject({ holderIdentity: '' });
  });

  it('does not give the Lease back when the work failed to end', async () => {
    const clock = new FakeClock();
    const server = new LeaseServer();
    const elector = electorOf(straight(server), 'first', clock);
    const leading = elector.lead(
      () => Promise.reject(new Fault('DrainTimedOut', 'test')),
      new AbortController().signal,
    );
    await expect(leading).rejects.toMatchObject({ code: 'DrainTimedOut' });
    await clock.advance(60_000);
    expect(server.lease?.['spec']).toMatchObject({ holderIdentity: 'first' });
    expect(elector.isLeading()).toBe(false);
    expect(clock.pending).toBe(0);
  });

  it('refuses times under which two could lead', () => {
    const options = {
      namespace: 'n',
      name: 'l',
      identity: 'x',
      clock: new FakeClock(),
      random: () => 0,
      log: memoryLog(),
    };
    const times = { duration: 10_000, renewDeadline: 10_000, retryPeriod: 1000 };
    expect(() => new LeaderElector(straight(new LeaseServer()), { ...options, times })).toThrow(
      /renew deadline < duration/,
    );
  });
});

describe('microTime', () => {
  it('has six digits of fraction, always', () => {
    expect(microTime(new Date('2026-11-22T10:20:30.040Z'))).toBe('2026-11-22T10:20:30.040000Z');
    expect(microTime(new Date('2026-11-22T10:20:30Z'))).toBe('2026-11-22T10:20:30.000000Z');
  });
});
