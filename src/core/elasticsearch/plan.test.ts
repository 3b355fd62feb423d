// Tests of the planner as sequences: roll-out, kept volumes, growth, rest. Failure rows are named by their ids.
import { describe, expect, it } from 'vitest';
import { annotations, names } from '../names.ts';
import { Simulator } from '../../simulator/simulator.ts';
import { clusters, restarted, runningStack, settle, startedStack, step } from '../../simulator/simulator.testing.ts';
import { plan } from './plan.ts';
import { badConfig, changedConfig, ready, stackWith, templates } from './plan.testing.ts';

const indexTemplate = (simulator: Simulator): Readonly<Record<string, unknown>> => {
  const { cluster } = simulator.observe();
  return (cluster.answered ? cluster.indexTemplate : undefined) ?? {};
};

/** Copies besides the primary of the data stream's index. */
const copies = ({ elasticsearch }: Simulator): number | undefined =>
  [...(elasticsearch.cluster?.indices.values() ?? [])].find((index) => index.dataStream !== undefined)?.replicas;

/** A node that is away: no second one is replaced meanwhile. */
function holdTheRoll(simulator: Simulator): void {
  simulator.kubernetes.unschedulable.add('logs-es-ingest-0');
  simulator.evict('logs-es-ingest-0');
}

describe('a new stack', () => {
  it('becomes ready, in order: shared objects, configs, StatefulSets, claims marked, index template', () => {
    const simulator = new Simulator();
    const planned = settle(simulator, stackWith());
    expect(ready(planned)).toMatchObject({ status: 'True', reason: 'AllNodesJoined' });
    expect([...simulator.pods.keys()].toSorted()).toEqual([
      'logs-es-data-0',
      'logs-es-data-1',
      'logs-es-ingest-0',
      'logs-es-master-0',
      'logs-es-master-1',
      'logs-es-master-2',
    ]);
    expect(clusters(simulator)).toHaveLength(1);
    expect(planned.section.elasticsearch?.clusterUUID).toBe(clusters(simulator)[0]);
    expect(indexTemplate(simulator)).toMatchObject({ priority: 500, _meta: { existing_streams: 'updated' } });
    expect(planned.requeueAfterSeconds).toBe(60);
  });

  it('waits for the Secrets that its pods mount', () => {
    const simulator = new Simulator();
    simulator.secrets = ['logs-es-file-realm'];
    const planned = settle(simulator, stackWith());
    expect(simulator.kubernetes.sets.size).toBe(0);
    expect(ready(planned)?.message).toContain('logs-es-http-certs');
  });

  it('names the first masters in master pools only, and takes the list out once the cluster has formed', () => {
    const simulator = new Simulator();
    step(simulator, stackWith());
    const configs = () =>
      [...simulator.kubernetes.objects.values()]
        .filter((object) => object.kind === 'ConfigMap')
        .filter((object) => JSON.stringify(object['data']).includes('cluster.initial_master_nodes'))
        .map((object) => object.metadata.labels?.['loggingstack.dev/pool']);
    expect(configs()).toEqual(['master']);
    settle(simulator, stackWith());
    expect(configs()).toEqual([]);
    expect(restarted(simulator)).toEqual([]);
  });

  it('keeps the list of first masters when the spec changes before the cluster has formed', () => {
    const simulator = new Simulator();
    step(simulator, stackWith());
    const lists = () =>
      [...simulator.kubernetes.objects.values()].flatMap(
        (object) => JSON.stringify(object).match(/logs-es-master-\d/g) ?? [],
      );
    const before = new Set(lists());
    step(simulator, stackWith({ master: { replicas: 5 } }));
    expect(new Set(lists())).toEqual(before);
    settle(simulator, stackWith({ master: { replicas: 5 } }));
    expect(clusters(simulator)).toHaveLength(1);
    expect(simulator.pods.size).toBe(8);
  });

  it('mends a bad config that no node ever started with', () => {
    const simulator = new Simulator();
    expect(ready(settle(simulator, stackWith({ config: badConfig })))).toMatchObject({
      reason: 'PodsFailing',
    });
    expect(ready(settle(simulator, stackWith()))).toMatchObject({ status: 'True' });
  });

  it('mends a config with which all nodes run and none joins', () => {
    const simulator = new Simulator();
    expect(ready(settle(simulator, stackWith({ config: { 'hang.setting': '1' } })))).toMatchObject({
      reason: 'PodsStarting',
    });
    expect(ready(settle(simulator, stackWith()))).toMatchObject({ status: 'True' });
  });

  it('ends the same way when the operator dies after every single action', () => {
    const whole = new Simulator();
    settle(whole, stackWith());
    const broken = new Simulator();
    for (let round = 0; round < 60; round += 1) {
      step(broken, stackWith(), 1);
      broken.tick();
    }
    settle(broken, stackWith());
    expect([...broken.kubernetes.objects.keys()].toSorted()).toEqual([...whole.kubernetes.objects.keys()].toSorted());
    expect(clusters(broken)).toHaveLength(1);
  });
});

