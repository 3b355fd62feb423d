// Tests of snapshots against a stand-in that answers as 8.19 and 9.x do: what exactly is asked, what an answer means, and that an error is never "there is none".
import { describe, expect, it } from 'vitest';
import { metadataOf } from '../../core/snapshots/identity.ts';
import { EsClient, usualLimits } from '../client.ts';
import { type Answer, type Received, startStandIn } from '../stand-in.testing.ts';
import { createSnapshot, deleteSnapshots } from './snapshot-writes.ts';
import { getSnapshot, listSnapshots, mostSnapshots, snapshotProgress } from './snapshots.ts';

const never = new AbortController().signal;
const metadata = metadataOf({ stack: 'logging/logs', snapshot: 'logging/one', uid: 'uid-1' });

/** As Elasticsearch tells of it. */
const shown = (changes: object = {}) => ({
  snapshot: 'one-12345678',
  uuid: 'dG3GMVwSTlCwkTOfTUxFoA',
  version: '9.0.1-9.1.3',
  data_streams: ['logs-app-default'],
  metadata,
  state: 'SUCCESS',
  start_time_in_millis: Date.parse('2026-11-22T01:30:00.750Z'),
  end_time_in_millis: Date.parse('2026-11-22T01:34:10.001Z'),
  shards: { total: 12, failed: 0, successful: 12 },
  ...changes,
});

const running = shown({ state: 'IN_PROGRESS', end_time_in_millis: 0, shards: { total: 12, failed: 0, successful: 3 } });
const whole = (...snapshots: readonly object[]) => ({ snapshots, total: snapshots.length, remaining: 0 });

/** Elasticsearch's refusals. */
const refusal = (status: number, type: string, reason: string): Answer => ({
  status,
  body: { error: { root_cause: [{ type, reason }], type, reason }, status },
});
const missing = refusal(404, 'snapshot_missing_exception', '[backups:one-12345678] is missing');
const noRepository = refusal(404, 'repository_missing_exception', '[backups] missing');
const unreadable = refusal(
  500,
  'repository_exception',
  '[backups] cannot retrieve snapshots list from this repository',
);

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

const list = (client: EsClient) => listSnapshots(client, 'backups', 'nightly-*', never);
const get = (client: EsClient) => getSnapshot(client, 'backups', 'one-12345678', never);
const create = (client: EsClient) => createSnapshot(client, 'backups', 'one-12345678', { metadata }, never);
const remove = (client: EsClient, ...names: readonly string[]) => deleteSnapshots(client, 'backups', names, never);
const progress = (client: EsClient) => snapshotProgress(client, 'backups', 'one-12345678', never);

describe('a list', () => {
  it('asks for the newest first, without what may be long, and for an error instead of an empty list', async () => {
    const { value, requests } = await asked({ body: whole(shown(), running) }, list);
    const [path, query] = requests[0]?.path.split('?') ?? [];
    expect(path).toBe('/_snapshot/backups/nightly-*');
    expect(Object.fromEntries(new URLSearchParams(query))).toMatchObject({
      ignore_unavailable: 'false',
      sort: 'start_time',
      order: 'desc',
      index_names: 'false',
      index_details: 'false',
    });
    expect(query).not.toContain('failures');
    expect(value.map(({ state }) => state)).toEqual(['Success', 'InProgress']);
    expect(value[0]).toEqual({
      name: 'one-12345678',
      uuid: 'dG3GMVwSTlCwkTOfTUxFoA',
      state: 'Success',
      startedAt: '2026-11-22T01:30:00Z',
      endedAt: '2026-11-22T01:34:10Z',
      shards: { total: 12, done: 12, failed: 0 },
      failures: [],
      indices: [],
      dataStreams: ['logs-app-default'],
      version: '9.0.1-9.1.3',
      metadata,
    });
    expect(value[1]).toMatchObject({ endedAt: undefined, shards: { total: 12, done: 3, failed: 0 } });
  });

  it('is empty when Elasticsearch says that there are none', async () => {
    expect((await asked({ body: { total: 0, remaining: 0 } }, list)).value).toEqual([]);
  });

  it('goes on after each part, to the end of what is read', async () => {
    const part = Array.from({ length: 500 }, () => shown());
    const { value, requests } = await asked(
      { body: { snapshots: part, total: 9000, remaining: 8500, next: 'c29tZXdoZXJl' } },
      list,
    );
    expect(value).toHaveLength(mostSnapshots);
    expect(requests.map(({ path }) => new URLSearchParams(path.split('?')[1]).get('after'))).toEqual([
      null,
      ...Array.from({ length: 3 }, () => 'c29tZXdoZXJl'),
    ]);
  });

  it('of two parts is both, also when one has gone meanwhile', async () => {
    const first = { snapshots: [shown()], total: 3, remaining: 2, next: 'next' };
    const answer = ({ path }: Received): Answer => ({
      body: path.includes('after=next') ? { snapshots: [shown()], total: 2, remaining: 0 } : first,
    });
    expect((await asked(answer, list)).value).toHaveLength(2);
  });

  it.each([
    ['FAILED', 'Failed'],
    ['PARTIAL', 'Partial'],
    ['INCOMPATIBLE', 'Failed'],
  ])('calls %s %s', async (state, expected) => {
    expect((await asked({ body: whole(shown({ state })) }, list)).value[0]?.state).toBe(expected);
  });

  it.each<[string, Answer, string]>([
    ['a repository that is not there', noRepository, 'EsNotFound'],
    ['a repository that cannot be read', unreadable, 'EsBusy'],
    ['a snapshot that went while it was read', missing, 'EsNotFound'],
    ['an answer that names fewer than there are', { body: { ...whole(shown()), total: 2 } }, 'EsInvalidAnswer'],
    ['an answer without an end', { body: { snapshots: [shown()], total: 2, remaining: 1 } }, 'EsInvalidAnswer'],
    ['an answer that says nothing', { body: {} }, 'EsInvalidAnswer'],
    ['a state that nobody knows', { body: whole(shown({ state: 'NEW' })) }, 'EsInvalidAnswer'],
  ])('%s is a fault', async (_name, answer, code) => {
    await expect(asked(answer, list)).rejects.toMatchObject({ code });
  });

  it("that cannot be had says so in Elasticsearch's words", async () => {
    await expect(asked(unreadable, list)).rejects.toThrow(
      'GET /_snapshot/backups/nightly-*: status 500 (repository_exception). [backups] cannot retrieve snapshots list from this repository',
    );
  });
});

