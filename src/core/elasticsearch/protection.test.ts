// Tests of copies that are kept in place while their node restarts: when it pays, whose value it is, and that it is put back after every crash.
import { describe, expect, it } from 'vitest';
import type { Simulator } from '../../simulator/simulator.ts';
import { runningStack, settle, step } from '../../simulator/simulator.testing.ts';
import type { ClusterSettings } from './observed.ts';
import { changedConfig, stackWith } from './plan.testing.ts';
import { isPrepared, planRestart, preparedRestart, restartingNode } from './protection.ts';
import { contextOf, pod, set } from './rules/rules.testing.ts';
import { expectClean, settleUnderWrites } from './sequences.testing.ts';
import { hot, liveSet, situation } from './situation.testing.ts';
import type { PodView } from './view.ts';

const enable = 'cluster.routing.allocation.enable';
const takenAt = '2026-01-01T00:00:00Z';

const withUid = (one: PodView, uid: string): PodView => ({
  ...one,
  object: { ...one.object, metadata: { ...one.object.metadata, uid } },
});
const due = withUid(pod('logs-es-data-1', { outdated: true }), 'uid-1');
const back = { ...withUid(pod('logs-es-data-1'), 'uid-2') };
const gone = { ...back, ready: false, joined: false } as PodView;

const marked = (since = takenAt, node = 'logs-es-data-1'): Partial<ClusterSettings> => ({
  allocationEnable: 'primaries',
  marks: { restart: `${node} uid-1 ${since} copies` },
});
const copies = { a: { on: ['data-1', 'data-0'] } };
const alone = { a: { on: ['data-1'] }, b: { on: ['data-0', 'data-2'] } };

/** A cluster of this pod and another, with these settings. */
function scene(
  one: PodView,
  settings: Partial<ClusterSettings> = {},
  indices: Parameters<typeof situation>[0] = { indices: copies },
) {
  const { detail } = situation({ sets: [liveSet('data', 2, hot)], ...indices });
  const look = { settings: { excludedNames: [], allocationEnable: undefined, marks: {}, ...settings } };
  return contextOf([set('data', [one, pod('logs-es-data-0')], { partition: 2 })], { look, detail });
}

function protectedIn(context: ReturnType<typeof scene>): boolean {
  const { cluster } = context.observed;
  if (!cluster.answered || cluster.detail === undefined) throw new Error('The look of a test is answered.');
  return isPrepared(cluster, cluster.detail, due);
}

describe('[killed-mid-restart] a node may go', () => {
  it.each<[string, Partial<ClusterSettings>, boolean]>([
    ['not before its copies are kept', {}, false],
    ['when its copies are kept', marked(), true],
    ['not when those of another are', marked(takenAt, 'logs-es-data-0'), false],
    [
      'not when those of a former pod of its name were',
      { ...marked(), marks: { restart: 'logs-es-data-1 uid-0 x copies' } },
      false,
    ],
    ['not when somebody has taken it back', { ...marked(), allocationEnable: undefined }, false],
    ['when a user decides on allocation', { allocationEnable: 'all' }, true],
  ])('%s', (_name, settings, expected) => {
    expect(protectedIn(scene(due, settings))).toBe(expected);
  });

  it('at once when no other node has what it has', () => {
    expect(protectedIn(scene(due, {}, { indices: alone }))).toBe(true);
  });
});

