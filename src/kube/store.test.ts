// The store: what is in it, by which labels it is found, and which changes are news.
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../core/kubernetes.ts';
import { type Change, Store } from './store.ts';
import { configMap } from './testing.ts';
import { isAtLeast } from './versions.ts';

function object(name: string, version: string, more: Partial<KubeObject['metadata']> = {}): KubeObject {
  return configMap(name, { uid: `uid-${name}`, resourceVersion: version, ...more });
}

function storeWith(...objects: KubeObject[]): { store: Store; changes: Change[] } {
  const store = new Store(['app']);
  const changes: Change[] = [];
  store.replace(objects);
  store.onChange((change) => changes.push(change));
  return { store, changes };
}

describe('Store', () => {
  it('tells a relist only of what changed', () => {
    const [same, old, gone] = [object('same', '1'), object('old', '2'), object('gone', '3')];
    const { store, changes } = storeWith(same, old, gone);
    const [next, added] = [object('old', '5'), object('added', '6')];
    store.replace([object('same', '1'), next, added]);
    expect(changes).toEqual([
      { key: 'default/gone', previous: gone, current: undefined },
      { key: 'default/old', previous: old, current: next },
      { key: 'default/added', previous: undefined, current: added },
    ]);
  });

  it('does not go back in time', () => {
    const { store, changes } = storeWith(object('a', '10'));
    store.upsert(object('a', '9'));
    store.upsert(object('a', '10'));
    expect(store.get('default/a')?.metadata.resourceVersion).toBe('10');
    store.upsert(object('a', '11'));
    expect(changes).toHaveLength(1);
  });

  it('does not take the deletion of an old object for that of the new one of its name', () => {
    const { store } = storeWith(object('a', '20', { uid: 'new' }));
    store.remove(object('a', '15', { uid: 'old' }));
    expect(store.get('default/a')).toBeDefined();
    store.remove(object('a', '21', { uid: 'new' }));
    expect(store.get('default/a')).toBeUndefined();
  });

  it('finds by label, as objects come, change and go', () => {
    const { store } = storeWith(object('a', '1', { labels: { app: 'x' } }));
    store.upsert(object('b', '2', { labels: { app: 'x' }, namespace: 'other' }));
    const names = (objects: KubeObject[]): string[] => objects.map(({ metadata }) => metadata.name);
    expect(names(store.byLabel('app', 'x'))).toEqual(['a', 'b']);
    store.upsert(object('a', '3', { labels: { app: 'y' } }));
    expect(names(store.byLabel('app', 'x'))).toEqual(['b']);
    expect(names(store.byLabel('app', 'y'))).toEqual(['a']);
    store.forget('default/a');
    expect(store.byLabel('app', 'y')).toEqual([]);
    expect(() => store.byLabel('unindexed', 'x')).toThrow(/not indexed/);
  });
});

describe('isAtLeast', () => {
  it('compares decimal numbers of any length, and guesses nothing', () => {
    expect(isAtLeast('10', '9')).toBe(true);
    expect(isAtLeast('9', '10')).toBe(false);
    expect(isAtLeast('9007199254740993', '9007199254740992')).toBe(true);
    expect(isAtLeast('9007199254740992', '9007199254740993')).toBe(false);
    expect(isAtLeast('10', '10')).toBe(true);
    for (const unclear of [undefined, '', 'abc', '1.5', '-1', '01']) expect(isAtLeast(unclear, '1')).toBeUndefined();
  });
});
