// Tests of whole changes on the simulator, under writes: scale-down of every pool, pools that come and go, crashes of the operator. Failure rows are named by their ids.
import { describe, expect, it } from 'vitest';
import type { Simulator } from '../../simulator/simulator.ts';
import { runningStack, settle, step } from '../../simulator/simulator.testing.ts';
import type { ResolvedStack } from '../stack.ts';
import { plan } from './plan.ts';
import { stackWith, templates } from './plan.testing.ts';
import { claims, dataNodes, expectClean, masters, pods, removals, settleUnderWrites } from './sequences.testing.ts';

describe('scaling data nodes', () => {
  it('[drain-stale] 2 to 4 and back to 2, each node emptied before it goes, the highest first', () => {
    const simulator = runningStack(dataNodes(2));
    settleUnderWrites(simulator, dataNodes(4));
    expectClean(simulator, settleUnderWrites(simulator, dataNodes(2), 100));
    expect(removals(simulator)).toEqual(['logs-es-data-3', 'logs-es-data-2']);
    expect(pods(simulator)).toHaveLength(6);
    expect(claims(simulator)).toEqual(pods(simulator));
  });

  it('[replicas-precheck] 3 to 1, copies are lowered first', () => {
    const simulator = runningStack(dataNodes(3));
    expectClean(simulator, settleUnderWrites(simulator, dataNodes(1), 100));
    expect(removals(simulator)).toEqual(['logs-es-data-2', 'logs-es-data-1']);
    expect(simulator.observe().cluster).toMatchObject({ health: { status: 'green' } });
  });

  it.each<[string, boolean | 'untold']>([
    ['', false],
    [', nor while a closer look fails', true],
    [', nor while nodes come and go meanwhile', 'untold'],
  ])('[replicas-precheck] between two drains copies are not raised, to be lowered again for the next%s', (_, fails) => {
    const simulator = runningStack(dataNodes(3));
    const copies: number[] = [];
    let looks = 0;
    settle(simulator, dataNodes(1), 300, (stack, observed) => {
      looks += 1;
      simulator.detailFails = looks % 3 === 0 ? fails : false;
      const planned = plan(stack, observed, templates);
      for (const action of planned.actions) if (action.kind === 'setReplicas') copies.push(action.replicas);
      for (const action of planned.actions)
        if (action.kind === 'putIndexTemplate')
          copies.push(Number(/number_of_replicas":"(\d)/.exec(JSON.stringify(action.body))?.[1]));
      return planned;
    });
    expect(new Set(copies)).toEqual(new Set([0]));
    settle(simulator, dataNodes(3));
    expect(simulator.observe().cluster).toMatchObject({ health: { status: 'green' } });
  });

  it('keeps the claims when the spec says so, and takes them into use again', () => {
    const kept = (replicas: number): ResolvedStack => ({
      ...dataNodes(replicas),
      volumes: { whenDeleted: 'Delete', whenScaled: 'Retain' },
    });
    const simulator = runningStack(kept(3));
    expectClean(simulator, settle(simulator, kept(2)));
    expect(claims(simulator)).toContain('logs-es-data-2');
    expectClean(simulator, settle(simulator, kept(3)));
    expectClean(simulator, settle(simulator, kept(2)));
    expect(removals(simulator)).toEqual(['logs-es-data-2', 'logs-es-data-2']);
  });
});

describe('[masters-3-1-3]', () => {
  it('3 to 1 to 3, electable throughout', () => {
    const simulator = runningStack(masters(3));
    expectClean(simulator, settleUnderWrites(simulator, masters(1)));
    expect(removals(simulator)).toEqual(['logs-es-master-2', 'logs-es-master-1']);
    expectClean(simulator, settleUnderWrites(simulator, masters(3)));
    expect(simulator.records.quorumLosses).toEqual([]);
  });

  it('5 to 3 to 1', () => {
    const simulator = runningStack(masters(5));
    expectClean(simulator, settleUnderWrites(simulator, masters(3)));
    expectClean(simulator, settleUnderWrites(simulator, masters(1)));
    expect(removals(simulator)).toEqual([4, 3, 2, 1].map((ordinal) => `logs-es-master-${ordinal}`));
  });
});

describe('other pools', () => {
  it('ingest 2 to 1 to none', () => {
    const ingest = (replicas: number) => stackWith({ ingest: { replicas } });
    const simulator = runningStack(ingest(2));
    expectClean(simulator, settle(simulator, ingest(1)));
    expectClean(simulator, settle(simulator, ingest(0)));
    expect(simulator.kubernetes.sets.has('logs-es-ingest')).toBe(false);
    expect([...simulator.kubernetes.objects.keys()].filter((key) => key.includes('ingest'))).toEqual([]);
  });

  it('another storage class: a pool is added, the old one leaves with nothing lost', () => {
    const pool = (name: string) => ({ name, roles: ['data_hot' as const], replicas: 2, storage: { className: name } });
    const simulator = runningStack(stackWith({ pools: [pool('slow')] }));
    simulator.elasticsearch.createIndex('logs-old-default', { tierPreference: ['data_hot'] });
    simulator.elasticsearch.write('logs-old-default', 100);
    expectClean(simulator, settleUnderWrites(simulator, stackWith({ pools: [pool('fast')] }), 120));
    expect(simulator.kubernetes.sets.has('logs-es-slow')).toBe(false);
    expect(claims(simulator)).toEqual(pods(simulator));
  });

  it('a tier that holds nothing is added and removed', () => {
    const warm = stackWith({ pools: [{ name: 'warm', roles: ['data_warm'], replicas: 2 }] });
    const simulator = runningStack(warm);
    expectClean(simulator, settleUnderWrites(simulator, stackWith()));
    expect(simulator.kubernetes.sets.has('logs-es-warm')).toBe(false);
  });
});

