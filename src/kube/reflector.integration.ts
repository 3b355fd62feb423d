// Integration: a cache against a real API server, through a proxy that cuts, stalls, refuses and damages its watch.
import { randomBytes } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { errorEvent, refusal } from '../../e2e/faults/faults.ts';
import { type FaultProxy, startKubernetesProxy } from '../../e2e/faults/proxy.ts';
import type { ResourceType } from '../core/kubernetes.ts';
import { KubeClient } from './client.ts';
import {
  configMapIn,
  freshNamespace,
  list,
  make,
  never,
  realTime,
  transportFor,
  until,
} from './integration-helpers.ts';
import { listWatch } from './list-watch.ts';
import { referenceTo, RESOURCES } from './resources.ts';
import { Source } from './source.ts';
import { Store } from './store.ts';
import { memoryLog } from './testing.ts';

const direct = transportFor(inject('kubeconfig'));
const client = new KubeClient(direct);
const selected = { 'test.example/watched': 'yes' };
const watch = { verb: 'watch', resource: 'configmaps' };
let namespace: string;
let proxy: FaultProxy;
let stop: AbortController;
let ended: Promise<void>;
let events: string[];

beforeAll(async () => {
  namespace = await freshNamespace(direct);
});
beforeEach(async () => {
  proxy = await startKubernetesProxy(inject('kubeconfig'));
  stop = new AbortController();
  ended = Promise.resolve();
  events = [];
});
afterEach(async () => {
  stop.abort();
  await ended;
  await proxy.close();
});

/** A running cache of the labelled objects of the namespace. */
function start(options: { silenceMs?: number } = {}, type: ResourceType = RESOURCES.ConfigMap): Source {
  const transport = transportFor(proxy.kubeconfig);
  const source = new Source({
    api: listWatch(transport, type, { namespace, matchLabels: selected }),
    store: new Store(['test.example/watched']),
    ...realTime,
    log: memoryLog(),
    hooks: { onWatch: ({ event }) => events.push(event) },
    ...options,
  });
  ended = source.run(stop.signal).then(() => transport.close());
  return source;
}

