// Tests of restoring on stand-ins for the API server and for Elasticsearch: what is asked in which order, what is written before it, and what becomes of refusals.
import { afterEach, describe, expect, it } from 'vitest';
import type { StackRestoreSpec, StackRestoreStatus } from '../../api/stack-restore.ts';
import type { KubeObject } from '../../core/kubernetes.ts';
import { repositoryOf, restoreOf } from '../../core/snapshots/restores.testing.ts';
import { answering, answersOf } from '../../elasticsearch/answers.testing.ts';
import { usualLimits } from '../../elasticsearch/client.ts';
import { ElasticsearchClients } from '../../elasticsearch/clients.ts';
import { type Answer, type Received, startStandIn } from '../../elasticsearch/stand-in.testing.ts';
import { isFault } from '../../kube/errors.ts';
import { operatorStandIn, stackObjects } from '../operator.testing.ts';
import { objectReconciler } from './framework.ts';
import { restoreController } from './restore.ts';

const never = new AbortController().signal;
const stream = 'logs-a-default';
const backing = `.ds-${stream}-2026.11.20-000001`;

const snapshot = {
  snapshot: 'nightly-1',
  uuid: 'uuid',
  version: '9.4.3',
  state: 'SUCCESS',
  data_streams: [stream],
  start_time_in_millis: Date.parse('2025-12-31T01:30:00Z'),
  end_time_in_millis: Date.parse('2025-12-31T01:34:00Z'),
  shards: { total: 1, failed: 0, successful: 1 },
};

/** What stands under the name: nothing, or a data stream made at that time. */
const state = (made?: string, enabled = true) => ({
  cluster_uuid: 'uuid-1',
  ...(made === undefined
    ? {}
    : {
        metadata: {
          indices: { [backing]: { settings: { index: { creation_date: String(Date.parse(made)) } } } },
          data_stream: {
            data_stream: { [stream]: { indices: [{ index_name: backing }], lifecycle: { enabled } } },
          },
        },
        routing_table: { indices: { [backing]: { shards: { 0: [{ state: 'STARTED', primary: true }] } } } },
      }),
});

const before = '2025-12-30T00:00:00Z';

/** A small Elasticsearch that does what it is told. */
function elasticsearch(refusing: Readonly<Record<string, Answer>> = {}, standing?: string) {
  let [made, enabled] = [standing, true];
  const usual = answering(answersOf('9.4'), { '/_capabilities': { body: { supported: true } } });
  return (request: Received): Answer => {
    const [path = ''] = request.path.split('?');
    const line = `${request.method} ${path}`;
    const refused = refusing[line];
    if (refused !== undefined) return refused;
    switch (line) {
      case 'GET /_snapshot/backups/*':
      case 'GET /_snapshot/backups/nightly-1':
        return { body: { snapshots: [snapshot], total: 1, remaining: 0 } };
      case `GET /_cluster/state/metadata,routing_table/${stream}`:
        return { body: state(made, enabled) };
      case `DELETE /_data_stream/${stream}`:
        made = undefined;
        return { body: { acknowledged: true } };
      case 'POST /_snapshot/backups/nightly-1/_restore':
        made = before;
        return { body: { accepted: true } };
      case `PUT /_data_stream/${stream}/_lifecycle`:
        enabled = false;
        return { body: { acknowledged: true } };
      case `GET /${stream}/_recovery`:
        return { body: {} };
      default:
        return usual(request);
    }
  };
}

const clients = new ElasticsearchClients({ ...usualLimits, retries: 0 });
afterEach(() => {
  clients.closeAll();
});

interface Given {
  readonly spec?: Partial<StackRestoreSpec>;
  readonly status?: StackRestoreStatus;
  readonly answer?: (request: Received) => Answer;
  /** What the API server has, where the cache is behind. */
  readonly live?: KubeObject['metadata'];
}

/** Reconciles a StackRestore so many times; returns what was asked, and what came of it. */
async function reconciled({ spec, status, answer = elasticsearch(), live }: Given, times = 1) {
  await using standIn = await startStandIn(answer);
  clients.of = () => ElasticsearchClients.prototype.of.call(clients, 'team/logs', standIn.endpoint);
  const operator = operatorStandIn([...stackObjects(), repositoryOf('backups'), restoreOf(spec, status)]);
  if (live !== undefined)
    operator.runtime.client.get = () => Promise.resolve({ ...restoreOf(spec, status), metadata: live });
  const reconcile = objectReconciler(restoreController(), operator.runtime, clients);
  let ended: { readonly value?: unknown; readonly error?: unknown } = {};
  for (let time = 0; time < times; time += 1)
    ended = await reconcile('team/back', never).then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
  const writes = standIn.received
    .filter(({ method }) => method !== 'GET')
    .map(({ method, path }) => `${method} ${path}`);
  const { statuses: written, log } = operator;
  const statuses = written.map((one) => one['status'] as StackRestoreStatus);
  return { log, written, statuses, ended, writes: writes.map((one) => one.split('?')[0] ?? '') };
}

