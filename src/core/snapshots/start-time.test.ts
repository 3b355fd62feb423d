// Tests of how snapshots that are due and changes of the nodes exclude each other: the real planner on the simulator, with what is due in its looks.
import { describe, expect, it } from 'vitest';
import type { Simulator } from '../../simulator/simulator.ts';
import { act, restarted, runningStack, settle } from '../../simulator/simulator.testing.ts';
import { startSnapshot } from '../../simulator/snapshots.ts';
import type { ClusterLook, ClusterSettings } from '../elasticsearch/observed.ts';
import { type ElasticsearchPlan, plan } from '../elasticsearch/plan.ts';
import { changedConfig, stackWith, templates } from '../elasticsearch/plan.testing.ts';
import type { KubeObject } from '../kubernetes.ts';
import type { ResolvedStack } from '../stack.ts';
import {
  dueSnapshots,
  mayStart,
  type StartVerdict,
  wantedNodes,
  withDueSnapshots,
  withoutGoing,
} from './start-time.ts';

const due = ['backups/nightly-20261122t013000z-5d3f7a80'];
const minute = 60_000;

/** One look of the planner with what is due in it, and what it does. */
function stepWith(simulator: Simulator, stack: ResolvedStack, waiting: readonly string[]): ElasticsearchPlan {
  const observed = simulator.observe({ detail: true });
  const planned = plan(stack, { ...observed, cluster: withDueSnapshots(observed.cluster, waiting) }, templates);
  act(simulator, planned);
  simulator.tick();
  return planned;
}

const rulesOf = ({ refusals }: ElasticsearchPlan): readonly string[] => refusals.map(({ rule }) => rule);

/** A stack with three data nodes, each of which has copies that take their time to move. */
function fullStack(): Simulator {
  const stack = stackWith({ data: { replicas: 3 } });
  const simulator = runningStack(stack);
  for (const name of ['a', 'b', 'c']) {
    simulator.elasticsearch.createIndex(name, { replicas: 1 });
    simulator.elasticsearch.write(name, 1000, 1024 ** 2);
  }
  settle(simulator, stack);
  return simulator;
}

function membersOf(simulator: Simulator): number {
  const { cluster } = simulator.observe();
  return cluster.answered ? cluster.nodes.length : 0;
}

/** Whether a snapshot may begin by this look, which has waited since. */
function verdict(simulator: Simulator, stack: ResolvedStack, waitedMs: number): StartVerdict {
  const { cluster, takenAt } = simulator.observe();
  const now = new Date(takenAt);
  return mayStart(cluster, wantedNodes(stack), new Date(now.getTime() - waitedMs), now);
}

describe('a snapshot that is due', () => {
  const three = stackWith({ data: { replicas: 3 } });
  const two = stackWith({ data: { replicas: 2 } });
  const rolled = stackWith({ data: { replicas: 3 }, config: changedConfig });

  it('holds a new drain, which begins as soon as it is over', () => {
    const simulator = fullStack();
    expect(rulesOf(stepWith(simulator, two, due))).toEqual(['SnapshotRunning']);
    expect(simulator.observe().cluster).toMatchObject({ settings: { excludedNames: [] } });
    expect(verdict(simulator, three, minute)).toEqual({ allowed: true });
    stepWith(simulator, two, []);
    expect(simulator.observe().cluster).toMatchObject({ settings: { excludedNames: ['logs-es-data-2'] } });
  });

  it('lets a drain that is under way go on to its end', () => {
    const simulator = fullStack();
    stepWith(simulator, two, []);
    let looks = 0;
    for (; simulator.pods.has('logs-es-data-2') && looks < 200; looks += 1) stepWith(simulator, two, due);
    expect(looks).toBeLessThan(200);
    expect(simulator.records.dataLosses).toEqual([]);
  });

  it('waits for shards that such a drain moves, but not for more than ten minutes', () => {
    const simulator = fullStack();
    stepWith(simulator, two, []);
    expect(verdict(simulator, two, minute)).toMatchObject({ allowed: false, reason: 'WaitingForShards' });
    expect(verdict(simulator, two, 10 * minute - 1)).toMatchObject({ allowed: false });
    expect(verdict(simulator, two, 10 * minute)).toEqual({ allowed: true });
  });

  it('holds the next restart, and begins when the node that was restarting is back', () => {
    const simulator = fullStack();
    while (membersOf(simulator) === 7) stepWith(simulator, rolled, []);
    expect(verdict(simulator, rolled, minute)).toMatchObject({ allowed: false });
    let looks = 0;
    for (; !verdict(simulator, rolled, minute).allowed && looks < 100; looks += 1) stepWith(simulator, rolled, due);
    expect(looks).toBeLessThan(100);
    for (let more = 0; more < 20; more += 1)
      expect(rulesOf(stepWith(simulator, rolled, due))).toContain('SnapshotRunning');
    expect(restarted(simulator)).toHaveLength(1);
    settle(simulator, rolled);
    expect(restarted(simulator)).toHaveLength(7);
  });

  it('takes back a restart that was prepared and has not begun, instead of waiting for it', () => {
    const simulator = fullStack();
    const marked = (): boolean => JSON.stringify(simulator.observe().cluster).includes('"restart":');
    while (!marked()) stepWith(simulator, rolled, []);
    stepWith(simulator, rolled, due);
    expect(marked()).toBe(false);
    expect(restarted(simulator)).toEqual([]);
    expect(verdict(simulator, rolled, minute)).toEqual({ allowed: true });
  });

  it('is in a row with those of others: one that anybody takes holds the next step, too', () => {
    const simulator = fullStack();
    const { cluster } = simulator.elasticsearch;
    if (cluster === undefined) throw new Error('There is a cluster.');
    startSnapshot(cluster, 'theirs/slm-1');
    const [refusal] = stepWith(simulator, two, due).refusals;
    expect(refusal?.message).toContain(`theirs/slm-1, ${due[0] ?? ''}`);
  });
});

