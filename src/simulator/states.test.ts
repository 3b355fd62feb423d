// States of a stack that are no plain growth or roll, on the simulator: masters that never come back, tiers of different sizes, topologies. Failure rows are named by their ids.
import { describe, expect, it } from 'vitest';
import { changedConfig, ready, stackWith } from '../core/elasticsearch/plan.testing.ts';
import { isReplaced, replacementTarget } from '../core/elasticsearch/replacement.ts';
import type { ResolvedStack } from '../core/stack.ts';
import type { Simulator } from './simulator.ts';
import { runningStack, settle, step } from './simulator.testing.ts';

/** Looks, acts and writes for so many ticks. */
function live(simulator: Simulator, stack: ResolvedStack, ticks: number): void {
  for (let tick = 0; tick < ticks; tick += 1) {
    simulator.elasticsearch.write('logs-app-default', 10);
    step(simulator, stack);
    simulator.tick();
  }
}

/** The stack is ready, nothing of the operator's is left in it, and nothing was lost on the way by its doing. */
function expectWell(simulator: Simulator, stack: ResolvedStack): void {
  expect(ready(settle(simulator, stack))).toMatchObject({ status: 'True' });
  expect(simulator.observe().cluster).toMatchObject({
    health: { status: 'green' },
    settings: { excludedNames: [], marks: {} },
    voting: { excluded: [] },
  });
  const { quorumLosses, lastCopyLosses, dataLosses } = simulator.records;
  expect(quorumLosses.filter(({ cause, voters }) => cause === 'operator' && voters > 1)).toEqual([]);
  expect(lastCopyLosses.filter(({ cause }) => cause === 'operator')).toEqual([]);
  expect(dataLosses).toEqual([]);
}

const voters = (simulator: Simulator): readonly string[] => {
  const { cluster } = simulator.observe();
  return cluster.answered ? cluster.voting.configuration : [];
};

describe('masters 3 to 1', () => {
  it.each(['logs-es-master-1', 'logs-es-master-2'])(
    '[masters-3-1-3] with one that never comes back (%s): it goes, and the last one rules alone',
    (dead) => {
      const simulator = runningStack(stackWith());
      simulator.crash(dead);
      live(simulator, stackWith(), 5);
      const one = stackWith({ master: { replicas: 1 } });
      live(simulator, one, 60);
      expectWell(simulator, one);
      expect(voters(simulator)).toEqual(['logs-es-master-0']);
      live(simulator, stackWith(), 40);
      expectWell(simulator, stackWith());
      expect(voters(simulator)).toHaveLength(3);
    },
  );

  it('[masters-3-1-3] with the one that is to stay away, none goes', () => {
    const simulator = runningStack(stackWith());
    simulator.crash('logs-es-master-0');
    live(simulator, stackWith({ master: { replicas: 1 } }), 40);
    expect(simulator.records.removals).toEqual([]);
    expect(simulator.observe().cluster).toMatchObject({ answered: true });
  });
});

describe('[redundancy-tier] copies in tiers of different sizes', () => {
  const withWarm = (replicas: number) => stackWith({ pools: [{ name: 'warm', roles: ['data_warm'], replicas }] });
  const copiesOf = (simulator: Simulator, name: string): number | undefined => {
    const { cluster } = simulator.observe({ detail: true });
    return cluster.answered ? cluster.detail?.indices.find((index) => index.name === name)?.replicas : undefined;
  };

  it('an index keeps what its tier can hold: fewer in a small one, more again when that has grown', () => {
    const simulator = runningStack(withWarm(1));
    const [fresh = ''] = [...(simulator.elasticsearch.cluster?.indices.keys() ?? [])];
    const tierPreference = ['data_warm', 'data_hot'];
    const { name: old } = simulator.elasticsearch.rollOver('logs-old-default', { tierPreference, replicas: 1 });
    expectWell(simulator, withWarm(1));
    expect([copiesOf(simulator, old), copiesOf(simulator, fresh)]).toEqual([0, 1]);
    expectWell(simulator, withWarm(2));
    expect([copiesOf(simulator, old), copiesOf(simulator, fresh)]).toEqual([1, 1]);
    expectWell(simulator, withWarm(1));
    expect([copiesOf(simulator, old), copiesOf(simulator, fresh)]).toEqual([0, 1]);
    expectWell(simulator, stackWith());
    expect([copiesOf(simulator, old), copiesOf(simulator, fresh)]).toEqual([1, 1]);
  });
});

