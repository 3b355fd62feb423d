// Expectations: no settled scope while a cache is older than a write; after patience a live look; never a silent yes.
import { describe, expect, it } from 'vitest';
import type { KubeObject, ObjectReference } from '../core/kubernetes.ts';
import { Fault } from './errors.ts';
import { Expectations } from './expectations.ts';
import { referenceTo } from './resources.ts';
import type { Source } from './source.ts';
import { Store } from './store.ts';
import { configMap, FakeClock } from './testing.ts';
import { isAtLeast } from './versions.ts';

const never = new AbortController().signal;

/** A stand-in for a cache that has seen everything up to `version`. */
function cache(version: string, refresh: () => Promise<void> = () => Promise.resolve()) {
  const store = new Store();
  const state = { version, refreshed: 0 };
  const source = {
    store,
    covers: ({ kind }: ObjectReference) => kind === 'ConfigMap',
    hasSeen: (_reference: ObjectReference, wanted: string) => isAtLeast(state.version, wanted) === true,
    refresh: () => {
      state.refreshed += 1;
      return refresh();
    },
  } as unknown as Source;
  return { store, state, source };
}

const written = (version: string): KubeObject => configMap('a', { uid: 'u', resourceVersion: version });

describe('Expectations', () => {
  it('hold a scope back until the cache has seen its write, and no other scope', async () => {
    const { state, source } = cache('5');
    const expectations = new Expectations([source], new FakeClock());
    expectations.wrote('mine', written('7'));
    await expect(expectations.settle('mine', never)).rejects.toMatchObject({ code: 'StaleCache' });
    await expectations.settle('other', never);
    state.version = '6';
    await expect(expectations.settle('mine', never)).rejects.toMatchObject({ code: 'StaleCache' });
    state.version = '7';
    await expectations.settle('mine', never);
    expect(state.refreshed).toBe(0);
  });

  it('need every cache that may hold the object', async () => {
    const [first, second] = [cache('7'), cache('5')];
    const expectations = new Expectations([first.source, second.source], new FakeClock());
    expectations.wrote('mine', written('7'));
    await expect(expectations.settle('mine', never)).rejects.toMatchObject({ code: 'StaleCache' });
  });

  it('hold a scope back until a deleted object is gone, on its way, or another', async () => {
    const { store, source } = cache('5');
    store.upsert(written('5'));
    const expectations = new Expectations([source], new FakeClock());
    const reference = referenceTo(written('5'));
    expectations.deleted('mine', reference, 'u');
    await expect(expectations.settle('mine', never)).rejects.toMatchObject({ code: 'StaleCache' });
    store.upsert(configMap('a', { uid: 'u', resourceVersion: '6', deletionTimestamp: '2026-01-01T00:00:00Z' }));
    await expectations.settle('mine', never);
    expectations.deleted('mine', reference, 'u');
    store.upsert(configMap('a', { uid: 'another', resourceVersion: '8' }));
    await expectations.settle('mine', never);
    expectations.deleted('mine', reference, 'another');
    store.forget('default/a');
    await expectations.settle('mine', never);
  });

  it('let a live look decide after 30 s, and only a clear answer is a yes', async () => {
    const clock = new FakeClock();
    let answer = (): Promise<void> => Promise.reject(new Fault('Unreachable', 'no answer'));
    const { state, source } = cache('5', () => answer());
    const expectations = new Expectations([source], clock);
    expectations.wrote('mine', written('7'));
    await clock.advance(29_999);
    await expect(expectations.settle('mine', never)).rejects.toMatchObject({ code: 'StaleCache' });
    expect(state.refreshed).toBe(0);
    await clock.advance(1);
    await expect(expectations.settle('mine', never)).rejects.toMatchObject({ code: 'Unreachable' });
    await expect(expectations.settle('mine', never)).rejects.toMatchObject({ code: 'Unreachable' });
    answer = () => Promise.resolve();
    await expectations.settle('mine', never);
    expect(state.refreshed).toBe(3);
    await expectations.settle('mine', never);
    expect(state.refreshed).toBe(3);
  });

  it('do not take a version that cannot be compared for seen', async () => {
    const { source } = cache('5');
    const expectations = new Expectations([source], new FakeClock());
    expectations.wrote('mine', written('opaque'));
    await expect(expectations.settle('mine', never)).rejects.toMatchObject({ code: 'StaleCache' });
  });

  it('refuse to expect what no cache will ever show', () => {
    const expectations = new Expectations([cache('5').source], new FakeClock());
    const secret = { ...written('7'), kind: 'Secret' };
    expect(() => {
      expectations.wrote('mine', secret);
    }).toThrow(/no cache holds Secret default\/a/);
  });
});