describe('the moment to begin', () => {
  const wanted = ['logs-es-data-0', 'logs-es-data-1'];
  const now = new Date('2026-11-22T01:30:00Z');
  const calm = runningStack(stackWith()).observe().cluster;
  if (!calm.answered) throw new Error('The simulator answers.');
  const ago = (ms: number): Date => new Date(now.getTime() - ms);
  const judge = (changes: object, waitedMs: number): string => {
    const found = mayStart({ ...calm, ...changes }, wanted, ago(waitedMs), now);
    return found.allowed ? 'yes' : found.reason;
  };
  const health = (counts: object) => ({ health: { ...calm.health, ...counts } });
  const mark = (since: string): { readonly settings: ClusterSettings } => ({
    settings: { ...calm.settings, marks: { restart: `logs-es-data-1 uid ${since} copies` } },
  });
  const without = { nodes: calm.nodes.filter(({ name }) => name !== 'logs-es-data-1') };

  it.each<[string, object, number, string]>([
    ['nothing is in the way', {}, minute, 'yes'],
    ['nobody may have seen yet that it is due', {}, 1999, 'Waiting'],
    ['that is seen', {}, 2000, 'yes'],
    ['shards move', health({ relocating: 1 }), minute, 'WaitingForShards'],
    ['shards recover', health({ initializing: 2 }), minute, 'WaitingForShards'],
    ['shards have moved for long', health({ relocating: 1, initializing: 1 }), 10 * minute, 'yes'],
    ['shards have no place, and nothing moves', health({ unassigned: 9, status: 'yellow' }), minute, 'yes'],
    ['a node is away', without, minute, 'WaitingForNodes'],
    ['a node has been away for long', without, 10 * minute, 'yes'],
    ['a node restarts', mark(ago(minute).toISOString()), minute, 'WaitingForRestart'],
    ['a node restarts, and it has waited for long', mark(ago(minute).toISOString()), 60 * minute, 'WaitingForRestart'],
    ['a restart does not come to its end', mark(ago(10 * minute).toISOString()), 60 * minute, 'yes'],
    [
      'a restart does not come to its end, and shards move',
      { ...mark(ago(10 * minute).toISOString()), ...health({ relocating: 1 }) },
      minute,
      'WaitingForShards',
    ],
    ['nobody can read since when a node restarts', mark('yesterday'), minute, 'yes'],
    ['it waits since a time to come', health({ relocating: 1 }), -60 * minute, 'yes'],
  ])('when %s', (_name, changes, waitedMs, expected) => {
    expect(judge(changes, waitedMs)).toBe(expected);
  });

  it('is none while the pod of a node is on its way out, though Elasticsearch has not noticed', () => {
    const pod = (name: string, metadata: object = {}): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, ...metadata },
    });
    const of = (...pods: readonly KubeObject[]) => mayStart(withoutGoing(calm, pods), wanted, ago(minute), now);
    expect(of(...wanted.map((name) => pod(name)))).toEqual({ allowed: true });
    expect(of(pod('logs-es-data-1', { deletionTimestamp: '2026-11-22T01:29:59Z' }))).toMatchObject({
      reason: 'WaitingForNodes',
    });
  });

  it('is none while Elasticsearch gives no answer', () => {
    const silent: ClusterLook = { answered: false, code: 'EsTimeout', message: 'No answer.' };
    expect(mayStart(silent, wanted, ago(60 * minute), now)).toEqual({
      allowed: false,
      reason: 'EsTimeout',
      message: 'No answer.',
    });
  });
});

describe('what is due', () => {
  const object = (kind: string, status: object, metadata: object = {}): KubeObject => ({
    apiVersion: 'loggingstack.dev/v1alpha1',
    kind,
    metadata: { name: 'one', namespace: 'team', ...metadata },
    spec: { stackRef: { name: 'logs' }, repositoryRef: { name: 'backups' } },
    status,
  });
  const single = (status: object, metadata?: object) => object('StackSnapshot', status, metadata);
  const waiting = { state: 'Waiting', snapshotName: 'one-12345678' };

  it.each<[string, readonly KubeObject[], readonly string[]]>([
    ['one that waits', [single(waiting)], ['backups/one-12345678']],
    ['none that is taken already', [single({ ...waiting, state: 'InProgress' })], []],
    ['none that cannot begin', [single({ snapshotName: 'one-12345678' })], []],
    ['none that nobody looked at', [single({})], []],
    ['none that is being deleted', [single(waiting, { deletionTimestamp: '2026-11-22T01:30:00Z' })], []],
  ])('of snapshots: %s', (_name, snapshots, expected) => {
    expect(dueSnapshots(snapshots, [])).toEqual(expected);
  });

  it('of schedules: those that their status names', () => {
    const schedules = [object('StackSnapshotSchedule', { waiting: ['a', 'b'] }), object('StackSnapshotSchedule', {})];
    expect(dueSnapshots([], schedules)).toEqual(['backups/a', 'backups/b']);
  });

  it('is told once, also of one that has just begun', () => {
    const simulator = runningStack(stackWith());
    const { cluster } = simulator.elasticsearch;
    if (cluster === undefined) throw new Error('There is a cluster.');
    startSnapshot(cluster, due[0] ?? '');
    expect(withDueSnapshots(simulator.observe({ detail: true }).cluster, due)).toMatchObject({
      detail: { snapshotsInProgress: due },
    });
  });
});