describe('[killed-mid-restart] what is set', () => {
  const letGo = [{ kind: 'setAllocationEnable', enable: { value: undefined }, restart: undefined }];
  const dropped = [{ kind: 'setAllocationEnable', enable: undefined, restart: undefined }];

  it.each<[string, PodView, Partial<ClusterSettings>, PodView | undefined, unknown]>([
    [
      'is marked with the pod and the time',
      due,
      {},
      due,
      [
        {
          kind: 'setAllocationEnable',
          enable: { value: 'primaries' },
          restart: `logs-es-data-1 uid-1 ${takenAt} copies`,
        },
      ],
    ],
    ['is nothing while no node is due', due, {}, undefined, []],
    ['is nothing where a user decides', due, { allocationEnable: 'none' }, due, []],
    ['stays while the node is due', due, marked(), due, []],
    ['stays while the node is away', gone, marked(), undefined, []],
    ['is put back when the node is', back, marked(), undefined, letGo],
    ['is put back when the restart no longer is wanted', due, marked(), undefined, letGo],
    ['is put back when the node has been away for long', gone, marked('2025-12-31T23:49:00Z'), undefined, letGo],
    [
      'stays while the node has been away for almost ten minutes',
      gone,
      marked('2025-12-31T23:50:00.001Z'),
      undefined,
      [],
    ],
    ['is put back when it has been away for ten', gone, marked('2025-12-31T23:50:00Z'), undefined, letGo],
    ['is put back when nobody knows since when it stands', gone, marked('?'), undefined, letGo],
    ['is put back when the pool is smaller by now', due, marked(takenAt, 'logs-es-data-7'), undefined, letGo],
    ['is not put back over the value of a user', back, { ...marked(), allocationEnable: 'none' }, undefined, dropped],
  ])('%s', (_name, one, settings, wanted, expected) => {
    expect(planRestart(scene(one, settings), wanted)).toEqual(expected);
  });

  it('stays while Kubernetes has not come to it yet', () => {
    const context = scene(due, marked());
    const sets = context.sets.map((one) => ({ ...one, partition: 1 }));
    expect(planRestart({ ...context, sets }, undefined)).toEqual([]);
  });

  it('is nothing that anybody knows of without an answer', () => {
    expect(planRestart(contextOf([set('data', [due])], { answered: false }), due)).toEqual([]);
  });
});

describe('[killed-mid-restart] the node whose prepared restart has begun', () => {
  const until = (one: PodView, partition = 2): string | undefined => {
    const context = scene(one, marked());
    return restartingNode({ ...context, sets: context.sets.map((set) => ({ ...set, partition })) });
  };

  it.each<[string, PodView, number | undefined, string | undefined]>([
    ['is none while it serves and nobody has told Kubernetes', due, undefined, undefined],
    ['is the one that Kubernetes is to replace', due, 1, due.name],
    ['is the one whose pod ends', { ...due, terminating: true, ready: false }, undefined, due.name],
    ['is the one whose pod is another by now', back, undefined, due.name],
    ['is the one whose pod is not there', pod('logs-es-data-2'), undefined, due.name],
  ])('%s', (_name, one, partition, expected) => {
    expect(until(one, partition)).toBe(expected);
  });

  it('is none while another pool gives its pods their template', () => {
    const context = scene(due, marked());
    const sets = [set('warm', [pod('logs-es-warm-1', { outdated: true })]), ...context.sets];
    expect(restartingNode({ ...context, sets })).toBeUndefined();
  });
});

describe('[masters-3-1-3] an only vote', () => {
  const voters = (configuration: readonly string[], excluded: readonly string[] = []) => ({
    voting: { configuration, excluded },
  });
  const [first, second] = ['logs-es-data-1', 'logs-es-data-0'];
  const mark = (done: string) => ({ marks: { restart: `${first} uid-1 ${takenAt} ${done}` } });

  /** Two nodes that are masters and hold nothing. */
  function twoMasters(one: PodView, look: object, settings: Partial<ClusterSettings> = {}) {
    const context = scene(one, settings, {});
    const { cluster } = context.observed;
    if (!cluster.answered) throw new Error('The look of a test is answered.');
    const nodes = cluster.nodes.map((node) => ({ ...node, roles: ['master'] }));
    return { ...context, observed: { ...context.observed, cluster: { ...cluster, nodes, ...look } } };
  }

  it.each<[string, object, Partial<ClusterSettings>, boolean]>([
    ['is handed over first', voters([first]), {}, false],
    ['and is gone', voters([second], [first]), mark('vote'), true],
    ['and is not gone yet', voters([first], [first]), mark('vote'), false],
    ['of another need not be', voters([second]), {}, true],
    ['goes to nobody who must not vote', voters([first], [second]), {}, true],
  ])('%s: %o', (_name, look, settings, expected) => {
    expect(protectedIn(twoMasters(due, look, settings))).toBe(expected);
  });

  const marking = { kind: 'setAllocationEnable', enable: undefined, restart: `${first} uid-1 ${takenAt} vote` };
  const unmarking = { ...marking, restart: undefined };
  const taking = { kind: 'addVotingExclusions', nodes: [first] };
  const clearing = { kind: 'clearVotingExclusions' };

  it.each<[string, PodView, object, Partial<ClusterSettings>, PodView | undefined, unknown]>([
    ['is taken with a mark', due, voters([first]), {}, due, [marking, taking]],
    ['is taken again after a crash', due, voters([first]), mark('vote'), due, [taking]],
    ['is taken once', due, voters([second], [first]), mark('vote'), due, []],
    ['comes back when the node is', back, voters([second], [first]), mark('vote'), undefined, [clearing, unmarking]],
    [
      'comes back beside what others excluded',
      back,
      voters([second], [first, 'x']),
      mark('vote'),
      undefined,
      [clearing, { kind: 'addVotingExclusions', nodes: ['x'] }, unmarking],
    ],
    [
      'of which the mark does not tell is not ours',
      back,
      voters([second], [first]),
      mark('copies'),
      undefined,
      [unmarking],
    ],
    [
      'of which the mark tells, but that is not excluded any more, is not cleared again',
      back,
      voters([second]),
      mark('vote'),
      undefined,
      [unmarking],
    ],
    [
      'comes back beside a value of allocation that a user set',
      back,
      voters([second], [first]),
      { ...mark('vote'), allocationEnable: 'primaries' },
      undefined,
      [clearing, unmarking],
    ],
    ['that came to the node only now is prepared anew', due, voters([first]), mark(''), due, [unmarking]],
  ])('%s', (_name, one, look, settings, wanted, expected) => {
    expect(planRestart(twoMasters(one, look, settings), wanted)).toEqual(expected);
  });

  it('of two masters serves throughout a roll', () => {
    const two = { topology: 'Combined', data: { replicas: 2 } } as const;
    const simulator = runningStack(stackWith(two));
    let unanswered = 0;
    for (let round = 0; round < 60; round += 1) {
      step(simulator, stackWith({ ...two, config: changedConfig }));
      simulator.tick();
      if (!simulator.observe().cluster.answered) unanswered += 1;
    }
    expect(unanswered).toBe(0);
    expect(simulator.records.quorumLosses).toEqual([]);
    expect(simulator.records.restarts).toHaveLength(2);
    expectClean(simulator, settle(simulator, stackWith({ ...two, config: changedConfig })));
  });
});

