// Integration: the runtime as a whole on a real API server: caches, queue, expectations, Events, Lease, shutdown.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type FaultProxy, startKubernetesProxy } from '../../e2e/faults/proxy.ts';
import type { KubeObject } from '../core/kubernetes.ts';
import { KubeClient } from './client.ts';
import { aborted } from './clock.ts';
import { EventRecorder } from './events.ts';
import {
  configMapIn,
  edit,
  freshNamespace,
  list,
  make,
  never,
  realTime,
  transportFor,
  until,
} from './integration-helpers.ts';
import { LeaderElector } from './lease.ts';
import { Manager } from './manager.ts';
import { objectKey, referenceTo, RESOURCES } from './resources.ts';
import { memoryLog } from './testing.ts';
import type { Transport } from './transport.ts';

const direct = transportFor(inject('kubeconfig'));
let proxy: FaultProxy;
let transport: Transport;
let namespace: string;

beforeAll(async () => {
  proxy = await startKubernetesProxy(inject('kubeconfig'));
  transport = transportFor(proxy.kubeconfig);
  namespace = await freshNamespace(direct);
});
afterAll(async () => {
  await transport.close();
  await direct.close();
  await proxy.close();
});

describe('Manager', () => {
  /** A controller that gives each labelled ConfigMap an annotation, once, with expectations. */
  it('[hot-loop] [two-pools-stale-cache] reconciles what is there and what comes, never on a cache older than its own writes, and is quiet then', async () => {
    const matchLabels = { 'test.example/managed': 'yes' };
    const manager = new Manager({ transport, ...realTime, log: memoryLog() });
    const source = manager.watch(RESOURCES.ConfigMap, { namespace, matchLabels });
    let writes = 0;
    const reconcile = async (key: string, signal: AbortSignal): Promise<undefined> => {
      await manager.expectations.settle(key, signal);
      const object = source.store.get(key);
      if (object === undefined || object.metadata.annotations?.['done'] === 'yes') return undefined;
      writes += 1;
      const written = await edit(transport, referenceTo(object), { metadata: { annotations: { done: 'yes' } } });
      manager.expectations.wrote(key, written);
      queue.add(key); // at once, when the cache cannot know of it yet
      return undefined;
    };
    const queue = manager.queue({ name: 'test', workers: 4, reconcile });
    source.enqueue(queue, (object) => [objectKey(object)]);
    const labels = matchLabels;
    const early = await make(direct, configMapIn(namespace, 'early', {}, labels));
    const stop = new AbortController();
    const running = manager.run(stop.signal);
    const late = await make(direct, configMapIn(namespace, 'late', {}, labels));
    const done = (object: KubeObject): boolean =>
      source.store.get(objectKey(object))?.metadata.annotations?.['done'] === 'yes';
    await until('both annotated', () => done(early) && done(late));
    await until('the queue is empty', () => queue.size === 0);
    expect(writes).toBe(2);
    proxy.requests.length = 0;
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(proxy.requests).toEqual([]);
    stop.abort();
    await running;
  });

  it('drains: the work that runs is told to stop and waited for', async () => {
    const manager = new Manager({ transport, ...realTime, log: memoryLog() });
    const ended: string[] = [];
    const queue = manager.queue({
      name: 'slow',
      workers: 1,
      reconcile: async (key, signal) => {
        await aborted(signal);
        await new Promise((resolve) => setTimeout(resolve, 50));
        ended.push(key);
        return undefined;
      },
    });
    const stop = new AbortController();
    const running = manager.run(stop.signal);
    queue.add('first');
    queue.add('second');
    await until('one runs', () => queue.size === 2);
    stop.abort();
    await running;
    expect(ended).toEqual(['first']);
  });
});

describe('EventRecorder', () => {
  it('writes an Event that people see, once per occurrence, and never throws', async () => {
    const log = memoryLog();
    const source = { controller: 'loggingstack.dev/operator', instance: 'operator-0' };
    const recorder = new EventRecorder(direct, source, realTime.clock, log);
    const regarding = await make(direct, configMapIn(namespace, 'regarded', {}));
    const note = `${'ü'.repeat(600)} end`; // more than 1 KiB
    const event = { regarding, type: 'Warning', reason: 'Blocked', action: 'Reconcile', note } as const;
    await recorder.record({ ...event, occurrence: '1' }, never);
    await recorder.record({ ...event, occurrence: '1' }, never);
    await recorder.record({ ...event, occurrence: '2' }, never);
    const events = (await list(direct, RESOURCES.Event, { namespace })).filter(({ reason }) => reason === 'Blocked');
    expect(events).toHaveLength(2);
    expect(events[0]).toMatchObject({
      regarding: { kind: 'ConfigMap', name: 'regarded', uid: regarding.metadata.uid },
    });
    expect(log.lines).toEqual([]);
    const nowhere = { ...regarding, metadata: { ...regarding.metadata, namespace: 'there-is-none' } };
    await recorder.record({ ...event, regarding: nowhere, occurrence: '1' }, never);
    expect(log.lines).toHaveLength(1);
  });
});

