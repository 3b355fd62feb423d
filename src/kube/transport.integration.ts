// Integration: requests to a real API server through the fault proxy: connections, repetitions, limits, typed errors.
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { refusal } from '../../e2e/faults/faults.ts';
import { type FaultProxy, startKubernetesProxy } from '../../e2e/faults/proxy.ts';
import type { KubeObject } from '../core/kubernetes.ts';
import { KubeClient } from './client.ts';
import type { RequestReport } from './hooks.ts';
import { configMapIn, freshNamespace, list, make, never, transportFor } from './integration-helpers.ts';
import { referenceTo, RESOURCES } from './resources.ts';
import type { Transport } from './transport.ts';

let proxy: FaultProxy;
let transport: Transport;
let client: KubeClient;
let namespace: string;
let reports: RequestReport[] = [];
const rules: Disposable[] = [];
const options = { manager: 'test', owns: () => true };

beforeAll(async () => {
  proxy = await startKubernetesProxy(inject('kubeconfig'));
  transport = transportFor(proxy.kubeconfig, { hooks: { onRequest: (report) => reports.push(report) } });
  client = new KubeClient(transport);
  namespace = await freshNamespace(transport);
});
afterEach(() => {
  for (const rule of rules.splice(0)) rule[Symbol.dispose]();
  proxy.requests.length = 0;
  reports = [];
});
afterAll(async () => {
  await transport.close();
  await proxy.close();
});

/** A fault for the length of one test. */
function fault(...of: Parameters<FaultProxy['inject']>): ReturnType<FaultProxy['inject']> {
  const rule = proxy.inject(...of);
  rules.push(rule);
  return rule;
}

const name = (): string => `o-${randomBytes(4).toString('hex')}`;

describe('connections', () => {
  it('are kept: 50 reads take 2 at most, and say who asks', async () => {
    const fresh = transportFor(proxy.kubeconfig);
    const before = proxy.connections;
    const reference = referenceTo(await make(transport, configMapIn(namespace, name(), {})));
    proxy.requests.length = 0;
    for (let read = 0; read < 50; read += 1) await new KubeClient(fresh).get(reference, never);
    expect(proxy.connections - before).toBeLessThanOrEqual(2);
    expect(proxy.count({ verb: 'get', resource: 'configmaps', userAgent: 'loggingstack-operator/0.0.0-test' })).toBe(
      50,
    );
    await fresh.close();
  });
});

describe('429', () => {
  it('is waited out as long as Retry-After says, for every verb', async () => {
    const rule = fault(
      { resource: 'configmaps', verb: 'create' },
      refusal(429, 'TooManyRequests', { retryAfterSeconds: 1 }),
      { times: 1 },
    );
    const start = performance.now();
    const { created } = await client.createOrRefuse(configMapIn(namespace, name(), {}), options, never);
    expect(created).toBe(true);
    expect(rule.hits).toBe(1);
    expect(performance.now() - start).toBeGreaterThanOrEqual(1000);
    expect(reports.map(({ verb, resource, code }) => ({ verb, resource, code }))).toEqual([
      { verb: 'create', resource: 'configmaps', code: '429' },
      { verb: 'create', resource: 'configmaps', code: '201' },
    ]);
  });

  it('is left to the queue when Retry-After is long', async () => {
    const rule = fault({ resource: 'configmaps' }, refusal(429, 'TooManyRequests', { retryAfterSeconds: 120 }));
    const reading = client.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'any' }, never);
    await expect(reading).rejects.toMatchObject({ code: 'TooManyRequests', retryAfterMs: 120_000 });
    expect(rule.hits).toBe(1);
  });
});

describe('broken requests', () => {
  const faults = [
    ['500', refusal(500, 'InternalError')],
    ['a reset connection', { kind: 'reset' }],
    ['an answer cut off', { kind: 'cut', afterBytes: 20 }],
    ['a truncated body', { kind: 'truncate', afterBytes: 20 }],
  ] as const;

  it.each(faults)('reads and applies survive %s', async (_name, action) => {
    const live = await make(transport, configMapIn(namespace, name(), { key: 'value' }));
    fault({ resource: 'configmaps', verb: 'get' }, action, { times: 1 });
    fault({ resource: 'configmaps', verb: 'patch' }, action, { times: 1, skip: 1 });
    expect(await client.get(referenceTo(live), never)).toEqual(live);
    const uid = live.metadata.uid ?? '';
    const applied = await client.apply(
      configMapIn(namespace, live.metadata.name, { key: 'new' }),
      { manager: 'test', uid, force: true },
      never,
    );
    expect(applied['data']).toEqual({ key: 'new' });
  });

  it.each(faults)('a creation is not repeated after %s', async (_name, action) => {
    const rule = fault({ resource: 'configmaps', verb: 'create' }, action);
    const creating = client.createOrRefuse(configMapIn(namespace, name(), {}), options, never);
    await expect(creating).rejects.toMatchObject({
      code: expect.stringMatching(/ServerError|Unreachable|ResponseInvalid/) as string,
    });
    expect(rule.hits).toBe(1);
  });

  it('a lost answer to a creation is found out by the next try', async () => {
    fault({ resource: 'configmaps', verb: 'create' }, { kind: 'lost-answer' }, { times: 1 });
    const object = configMapIn(namespace, name(), { key: 'value' });
    await expect(client.createOrRefuse(object, options, never)).rejects.toMatchObject({ code: 'Unreachable' });
    const second = await client.createOrRefuse(object, options, never);
    expect(second).toMatchObject({ created: false, object: { data: { key: 'value' } } });
  });

  it('repetitions have an end', async () => {
    const rule = fault({ resource: 'configmaps', verb: 'get' }, { kind: 'reset' });
    const reading = client.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'any' }, never);
    await expect(reading).rejects.toMatchObject({ code: 'Unreachable' });
    expect(rule.hits).toBe(5);
  });

  it('a 409 is not repeated', async () => {
    const live = await make(transport, configMapIn(namespace, name(), {}));
    const rule = fault({ verb: 'patch', resource: 'configmaps' }, refusal(409, 'Conflict'));
    const options = { manager: 'other', uid: live.metadata.uid ?? '', force: true };
    await expect(client.apply(live, options, never)).rejects.toMatchObject({ code: 'Conflict', status: 409 });
    expect(rule.hits).toBe(1);
  });

  it('a truncated Secret is not quoted by the error', async () => {
    const body = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name: name() },
      stringData: { password: 'hunter2' },
    };
    const live = await make(transport, body);
    fault({ resource: 'secrets', verb: 'get' }, { kind: 'truncate', afterBytes: 60 });
    const error = (await client.get(referenceTo(live), never).catch((caught: unknown) => caught)) as Error;
    expect(error).toMatchObject({ code: 'ResponseInvalid' });
    expect(JSON.stringify([error.message, error.cause, error.stack])).not.toMatch(/aHVudGVyMg|"apiVersion|\{\\"kind/);
  });
});