describe('[dead-node-local-volume] replaceNode', () => {
  const three = stackWith({ data: { replicas: 3 } });

  /** Asks for the replacement of a pod and goes on until it is done, or for so many ticks; the record is kept as the status would keep it. */
  function replace(simulator: Simulator, name: string, wanted = three, ticks = 80) {
    let target: string | undefined;
    const asked = (): ResolvedStack => ({
      ...wanted,
      requests: {
        roll: undefined,
        replaceNode: { value: name, done: false, ...(target === undefined ? {} : { target }) },
      },
    });
    for (let tick = 0; tick < ticks; tick += 1) {
      const seen = simulator.observe({ detail: true });
      if (isReplaced(asked(), seen)) return { done: true, refusals: [] };
      const { refusals } = step(simulator, asked());
      target = replacementTarget(asked(), seen);
      simulator.tick();
      if (tick === ticks - 1) return { done: false, refusals };
    }
    return { done: false, refusals: [] };
  }

  const volumeOf = (simulator: Simulator, name: string) =>
    simulator.elasticsearch.world.volumes.get(`data-${name}`)?.nodeId;

  it.each(['logs-es-data-1', 'logs-es-master-1', 'logs-es-data-2'])(
    'a node that cannot start any more (%s) is made anew on an empty volume, and nothing is lost',
    (name) => {
      const simulator = runningStack(three);
      const before = volumeOf(simulator, name);
      simulator.crash(name);
      live(simulator, three, 20);
      expect(replace(simulator, name).done).toBe(true);
      expect(volumeOf(simulator, name)).not.toBe(before);
      expectWell(simulator, three);
    },
  );

  it('one that serves is replaced, too, and once only', () => {
    const simulator = runningStack(three);
    expect(replace(simulator, 'logs-es-data-0').done).toBe(true);
    const after = volumeOf(simulator, 'logs-es-data-0');
    expectWell(simulator, three);
    expect(volumeOf(simulator, 'logs-es-data-0')).toBe(after);
  });

  it('nothing goes while a shard may have its last copy there, and the index is named', () => {
    const simulator = runningStack(stackWith({ data: { replicas: 3 }, redundancy: 'None' }));
    const { cluster } = simulator.observe({ detail: true });
    const holder = (cluster.answered ? cluster.detail?.shards[0]?.node : undefined) ?? '';
    simulator.crash(holder);
    const { done, refusals } = replace(simulator, holder, stackWith({ data: { replicas: 3 }, redundancy: 'None' }));
    expect(done).toBe(false);
    expect(refusals).toMatchObject([{ rule: 'ReplacementLosesData' }]);
    expect(simulator.records.dataLosses).toEqual([]);
    const accepted = {
      ...stackWith({ data: { replicas: 3 }, redundancy: 'None' }),
      overrides: [
        {
          rule: 'ReplacementLosesData',
          subject: refusals[0]?.subject ?? '',
          until: '2027-01-01T00:00:00Z',
          reason: 'nobody needs it',
        },
      ],
    };
    expect(replace(simulator, holder, accepted).done).toBe(true);
  });

  it('nothing goes while Elasticsearch gives no answer', () => {
    const simulator = runningStack(three);
    simulator.silent = true;
    const { done, refusals } = replace(simulator, 'logs-es-data-1', three, 20);
    expect({ done, refusals }).toMatchObject({ done: false, refusals: [{ rule: 'ClusterUnknown' }] });
    expect(simulator.records.restarts).toEqual([]);
  });

  it('no master goes while another one is away', () => {
    const simulator = runningStack(three);
    simulator.crash('logs-es-master-1');
    live(simulator, three, 20);
    expect(replace(simulator, 'logs-es-master-2').refusals).toMatchObject([{ rule: 'QuorumAtRisk' }]);
    expect(simulator.records.quorumLosses).toEqual([]);
  });

  it('one that serves waits for another that is away', () => {
    const simulator = runningStack(three);
    simulator.crash('logs-es-ingest-0');
    live(simulator, three, 20);
    expect(replace(simulator, 'logs-es-data-1', three, 20).done).toBe(false);
    expect(simulator.records.restarts.map(({ pod }) => pod)).toEqual(['logs-es-ingest-0']);
  });

  it('beside a roll, one node is away at a time', () => {
    const simulator = runningStack(three);
    const rolling = stackWith({ data: { replicas: 3 }, config: changedConfig });
    for (const name of ['logs-es-data-0', 'logs-es-data-2']) {
      expect(replace(simulator, name, rolling).done).toBe(true);
      live(simulator, rolling, 3);
    }
    expectWell(simulator, rolling);
    expect(simulator.records.restarts.flatMap(({ others }) => others)).toEqual([]);
  });

  it('a name that no node has is refused', () => {
    expect(replace(runningStack(three), 'logs-es-data-7', three, 3).refusals).toMatchObject([{ rule: 'NoSuchNode' }]);
  });
});

