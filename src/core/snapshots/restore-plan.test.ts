// Tests of the steps of a StackRestore: in which order they come, what is recorded before each, and that nothing is done twice, whoever dies when.
import { describe, expect, it } from 'vitest';
import { stackRestoreStatus, type StackRestoreSpec } from '../../api/stack-restore.ts';
import { exampleStack } from '../stack.testing.ts';
import {
  goodLuck,
  readyCluster,
  RestoreModel,
  restoreOf,
  RestoreRun,
  snapshotOf,
  standingOf,
} from './restores.testing.ts';

const stack = exampleStack();
const [a, b] = ['logs-a-default', 'logs-b-default'];
const usualOldest = '2026-11-20T00:00:00Z';

function runOf(spec: Partial<StackRestoreSpec> = {}, live: readonly string[] = [], model = new RestoreModel()) {
  for (const name of live) model.write(name, new Date('2026-11-20T00:00:00Z'));
  return new RestoreRun(model, restoreOf(spec), stack);
}

describe('a restore', () => {
  it('is recorded, asked for, kept from retention, followed to its end, and then over for good', () => {
    const run = runOf();
    run.settle();
    expect(run.model.effects).toEqual([`restoreStreams ${a},${b}`, `holdStreams ${a},${b}`]);
    expect(run.model.requests[0]).toMatchObject({ snapshot: 'nightly-1', replicas: 1, tier: 'data_hot' });
    expect(run.complete).toBe('True Restored');
    expect(run.object.status).toMatchObject({
      snapshotName: 'nightly-1',
      repository: 'backups',
      snapshotStartedAt: '2026-11-22T01:30:00Z',
      streams: [
        { name: a, restoredAs: a },
        { name: b, restoredAs: b },
      ],
      shards: { total: 2, done: 2, failed: 0 },
      percent: 100,
      held: true,
    });
    const [intent, asked, progress] = run.written;
    expect(intent?.requestedAt).toBeUndefined();
    expect(asked).toMatchObject({ held: true });
    expect(asked?.shards).toBeUndefined();
    expect(progress).toMatchObject({ shards: { total: 2, done: 0, failed: 0 } });
    const { length } = run.written;
    expect([run.reconcile(), run.reconcile()]).toEqual([undefined, undefined]);
    expect(run.written).toHaveLength(length);
    expect(run.model.effects).toHaveLength(2);
  });

  it('says only what the schema of its status takes', () => {
    const run = runOf({ conflict: 'Replace' }, [a]);
    run.model.snapshots = [snapshotOf({ shards: { total: 2, done: 1, failed: 1 } })];
    run.settle();
    for (const status of run.written) expect(stackRestoreStatus.safeParse(status).error).toBeUndefined();
  });

  it('never restores again what somebody deleted after it was over', () => {
    const run = runOf();
    run.settle();
    run.model.streams.clear();
    run.edit({ retentionHold: false });
    run.settle();
    expect(run.model.restored).toEqual([a, b]);
    expect(run.complete).toBe('True Restored');
  });

  it('asks once for those that keep their names, and once for those that do not', () => {
    const run = runOf({ conflict: 'Rename' }, [b]);
    run.settle();
    expect(run.model.restored).toEqual([a, `${b}.restored`]);
    expect(run.model.requests.map(({ suffix }) => suffix)).toEqual([undefined, 'restored']);
    expect(run.model.deleted).toEqual([]);
    expect(run.object.status).toMatchObject({ held: true, shards: { total: 2 } });
  });
});

describe('progress', () => {
  const waiting = [{ index: '.ds-x-2026.11.22-000001', shard: 0, state: 'Waiting' }] as const;

  /** The status after a look at a restore that is under way, with that many of 1000 bytes there. */
  function statusAt(run: RestoreRun, doneBytes: number) {
    const streams = [a, b].map((name) => standingOf(name, { held: true, oldestAt: usualOldest, primaries: waiting }));
    const progress = { totalBytes: 1000, doneBytes, shards: 2 };
    const step = run.plan(run.object, {
      streams: { answered: true, value: streams },
      progress: { answered: true, value: progress },
    });
    if (step.kind !== 'rest') throw new Error(`it does not rest, but ${step.kind}`);
    run.object = { ...run.object, status: step.status };
    return step.status;
  }

  it('is told in steps of five, so that most looks write nothing', () => {
    const run = runOf();
    run.reconcile();
    const first = statusAt(run, 560);
    expect(first).toMatchObject({ percent: 55, doneBytes: 560, totalBytes: 1000, size: '0.98 KiB' });
    expect(statusAt(run, 599)).toEqual(first);
    expect(statusAt(run, 610)).toMatchObject({ percent: 60, doneBytes: 610 });
    expect(statusAt(run, 200)).toMatchObject({ percent: 60, doneBytes: 610 });
  });

  it('is never whole before it is', () => {
    const run = runOf();
    run.reconcile();
    expect(statusAt(run, 1000)).toMatchObject({ percent: 95 });
  });
});