const settingsOf = ({ elasticsearch }: Simulator): ReadonlyMap<string, string> =>
  elasticsearch.cluster?.settings ?? new Map<string, string>();
const changed = stackWith({ config: changedConfig });

describe('[killed-mid-restart] a roll', () => {
  it('holds allocation for each data node, and for nobody else', () => {
    const simulator = runningStack(stackWith());
    const held = new Set<string | undefined>();
    for (let round = 0; round < 80; round += 1) {
      simulator.elasticsearch.write('logs-app-default', 10);
      step(simulator, changed);
      const { cluster } = simulator.observe();
      if (cluster.answered) held.add(preparedRestart(cluster)?.node);
      simulator.tick();
    }
    expect([...held]).toEqual([undefined, 'logs-es-data-1', 'logs-es-data-0']);
    expectClean(simulator, settle(simulator, changed));
    expect(settingsOf(simulator).has(enable)).toBe(false);
  });

  it('leaves the value of a user alone entirely', () => {
    const simulator = runningStack(stackWith());
    simulator.elasticsearch.cluster?.settings.set(enable, 'all');
    expectClean(simulator, settleUnderWrites(simulator, changed));
    expect(settingsOf(simulator).get(enable)).toBe('all');
    expect(simulator.records.restarts).toHaveLength(6);
  });

  it.each(Array.from({ length: 30 }, (_, looks) => looks))(
    'taken back after %i looks leaves nothing behind, wherever the operator died',
    (looks) => {
      const simulator = runningStack(stackWith());
      for (let look = 0; look < looks; look += 1) {
        step(simulator, changed, look === looks - 1 ? 1 : undefined);
        simulator.tick();
      }
      expectClean(simulator, settleUnderWrites(simulator, stackWith()));
      expect(settingsOf(simulator).has(enable)).toBe(false);
    },
  );

  it('that loses its node for good makes the copies elsewhere', () => {
    const three = { data: { replicas: 3 } };
    const simulator = runningStack(stackWith(three));
    const isAway = () => settingsOf(simulator).get(enable) === 'primaries';
    for (let round = 0; !isAway() && round < 60; round += 1) {
      step(simulator, stackWith({ ...three, config: changedConfig }));
      simulator.tick();
    }
    const name = 'logs-es-data-2';
    for (let round = 0; round < 140; round += 1) {
      step(simulator, stackWith({ ...three, config: changedConfig }));
      simulator.tick();
      if (simulator.pods.get(name)?.state !== 'crashing') simulator.crash(name);
    }
    expect(settingsOf(simulator).has(enable)).toBe(false);
    expect(simulator.observe().cluster).toMatchObject({ health: { status: 'green' } });
  });
});
