// Tests of rolling changes as sequences on the simulator: one node at a time, masters last, bad configs, one-node stacks, indices without copies.
import { describe, expect, it } from 'vitest';
import type { Simulator } from '../../simulator/simulator.ts';
import { runningStack, settle, step } from '../../simulator/simulator.testing.ts';
import { startSnapshot } from '../../simulator/snapshots.ts';
import { badConfig, changedConfig, oneNode, ready, stackWith } from './plan.testing.ts';
import { expectClean, settleUnderWrites } from './sequences.testing.ts';

const changed = stackWith({ config: changedConfig });
const inOrder = [
  'logs-es-data-1',
  'logs-es-data-0',
  'logs-es-ingest-0',
  'logs-es-master-2',
  'logs-es-master-1',
  'logs-es-master-0',
];
const restarts = ({ records }: Simulator) => records.restarts.filter(({ cause }) => cause === 'operator');
const restarted = (simulator: Simulator): readonly string[] => restarts(simulator).map(({ pod }) => pod);
const besides = (simulator: Simulator): readonly string[] => restarts(simulator).flatMap(({ others }) => others);
const revisions = ({ pods }: Simulator): Set<string> =>
  new Set([...pods.values()].map((pod) => `${pod.set}/${pod.revision}`));
const configs = ({ kubernetes }: Simulator): readonly string[] =>
  [...kubernetes.objects.keys()].filter((key) => key.includes('-config-'));

function steps(simulator: Simulator, stack = changed, rounds = 1, actions?: number): void {
  for (let round = 0; round < rounds; round += 1) {
    step(simulator, stack, actions);
    simulator.tick();
  }
}

