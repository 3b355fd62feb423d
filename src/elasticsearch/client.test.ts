// Tests of the Elasticsearch client against a stand-in: bounded answers, typed errors, retries of reads only, nothing secret in errors.
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { apiOf, EsClient, type EsRequestReport, type Limits, usualLimits } from './client.ts';
import { ElasticsearchClients } from './clients.ts';
import { EsFault } from './faults.ts';
import { type Answer, password, type StandIn, startStandIn } from './stand-in.testing.ts';

const quick: Limits = { ...usualLimits, answerMs: 2_000, answerBytes: 2_000, firstRetryMs: 1 };
const anything = z.record(z.string(), z.unknown());
const get = { method: 'GET', path: '/_cluster/health' } as const;
const never = new AbortController().signal;

async function withClient<T>(
  answer: Answer | readonly Answer[],
  use: (client: EsClient, standIn: StandIn) => Promise<T>,
  limits: Limits = quick,
): Promise<T> {
  const answers = Array.isArray(answer) ? [...(answer as readonly Answer[])] : undefined;
  await using standIn = await startStandIn(() => answers?.shift() ?? (answer as Answer));
  const client = new EsClient(standIn.endpoint, limits);
  try {
    return await use(client, standIn);
  } finally {
    await client.close();
  }
}

async function faultOf(promise: Promise<unknown>): Promise<EsFault> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof EsFault)) throw new Error(`Not a fault: ${inspect(error)}`);
  return error;
}

describe('what the client sends', () => {
  it('plain JSON, which 8.19 and 9.x both take, with user and password, and no telemetry', async () => {
    const body = { index_patterns: ['logs-*-*'] };
    const [request] = await withClient({ body: { acknowledged: true } }, async (client, { received }) => {
      await client.write({ method: 'PUT', path: '/_index_template/a', body }, anything, never);
      return received;
    });
    expect(JSON.parse(request?.body ?? '')).toEqual(body);
    expect(request?.headers).toMatchObject({
      accept: 'application/json',
      'content-type': 'application/json',
      'user-agent': 'loggingstack-operator',
      authorization: `Basic ${Buffer.from(`loggingstack-operator:${password}`).toString('base64')}`,
    });
    expect(request?.headers['x-elastic-client-meta']).toBeUndefined();
  });
});