const restore = 'POST /_snapshot/backups/nightly-1/_restore';
const reasonOf = (status: StackRestoreStatus | undefined) => status?.conditions?.[0]?.reason;

describe('a StackRestore', () => {
  it('is taken through all its steps in one go, each written down before it is taken', async () => {
    const { writes, statuses, log, ended } = await reconciled({ spec: { conflict: 'Replace' } });
    expect(writes).toEqual([restore, `PUT /_data_stream/${stream}/_lifecycle`]);
    expect(
      statuses.map((one) => [one.startedAt, one.requestedAt, one.endedAt].map((time) => time !== undefined)),
    ).toEqual([
      [true, false, false],
      [true, true, false],
      [true, true, true],
    ]);
    expect(reasonOf(statuses.at(-1))).toBe('Restored');
    expect(ended).toMatchObject({ value: undefined });
    expect(log.lines.filter(({ message }) => message === 'step')).toHaveLength(2);
  });

  it('writes its status only as it was looked at', async () => {
    const { written } = await reconciled({});
    expect(written.map(({ metadata }) => metadata.resourceVersion)).toEqual(['1', '1', '1']);
  });

  it('replaces what it says in its status, and then comes back', async () => {
    const { writes, statuses } = await reconciled({
      spec: { conflict: 'Replace' },
      answer: elasticsearch({}, '2025-12-01T00:00:00Z'),
    });
    expect(writes.slice(0, 2)).toEqual([`DELETE /_data_stream/${stream}`, restore]);
    expect(statuses[0]?.streams).toEqual([{ name: stream, restoredAs: stream, replaces: true }]);
  });

  it('does nothing upon an object that has changed meanwhile', async () => {
    const { metadata } = restoreOf();
    const { writes, ended } = await reconciled({ live: { ...metadata, resourceVersion: '2' } });
    expect(writes).toEqual([]);
    expect(isFault(ended.error, 'Conflict')).toBe(true);
  });

  it('that is refused says why, and is not asked for again before the pause is over', async () => {
    const error = { type: 'snapshot_restore_exception', reason: 'cannot restore index [a]', root_cause: [] };
    const answer = elasticsearch({ [restore]: { status: 500, body: { error, status: 500 } } });
    const { writes, statuses, ended } = await reconciled({ answer }, 5);
    expect(writes).toEqual([restore]);
    expect(ended).toMatchObject({ value: { requeueAfterMs: 10_000 } });
    expect(statuses.at(-1)?.conditions?.[0]).toMatchObject({ status: 'Unknown', reason: 'EsBusy' });
    expect(statuses.at(-1)?.conditions?.[0]?.message).toContain('cannot restore index [a]');
    expect(statuses).toHaveLength(3);
  });

  it('that Elasticsearch does not answer is decided about later', async () => {
    const answer = elasticsearch({ 'GET /_snapshot/backups/*': { status: 503 } });
    const { writes, statuses, ended } = await reconciled({ answer }, 2);
    expect([writes, statuses.map(reasonOf)]).toEqual([[], ['EsBusy']]);
    expect(ended).toMatchObject({ value: { requeueAfterMs: 10_000 } });
  });

  it('that is over asks Elasticsearch nothing', async () => {
    const first = await reconciled({});
    const status = first.statuses.at(-1);
    if (status === undefined) throw new Error('no status');
    const { statuses, writes } = await reconciled({ status, answer: () => ({ status: 500 }) }, 2);
    expect([statuses, writes]).toEqual([[], []]);
  });

  it('that is over stays what it was when its hold cannot be released', async () => {
    const first = await reconciled({});
    const status = first.statuses.at(-1);
    if (status === undefined) throw new Error('no status');
    const put = `PUT /_data_stream/${stream}/_lifecycle`;
    const gives = elasticsearch({ [put]: { status: 403 } }, before);
    const answer = (request: Received) =>
      request.path.startsWith('/_cluster/state/metadata,routing_table/')
        ? { body: state(before, false) }
        : gives(request);
    const { statuses, writes, ended } = await reconciled({ spec: { retentionHold: false }, status, answer }, 3);
    expect(writes).toEqual([put]);
    expect(statuses).toEqual([]);
    expect(ended).toMatchObject({ value: { requeueAfterMs: 10_000 } });
  });
});