describe('[policy-rewritten]', () => {
  it('an unchanged stack causes no write', () => {
    const simulator = startedStack(stackWith());
    for (let round = 0; round < 20; round += 1) {
      expect(plan(stackWith(), simulator.observe(), templates).actions).toEqual([]);
      simulator.tick();
    }
  });

  it('an index template that somebody changed is written again, and streams are brought to it', () => {
    const simulator = runningStack(stackWith());
    simulator.take({
      kind: 'putIndexTemplate',
      name: names.indexTemplate('logs'),
      body: { ...indexTemplate(simulator), priority: 1 },
    });
    settle(simulator, stackWith());
    expect(indexTemplate(simulator)).toMatchObject({ priority: 500 });
    settle(simulator, stackWith({ redundancy: 'None' }));
    expect(copies(simulator)).toBe(0);
  });
});

describe('[second-cluster]', () => {
  it('a stack that is made again over kept volumes has the same cluster and never bootstraps', () => {
    const simulator = startedStack(stackWith());
    simulator.deleteStack();
    const first = plan(stackWith(), simulator.observe(), templates);
    expect(JSON.stringify(first.actions)).not.toContain('initial_master_nodes');
    expect(ready(settle(simulator, stackWith()))).toMatchObject({ status: 'True' });
    expect(clusters(simulator)).toHaveLength(1);
  });

  it.each([
    [
      'another topology',
      stackWith(),
      stackWith({ topology: 'Combined' }),
      ['PoolRemovalRefused', 'PoolRemovalRefused', 'PoolRemovalRefused'],
    ],
    ['no ingest nodes', stackWith(), stackWith({ ingest: { replicas: 0 } }), ['PoolRemovalRefused']],
    ['masters elsewhere', stackWith({ topology: 'Combined' }), stackWith(), ['PoolRemovalRefused']],
  ])('kept volumes and %s: no node is started until the spec is set back', (_name, before, after, rules) => {
    const simulator = new Simulator();
    settle(simulator, before);
    simulator.deleteStack();
    const planned = settle(simulator, after);
    expect(planned.refusals.map((refusal) => refusal.rule)).toEqual(rules);
    expect(ready(planned)).toMatchObject({ status: 'False', reason: rules[0] });
    expect(simulator.kubernetes.sets.size).toBe(0);
    expect(ready(settle(simulator, before))).toMatchObject({ status: 'True' });
    expect(clusters(simulator)).toHaveLength(1);
  });

  it.each([
    ['claims of two clusters', 'logs-es-master-1', 'other', undefined],
    ['claims of another cluster than the running one', undefined, undefined, 'other'],
  ])('refuses %s and leaves the nodes alone', (_name, pod, uuid, running) => {
    const simulator = startedStack(stackWith());
    const observed = simulator.observe();
    const objects = observed.objects.map((object) =>
      object.metadata.name === `data-${pod ?? ''}`
        ? { ...object, metadata: { ...object.metadata, annotations: { [annotations.clusterUuid]: uuid ?? '' } } }
        : object,
    );
    const cluster =
      observed.cluster.answered && running !== undefined ? { ...observed.cluster, uuid: running } : observed.cluster;
    const changed = stackWith({ config: changedConfig });
    const planned = plan(changed, { ...observed, objects, cluster }, templates);
    expect(planned.refusals).toMatchObject([{ rule: 'ForeignClusterData' }]);
    expect(planned.actions).toEqual([]);
    expect(ready(planned)).toMatchObject({ reason: 'ForeignClusterData' });
  });

  it('does not bootstrap anew when the volumes of all masters are lost', () => {
    const simulator = startedStack(stackWith());
    for (const key of [...simulator.kubernetes.objects.keys()].filter((name) => name.includes('data-logs-es-master')))
      simulator.kubernetes.objects.delete(key);
    simulator.silent = true;
    const planned = plan(stackWith(), simulator.observe(), templates);
    expect(planned.refusals).toMatchObject([{ rule: 'ForeignClusterData' }]);
    expect(planned.actions).toEqual([]);
  });

  it('[all-masters-gone] all masters that went at once come back by themselves, without a write', () => {
    const simulator = startedStack(stackWith());
    for (const ordinal of [0, 1, 2]) simulator.evict(`logs-es-master-${ordinal}`);
    for (let round = 0; round < 5; round += 1) {
      expect(plan(stackWith(), simulator.observe(), templates).actions).toEqual([]);
      simulator.tick();
    }
    expect(ready(settle(simulator, stackWith()))).toMatchObject({ status: 'True' });
    expect(clusters(simulator)).toHaveLength(1);
  });
});