describe('a conflict', () => {
  it('is refused by name with nothing restored, looked at again in a minute, and mended by an edit', () => {
    const run = runOf({}, [b]);
    expect(run.reconcile()).toBe(60);
    expect(run.complete).toBe('False Conflict');
    expect(run.message).toContain(b);
    expect(run.model.effects).toEqual([]);
    run.edit({ conflict: 'Replace' });
    run.settle();
    expect(run.complete).toBe('True Restored');
    expect(run.model.deleted).toEqual([{ name: b, origin: 'live' }]);
  });

  it('replaces what is recorded, and records before that what goes', () => {
    const run = runOf({ conflict: 'Replace' }, [a, 'logs-other-default']);
    run.settle();
    expect(run.model.effects).toEqual([`deleteStreams ${a}`, `restoreStreams ${a},${b}`, `holdStreams ${a},${b}`]);
    expect(run.written[0]?.streams).toEqual([
      { name: a, restoredAs: a, replaces: true },
      { name: b, restoredAs: b },
    ]);
    expect(run.model.streams.has('logs-other-default')).toBe(true);
  });

  it('that arose after the beginning is waited out: nothing was said of deleting it', () => {
    const run = runOf();
    const [write] = [run.plan(run.object, { cluster: readyCluster(), ...looked(run, [a, b]) })];
    if (write.kind !== 'write') throw new Error('nothing was recorded');
    run.object = { ...run.object, status: write.status };
    run.model.write(a);
    expect(run.reconcile()).toBe(60);
    expect(run.complete).toBe('Unknown Conflict');
    expect(run.model.effects).toEqual([]);
    run.model.streams.delete(a);
    run.settle();
    expect(run.complete).toBe('True Restored');
  });

  it('with what came back under a name that is replaced ends with that name restored', () => {
    const run = runOf({ conflict: 'Replace' }, [a]);
    let steps = 0;
    run.reconcile({ ...goodLuck, dies: () => run.model.deleted.length > 0 && (steps += 1) > 4 });
    expect(run.object.status?.requestedAt).toBeDefined();
    expect(run.model.restored).toEqual([]);
    run.model.pass(1);
    run.model.write(a);
    run.settle();
    expect(run.model.deleted).toEqual([
      { name: a, origin: 'live' },
      { name: a, origin: 'live' },
    ]);
    expect(run.model.restored).toEqual([a, b]);
    expect(run.complete).toBe('True Restored');
  });
});

const looked = (run: RestoreRun, names: readonly string[]) => ({
  ...run.model.look({
    of: 'snapshots',
    source: { repository: 'backups', pattern: '*', name: undefined, schedule: undefined },
  }),
  ...run.model.look({ of: 'streams', names }),
});

describe('before anything is deleted', () => {
  it('the snapshot is seen once more: without it, what is there stays', () => {
    const run = runOf({ conflict: 'Replace' }, [a]);
    run.reconcile({ ...goodLuck, dies: () => run.written.length > 0 });
    expect(run.object.status?.startedAt).toBeDefined();
    run.model.snapshots = [];
    run.settle();
    expect(run.complete).toBe('False RestoreFailed');
    expect(run.message).toContain('nightly-1 is no longer in StackRepository backups');
    expect(run.model.effects).toEqual([]);
  });

  it('the nodes are counted once more', () => {
    let nodes = readyCluster().nodes;
    const run = runOf({ conflict: 'Replace' }, [a], new RestoreModel(() => readyCluster({ nodes })));
    run.reconcile({ ...goodLuck, dies: () => run.written.length > 0 });
    nodes = nodes.slice(1);
    expect(run.reconcile()).toBe(10);
    expect(run.complete).toBe('Unknown WaitingForNodes');
    expect(run.model.effects).toEqual([]);
  });
});

describe('what keeps it from beginning', () => {
  it.each<[string, string, (run: RestoreRun) => void, number | undefined]>([
    ['no stack', 'Unknown NoSuchStack', (run) => (run.stack = undefined), 10],
    ['a paused stack', 'Unknown Paused', (run) => (run.stack = { ...stack, paused: true }), 10],
    ['no repository', 'Unknown NoSuchRepository', (run) => (run.repositories = []), 10],
    ['no snapshot', 'False NoGoodSnapshot', (run) => (run.model.snapshots = []), 60],
  ])('%s', (_name, expected, happen, again) => {
    const run = runOf();
    happen(run);
    expect(run.reconcile()).toBe(again);
    expect(run.complete).toBe(expected);
    expect(run.model.effects).toEqual([]);
    expect(run.object.status?.startedAt).toBeUndefined();
  });

  it('a repository of another stack is wrong until somebody edits one of them', () => {
    const run = runOf();
    const [own] = run.repositories;
    run.repositories = [{ ...own, spec: { stackRef: { name: 'others' } } } as never];
    expect(run.reconcile()).toBeUndefined();
    expect(run.complete).toBe('False RepositoryOfOtherStack');
  });

  it('an Elasticsearch that does not answer decides nothing', () => {
    const run = runOf({ conflict: 'Replace' }, [a]);
    expect(run.reconcile({ ...goodLuck, answers: () => false })).toBe(10);
    expect(run.complete).toBe('Unknown EsTimeout');
    expect(run.model.effects).toEqual([]);
  });
});

