// Tests of the look at Elasticsearch against a stand-in: how many requests it takes, and that half an answer is none.
import { describe, expect, it } from 'vitest';
import { health } from './answers.testing.ts';
import { activeApiKeys, createApiKey, invalidateApiKeys } from './api-keys.ts';
import { ElasticsearchClients } from './clients.ts';
import { usualLimits } from './client.ts';
import { takeLook } from './look.ts';
import { type Answer, type Received, type StandIn, startStandIn } from './stand-in.testing.ts';

const never = new AbortController().signal;
const node = { name: 'logs-es-data-0', version: '9.4.3', roles: ['data_hot'] };
const coordination = {
  term: 3,
  last_committed_config: ['a'],
  last_accepted_config: ['a'],
  voting_config_exclusions: [],
};
const members = '/_cluster/state/nodes,metadata/no-index-wanted';

/** Answers in the shapes that a real 9.4.3 gave. */
const usualAnswers: Readonly<Record<string, Answer>> = {
  [members]: {
    body: { cluster_uuid: 'uuid-1', nodes: { a: node }, metadata: { cluster_coordination: coordination } },
  },
  '/_cluster/settings': { body: { persistent: {}, transient: {} } },
  '/_cluster/health': { body: health },
  '/_index_template/loggingstack-logs': {
    body: { index_templates: [{ name: 'loggingstack-logs', index_template: { priority: 500 } }] },
  },
  '/_capabilities': { body: { cluster_name: 'logs', supported: false } },
  '/_component_template/logs@mappings': { status: 404, body: {} },
  '/_component_template/ecs@mappings': { status: 404, body: {} },
  '/_nodes/plugins': { body: { nodes: { a: { modules: [{ name: 'reindex' }] } } } },
};

async function withStandIn<T>(
  changed: Readonly<Record<string, Answer>>,
  use: (standIn: StandIn, connection: ReturnType<ElasticsearchClients['of']>) => Promise<T>,
): Promise<T> {
  const answers = { ...usualAnswers, ...changed };
  const answer = ({ path }: Received): Answer =>
    answers[path.split('?')[0] ?? ''] ?? { status: 400, body: { error: 'no handler found' } };
  await using standIn = await startStandIn(answer);
  const clients = new ElasticsearchClients({ ...usualLimits, retries: 0 });
  try {
    return await use(standIn, clients.of('team/logs', standIn.endpoint));
  } finally {
    clients.closeAll();
  }
}

const lookWith = (changed: Readonly<Record<string, Answer>>) =>
  withStandIn(changed, (_standIn, connection) => takeLook(connection, 'loggingstack-logs', never));

describe('a look', () => {
  it('takes four requests once the distribution is known', async () => {
    await withStandIn({}, async ({ received }, connection) => {
      const first = await takeLook(connection, 'loggingstack-logs', never);
      expect(first).toEqual({
        answered: true,
        uuid: 'uuid-1',
        nodes: [node],
        health: { status: 'green', settled: true, initializing: 0, relocating: 0, unassigned: 0 },
        indexTemplate: { priority: 500 },
        capabilities: { streamLifecycle: false, componentTemplates: [], matchOnlyText: false },
        settings: { excludedNames: [], allocationEnable: undefined, marks: {} },
        voting: { configuration: ['logs-es-data-0'], excluded: [] },
        detail: undefined,
      });
      const before = received.length;
      expect(await takeLook(connection, 'loggingstack-logs', never)).toEqual(first);
      expect(received.slice(before).map(({ method, path }) => `${method} ${path.split('?')[0] ?? ''}`)).toEqual([
        `GET ${members}`,
        'GET /_cluster/health',
        'GET /_cluster/settings',
        'GET /_index_template/loggingstack-logs',
      ]);
    });
  });

  it('asks again what the distribution can do when it has another version', async () => {
    const metadata = { cluster_coordination: coordination };
    const state = { body: { cluster_uuid: 'uuid-1', nodes: { a: { ...node } }, metadata } };
    await withStandIn({ [members]: state }, async ({ received }, connection) => {
      await takeLook(connection, 'loggingstack-logs', never);
      state.body.nodes.a.version = '9.5.0';
      const before = received.length;
      await takeLook(connection, 'loggingstack-logs', never);
      expect(received.slice(before).map(({ path }) => path.split('?')[0])).toContain('/_capabilities');
    });
  });

  it('sees what a full distribution can do', async () => {
    const look = await lookWith({
      '/_capabilities': { body: { supported: true } },
      '/_component_template/logs@mappings': { body: { component_templates: [{ name: 'logs@mappings' }] } },
      '/_component_template/ecs@mappings': { body: { component_templates: [{ name: 'ecs@mappings' }] } },
      '/_nodes/plugins': { body: { nodes: { a: { modules: [{ name: 'mapper-extras' }] } } } },
    });
    expect(look).toMatchObject({
      capabilities: {
        streamLifecycle: true,
        componentTemplates: ['logs@mappings', 'ecs@mappings'],
        matchOnlyText: true,
      },
    });
  });

  it('waits for component templates that a full distribution is about to install', async () => {
    const components: Record<string, Answer> = {
      '/_nodes/plugins': { body: { nodes: { a: { modules: [{ name: 'x-pack-stack' }] } } } },
      '/_component_template/logs@mappings': { status: 404 },
    };
    await using standIn = await startStandIn(
      ({ path }) => ({ ...usualAnswers, ...components })[path.split('?')[0] ?? ''] ?? { status: 400 },
    );
    const clients = new ElasticsearchClients();
    const connection = clients.of('team/logs', standIn.endpoint);
    await takeLook(connection, 'loggingstack-logs', never);
    components['/_component_template/logs@mappings'] = { body: { component_templates: [{ name: 'logs@mappings' }] } };
    const look = await takeLook(connection, 'loggingstack-logs', never);
    expect(look).toMatchObject({ capabilities: { componentTemplates: ['logs@mappings'] } });
    clients.closeAll();
  });

  it('takes a health that ran out of time for an answer, and says so', async () => {
    const look = await lookWith({ '/_cluster/health': { status: 408, body: { ...health, timed_out: true } } });
    expect(look).toMatchObject({ answered: true, health: { settled: false } });
  });

  it.each(['number_of_pending_tasks', 'number_of_in_flight_fetch'])('says so while there is a %s', async (field) => {
    const look = await lookWith({ '/_cluster/health': { body: { ...health, [field]: 2 } } });
    expect(look).toMatchObject({ answered: true, health: { settled: false } });
  });

  it('has no index template when Elasticsearch says that there is none', async () => {
    const look = await lookWith({ '/_index_template/loggingstack-logs': { status: 404 } });
    expect(look).toMatchObject({ answered: true, indexTemplate: undefined });
  });

  it.each<[string, string, Answer]>([
    ['no nodes', members, { status: 503, body: { error: { type: 'master_not_discovered_exception' } } }],
    [
      'no cluster yet',
      members,
      { body: { cluster_uuid: '_na_', nodes: {}, metadata: { cluster_coordination: coordination } } },
    ],
    ['no voters', members, { body: { cluster_uuid: 'uuid-1', nodes: { a: node } } }],
    ['no settings', '/_cluster/settings', { body: {} }],
    ['half the settings', '/_cluster/settings', { body: { persistent: {} } }],
    ['settings that it may not see', '/_cluster/settings', { status: 403 }],
    ['no health', '/_cluster/health', { status: 500 }],
    ['another health', '/_cluster/health', { body: { ...health, status: 'blue' } }],
    ['no template', '/_index_template/loggingstack-logs', { status: 500 }],
    ['no capabilities', '/_capabilities', { status: 500 }],
  ])('is no answer with %s', async (_name, path, answer) => {
    expect((await lookWith({ [path]: answer })).answered).toBe(false);
  });
});