describe('[expand-volume] larger volumes', () => {
  const large = stackWith({ data: { replicas: 2, storage: { size: '80Gi' } } });

  const templateSize = (simulator: Simulator): unknown => {
    const spec = simulator.kubernetes.sets.get('logs-es-data')?.object['spec'] as
      { volumeClaimTemplates: readonly { spec: { resources: { requests: { storage: string } } } }[] } | undefined;
    return spec?.volumeClaimTemplates[0]?.spec.resources.requests.storage;
  };
  const claimed = (simulator: Simulator): readonly unknown[] =>
    [...simulator.kubernetes.objects.values()]
      .filter(({ kind, metadata }) => kind === 'PersistentVolumeClaim' && metadata.name.includes('-data-'))
      .map((claim) => (claim['spec'] as { resources: { requests: { storage: string } } }).resources.requests.storage);
  const uids = (simulator: Simulator): readonly string[] => [...simulator.pods.values()].map((pod) => pod.uid);

  it('claims ask for more, the StatefulSet is made anew around its pods, and new nodes start large', () => {
    const simulator = runningStack(stackWith());
    const before = uids(simulator);
    expectWell(simulator, large);
    expect([templateSize(simulator), ...claimed(simulator)]).toEqual(['80Gi', '80Gi', '80Gi']);
    expect(uids(simulator)).toEqual(before);
    expect(simulator.records.restarts).toEqual([]);
    const grown = stackWith({ data: { replicas: 3, storage: { size: '80Gi' } } });
    expectWell(simulator, grown);
    expect(claimed(simulator)).toEqual(['80Gi', '80Gi', '80Gi']);
  });

  it('ends the same way when the operator dies after every single action', () => {
    const simulator = runningStack(stackWith());
    const before = uids(simulator);
    for (let round = 0; round < 40; round += 1) {
      step(simulator, large, 1);
      simulator.tick();
    }
    expectWell(simulator, large);
    expect([templateSize(simulator), ...claimed(simulator)]).toEqual(['80Gi', '80Gi', '80Gi']);
    expect(uids(simulator)).toEqual(before);
  });

  it('goes on while Elasticsearch gives no answer, as when its disks are full', () => {
    const simulator = runningStack(stackWith());
    simulator.silent = true;
    live(simulator, large, 5);
    expect(claimed(simulator)).toEqual(['80Gi', '80Gi']);
    simulator.silent = false;
    expectWell(simulator, large);
  });

  it('a volume that was left behind grows later', () => {
    const simulator = runningStack(stackWith());
    simulator.kubernetes.growthFails.add('data-logs-es-data-0');
    live(simulator, large, 20);
    expect(templateSize(simulator)).toBe('50Gi');
    expect(ready(step(simulator, large))).toMatchObject({ status: 'False', reason: 'ChangingNodes' });
    simulator.kubernetes.growthFails.clear();
    expectWell(simulator, large);
    expect(templateSize(simulator)).toBe('80Gi');
  });

  it('a change of the template in the moment without a StatefulSet still rolls one pod at a time', () => {
    const simulator = runningStack(stackWith());
    for (let round = 0; round < 40 && simulator.kubernetes.sets.has('logs-es-data'); round += 1) {
      step(simulator, large);
      simulator.tick();
    }
    expect(simulator.kubernetes.sets.has('logs-es-data')).toBe(false);
    const both = stackWith({ data: { replicas: 2, storage: { size: '80Gi' } }, config: changedConfig });
    live(simulator, both, 60);
    expectWell(simulator, both);
    expect(simulator.records.restarts).toHaveLength(6);
    expect(simulator.records.restarts.flatMap((restart) => restart.others)).toEqual([]);
  });

  it('fewer nodes in the moment without a StatefulSet: they are emptied first', () => {
    const three = (size: string, replicas: number) => stackWith({ data: { replicas, storage: { size } } });
    const simulator = runningStack(three('50Gi', 3));
    for (let round = 0; round < 40 && simulator.kubernetes.sets.has('logs-es-data'); round += 1) {
      step(simulator, three('80Gi', 3));
      simulator.tick();
    }
    live(simulator, three('80Gi', 2), 60);
    expectWell(simulator, three('80Gi', 2));
  });
});

describe('another topology', () => {
  const dedicated = (data: number, masters: 1 | 3 = 3) =>
    stackWith({ data: { replicas: data }, master: { replicas: masters } });
  const combined = (data: number) => stackWith({ topology: 'Combined', data: { replicas: data } });
  const names = (simulator: Simulator): readonly string[] => [...simulator.pods.keys()].toSorted();

  it.each([
    ['one node becomes six', combined(1), dedicated(2)],
    ['three nodes become five, of which one is master', combined(3), dedicated(3, 1)],
    ['six nodes become three', dedicated(2), combined(3)],
    ['three nodes become one', dedicated(1, 1), combined(1)],
  ])('[masters-3-1-3] %s, under writes, with nothing lost and always a master', (_name, from, to) => {
    const simulator = runningStack(from);
    live(simulator, to, 150);
    expectWell(simulator, to);
    expect(names(simulator)).toEqual(
      to.elasticsearch.pools
        .flatMap(({ name, replicas }) => Array.from({ length: replicas }, (_, n) => `logs-es-${name}-${n}`))
        .toSorted(),
    );
    expect([...simulator.kubernetes.sets.keys()]).toHaveLength(to.elasticsearch.pools.length);
  });

  it.each([5, 12, 25])('taken back after %i looks, it is what it was', (ticks) => {
    const simulator = runningStack(dedicated(2));
    live(simulator, combined(3), ticks);
    live(simulator, dedicated(2), 120);
    expectWell(simulator, dedicated(2));
    expect([...simulator.kubernetes.sets.keys()].toSorted()).toEqual([
      'logs-es-data',
      'logs-es-ingest',
      'logs-es-master',
    ]);
  });
});