describe('[destructive-self-heal]', () => {
  it('pods that are not ready, without a change of the spec, cause no action at all', () => {
    const simulator = startedStack(stackWith());
    for (const pod of simulator.pods.keys()) simulator.crash(pod);
    expect(plan(stackWith(), simulator.observe(), templates).actions).toEqual([]);
    simulator.silent = true;
    expect(plan(stackWith(), simulator.observe(), templates).actions).toEqual([]);
  });
});

describe('growth', () => {
  it('new nodes join, then copies rise', () => {
    const simulator = runningStack(stackWith({ data: { replicas: 1 } }));
    expect(copies(simulator)).toBe(0);
    step(simulator, stackWith());
    expect(copies(simulator)).toBe(0);
    settle(simulator, stackWith());
    expect(copies(simulator)).toBe(1);
    expect(restarted(simulator)).toEqual([]);
  });

  it('together with a changed config: the new node starts on the old one, then all roll', () => {
    const simulator = startedStack(stackWith());
    const grown = stackWith({ data: { replicas: 3 }, config: badConfig });
    settle(simulator, grown);
    expect([...simulator.brokenStarts]).toHaveLength(1);
    expect(simulator.pods.size).toBe(7);
  });

  it('waits while a new template is broken, so that no new node takes it', () => {
    const simulator = startedStack(stackWith());
    settle(simulator, stackWith({ config: badConfig }));
    settle(simulator, stackWith({ config: badConfig, data: { replicas: 3 } }));
    expect([...simulator.brokenStarts]).toEqual(['logs-es-data-1']);
    expect(simulator.pods.has('logs-es-data-2')).toBe(false);
  });

  it('starts new nodes on the old template while the new one is held back', () => {
    const simulator = startedStack(stackWith());
    holdTheRoll(simulator);
    settle(simulator, stackWith({ config: badConfig }));
    settle(simulator, stackWith({ config: badConfig, data: { replicas: 3 } }));
    expect(simulator.brokenStarts.size).toBe(0);
    expect(simulator.elasticsearch.serves('logs-es-data-2')).toBe(true);
  });

  it('a further pool may be added', () => {
    const simulator = startedStack(stackWith());
    const warm = { name: 'warm', roles: ['data_warm'], replicas: 2 } as const;
    expect(ready(settle(simulator, stackWith({ pools: [{ ...warm, roles: [...warm.roles] }] })))).toMatchObject({
      status: 'True',
    });
    expect(simulator.pods.has('logs-es-warm-1')).toBe(true);
    expect(restarted(simulator)).toEqual([]);
  });
});