describe('what the operator may have set', () => {
  it('is told apart from what users set', async () => {
    const look = await lookWith({
      '/_cluster/settings': {
        body: {
          persistent: {
            'cluster.metadata.loggingstack.drains': 'logs-es-data-2',
            'cluster.metadata.owner': 'team',
            'cluster.routing.allocation.enable': 'primaries',
            'cluster.routing.allocation.exclude._name': 'old-node, logs-es-data-2,',
            'logsdb.prior_logs_usage': 'true',
            'some.list': ['a', 'b'],
          },
          transient: {},
        },
      },
    });
    expect(look).toMatchObject({
      settings: {
        excludedNames: ['old-node', 'logs-es-data-2'],
        allocationEnable: 'primaries',
        marks: { drains: 'logs-es-data-2' },
      },
    });
  });

  it('is told of transient settings apart, because they win', async () => {
    const transient = {
      'cluster.routing.allocation.enable': 'none',
      'cluster.routing.allocation.exclude._name': 'old-node',
    };
    expect(await lookWith({ '/_cluster/settings': { body: { persistent: {}, transient } } })).toMatchObject({
      settings: {
        excludedNames: [],
        allocationEnable: undefined,
        transient: { excludedNames: ['old-node'], allocationEnable: 'none' },
      },
    });
  });

  it('names voters and excluded nodes, and keeps the id of one that is not there', async () => {
    const cluster_coordination = {
      ...coordination,
      last_committed_config: ['a', 'gone-id'],
      voting_config_exclusions: [
        { node_id: 'a', node_name: 'logs-es-data-0' },
        { node_id: '_absent_', node_name: 'logs-es-master-2' },
        { node_id: 'other-id', node_name: '_absent_' },
      ],
    };
    const body = { cluster_uuid: 'uuid-1', nodes: { a: node }, metadata: { cluster_coordination } };
    expect(await lookWith({ [members]: { body } })).toMatchObject({
      voting: {
        configuration: ['logs-es-data-0', 'gone-id'],
        excluded: ['logs-es-data-0', 'logs-es-master-2', 'other-id'],
      },
    });
  });
});

describe('API keys', () => {
  it('are those of our own user that still work', async () => {
    const api_keys = [
      { id: 'old', name: 'n', invalidated: true },
      { id: 'new', name: 'n', invalidated: false },
    ];
    await withStandIn({ '/_security/api_key': { body: { api_keys } } }, async ({ received }, { client }) => {
      expect(await activeApiKeys(client, 'n', never)).toEqual([{ id: 'new', name: 'n' }]);
      expect(received[0]?.path).toContain('owner=true');
    });
  });

  it('come as id:key, the form that Logstash wants', async () => {
    const answer = { body: { id: 'i', name: 'n', api_key: 'k', encoded: 'aTpr' } };
    await withStandIn({ '/_security/api_key': answer }, async (_standIn, { client }) => {
      expect(await createApiKey(client, 'n', {}, never)).toEqual({ id: 'i', credentials: 'i:k' });
    });
  });

  it('that could not be ended are an error', async () => {
    await withStandIn({ '/_security/api_key': { body: { error_count: 1 } } }, async (_standIn, { client }) => {
      await expect(invalidateApiKeys(client, ['i'], never)).rejects.toMatchObject({ code: 'EsInvalidAnswer' });
    });
  });
});