describe('a changed config', () => {
  it('[rejoin-before-next] rolls one node at a time, each after all others serve, data first and masters last', () => {
    const simulator = runningStack(stackWith());
    const before = revisions(simulator);
    expectClean(simulator, settleUnderWrites(simulator, changed));
    expect(restarted(simulator)).toEqual(inOrder);
    expect(besides(simulator)).toEqual([]);
    expect(revisions(simulator).intersection(before).size).toBe(0);
    for (const set of simulator.kubernetes.sets.values())
      expect(set.object['spec']).toMatchObject({ updateStrategy: { rollingUpdate: { partition: 0 } } });
  });

  it('[rejoin-before-next] waits until the copies of the last node have recovered, however long it takes', () => {
    const simulator = runningStack(stackWith());
    simulator.elasticsearch.write('logs-app-default', 1000, 1024 ** 2);
    settle(simulator, stackWith());
    for (let round = 0; restarts(simulator).length < 2 && round < 200; round += 1) {
      simulator.elasticsearch.write('logs-app-default', 50, 1024 ** 2);
      steps(simulator);
    }
    expect(restarted(simulator)).toEqual(inOrder.slice(0, 2));
    expectClean(simulator, settle(simulator, changed));
  });

  it('removes the configs that no pod can come back to', () => {
    const simulator = runningStack(stackWith());
    const before = configs(simulator);
    settle(simulator, changed);
    expect(configs(simulator)).toHaveLength(before.length);
    expect(configs(simulator)).not.toEqual(before);
  });

  it('[killed-mid-restart] ends the same way when the operator dies after every single action', () => {
    const simulator = runningStack(stackWith());
    steps(simulator, changed, 100, 1);
    expectClean(simulator, settle(simulator, changed));
    expect(restarts(simulator)).toHaveLength(6);
    expect(besides(simulator)).toEqual([]);
  });

  it('[evicted-early] a pod that is evicted before its turn comes back on the old template', () => {
    const simulator = runningStack(stackWith());
    const before = revisions(simulator);
    steps(simulator);
    simulator.evict('logs-es-master-0');
    simulator.tick();
    simulator.tick();
    expect(before).toContain(`logs-es-master/${simulator.pods.get('logs-es-master-0')?.revision ?? ''}`);
    expect(ready(settle(simulator, changed))).toMatchObject({ status: 'True' });
    expect(restarted(simulator).at(-1)).toBe('logs-es-master-0');
  });

  it('[two-pools-stale-cache] decides nothing about pods while the status is older than the last write', () => {
    const simulator = runningStack(stackWith());
    step(simulator, changed);
    for (let look = 0; look < 3; look += 1) expect(step(simulator, changed).actions).toEqual([]);
    settle(simulator, changed);
    expect(besides(simulator)).toEqual([]);
    expect(restarts(simulator)).toHaveLength(6);
  });

  it.each([
    ['Elasticsearch gives no answer', { silent: true }, 'ClusterUnknown'],
    ['nobody gets a closer look', { detailFails: true }, 'ClusterUnknown'],
  ])('[drain-fails-open] holds, by name, while %s', (_name, fault, rule) => {
    const simulator = runningStack(stackWith());
    Object.assign(simulator, fault);
    const planned = settle(simulator, changed);
    expect(restarts(simulator)).toEqual([]);
    expect(planned.refusals).toMatchObject([{ rule, subject: 'Pod/logs-es-data-1' }]);
    Object.assign(simulator, { silent: false, detailFails: false });
    settle(simulator, changed);
    expect(restarts(simulator)).toHaveLength(6);
  });

  it('[drain-fails-open] only waits while nodes come and go in the middle of every closer look', () => {
    const simulator = runningStack(stackWith());
    simulator.detailFails = 'untold';
    const { refusals, findings, needsDetail } = settle(simulator, changed);
    expect(restarts(simulator)).toEqual([]);
    expect({ refusals, needsDetail }).toEqual({ refusals: [], needsDetail: true });
    expect(findings[0]).toMatchObject({ type: 'ElasticsearchReady', status: 'False' });
    simulator.detailFails = false;
    settle(simulator, changed);
    expect(restarts(simulator)).toHaveLength(6);
  });

  it('[kubectl-drain] restarts nobody while others have evicted one, and goes on when it is back', () => {
    const simulator = runningStack(stackWith());
    const evicted = ['logs-es-master-0', 'logs-es-data-0', 'logs-es-ingest-0', 'logs-es-master-1'];
    for (let round = 0; round < 60; round += 1) {
      // The disruption budget lets nobody evict while one is away.
      const allServe = [...simulator.pods.values()].every(simulator.serves);
      if (round % 7 === 3 && allServe) simulator.evict(evicted.shift() ?? '');
      steps(simulator);
    }
    expect(evicted).toEqual([]);
    expectClean(simulator, settle(simulator, changed));
    expect(besides(simulator)).toEqual([]);
  });

  it('[upgrade-restarts-leaving] restarts no node that is being drained', () => {
    const three = stackWith({ data: { replicas: 3 } });
    const simulator = runningStack(three);
    for (let round = 0; round < 3; round += 1) steps(simulator, stackWith());
    expectClean(simulator, settleUnderWrites(simulator, changed));
    expect(restarted(simulator)).not.toContain('logs-es-data-2');
  });
});