describe('one snapshot', () => {
  it('is told of with its size, its indices and the first of its failures', async () => {
    const failures = Array.from({ length: 30 }, (_, shard_id) => ({
      index: 'a',
      shard_id,
      reason: `NodeClosedException\n  at shard ${shard_id}`,
    }));
    const details = { a: { size_in_bytes: 1000 }, 'b.c': { size_in_bytes: 24 } };
    const body = whole(
      shown({ state: 'PARTIAL', reason: 'Lost', failures, indices: ['a', 'b.c'], index_details: details }),
    );
    const { value, requests } = await asked({ body }, get);
    expect(requests[0]?.path).toMatch(
      /^\/_snapshot\/backups\/one-12345678\?ignore_unavailable=false&index_details=true&/,
    );
    expect(value).toMatchObject({ state: 'Partial', reason: 'Lost', bytes: 1024, indices: ['a', 'b.c'] });
    expect(value?.failures).toHaveLength(10);
    expect(value?.failures[3]).toEqual({ index: 'a', shard: 3, reason: 'NodeClosedException' });
  });

  it('has no size while it is taken', async () => {
    expect((await asked({ body: whole({ ...running, index_details: {} }) }, get)).value?.bytes).toBeUndefined();
  });

  it('is none when its repository does not have it', async () => {
    expect((await asked(missing, get)).value).toBeUndefined();
  });

  it.each<[string, Answer, string]>([
    ['a repository that is not there', noRepository, 'EsNotFound'],
    ['a repository that cannot be read', unreadable, 'EsBusy'],
    ['some other thing that is not found', { status: 404, body: {} }, 'EsNotFound'],
    ['an empty answer', { body: { total: 0, remaining: 0 } }, 'EsInvalidAnswer'],
    ['another snapshot', { body: whole(shown({ snapshot: 'two' })) }, 'EsInvalidAnswer'],
  ])('%s is a fault, and not "there is none"', async (_name, answer, code) => {
    await expect(asked(answer, get)).rejects.toMatchObject({ code });
  });
});

describe('progress', () => {
  const status = (stats: object) => ({
    body: {
      snapshots: [
        { shards_stats: { initializing: 2, started: 3, finalizing: 1, done: 5, failed: 1, total: 12 }, stats },
      ],
    },
  });
  const size = (bytes: number) => ({ file_count: 1, size_in_bytes: bytes });

  it('is what Elasticsearch counts', async () => {
    const { value, requests } = await asked(
      status({ incremental: size(80), processed: size(20), total: size(100) }),
      progress,
    );
    expect(requests[0]?.path).toMatch(/^\/_snapshot\/backups\/one-12345678\/_status\?/);
    expect(value).toEqual({
      totalBytes: 100,
      newBytes: 80,
      doneBytes: 20,
      shards: { total: 12, begun: 10, done: 5, failed: 1 },
    });
  });

  it.each([
    ['all that is new is copied', { incremental: size(80), total: size(100) }, [100, 80, 80]],
    ['the copying node has left', { incremental: size(-1), total: size(-1) }, [0, 0, 0]],
  ])('when %s', async (_name, stats, expected) => {
    const { value } = await asked(status(stats), progress);
    expect([value.totalBytes, value.newBytes, value.doneBytes]).toEqual(expected);
  });

  it.each([[{ body: { snapshots: [] } }], [{ body: {} }], [missing]])(
    'is a fault where there is none',
    async (answer) => {
      await expect(asked(answer, progress)).rejects.toMatchObject({ name: 'EsFault' });
    },
  );
});

