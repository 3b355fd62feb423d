// Tests of making Logstash's API key, on a stand-in for Elasticsearch: a key whose Secret is refused does not stay behind.
import { describe, expect, it } from 'vitest';
import type { ObjectAction } from '../core/objects.ts';
import { exampleIdentity, exampleStack } from '../core/stack.testing.ts';
import { ElasticsearchClients } from '../elasticsearch/clients.ts';
import { startStandIn } from '../elasticsearch/stand-in.testing.ts';
import { Fault } from '../kube/errors.ts';
import { memoryLog } from '../kube/testing.ts';
import type { Look, Runtime } from './framework.ts';
import { actApiKey } from './logstash-api-key.ts';

const never = new AbortController().signal;
const plan = {
  actions: [{ kind: 'issueApiKey', name: 'loggingstack-team-logs-logstash', roleDescriptors: {} }],
  refusals: [],
  waiting: 'Its API key is being made.',
} as const;

/** Issues a key whose Secret meets `fault`; answers with the requests to Elasticsearch, what was logged and what was thrown. */
async function issueWith(
  fault: Fault | undefined,
  invalidated: Record<string, unknown> = { error_count: 0 },
  heldBack?: string[],
) {
  await using standIn = await startStandIn(({ method }) => ({
    body: method === 'POST' ? { id: 'new', api_key: 'value' } : invalidated,
  }));
  const clients = new ElasticsearchClients();
  const log = memoryLog();
  const written: ObjectAction[] = [];
  const look: Look = {
    stack: exampleStack(),
    object: { apiVersion: 'loggingstack.dev/v1alpha1', kind: 'LoggingStack', metadata: exampleIdentity },
    turn: undefined,
    now: new Date('2026-01-01T00:00:00Z'),
    runtime: { log } as unknown as Runtime,
    live: () => undefined,
    ofStack: () => [],
    act: (actions) => {
      written.push(...actions);
      return fault === undefined ? Promise.resolve() : Promise.reject(fault);
    },
    ...(heldBack === undefined ? {} : { heldBack }),
  };
  const thrown: unknown = await actApiKey(look, plan, clients.of('uid', standIn.endpoint), never).catch(
    (error: unknown) => error,
  );
  clients.closeAll();
  return { requests: standIn.received.map(({ method, body }) => [method, body]), written, log, thrown };
}

const ended = ['DELETE', JSON.stringify({ ids: ['new'], owner: true })];

describe("a new API key of Logstash's", () => {
  it('is stored and lives', async () => {
    const { requests, written, thrown } = await issueWith(undefined);
    expect(requests.map(([method]) => method)).toEqual(['POST']);
    expect(written).toMatchObject([{ kind: 'create', object: { metadata: { name: 'logs-ls-api-key' } } }]);
    expect(thrown).toBeUndefined();
  });

  it('of a paused stack is not made, but named', async () => {
    const heldBack: string[] = [];
    const { requests, written } = await issueWith(undefined, {}, heldBack);
    expect([...requests, ...written]).toEqual([]);
    expect(heldBack).toEqual(['make the API key of Logstash']);
  });

  it.each(['Forbidden', 'Invalid', 'ForeignObject', 'LeaseLost'] as const)(
    'ends at once when its Secret is refused: %s',
    async (code) => {
      const fault = new Fault(code, 'refused');
      const { requests, thrown } = await issueWith(fault);
      expect(requests.slice(1)).toEqual([ended]);
      expect(thrown).toBe(fault);
    },
  );

  it('lives when its Secret may have been made all the same', async () => {
    const { requests, thrown } = await issueWith(new Fault('Unreachable', 'broken'));
    expect(requests.map(([method]) => method)).toEqual(['POST']);
    expect(thrown).toMatchObject({ code: 'Unreachable' });
  });

  it('does not hide why its Secret was refused when it cannot be ended', async () => {
    const fault = new Fault('Forbidden', 'refused');
    const { log, thrown } = await issueWith(fault, { error_count: 1 });
    expect(thrown).toBe(fault);
    expect(log.lines).toHaveLength(1);
  });
});