describe('refusals', () => {
  it('of a Secret are told without the values that the server repeats, those of others with them', async () => {
    const causes = [{ reason: 'FieldValueInvalid', field: 'data[password]' }];
    const status = {
      kind: 'Status',
      reason: 'Invalid',
      message: 'data: Invalid value: "hunter2"',
      details: { causes },
    };
    const refused = { kind: 'answer', status: 422, body: JSON.stringify(status) } as const;
    fault({ verb: 'create' }, refused, { times: 2 });
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: name() } };
    const said = (object: KubeObject): Promise<string> =>
      client.createOrRefuse(object, options, never).then(String, (error: unknown) => (error as Error).message);
    expect(await said(secret)).toBe(
      `create Secret ${namespace}/${secret.metadata.name}: 422: Invalid (data[password])`,
    );
    expect(await said(configMapIn(namespace, name(), {}))).toContain('hunter2');
  });
});

describe('limits', () => {
  it('end a request that gets no answer, and one whose answer stops', async () => {
    const live = await make(transport, configMapIn(namespace, name(), {}));
    const location = { type: RESOURCES.ConfigMap, namespace, name: live.metadata.name };
    const get = { verb: 'get', location, timeoutMs: 300, retries: 0 } as const;
    for (const action of [
      { kind: 'delay', milliseconds: 2000 },
      { kind: 'stall', afterBytes: 10 },
    ] as const) {
      const rule = fault({ resource: 'configmaps', verb: 'get' }, action, { times: 1 });
      await expect(transport.request(get, never)).rejects.toMatchObject({ code: 'TimedOut' });
      expect(rule.hits).toBe(1);
    }
  });

  it('refuse an answer that is too long', async () => {
    const live = await make(transport, configMapIn(namespace, name(), { key: 'x'.repeat(20_000) }));
    const small = transportFor(proxy.kubeconfig, { maxResponseBytes: 10_000 });
    await expect(new KubeClient(small).get(referenceTo(live), never)).rejects.toMatchObject({
      code: 'ResponseTooLarge',
    });
    await small.close();
  });

  it('obey the signal at once, also while waiting for a repetition', async () => {
    const stop = new AbortController();
    const rule = fault(
      { resource: 'configmaps', verb: 'list' },
      refusal(429, 'TooManyRequests', { retryAfterSeconds: 20 }),
    );
    const listing = list(transport, RESOURCES.ConfigMap, { namespace }, stop.signal);
    setTimeout(() => {
      stop.abort();
    }, 100);
    const start = performance.now();
    await expect(listing).rejects.toMatchObject({ code: 'Aborted' });
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(rule.hits).toBe(1);
    await expect(list(transport, RESOURCES.ConfigMap, { namespace }, stop.signal)).rejects.toMatchObject({
      code: 'Aborted',
    });
    expect(rule.hits).toBe(1);
  });
});

describe('identity', () => {
  it('is taken anew for each request, because tokens rotate', async () => {
    const { KubeConfig } = await import('@kubernetes/client-node');
    const { Transport } = await import('./transport.ts');
    const config = new KubeConfig();
    config.loadFromFile(proxy.kubeconfig);
    const bearer = new Transport(config, { version: '0' });
    const user = config.getCurrentUser() as { token?: string };
    user.token = 'not a token';
    await expect(list(bearer, RESOURCES.ConfigMap, { namespace })).rejects.toMatchObject({
      code: 'Unauthorized',
      status: 401,
    });
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name: 'rotating' } };
    await make(transport, account);
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
    const location = { type: RESOURCES.ServiceAccount, namespace, name: 'rotating', subresource: 'token' };
    const token = (await transport.request({ verb: 'create', location, body }, never)) as { status: { token: string } };
    user.token = token.status.token;
    // Known now, but without any right.
    await expect(list(bearer, RESOURCES.ConfigMap, { namespace })).rejects.toMatchObject({
      code: 'Forbidden',
      status: 403,
    });
    await bearer.close();
  });
});
