// Tests of writes to Elasticsearch against a stand-in: what exactly is sent, and that only a whole yes is one.
import { describe, expect, it } from 'vitest';
import type { ElasticsearchAction, SetAllocationEnable } from '../core/elasticsearch/actions.ts';
import { EsClient, usualLimits } from './client.ts';
import { type Answer, type Received, startStandIn } from './stand-in.testing.ts';
import { carryOut } from './writes.ts';

const never = new AbortController().signal;
const yes: Answer = { body: { acknowledged: true } };

/** Carries an action out, and returns what was sent. */
async function sent(
  action: ElasticsearchAction,
  answer: Answer | ((request: Received) => Answer) = yes,
  answerMs = usualLimits.answerMs,
): Promise<readonly Received[]> {
  await using standIn = await startStandIn(typeof answer === 'function' ? answer : () => answer);
  const client = new EsClient(standIn.endpoint, { ...usualLimits, answerMs });
  try {
    await carryOut(client, action, never);
    return standIn.received;
  } finally {
    await client.close();
  }
}

const line = ({ method, path }: Received): string => `${method} ${path}`;
const bodyOf = ({ body }: Received): unknown => JSON.parse(body);

const voting: ElasticsearchAction = { kind: 'addVotingExclusions', nodes: ['logs-es-master-2'] };
const exclude: ElasticsearchAction = {
  kind: 'setExclusions',
  names: ['theirs', 'logs-es-data-2'],
  marked: ['logs-es-data-2'],
};
const copies: ElasticsearchAction = {
  kind: 'setReplicas',
  indices: ['.ds-logs-a-default-2026.11.22-000001'],
  replicas: 0,
};

describe('index template and streams', () => {
  it('must be acknowledged', async () => {
    const action = { kind: 'putIndexTemplate', name: 'loggingstack-logs', body: {} } as const;
    await expect(sent(action, { body: { acknowledged: false } })).rejects.toMatchObject({ code: 'EsInvalidAnswer' });
  });

  const streams = [
    { name: 'logs-app-default', lifecycle: { enabled: true, data_retention: '7d' } },
    { name: 'logs-new-default', lifecycle: { enabled: true } },
    { name: 'logs-old-default' },
    { name: 'logs-audit-default', lifecycle: { enabled: true, data_retention: '365d' } },
    { name: 'logs-kept-default', lifecycle: { enabled: false, data_retention: '7d' } },
    { name: 'logs-thin-default', lifecycle: { enabled: true, data_retention: '7d', downsampling: [{}] } },
  ];
  const answers = ({ method }: Received): Answer => (method === 'GET' ? { body: { data_streams: streams } } : yes);

  it.each<[(string | undefined)[], string[]]>([
    [['7d'], ['PUT /_data_stream/logs-app-default/_lifecycle']],
    [[undefined, '7d'], ['PUT /_data_stream/logs-app-default,logs-new-default,logs-old-default/_lifecycle']],
    [['30d'], []],
  ])('bring streams that had %j to another retention, and none that has one of its own', async (from, expected) => {
    const requests = await sent({ kind: 'updateStreams', pattern: 'logs-*-*', from, retention: '14d' }, answers);
    expect(requests.map(line)).toEqual(['GET /_data_stream/logs-*-*', ...expected]);
    expect(requests.slice(1).map(bodyOf)).toEqual(expected.map(() => ({ data_retention: '14d' })));
  });
});

/** Goes with every change of settings: without it Elasticsearch takes none after an upgrade that archived some. */
const archived = { 'archived.*': null };

describe('exclusions', () => {
  it('are set with their mark in one request, beside the names of others', async () => {
    const requests = await sent(exclude);
    expect(requests.map(line)).toEqual(['PUT /_cluster/settings?master_timeout=3s&timeout=5s']);
    expect(requests.map(bodyOf)).toEqual([
      {
        persistent: {
          ...archived,
          'cluster.routing.allocation.exclude._name': 'theirs,logs-es-data-2',
          'cluster.metadata.loggingstack.drains': 'logs-es-data-2',
        },
      },
    ]);
  });

  it('are unset when nothing is left', async () => {
    const [request] = await sent({ kind: 'setExclusions', names: [], marked: [] });
    expect(JSON.parse(request?.body ?? '')).toEqual({
      persistent: {
        ...archived,
        'cluster.routing.allocation.exclude._name': null,
        'cluster.metadata.loggingstack.drains': null,
      },
    });
  });
});

describe('[killed-mid-restart] allocation that is held for a restart', () => {
  const restart = 'logs-es-data-1 uid-1 2026-01-01T00:00:00.000Z';
  const enable = 'cluster.routing.allocation.enable';
  const mark = 'cluster.metadata.loggingstack.restart';

  it.each<[string, Partial<SetAllocationEnable>, object]>([
    [
      'is set with its mark in one request',
      { enable: { value: 'primaries' }, restart },
      { [enable]: 'primaries', [mark]: restart },
    ],
    ['is put back with its mark', { enable: { value: undefined } }, { [enable]: null, [mark]: null }],
    ['is left to whoever set it meanwhile', {}, { [mark]: null }],
  ])('%s', async (_name, given, persistent) => {
    const action = { kind: 'setAllocationEnable', enable: undefined, restart: undefined, ...given } as const;
    const requests = await sent(action);
    expect(requests.map(line)).toEqual(['PUT /_cluster/settings?master_timeout=3s&timeout=5s']);
    expect(requests.map(bodyOf)).toEqual([{ persistent: { ...archived, ...persistent } }]);
  });
});

