// Tests of restores against a stand-in that answers as 8.19 and 9.x do: what exactly is sent, what an answer means, and that half an answer is none.
import { describe, expect, it } from 'vitest';
import type { RestoreAction, RestoreStreams } from '../../core/snapshots/restore-actions.ts';
import { EsClient, usualLimits } from '../client.ts';
import { type Answer, type Received, startStandIn } from '../stand-in.testing.ts';
import { carryOutRestore, readRestoreProgress, readStandingStreams } from './restores.ts';

const never = new AbortController().signal;

/** Asks a stand-in; returns what came of it, and what it was sent. */
async function asked<T>(
  answer: Answer | ((request: Received) => Answer),
  ask: (client: EsClient) => Promise<T>,
): Promise<{ readonly value: T; readonly requests: readonly Received[] }> {
  await using standIn = await startStandIn(typeof answer === 'function' ? answer : () => answer);
  const client = new EsClient(standIn.endpoint, { ...usualLimits, retries: 0 });
  try {
    return { value: await ask(client), requests: standIn.received };
  } finally {
    await client.close();
  }
}

const line = ({ method, path }: Received): string => `${method} ${path}`;
const pathOf = ({ path }: Received): string => path.split('?')[0] ?? '';

const stream = 'logs-app-default';
const backing = (generation: number): string => `.ds-${stream}-2026.11.22-00000${generation}`;
const created = (time: string) => ({ settings: { index: { creation_date: String(Date.parse(time)) } } });
const started = { state: 'STARTED', primary: true };
const unassigned = (allocation_status: string, type = 'SNAPSHOT') => ({
  state: 'UNASSIGNED',
  primary: true,
  unassigned_info: { allocation_status },
  recovery_source: { type },
});

/** A data stream with two backing indices of one shard each, and an index that belongs to none. */
const state = (first: object = started, lifecycle: object = { enabled: true }) => ({
  cluster_uuid: 'uuid-1',
  metadata: {
    indices: {
      [backing(1)]: created('2026-11-20T01:00:00Z'),
      [backing(2)]: created('2026-11-22T01:00:00Z'),
      reports: created('2026-11-21T01:00:00Z'),
    },
    data_stream: {
      data_stream: { [stream]: { indices: [{ index_name: backing(2) }, { index_name: backing(1) }], lifecycle } },
    },
  },
  routing_table: {
    indices: {
      [backing(1)]: { shards: { 0: [{ ...started, primary: false }, first] } },
      [backing(2)]: { shards: { 0: [{ ...started, state: 'RELOCATING' }] } },
      reports: { shards: { 0: [started] } },
    },
  },
});

const read = (names: readonly string[]) => (client: EsClient) => readStandingStreams(client, names, never);