describe('errors have a small code', () => {
  const noHandler = { error: 'no handler found for uri [/_slm/policy] and method [GET]', status: 400 };
  const noMaster = { error: { type: 'master_not_discovered_exception', reason: null }, status: 503 };
  const long = 'x'.repeat(3_000);
  it.each<[string, Answer, string]>([
    ['401', { status: 401, body: { error: { type: 'security_exception' } } }, 'EsUnauthorized'],
    ['403', { status: 403 }, 'EsUnauthorized'],
    ['404', { status: 404 }, 'EsNotFound'],
    ['a missing API', { status: 400, body: noHandler }, 'EsMissingApi'],
    ['another method of a path', { status: 405, body: { error: 'Incorrect HTTP method for uri' } }, 'EsMissingApi'],
    ['no master', { status: 503, body: noMaster }, 'EsNoMaster'],
    ['500', { status: 500 }, 'EsBusy'],
    ['429', { status: 429 }, 'EsBusy'],
    ['400', { status: 400, body: { error: { type: 'illegal_argument_exception' } } }, 'EsError'],
    ['an answer that is too long', { body: { long } }, 'EsTooLarge'],
    [
      'an answer that is too long and does not say so',
      {
        send: (response) => {
          response.writeHead(200, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' });
          response.write('{"a":"');
          response.end(`${long}"}`);
        },
      },
      'EsTooLarge',
    ],
    [
      'an answer that breaks off',
      {
        send: (response) => {
          response.writeHead(200, { 'content-length': '500', 'x-elastic-product': 'Elasticsearch' });
          response.write('{');
          response.destroy();
        },
      },
      'EsUnreachable',
    ],
    [
      'an answer that is no JSON',
      {
        send: (response) => {
          response.writeHead(200, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' });
          response.end('{');
        },
      },
      'EsInvalidAnswer',
    ],
    ['a server that is no Elasticsearch', { headers: { 'x-elastic-product': 'Other' } }, 'EsInvalidAnswer'],
  ])('%s', async (_name, answer, code) => {
    const fault = await withClient(answer, (client) => faultOf(client.read(get, anything, never)));
    expect(fault.code).toBe(code);
    expect(inspect(fault, { depth: 20, showHidden: true })).not.toContain(password);
    expect(inspect(fault, { depth: 20, showHidden: true })).not.toContain(
      Buffer.from(`:${password}`).toString('base64').slice(4),
    );
  });

  it('no answer in time', async () => {
    const silent: Answer = { send: () => undefined };
    const fault = await withClient(silent, (client) => faultOf(client.read(get, anything, never)), {
      ...quick,
      answerMs: 50,
    });
    expect(fault.code).toBe('EsTimeout');
  });

  it('an answer of another shape names the fields', async () => {
    const schema = z.object({ status: z.string() });
    const fault = await withClient({ body: { status: 1 } }, (client) => faultOf(client.read(get, schema, never)));
    expect(fault).toMatchObject({ code: 'EsInvalidAnswer', message: expect.stringContaining('status') as string });
  });

  it('nobody listens', async () => {
    const endpoint = await withClient({}, (_client, standIn) => Promise.resolve(standIn.endpoint));
    const fault = await faultOf(new EsClient(endpoint, quick).read(get, anything, never));
    expect(fault).toMatchObject({
      code: 'EsUnreachable',
      message: 'GET /_cluster/health: no connection (ECONNREFUSED).',
    });
  });

  it('a certificate of another authority', async () => {
    await using other = await startStandIn(() => ({}), { ownAuthority: true });
    const fault = await withClient({}, async (_client, { endpoint, received }) => {
      const found = await faultOf(
        new EsClient({ ...endpoint, ca: other.endpoint.ca }, quick).read(get, anything, never),
      );
      expect(received).toEqual([]);
      return found;
    });
    expect(fault).toMatchObject({ code: 'EsUnreachable', message: expect.stringContaining('certificate') as string });
  });

  it('an operator that is stopping', async () => {
    const stop = new AbortController();
    const silent: Answer = {
      send: () => {
        stop.abort();
      },
    };
    const fault = await withClient(silent, (client) => faultOf(client.read(get, anything, stop.signal)));
    expect(fault.code).toBe('EsAborted');
  });
});

describe('retries', () => {
  it.each([429, 500, 503])('a read is tried again on %s', async (status) => {
    const requests = await withClient([{ status }, { status }, { body: { a: 1 } }], async (client, { received }) => {
      expect(await client.read(get, anything, never)).toEqual({ a: 1 });
      return received.length;
    });
    expect(requests).toBe(3);
  });

  it.each([429, 503])('a write is not tried again on %s', async (status) => {
    const requests = await withClient({ status }, async (client, { received }) => {
      await faultOf(client.write({ method: 'PUT', path: '/a' }, anything, never));
      return received.length;
    });
    expect(requests).toBe(1);
  });

  it.each([400, 401, 404])('a read is not tried again on %s', async (status) => {
    const requests = await withClient({ status }, async (client, { received }) => {
      await faultOf(client.read(get, anything, never));
      return received.length;
    });
    expect(requests).toBe(1);
  });
});

describe('one client for each stack', () => {
  it('stays while address and credentials stay, and is made anew when they change', async () => {
    await using standIn = await startStandIn(() => ({ body: { a: 1 } }));
    const clients = new ElasticsearchClients(quick);
    const first = clients.of('team/logs', standIn.endpoint);
    expect(clients.of('team/logs', { ...standIn.endpoint })).toBe(first);
    expect(clients.of('other/logs', standIn.endpoint)).not.toBe(first);
    const second = clients.of('team/logs', { ...standIn.endpoint, password: 'new' });
    expect(second).not.toBe(first);
    expect(await second.client.read(get, anything, never)).toEqual({ a: 1 });
    await faultOf(first.client.read(get, anything, never));
    clients.closeAll();
    await faultOf(second.client.read(get, anything, never));
  });
});

it.each([
  ['/_cluster/health', '_cluster/health'],
  ['/_cluster/state/nodes,routing_table,metadata', '_cluster/state'],
  ['/_nodes/stats/indices,fs/shard_stats,store', '_nodes/stats'],
  ['/_index_template/loggingstack-logs', '_index_template'],
  ['/_snapshot/*/_current', '_snapshot'],
  ['/_data_stream/logs-*-*/_lifecycle', '_data_stream'],
  ['/logs-*-*/_settings?flat_settings=true', 'index'],
  ['/', 'index'],
])('the API of %s is %s: no name of a tenant is in it', (path, api) => {
  expect(apiOf(path)).toBe(api);
});

it('writes nothing without the Lease, and goes on reading', async () => {
  await using standIn = await startStandIn(() => ({ body: {} }));
  const clients = new ElasticsearchClients(quick, { mayWrite: () => false });
  const { client } = clients.of('team/logs', standIn.endpoint);
  const fault = await faultOf(client.write({ method: 'PUT', path: '/_cluster/settings' }, anything, never));
  await client.read(get, anything, never);
  clients.closeAll();
  expect(fault.code).toBe('EsAborted');
  expect(fault.message).toContain('does not hold the Lease');
  expect(standIn.received.map(({ method }) => method)).toEqual(['GET']);
});

it('reports each attempt with its outcome and time', async () => {
  const reports: EsRequestReport[] = [];
  const statuses = [503, 200];
  await using standIn = await startStandIn(() => ({ status: statuses.shift() ?? 500, body: {} }));
  const client = new EsClient(standIn.endpoint, quick, { onRequest: (report) => reports.push(report) });
  await client.read(get, anything, never);
  await client.close();
  expect(reports.map(({ method, api, code }) => [method, api, code])).toEqual([
    ['GET', '_cluster/health', 'EsBusy'],
    ['GET', '_cluster/health', 'ok'],
  ]);
  for (const { seconds } of reports) expect(seconds).toBeGreaterThan(0);
});