describe('voting exclusions', () => {
  it('are added by name, and Elasticsearch gives up before the client does', async () => {
    const empty: Answer = {
      send: (response) => {
        response.writeHead(200, { 'content-type': 'text/plain; charset=UTF-8', 'x-elastic-product': 'Elasticsearch' });
        response.end();
      },
    };
    expect((await sent(voting, empty)).map(line)).toEqual([
      'POST /_cluster/voting_config_exclusions?node_names=logs-es-master-2&master_timeout=3s&timeout=5s',
    ]);
  });

  it('are added by id where a node is away', async () => {
    const action = { kind: 'addVotingExclusions', nodes: ['id-2', 'id-3'], by: 'id' } as const;
    expect((await sent(action, { body: {} })).map(line)).toEqual([
      'POST /_cluster/voting_config_exclusions?node_ids=id-2,id-3&master_timeout=3s&timeout=5s',
    ]);
  });

  it('are cleared without waiting for anybody to leave', async () => {
    expect((await sent({ kind: 'clearVotingExclusions' }, { body: {} })).map(line)).toEqual([
      'DELETE /_cluster/voting_config_exclusions?wait_for_removal=false&master_timeout=3s',
    ]);
  });
});

describe('copies of indices', () => {
  it('[index-vanishes] are set for all of them, and one that vanished is skipped', async () => {
    const requests = await sent({ ...copies, indices: ['a', 'b'] });
    expect(requests.map(line)).toEqual([
      'PUT /a,b/_settings?ignore_unavailable=true&allow_no_indices=true&master_timeout=3s&timeout=5s',
    ]);
    expect(requests.map(bodyOf)).toEqual([{ 'index.number_of_replicas': 0 }]);
  });

  it('[index-vanishes] go on after a list of which nothing is left', async () => {
    const indices = Array.from(
      { length: 100 },
      (_, index) => `.ds-logs-vanishing-default-2026.11.22-${String(index).padStart(6, '0')}`,
    );
    const requests = await sent({ ...copies, indices }, ({ path }) =>
      path.includes('-000000,') ? { status: 404 } : yes,
    );
    expect(requests.length).toBe(2);
    expect(requests.flatMap(({ path }) => path.slice(1).split('/')[0]?.split(','))).toEqual(indices);
  });

  it('stay within what Elasticsearch reads of a first line, 4096 bytes', async () => {
    const indices = Array.from({ length: 200 }, (_, index) => `${'x'.repeat(200)}-${index}`);
    const requests = await sent({ ...copies, indices });
    expect(requests.flatMap(({ path }) => path.slice(1).split('/')[0]?.split(','))).toEqual(indices);
    for (const request of requests) expect(`${line(request)} HTTP/1.1`.length).toBeLessThan(4096);
  });

  it('of no index are no request: an empty list would mean every index', async () => {
    expect(await sent({ ...copies, indices: [] })).toEqual([]);
  });
});

describe('[drain-fails-open] what is not a whole yes is a fault', () => {
  const timedOut = { error: { type: 'timeout_exception', reason: 'timed out waiting for voting config exclusions' } };
  const hang: Answer = { send: () => undefined };
  const cut: Answer = {
    send: (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' });
      response.end('{"acknowledged":');
    },
  };
  it.each<[string, ElasticsearchAction, Answer, string]>([
    ['exclusions that were not acknowledged', exclude, { body: { acknowledged: false } }, 'EsInvalidAnswer'],
    ['exclusions with half an answer', exclude, cut, 'EsInvalidAnswer'],
    ['exclusions without rights', exclude, { status: 403 }, 'EsUnauthorized'],
    [
      'exclusions that it does not take',
      exclude,
      { status: 400, body: { error: { type: 'illegal_argument_exception' } } },
      'EsError',
    ],
    ['exclusions without an answer', exclude, hang, 'EsTimeout'],
    ['voters that did not change in time', voting, { status: 503, body: timedOut }, 'EsBusy'],
    ['voters that did not change in time, as newer versions say it', voting, { status: 429, body: timedOut }, 'EsBusy'],
    ['voters without an answer', voting, hang, 'EsTimeout'],
    [
      'too many voting exclusions',
      voting,
      { status: 400, body: { error: { type: 'illegal_argument_exception' } } },
      'EsError',
    ],
    [
      'clearing without a master',
      { kind: 'clearVotingExclusions' },
      { status: 503, body: { error: { type: 'master_not_discovered_exception' } } },
      'EsNoMaster',
    ],
    ['copies that were not acknowledged', copies, { body: { acknowledged: false } }, 'EsInvalidAnswer'],
    ['copies with an internal error', copies, { status: 500 }, 'EsBusy'],
  ])('%s', async (_name, action, answer, code) => {
    const limit = answer === hang ? 200 : undefined;
    await expect(sent(action, answer, limit)).rejects.toMatchObject({ code });
  });
});