describe('[second-cluster]', () => {
  it('kept volumes of more nodes than the spec asks for: their nodes start, and are drained', () => {
    const simulator = runningStack(dataNodes(3));
    simulator.deleteStack();
    expectClean(simulator, settle(simulator, dataNodes(2)));
    expect(removals(simulator).at(-1)).toBe('logs-es-data-2');
    expect(simulator.elasticsearch.world.clusters.size).toBe(1);
  });
});

describe('a StatefulSet that somebody scaled down by hand', () => {
  it('gets its nodes back before any of them is drained', () => {
    const simulator = runningStack(dataNodes(3));
    const object = {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'logs-es-data' },
      spec: { replicas: 2 },
    };
    simulator.take({ kind: 'apply', object, fieldManager: 'somebody' }, 'somebody');
    expectClean(simulator, settleUnderWrites(simulator, dataNodes(2)));
    expect(simulator.records.removals.map(({ pod }) => pod)).toEqual(['logs-es-data-2', 'logs-es-data-2']);
    expect(claims(simulator)).toEqual(pods(simulator));
  });
});

/** Every state in which the operator can die: after each action of each round until the change is over. */
describe('[killed-mid-restart]', () => {
  it.each([
    ['data 3 to 1', dataNodes(3), dataNodes(1)],
    ['masters 3 to 1', masters(3), masters(1)],
    ['a pool less', stackWith({ pools: [{ name: 'old', roles: ['data_hot'], replicas: 2 }] }), stackWith()],
  ])('%s ends the same way when the operator dies after every single action', (_name, before, after) => {
    const simulator = runningStack(before);
    for (let round = 0; round < 150; round += 1) {
      simulator.elasticsearch.write('logs-app-default', 20);
      step(simulator, after, 1);
      simulator.tick();
    }
    expectClean(simulator, settle(simulator, after));
    expect(claims(simulator)).toEqual(pods(simulator));
  });
});

describe('[tier-removal]', () => {
  const warm = stackWith({ pools: [{ name: 'warm', roles: ['data_warm'], replicas: 2 }] });
  const withData = (): Simulator => {
    const simulator = runningStack(warm);
    simulator.elasticsearch.createIndex('logs-old-a', { tierPreference: ['data_warm', 'data_hot'] });
    simulator.elasticsearch.createIndex('logs-old-b', { tierPreference: ['data_warm'] });
    simulator.elasticsearch.write('logs-old-a', 100);
    simulator.elasticsearch.write('logs-old-b', 100);
    settle(simulator, warm);
    return simulator;
  };
  const preferences = (simulator: Simulator): Record<string, readonly string[]> => {
    const { cluster } = simulator.observe({ detail: true });
    const indices = cluster.answered ? (cluster.detail?.indices ?? []) : [];
    return Object.fromEntries(
      indices.filter(({ name }) => name.startsWith('logs-old-')).map((index) => [index.name, index.tierPreference]),
    );
  };

  it('a tier with data is removed: its indices prefer the next tier first, and nothing of it is left', () => {
    const simulator = withData();
    expectClean(simulator, settleUnderWrites(simulator, stackWith(), 120));
    expect(simulator.kubernetes.sets.has('logs-es-warm')).toBe(false);
    expect(preferences(simulator)).toEqual({ 'logs-old-a': ['data_hot'], 'logs-old-b': ['data_hot'] });
  });

  it.each(Array.from({ length: 14 }, (_, looks) => looks))(
    'taken back after %i looks, the indices are in their tier again',
    (looks) => {
      const simulator = withData();
      for (let look = 0; look < looks; look += 1) {
        step(simulator, stackWith());
        simulator.tick();
      }
      const over = !preferences(simulator)['logs-old-a']?.includes('data_warm');
      expectClean(simulator, settle(simulator, warm, 500));
      expect(preferences(simulator)['logs-old-a']).toEqual(over ? ['data_hot'] : ['data_warm', 'data_hot']);
    },
  );

  it.each([2, 6, 40])(
    'an index that a user keeps on hot nodes with the tier as a way out stays so (after %i looks)',
    (looks) => {
      const simulator = withData();
      simulator.elasticsearch.createIndex('logs-old-c', { tierPreference: ['data_hot', 'data_warm'] });
      for (let look = 0; look < looks; look += 1) {
        step(simulator, stackWith());
        simulator.tick();
      }
      expect(preferences(simulator)['logs-old-c']).toEqual(['data_hot', 'data_warm']);
      expectClean(simulator, settle(simulator, warm, 500));
      expect(preferences(simulator)['logs-old-c']).toEqual(['data_hot', 'data_warm']);
    },
  );

  it('[drain-impossible] is refused while an index is there that the role of the operator does not reach', () => {
    const simulator = withData();
    simulator.elasticsearch.createIndex('metrics-cpu', { tierPreference: ['data_warm', 'data_hot'] });
    const { refusals } = settle(simulator, stackWith());
    expect(refusals[0]).toMatchObject({
      rule: 'LastOfTier',
      message: expect.stringContaining('metrics-cpu') as string,
    });
    expect(preferences(simulator)['logs-old-a']).toEqual(['data_warm', 'data_hot']);
    expect(simulator.observe().cluster).toMatchObject({ settings: { marks: {} } });
  });

  it('ends the same way when the operator dies after every single action', () => {
    const simulator = withData();
    for (let round = 0; round < 150; round += 1) {
      step(simulator, stackWith(), 1);
      simulator.tick();
    }
    expectClean(simulator, settle(simulator, stackWith()));
    expect(preferences(simulator)).toEqual({ 'logs-old-a': ['data_hot'], 'logs-old-b': ['data_hot'] });
  });
});