describe('LeaderElector', () => {
  /** Long enough that a slow machine does not lose the Lease, nor a test pass because it ran out. */
  const long = { duration: 60_000, renewDeadline: 40_000, retryPeriod: 200 };
  const short = { duration: 3000, renewDeadline: 2000, retryPeriod: 200 };

  function elector(identity: string, name: string, through = direct, times = long): LeaderElector {
    return new LeaderElector(through, { namespace, name, identity, ...realTime, log: memoryLog(), times });
  }

  it('hands over at once when the leader stops in order', async () => {
    const first = elector('first', 'in-order');
    const stop = new AbortController();
    const leading = first.lead((signal) => aborted(signal), stop.signal);
    await until('the first leads', () => first.isLeading());
    const second = elector('second', 'in-order');
    const end = new AbortController();
    const following = second.lead((signal) => aborted(signal), end.signal);
    expect(second.isLeading()).toBe(false);
    stop.abort();
    expect(await leading).toEqual({ kind: 'stopped' });
    await until('the second leads', () => second.isLeading());
    const reference = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace, name: 'in-order' };
    const lease = await new KubeClient(direct).get(reference, never);
    expect(lease['spec']).toMatchObject({ holderIdentity: 'second', leaseTransitions: 1 });
    end.abort();
    expect(await following).toEqual({ kind: 'stopped' });
  });

  it('stops the work of a leader that cannot renew, before the next one starts', async () => {
    const first = elector('first', 'cut-off', transport, short);
    const order: string[] = [];
    let working: AbortSignal | undefined;
    const leading = first.lead(async (signal) => {
      working = signal;
      await aborted(signal);
      order.push('first stopped');
    }, never);
    await until('the first leads', () => first.isLeading());
    using rule = proxy.inject({ resource: 'leases' }, { kind: 'reset' });
    const second = elector('second', 'cut-off', direct, short);
    const end = new AbortController();
    const following = second.lead(async (signal) => {
      order.push('second starts');
      await aborted(signal);
    }, end.signal);
    expect(await leading).toEqual({ kind: 'lost' });
    expect(working?.aborted).toBe(true);
    expect(first.isLeading()).toBe(false);
    await until('the second leads', () => second.isLeading());
    expect(order).toEqual(['first stopped', 'second starts']);
    expect(rule.hits).toBeGreaterThan(1);
    end.abort();
    await following;
  });

  it('stops when its Lease is deleted, instead of making it anew', async () => {
    const leader = elector('leader', 'deleted');
    const leading = leader.lead((signal) => aborted(signal), never);
    await until('leading', () => leader.isLeading());
    const reference = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace, name: 'deleted' };
    const client = new KubeClient(direct);
    await client.delete(reference, { uid: (await client.get(reference, never)).metadata.uid ?? '' }, never);
    expect(await leading).toEqual({ kind: 'lost' });
    expect(await client.find(reference, never)).toBeUndefined();
  });

  it('survives a few failed renewals', async () => {
    const leader = elector('leader', 'shaken', transport);
    const stop = new AbortController();
    const leading = leader.lead((signal) => aborted(signal), stop.signal);
    await until('leading', () => leader.isLeading());
    for (const kind of ['reset', 'lost-answer'] as const) {
      using rule = proxy.inject({ resource: 'leases', verb: 'update' }, { kind }, { times: 2 });
      await until(`${kind} twice`, () => rule.hits === 2);
    }
    const renewals = proxy.count({ resource: 'leases', verb: 'update' });
    await until('renewed again', () => proxy.count({ resource: 'leases', verb: 'update' }) > renewals + 2);
    expect(leader.isLeading()).toBe(true);
    stop.abort();
    expect(await leading).toEqual({ kind: 'stopped' });
  });
});