/** Defines a kind that the server has never heard of before. */
async function defineKind(): Promise<ResourceType> {
  const plural = `pebbles${randomBytes(4).toString('hex')}`;
  const definitions: ResourceType = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    plural: 'customresourcedefinitions',
    namespaced: false,
  };
  const schema = { openAPIV3Schema: { type: 'object' } };
  const body = {
    apiVersion: definitions.apiVersion,
    kind: definitions.kind,
    metadata: { name: `${plural}.test.example` },
    spec: {
      group: 'test.example',
      scope: 'Namespaced',
      names: { plural, kind: plural },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
  await direct.request({ verb: 'create', location: { type: definitions }, body }, never);
  const type = { apiVersion: 'test.example/v1', kind: plural, plural, namespaced: true };
  const isServed = (): Promise<boolean> =>
    list(direct, type, { namespace }).then(
      () => true,
      () => false,
    );
  await until('the new kind is served', isServed);
  return type;
}

const unique = (): string => `o-${randomBytes(4).toString('hex')}`;

function makeOne(data: Record<string, string> = {}): Promise<string> {
  return make(direct, configMapIn(namespace, unique(), data, selected)).then(
    (made) => `${namespace}/${made.metadata.name}`,
  );
}

describe('a cache', () => {
  it('has what was there, follows what happens, and keeps no managed fields', async () => {
    const before = await makeOne({ key: 'é' });
    const source = start();
    await until('synced', () => source.hasSynced);
    const live = source.store.get(before);
    expect(live).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', data: { key: 'é' } });
    expect(live?.metadata).not.toHaveProperty('managedFields');
    const after = await makeOne();
    await until('added', () => source.store.get(after) !== undefined);
    const added = source.store.get(after);
    if (added === undefined) throw new Error('not there');
    // Losing its label takes it out of the selection.
    const bare = configMapIn(namespace, added.metadata.name, {});
    await client.apply(bare, { manager: 'test', uid: added.metadata.uid ?? '', force: true }, never);
    await until('out of the selection', () => source.store.get(after) === undefined);
    await client.delete(referenceTo(live ?? added), { uid: live?.metadata.uid ?? '' }, never);
    await until('deleted', () => source.store.get(before) === undefined);
    expect(proxy.count({ resource: 'configmaps', verb: 'list' })).toBe(1);
    expect(source.store.byLabel('test.example/watched', 'yes')).toEqual(source.store.list());
  });

  it('is read in pages', async () => {
    const paged = await freshNamespace(direct);
    const names = Array.from({ length: 501 }, (_, index) => `page-${index}`);
    for (let at = 0; at < names.length; at += 50)
      await Promise.all(names.slice(at, at + 50).map((name) => make(direct, configMapIn(paged, name, {}))));
    const transport = transportFor(proxy.kubeconfig);
    const found = await list(transport, RESOURCES.ConfigMap, { namespace: paged });
    await transport.close();
    expect(new Set(found.map(({ metadata }) => metadata.name).filter((name) => name.startsWith('page-'))).size).toBe(
      501,
    );
    expect(proxy.count({ resource: 'configmaps', verb: 'list' })).toBe(2);
  });

  it('survives a watch cut in the middle of an event, without a list', async () => {
    using rule = proxy.inject(watch, { kind: 'cut', afterBytes: 150 }, { times: 2 });
    const source = start();
    await until('watching', () => proxy.count(watch) === 1);
    const key = await makeOne({ key: 'x'.repeat(1000) });
    await until('the event', () => source.store.get(key) !== undefined);
    expect(rule.hits).toBe(2);
    expect(events).toEqual(['list', 'broken', 'broken']);
    expect(proxy.count({ resource: 'configmaps', verb: 'list' })).toBe(1);
  });

  it('takes a watch that ends in the middle of an event for broken, though it ends properly', async () => {
    proxy.inject(watch, { kind: 'truncate', afterBytes: 150 }, { times: 1 });
    const source = start();
    await until('watching', () => proxy.count(watch) === 1);
    const key = await makeOne({ key: 'x'.repeat(1000) });
    await until('the event', () => source.store.get(key) !== undefined);
    expect(events).toEqual(['list', 'broken']);
  });

  it('reads events that arrive byte by byte, in the middle of characters too', async () => {
    using rule = proxy.inject(watch, { kind: 'split', bytes: 1 });
    const source = start();
    await until('watching', () => rule.hits === 1);
    const key = await makeOne({ key: 'añ日本語🙂"}{\\\n' });
    await until('the event', () => source.store.get(key) !== undefined);
    expect(source.store.get(key)?.['data']).toEqual({ key: 'añ日本語🙂"}{\\\n' });
  });

  it('is kept fresh by bookmarks while nothing happens in its selection', async () => {
    // Servers send one each minute, and one before a watch ends: here after some seconds.
    proxy.inject(watch, { kind: 'rewrite', query: { timeoutSeconds: '5' } }, { times: 1 });
    const source = start();
    await until('watching', () => proxy.count(watch) === 1);
    const elsewhere = await make(direct, configMapIn(namespace, unique(), {}));
    const version = elsewhere.metadata.resourceVersion ?? '';
    await until('the bookmark', () => source.hasSeen(referenceTo(elsewhere), version));
    await until('watching again', () => proxy.count(watch) === 2);
    const from = new URL(proxy.requests.at(-1)?.url ?? '', 'https://any').searchParams.get('resourceVersion');
    expect(Number(from)).toBeGreaterThanOrEqual(Number(version));
  });

  it('resumes without a list when the server ends the watch in time, and when connections break', async () => {
    // The server itself ends the watch: it is asked for 2 seconds instead of minutes.
    proxy.inject(watch, { kind: 'rewrite', query: { timeoutSeconds: '2' } }, { times: 1 });
    const source = start();
    await until('the first watch expired', () => events.includes('expired'));
    await until('watching again', () => proxy.count(watch) === 2);
    proxy.breakConnections();
    const key = await makeOne();
    await until('the event', () => source.store.get(key) !== undefined);
    expect(events).toEqual(['list', 'expired', 'broken']);
    expect(proxy.count({ resource: 'configmaps', verb: 'list' })).toBe(1);
  });

  it('lists again when the server says that its version is too old', async () => {
    // The server's own 410: it remembers no event of a kind from before that kind was defined.
    const type = await defineKind();
    const where = { verb: 'watch', resource: type.plural };
    using rule = proxy.inject(where, { kind: 'rewrite', query: { resourceVersion: '1' } }, { times: 1 });
    const source = start({}, type);
    await until('watching again', () => proxy.count(where) === 2);
    const body = { apiVersion: type.apiVersion, kind: type.kind, metadata: { name: 'one', labels: selected } };
    await direct.request({ verb: 'create', location: { type, namespace }, body }, never);
    await until('the event', () => source.store.get(`${namespace}/one`) !== undefined);
    expect(rule.hits).toBe(1);
    expect(events.slice(0, 3)).toEqual(['list', 'gone', 'list']);
  });

  it.each([
    ['410 on connecting', refusal(410, 'Expired'), 'gone'],
    ['410 in the stream', errorEvent(410, 'Expired'), 'gone'],
    ['another error in the stream', errorEvent(500, 'InternalError'), 'broken'],
    ['no JSON', { kind: 'answer', status: 200, body: '{"type": nonsense}\n' }, 'broken'],
    [
      'an event of no known type',
      { kind: 'answer', status: 200, body: '{"type":"MOVED","object":{"metadata":{"resourceVersion":"5"}}}' },
      'broken',
    ],
  ] as const)('lists again after %s', async (_name, action, event) => {
    proxy.inject(watch, action, { times: 1 });
    const source = start();
    await until('listed twice', () => proxy.count({ resource: 'configmaps', verb: 'list' }) === 2);
    const key = await makeOne();
    await until('the event', () => source.store.get(key) !== undefined);
    expect(events).toEqual(['list', event, 'list']);
  });

  it.each([
    ['500', refusal(500, 'InternalError')],
    ['429', refusal(429, 'TooManyRequests', { retryAfterSeconds: 1 })],
    ['a reset', { kind: 'reset' }],
  ] as const)('resumes without a list after %s on connecting', async (_name, action) => {
    using rule = proxy.inject(watch, action, { times: 2 });
    const source = start();
    const key = await makeOne();
    await until('the event', () => source.store.get(key) !== undefined && rule.hits === 2);
    expect(proxy.count({ resource: 'configmaps', verb: 'list' })).toBe(1);
  });

  it('starts the list from the beginning when a continuation is too old, and outlives lists that fail', async () => {
    const answer = JSON.stringify({
      kind: 'ConfigMapList',
      metadata: { resourceVersion: '5', continue: 'abc' },
      items: [],
    });
    const list = { verb: 'list', resource: 'configmaps' };
    proxy.inject(list, refusal(403, 'Forbidden'), { times: 2 });
    proxy.inject(list, { kind: 'answer', status: 200, body: answer }, { times: 1 });
    proxy.inject({ ...list, url: /continue=abc/ }, refusal(410, 'Expired'), { times: 1 });
    const key = await makeOne();
    const source = start();
    expect(source.hasSynced).toBe(false);
    await until('synced', () => source.hasSynced);
    expect(source.store.get(key)).toBeDefined();
    expect(events).toEqual(['list', 'broken', 'list', 'broken', 'list', 'gone', 'list']);
  });

  it('notices a watch that has fallen silent, before and after its first byte', async () => {
    using silent = proxy.inject(watch, { kind: 'stall', afterBytes: 0 }, { times: 1 });
    using midway = proxy.inject(watch, { kind: 'stall', afterBytes: 100 }, { times: 1 });
    const source = start({ silenceMs: 1000 });
    await until('watching', () => silent.hits === 1);
    const key = await makeOne();
    await until('the event', () => source.store.get(key) !== undefined);
    expect(midway.hits).toBe(1);
    expect(events.slice(0, 3)).toEqual(['list', 'stalled', 'stalled']);
    expect(proxy.count({ resource: 'configmaps', verb: 'list' })).toBe(1);
  });

  it('leaves no request behind when it is stopped', async () => {
    const source = start();
    await until('watching', () => source.hasSynced && proxy.count(watch) === 1);
    stop.abort();
    await ended;
    expect(events).toEqual(['list']);
  });
});