describe('copies during a roll', () => {
  const three = { data: { replicas: 3 } };
  const rolled = stackWith({ ...three, config: changedConfig });

  it('[upgrade-yellow] goes on while an index lacks a copy that it does not need', () => {
    const simulator = runningStack(stackWith(three));
    simulator.elasticsearch.createIndex('much', { replicas: 5 });
    expect(ready(settleUnderWrites(simulator, rolled))).toMatchObject({ status: 'True' });
    expect(simulator.observe().cluster).toMatchObject({ health: { status: 'yellow' } });
    expect(simulator.records.lastCopyLosses).toEqual([]);
  });

  it('[red-elsewhere] goes on while an index has lost all its copies', () => {
    const simulator = runningStack(stackWith(three));
    simulator.elasticsearch.createIndex('lost', { replicas: 0, filters: { 'require._name': 'nobody' } });
    const planned = settleUnderWrites(simulator, rolled);
    expect(simulator.observe().cluster).toMatchObject({ health: { status: 'red' } });
    expect(planned.refusals).toEqual([]);
    expect(restarts(simulator)).toHaveLength(7);
  });

  it('[zero-replica-roll] is refused by the name of the index, and goes on with consent', () => {
    const simulator = runningStack(stackWith(three));
    simulator.elasticsearch.createIndex('old-import', { replicas: 0 });
    simulator.elasticsearch.write('old-import', 10);
    const planned = settle(simulator, rolled);
    expect(planned.refusals).toMatchObject([{ rule: 'ZeroReplicaRestart', subject: 'index/old-import' }]);
    expect(simulator.records.lastCopyLosses).toEqual([]);
    const override = { subject: 'index/old-import', until: '2027-01-01T00:00:00Z', reason: 'known' } as const;
    const consented = { ...rolled, overrides: [{ rule: 'ZeroReplicaRestart', ...override }] } as const;
    expect(ready(settle(simulator, consented))).toMatchObject({ status: 'True' });
    expect(simulator.records.lastCopyLosses.map(({ index }) => index)).toEqual(['old-import']);
    expect(simulator.records.dataLosses).toEqual([]);
  });

  it('[zero-replica-roll] goes on when the index gets a copy', () => {
    const simulator = runningStack(stackWith(three));
    simulator.elasticsearch.createIndex('old-import', { replicas: 0 });
    settle(simulator, rolled);
    simulator.elasticsearch.take({ kind: 'setReplicas', indices: ['old-import'], replicas: 1 });
    expectClean(simulator, settle(simulator, rolled));
  });

  it('waits for a snapshot that is being taken, whoever started it', () => {
    const simulator = runningStack(stackWith(three));
    simulator.elasticsearch.write('logs-app-default', 1000, 1024 ** 2);
    settle(simulator, stackWith(three));
    const { cluster } = simulator.elasticsearch;
    if (cluster === undefined) throw new Error('There is a cluster.');
    startSnapshot(cluster, 'backups/daily');
    const first = step(simulator, rolled);
    simulator.tick();
    steps(simulator, rolled);
    expect(first.actions).not.toEqual([]);
    while (cluster.snapshots.size > 0) {
      expect(step(simulator, rolled).refusals).toMatchObject([{ rule: 'SnapshotRunning' }]);
      expect(restarts(simulator)).toEqual([]);
      simulator.tick();
    }
    expectClean(simulator, settle(simulator, rolled));
  });

  it('a frozen node is missed before another goes', () => {
    const simulator = runningStack(stackWith(three));
    simulator.freeze('logs-es-data-0');
    steps(simulator, rolled, 40);
    expect(restarts(simulator).filter(({ others }) => others.length > 0)).toEqual([]);
    simulator.freeze('logs-es-data-0', false);
    expectClean(simulator, settle(simulator, rolled));
  });
});

describe('[kubectl-drain] a node that others evict again and again', () => {
  const roll = (maxUnavailable: number): Simulator => {
    const budget = { changeBudget: { maxUnavailable } };
    const simulator = runningStack(stackWith(budget));
    for (let round = 0; round < 40; round += 1) {
      simulator.evict('logs-es-ingest-0');
      steps(simulator, stackWith({ ...budget, config: changedConfig }));
    }
    return simulator;
  };

  it('spends a budget of one', () => {
    expect(restarted(roll(1))).toEqual([]);
  });

  it('leaves one of a budget of two: nodes of other pools are restarted one at a time', () => {
    const simulator = roll(2);
    expect(restarted(simulator)).toEqual(inOrder.slice(0, 2));
    const stack = stackWith({ changeBudget: { maxUnavailable: 2 }, config: changedConfig });
    expectClean(simulator, settle(simulator, stack));
  });
});