describe('what stands under names', () => {
  it('is asked of the elected master, and told with the age of the oldest index', async () => {
    const { value, requests } = await asked({ body: state() }, read([stream, 'reports', 'logs-none-default']));
    expect(requests.map(pathOf)).toEqual([
      `/_cluster/state/metadata,routing_table/${stream},reports,logs-none-default`,
    ]);
    expect(requests[0]?.path).not.toContain('local');
    expect(requests[0]?.path).toContain('ignore_unavailable=true');
    expect(value).toEqual([
      {
        name: stream,
        isStream: true,
        oldestAt: '2026-11-20T01:00:00.000Z',
        held: false,
        primaries: [
          { index: backing(2), shard: 0, state: 'Started' },
          { index: backing(1), shard: 0, state: 'Started' },
        ],
      },
      {
        name: 'reports',
        isStream: false,
        oldestAt: '2026-11-21T01:00:00.000Z',
        held: false,
        primaries: [{ index: 'reports', shard: 0, state: 'Started' }],
      },
    ]);
  });

  it('is nothing only when a whole answer says so', async () => {
    expect((await asked({ body: { cluster_uuid: 'uuid-1' } }, read([stream]))).value).toEqual([]);
  });

  it.each([
    [{ enabled: false }, true],
    [{ enabled: true, data_retention: '7d' }, false],
    [{}, false],
    [undefined, false],
  ])('is left alone by retention when its lifecycle is %j: %s', async (lifecycle, held) => {
    const { value } = await asked({ body: state(started, lifecycle) }, read([stream]));
    expect(value[0]?.held).toBe(held);
  });

  it.each([
    ['one that waits for its turn', unassigned('deciders_throttled'), 'Waiting'],
    ['one that nobody has looked at', unassigned('no_attempt'), 'Waiting'],
    ['one that no node may take', unassigned('deciders_no'), 'Lost'],
    ['a restored one whose node is away', unassigned('deciders_no', 'EXISTING_STORE'), 'Waiting'],
    ['one that is being restored', { ...started, state: 'INITIALIZING' }, 'Waiting'],
  ])('tells of a shard: %s', async (_name, copy, expected) => {
    const { value } = await asked({ body: state(copy) }, read([stream]));
    expect(value[0]?.primaries[1]).toEqual({ index: backing(1), shard: 0, state: expected });
  });

  const { metadata, routing_table } = state();
  it.each<[string, object]>([
    ['no cluster', { metadata, routing_table }],
    ['no index of a data stream', { ...state(), metadata: { data_stream: metadata.data_stream } }],
    ['no shards', { cluster_uuid: 'uuid-1', metadata }],
    [
      'two primaries',
      {
        ...state(),
        routing_table: {
          indices: { ...routing_table.indices, [backing(1)]: { shards: { 0: [started, started] } } },
        },
      },
    ],
  ])('is unknown when the answer has %s', async (_name, body) => {
    await expect(asked({ body }, read([stream]))).rejects.toMatchObject({ code: 'EsInvalidAnswer' });
  });
});

const size = (total_in_bytes: number, recovered_in_bytes: number, reused_in_bytes = 0) => ({
  index: { size: { total_in_bytes, reused_in_bytes, recovered_in_bytes } },
});

describe('progress', () => {
  it('counts what comes from a snapshot, and no copy of it', async () => {
    const body = {
      [backing(1)]: {
        shards: [
          { type: 'SNAPSHOT', ...size(1000, 300, 100) },
          { type: 'PEER', ...size(1000, 7) },
        ],
      },
      [backing(2)]: { shards: [{ type: 'SNAPSHOT', ...size(50, 50) }] },
      '.ds-logs-app-default-2026.11.23-000003': { shards: [{ type: 'EMPTY_STORE', ...size(0, 0) }] },
    };
    const { value } = await asked({ body }, (client) => readRestoreProgress(client, [stream], never));
    expect(value).toEqual({ totalBytes: 1050, doneBytes: 450, shards: 2 });
  });

  it('of nothing asks nothing: no name would mean every index', async () => {
    const { value, requests } = await asked({}, (client) => readRestoreProgress(client, [], never));
    expect([value, requests]).toEqual([{ totalBytes: 0, doneBytes: 0, shards: 0 }, []]);
  });
});

const act = (action: RestoreAction) => (client: EsClient) => carryOutRestore(client, action, never);
const yes: Answer = { body: { acknowledged: true } };
const restore: RestoreStreams = {
  kind: 'restoreStreams',
  repository: 'backups',
  snapshot: 'nightly-1',
  streams: [stream],
  suffix: undefined,
  replicas: 1,
  tier: 'data_hot',
};

interface RestoreBody {
  readonly rename_pattern?: string;
  readonly rename_replacement?: string;
}

const bodyOf = (request: Received | undefined) => JSON.parse(request?.body ?? '{}') as RestoreBody;