describe('an end that is not all', () => {
  it('names the shards that Elasticsearch gave up', () => {
    const run = runOf();
    for (let round = 0; round < 2; round += 1) run.reconcile();
    const stream = run.model.streams.get(b);
    if (stream !== undefined) stream.lost = true;
    run.settle();
    expect(run.complete).toBe('False RestoreFailed');
    expect(run.message).toContain('.ds-logs-b-default-2026.11.22-000001 [0]');
    expect(run.object.status).toMatchObject({ shards: { total: 2, done: 1, failed: 1 } });
  });

  it('names the data streams that somebody deleted meanwhile', () => {
    const run = runOf();
    run.reconcile();
    run.model.streams.delete(a);
    run.settle();
    expect(run.complete).toBe('False RestoreFailed');
    expect(run.message).toContain(`Somebody deleted ${a} meanwhile`);
    expect(run.model.restored).toEqual([a, b]);
  });

  it('names all of them when somebody deleted all, and does not bring them back', () => {
    const run = runOf();
    run.reconcile();
    run.model.streams.clear();
    run.settle();
    expect(run.complete).toBe('False RestoreFailed');
    expect(run.model.restored).toEqual([a, b]);
  });

  it('is the end also when they were deleted before anybody counted: one request restored all of them', () => {
    const run = runOf();
    run.reconcile({ ...goodLuck, dies: () => run.model.restored.length > 0 });
    expect(run.object.status?.shards).toBeUndefined();
    run.model.streams.delete(a);
    run.settle();
    expect(run.complete).toBe('False RestoreFailed');
    expect(run.model.requests).toHaveLength(1);
  });

  it('stays what it was when a later look failed', () => {
    const run = runOf();
    run.settle();
    const { status = {} } = run.object;
    const [complete] = status.conditions ?? [];
    if (complete === undefined) throw new Error('no condition');
    const unknown = { ...complete, status: 'Unknown', reason: 'InternalError', message: 'See its log.' } as const;
    run.object = { ...run.object, status: { ...status, conditions: [unknown] } };
    run.settle();
    expect(run.complete).toBe('True Restored');
  });
});

const week = 7 * 86_400;

describe('[restored-then-deleted] retention', () => {
  it('leaves alone what came back, which is older than it allows, until it is told otherwise', () => {
    const run = runOf();
    for (let round = 0; round < 10; round += 1) {
      run.reconcile();
      run.model.pass(week, week);
    }
    expect([...run.model.streams.keys()]).toEqual([a, b]);
    run.edit({ retentionHold: false });
    run.settle();
    expect(run.object.status?.held).toBe(false);
    expect(run.complete).toBe('True Restored');
    run.model.pass(1, week);
    expect([...run.model.streams.keys()]).toEqual([]);
  });

  it('is not switched off where nobody wants that, nor switched on', () => {
    const run = runOf({ retentionHold: false });
    run.settle();
    expect(run.model.effects).toEqual([`restoreStreams ${a},${b}`]);
    expect(run.object.status?.held).toBe(false);
  });

  it('stays switched off while the restore is under way, whatever is edited, and is released in the end', () => {
    const run = runOf();
    run.reconcile();
    run.edit({ retentionHold: false });
    run.reconcile();
    expect(run.object.status?.held).toBe(true);
    run.settle();
    expect(run.object.status?.held).toBe(false);
    expect([...run.model.streams.values()].map(({ held }) => held)).toEqual([false, false]);
  });

  it('is told as held where Elasticsearch has none', () => {
    const capabilities = { streamLifecycle: false, componentTemplates: [], matchOnlyText: true };
    const run = runOf({}, [], new RestoreModel(() => readyCluster({ capabilities })));
    run.settle();
    expect(run.model.effects).toEqual([`restoreStreams ${a},${b}`]);
    expect(run.object.status?.held).toBe(true);
    run.edit({ retentionHold: false });
    run.settle();
    expect(run.object.status?.held).toBe(false);
  });
});

describe('what stands where something is to come back', () => {
  it('is ours only when its indices are as old as the snapshot', () => {
    const run = runOf();
    run.reconcile();
    const young = standingOf(a, { oldestAt: run.model.now.toISOString() });
    const object = { ...run.object, status: { ...run.object.status } };
    delete object.status.shards;
    const step = run.plan(object, { streams: { answered: true, value: [young] }, cluster: readyCluster() });
    expect(step).toMatchObject({ kind: 'rest', status: { conditions: [{ reason: 'Conflict' }] } });
  });
});