describe('[bad-config-roll]', () => {
  const bad = stackWith({ config: badConfig });

  it('only one pod ever takes a bad config, even when another is evicted meanwhile; the fix goes to it at once', () => {
    const simulator = runningStack(stackWith());
    const planned = settle(simulator, bad);
    expect(ready(planned)).toMatchObject({ status: 'False', reason: 'PodsFailing' });
    expect(planned.refusals).toMatchObject([{ rule: 'PodsNotReady' }]);
    simulator.evict('logs-es-data-0');
    settle(simulator, bad);
    expect([...simulator.brokenStarts]).toEqual(['logs-es-data-1']);
    expect(ready(settle(simulator, changed))).toMatchObject({ status: 'True' });
    expect([...simulator.brokenStarts]).toEqual(['logs-es-data-1']);
    expect(besides(simulator)).toEqual([]);
  });

  it('only one pod ever takes a bad config, whatever the budget is', () => {
    const budget = { changeBudget: { maxUnavailable: 3 } };
    const simulator = runningStack(stackWith(budget));
    settle(simulator, stackWith({ ...budget, config: badConfig }));
    expect([...simulator.brokenStarts]).toEqual(['logs-es-data-1']);
  });

  it('while a pod of the new template is not ready, no other takes it, not even one that cannot start either', () => {
    const simulator = runningStack(stackWith());
    settle(simulator, bad);
    simulator.crash('logs-es-data-0');
    settle(simulator, bad);
    expect([...simulator.brokenStarts]).toEqual(['logs-es-data-1']);
  });

  it('a pod that cannot start waits for one that was evicted: both would take the new template', () => {
    const three = { data: { replicas: 3 } };
    const simulator = runningStack(stackWith(three));
    steps(simulator, stackWith({ ...three, config: badConfig }));
    simulator.evict('logs-es-data-2');
    simulator.crash('logs-es-data-1');
    settle(simulator, stackWith({ ...three, config: badConfig }));
    expect([...simulator.brokenStarts]).toEqual(['logs-es-data-1']);
  });

  it('a second bad config is tried on the same pod only', () => {
    const simulator = runningStack(stackWith());
    settle(simulator, bad);
    settle(simulator, stackWith({ config: { 'bad.setting': '2' } }));
    expect([...simulator.brokenStarts]).toEqual(['logs-es-data-1']);
    expect(ready(settle(simulator, stackWith()))).toMatchObject({ status: 'True' });
  });

  it('a broken pod in the middle, and of a later pool, gets what mends it before the others', () => {
    const simulator = runningStack(stackWith());
    for (const name of ['logs-es-data-0', 'logs-es-master-1']) simulator.crash(name);
    expect(ready(settle(simulator, changed))).toMatchObject({ status: 'True' });
    expect(besides(simulator)).toEqual([]);
    expect(restarted(simulator)).not.toContain('logs-es-master-1');
  });
});

describe('[single-master-roll]', () => {
  it('a stack of one node takes a new config, also while it is yellow', () => {
    const simulator = runningStack(oneNode());
    simulator.elasticsearch.createIndex('alone', { replicas: 1 });
    expect(ready(settle(simulator, oneNode({ config: changedConfig })))).toMatchObject({ status: 'True' });
    expect(restarts(simulator)).toHaveLength(1);
    expect(simulator.observe().cluster).toMatchObject({ health: { status: 'yellow' } });
  });

  it('a bad config on the one node is mended by a good one', () => {
    const simulator = runningStack(oneNode());
    settle(simulator, oneNode({ config: badConfig }));
    expect(ready(settle(simulator, oneNode()))).toMatchObject({ status: 'True' });
  });

  it('keeps the config that the node would come back to, as long as the new one is not proven', () => {
    const simulator = runningStack(oneNode());
    const before = configs(simulator);
    settle(simulator, oneNode({ config: badConfig }));
    expect(configs(simulator)).toEqual(expect.arrayContaining([...before]));
  });

  it('a stack with one dedicated master rolls', () => {
    const simulator = runningStack(stackWith({ master: { replicas: 1 } }));
    settle(simulator, stackWith({ master: { replicas: 1 }, config: changedConfig }));
    expect(restarted(simulator).at(-1)).toBe('logs-es-master-0');
  });
});