describe('a new snapshot', () => {
  const invalid = (reason: string) =>
    refusal(
      400,
      'invalid_snapshot_name_exception',
      `[backups:one-12345678] Invalid snapshot name [one-12345678], ${reason}`,
    );

  it('is asked for without waiting for its end', async () => {
    const { value, requests } = await asked({ body: { accepted: true } }, create);
    expect(value).toBe('accepted');
    expect(requests.map(({ method, path, body }) => [method, path, JSON.parse(body) as unknown])).toEqual([
      ['PUT', '/_snapshot/backups/one-12345678?wait_for_completion=false&master_timeout=3s', { metadata }],
    ]);
  });

  it.each(['snapshot with the same name already exists', 'snapshot with the same name is already in-progress'])(
    'is there already: %s',
    async (reason) => {
      expect((await asked(invalid(reason), create)).value).toBe('exists');
    },
  );

  it.each<[string, Answer, string, string]>([
    ['a name that is none', invalid('must be lowercase'), 'EsError', 'must be lowercase'],
    [
      'no such index',
      refusal(404, 'index_not_found_exception', 'no such index [logs-x]'),
      'EsNotFound',
      'no such index [logs-x]',
    ],
    ['no such repository', noRepository, 'EsNotFound', '[backups] missing'],
    [
      'a repository that is read only',
      refusal(500, 'repository_exception', '[backups] cannot create snapshot in a readonly repository'),
      'EsBusy',
      'cannot create snapshot in a readonly repository',
    ],
    ['half a yes', { body: { accepted: false } }, 'EsInvalidAnswer', 'accepted'],
  ])('%s is a fault with its reason', async (_name, answer, code, reason) => {
    await expect(asked(answer, create)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(reason) as unknown,
    });
  });
});

describe('an end', () => {
  const line = ({ method, path }: Received): string => `${method} ${path}`;
  const yes = { body: { acknowledged: true } };
  const query = '?wait_for_completion=true&master_timeout=3s';

  it('is waited for', async () => {
    const { requests } = await asked(yes, (client) => remove(client, 'a', 'b'));
    expect(requests.map(line)).toEqual([`DELETE /_snapshot/backups/a,b${query}`]);
  });

  it('of those that are gone is none, and holds up no others', async () => {
    const answer = ({ path }: Received): Answer => (/[/,]b[,?]/.test(path) ? missing : yes);
    const { requests } = await asked(answer, (client) => remove(client, 'a', 'b', 'c'));
    expect(requests.map(line)).toEqual(
      ['a,b,c', 'a', 'b', 'c'].map((names) => `DELETE /_snapshot/backups/${names}${query}`),
    );
    expect((await asked(missing, (client) => remove(client, 'b'))).requests).toHaveLength(1);
  });

  it('stays within what Elasticsearch reads of a first line', async () => {
    const names = Array.from({ length: 40 }, (_, place) => `${'n'.repeat(190)}${place}`);
    const { requests } = await asked(yes, (client) => remove(client, ...names));
    expect(requests.flatMap(({ path }) => path.split('?')[0]?.split('/')[3]?.split(','))).toEqual(names);
    for (const request of requests) expect(line(request).length).toBeLessThan(4000);
  });

  it('of none asks for nothing: an empty list would mean all', async () => {
    expect((await asked(yes, (client) => remove(client))).requests).toEqual([]);
  });

  it.each<[string, Answer, string]>([
    ['no such repository', noRepository, 'EsNotFound'],
    ['no yes', { body: { acknowledged: false } }, 'EsInvalidAnswer'],
    [
      'a snapshot that is being restored',
      refusal(
        503,
        'concurrent_snapshot_execution_exception',
        '[backups:one-12345678] cannot delete snapshot during a restore',
      ),
      'EsBusy',
    ],
  ])('%s is a fault', async (_name, answer, code) => {
    await expect(asked(answer, (client) => remove(client, 'one-12345678'))).rejects.toMatchObject({ code });
  });
});