describe('a restore', () => {
  it('brings back data streams and nothing else, with the copies and the tier of this stack', async () => {
    const { requests } = await asked({ body: { accepted: true } }, act(restore));
    expect(requests.map(line)).toEqual([
      'POST /_snapshot/backups/nightly-1/_restore?wait_for_completion=false&master_timeout=3s',
    ]);
    expect(bodyOf(requests[0])).toEqual({
      indices: [stream],
      include_global_state: false,
      feature_states: ['none'],
      include_aliases: false,
      partial: true,
      ignore_index_settings: ['index.routing.allocation.*', 'index.lifecycle.*'],
      index_settings: {
        'index.number_of_replicas': 1,
        'index.routing.allocation.include._tier_preference': 'data_hot',
      },
    });
  });

  it.each([
    [stream, `${stream}.restored`],
    // Without the prefix .ds-, which Elasticsearch takes off before and puts back afterwards.
    [`${stream}-2026.11.22-000001`, `${stream}.restored-2026.11.22-000001`],
    [`${stream}-2026.11.22-1000001`, `${stream}.restored-2026.11.22-1000001`],
    // Prefixes that it does not know.
    [`.fs-${stream}-2026.11.22-000001`, `.fs-${stream}.restored-2026.11.22-000001`],
    [`downsample-1h-.ds-${stream}-2026.11.22-000001`, `downsample-1h-.ds-${stream}.restored-2026.11.22-000001`],
    ['old-index', 'old-index.restored'],
  ])('gives %s the name %s', async (name, expected) => {
    const { requests } = await asked({ body: { accepted: true } }, act({ ...restore, suffix: 'restored' }));
    const { rename_pattern = '', rename_replacement = '' } = bodyOf(requests[0]);
    // For these patterns, replaceAll of Java does what that of JavaScript does.
    expect(name.replaceAll(new RegExp(rename_pattern, 'g'), rename_replacement)).toBe(expected);
  });

  it('leaves the tier open where the stack has none for logs', async () => {
    const { requests } = await asked({ body: { accepted: true } }, act({ ...restore, tier: undefined }));
    expect(bodyOf(requests[0])).toMatchObject({ index_settings: { 'index.number_of_replicas': 1 } });
    expect(requests[0]?.body).not.toContain('_tier_preference');
  });

  it('that is refused tells why', async () => {
    const reason = '[backups:nightly-1/x] cannot restore index [a] because an open index with same name already exists';
    const error = { type: 'snapshot_restore_exception', reason, root_cause: [] };
    await expect(asked({ status: 500, body: { error, status: 500 } }, act(restore))).rejects.toMatchObject({
      type: 'snapshot_restore_exception',
      message: expect.stringContaining('an open index with same name already exists') as string,
    });
  });

  it.each<[string, Answer, string]>([
    ['is not accepted', { body: { accepted: false } }, 'EsInvalidAnswer'],
    ['is answered with what comes at its end', { body: { snapshot: {} } }, 'EsInvalidAnswer'],
    ['is forbidden', { status: 403 }, 'EsUnauthorized'],
  ])('is a fault when it %s', async (_name, answer, code) => {
    await expect(asked(answer, act(restore))).rejects.toMatchObject({ code });
  });
});

describe('room for a restore', () => {
  const remove: RestoreAction = { kind: 'deleteStreams', streams: [stream, 'logs-b-default'] };

  it('is made by name, and Elasticsearch does not come back to it later', async () => {
    const { requests } = await asked(yes, act(remove));
    expect(requests.map(line)).toEqual([`DELETE /_data_stream/${stream},logs-b-default?master_timeout=3s`]);
  });

  it('is no request when nothing is in the way', async () => {
    expect((await asked(yes, act({ ...remove, streams: [] }))).requests).toEqual([]);
  });

  it('is there when somebody else was faster', async () => {
    await expect(asked({ status: 404 }, act(remove))).resolves.toBeDefined();
  });

  it('is not there when Elasticsearch did not say yes', async () => {
    await expect(asked({ body: { acknowledged: false } }, act(remove))).rejects.toMatchObject({
      code: 'EsInvalidAnswer',
    });
  });
});

describe('[restored-then-deleted] retention', () => {
  it.each<[RestoreAction, object]>([
    [{ kind: 'holdStreams', streams: [stream] }, { enabled: false }],
    [
      { kind: 'releaseStreams', streams: [stream], retention: '14d' },
      { enabled: true, data_retention: '14d' },
    ],
  ])('is switched for data streams by name: %j', async (action, expected) => {
    const { requests } = await asked(yes, act(action));
    expect(requests.map(line)).toEqual([`PUT /_data_stream/${stream}/_lifecycle`]);
    expect(bodyOf(requests[0])).toEqual(expected);
  });
});
