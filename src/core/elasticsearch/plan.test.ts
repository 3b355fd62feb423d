// Tests of the planner as sequences: roll-out, kept volumes, growth, rest. Failure rows are named by their ids.
import { describe, expect, it } from 'vitest';
import { annotations } from '../names.ts';
import { StackModel } from './model.testing.ts';
import { plan } from './plan.ts';
import { badConfig, changedConfig, ready, settle, stackWith, step, templates } from './plan.testing.ts';

describe('a new stack', () => {
  it('becomes ready, in order: shared objects, configs, StatefulSets, claims marked, index template', () => {
    const model = new StackModel();
    const planned = settle(model, stackWith());
    expect(ready(planned)).toMatchObject({ status: 'True', reason: 'AllNodesJoined' });
    expect([...model.pods.keys()].toSorted()).toEqual([
      'logs-es-data-0',
      'logs-es-data-1',
      'logs-es-ingest-0',
      'logs-es-master-0',
      'logs-es-master-1',
      'logs-es-master-2',
    ]);
    expect(model.formedClusters).toHaveLength(1);
    expect(planned.section.elasticsearch?.clusterUUID).toBe(model.formedClusters[0]);
    expect(model.indexTemplate).toMatchObject({ priority: 500, _meta: { existing_streams: 'updated' } });
    expect(planned.requeueAfterSeconds).toBe(60);
  });

  it('waits for the Secrets that its pods mount', () => {
    const model = new StackModel();
    model.secrets = ['logs-es-file-realm'];
    const planned = settle(model, stackWith());
    expect(model.sets.size).toBe(0);
    expect(ready(planned)?.message).toContain('logs-es-http-certs');
  });

  it('names the first masters in master pools only, and takes the list out once the cluster has formed', () => {
    const model = new StackModel();
    step(model, stackWith());
    const configs = () =>
      [...model.objects.values()]
        .filter((object) => object.kind === 'ConfigMap')
        .filter((object) => JSON.stringify(object['data']).includes('cluster.initial_master_nodes'))
        .map((object) => object.metadata.labels?.['loggingstack.dev/pool']);
    expect(configs()).toEqual(['master']);
    settle(model, stackWith());
    expect(configs()).toEqual([]);
    expect(model.restarts).toEqual([]);
  });

  it('keeps the list of first masters when the spec changes before the cluster has formed', () => {
    const model = new StackModel();
    step(model, stackWith());
    const lists = () =>
      [...model.objects.values()].flatMap((object) => JSON.stringify(object).match(/logs-es-master-\d/g) ?? []);
    const before = new Set(lists());
    step(model, stackWith({ master: { replicas: 5 } }));
    expect(new Set(lists())).toEqual(before);
    settle(model, stackWith({ master: { replicas: 5 } }));
    expect(model.formedClusters).toHaveLength(1);
    expect(model.pods.size).toBe(8);
  });

  it('mends a bad config that no node ever started with', () => {
    const model = new StackModel();
    expect(ready(settle(model, stackWith({ config: badConfig })))).toMatchObject({
      reason: 'PodsFailing',
    });
    expect(ready(settle(model, stackWith()))).toMatchObject({ status: 'True' });
  });

  it('mends a config with which all nodes run and none joins', () => {
    const model = new StackModel();
    expect(ready(settle(model, stackWith({ config: { 'hang.setting': '1' } })))).toMatchObject({
      reason: 'PodsStarting',
    });
    expect(ready(settle(model, stackWith()))).toMatchObject({ status: 'True' });
  });

  it('ends the same way when the operator dies after every single action', () => {
    const whole = new StackModel();
    settle(whole, stackWith());
    const broken = new StackModel();
    for (let round = 0; round < 60; round += 1) {
      step(broken, stackWith(), 1);
      broken.tick();
    }
    settle(broken, stackWith());
    expect([...broken.objects.keys()].toSorted()).toEqual([...whole.objects.keys()].toSorted());
    expect(broken.formedClusters).toHaveLength(1);
  });
});

describe('policy-rewritten', () => {
  it('an unchanged stack causes no write', () => {
    const model = new StackModel();
    settle(model, stackWith());
    for (let round = 0; round < 20; round += 1) {
      expect(plan(stackWith(), model.observe(), templates).actions).toEqual([]);
      model.tick();
    }
  });

  it('an index template that somebody changed is written again, and streams are brought to it', () => {
    const model = new StackModel();
    settle(model, stackWith());
    model.indexTemplate = { ...model.indexTemplate, priority: 1 };
    settle(model, stackWith());
    expect(model.indexTemplate).toMatchObject({ priority: 500 });
    settle(model, stackWith({ redundancy: 'None' }));
    expect(model.streamReplicas).toBe(0);
  });
});

describe('second-cluster', () => {
  it('a stack that is made again over kept volumes has the same cluster and never bootstraps', () => {
    const model = new StackModel();
    settle(model, stackWith());
    model.deleteStack();
    const first = plan(stackWith(), model.observe(), templates);
    expect(JSON.stringify(first.actions)).not.toContain('initial_master_nodes');
    expect(ready(settle(model, stackWith()))).toMatchObject({ status: 'True' });
    expect(model.formedClusters).toHaveLength(1);
  });

  it.each([
    [
      'another topology',
      stackWith(),
      stackWith({ topology: 'Combined' }),
      ['PoolRemovalRefused', 'PoolRemovalRefused'],
    ],
    ['no ingest nodes', stackWith(), stackWith({ ingest: { replicas: 0 } }), ['PoolRemovalRefused']],
    ['masters elsewhere', stackWith({ topology: 'Combined' }), stackWith(), ['RoleChangeRefused']],
  ])('kept volumes and %s: no node is started until the spec is set back', (_name, before, after, rules) => {
    const model = new StackModel();
    settle(model, before);
    model.deleteStack();
    const planned = settle(model, after);
    expect(planned.refusals.map((refusal) => refusal.rule)).toEqual(rules);
    expect(ready(planned)).toMatchObject({ status: 'False', reason: rules[0] });
    expect(model.sets.size).toBe(0);
    expect(ready(settle(model, before))).toMatchObject({ status: 'True' });
    expect(model.formedClusters).toHaveLength(1);
  });

  it.each([
    ['claims of two clusters', 'logs-es-master-1', 'other', undefined],
    ['claims of another cluster than the running one', undefined, undefined, 'other'],
  ])('refuses %s and leaves the nodes alone', (_name, pod, uuid, running) => {
    const model = new StackModel();
    settle(model, stackWith());
    const observed = model.observe();
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
    const model = new StackModel();
    settle(model, stackWith());
    for (const key of [...model.objects.keys()].filter((name) => name.includes('data-logs-es-master')))
      model.objects.delete(key);
    model.silent = true;
    const planned = plan(stackWith(), model.observe(), templates);
    expect(planned.refusals).toMatchObject([{ rule: 'ForeignClusterData' }]);
    expect(planned.actions).toEqual([]);
  });

  it('all-masters-gone: recovers by itself, without a write', () => {
    const model = new StackModel();
    settle(model, stackWith());
    for (const ordinal of [0, 1, 2]) model.evict(`logs-es-master-${ordinal}`);
    for (let round = 0; round < 5; round += 1) {
      expect(plan(stackWith(), model.observe(), templates).actions).toEqual([]);
      model.tick();
    }
    expect(ready(settle(model, stackWith()))).toMatchObject({ status: 'True' });
    expect(model.formedClusters).toHaveLength(1);
  });
});

describe('destructive-self-heal', () => {
  it('pods that are not ready, without a change of the spec, cause no action at all', () => {
    const model = new StackModel();
    settle(model, stackWith());
    for (const pod of model.pods.values()) Object.assign(pod, { state: 'crashing', joined: false });
    expect(plan(stackWith(), model.observe(), templates).actions).toEqual([]);
    model.silent = true;
    expect(plan(stackWith(), model.observe(), templates).actions).toEqual([]);
  });
});

describe('growth', () => {
  it('new nodes join, then copies rise', () => {
    const model = new StackModel();
    settle(model, stackWith({ data: { replicas: 1 } }));
    expect(model.streamReplicas).toBe(0);
    step(model, stackWith());
    expect(model.streamReplicas).toBe(0);
    settle(model, stackWith());
    expect(model.streamReplicas).toBe(1);
    expect(model.restarts).toEqual([]);
  });

  it('together with a changed config: the new node starts on the old one, then all roll', () => {
    const model = new StackModel();
    settle(model, stackWith());
    const grown = stackWith({ data: { replicas: 3 }, config: badConfig });
    settle(model, grown);
    expect([...model.brokenStarts]).toHaveLength(1);
    expect(model.pods.size).toBe(7);
  });

  it('waits while a new template is broken, so that no new node takes it', () => {
    const model = new StackModel();
    settle(model, stackWith());
    settle(model, stackWith({ config: badConfig }));
    settle(model, stackWith({ config: badConfig, data: { replicas: 3 } }));
    expect([...model.brokenStarts]).toEqual(['logs-es-data-1']);
    expect(model.pods.has('logs-es-data-2')).toBe(false);
  });

  it('starts new nodes on the old template while the new one is held back', () => {
    const model = new StackModel();
    settle(model, stackWith());
    model.unassignedForEver = true;
    settle(model, stackWith({ config: badConfig }));
    settle(model, stackWith({ config: badConfig, data: { replicas: 3 } }));
    expect(model.brokenStarts.size).toBe(0);
    expect(model.pods.get('logs-es-data-2')?.joined).toBe(true);
  });

  it('a further pool may be added', () => {
    const model = new StackModel();
    settle(model, stackWith());
    const warm = { name: 'warm', roles: ['data_warm'], replicas: 2 } as const;
    expect(ready(settle(model, stackWith({ pools: [{ ...warm, roles: [...warm.roles] }] })))).toMatchObject({
      status: 'True',
    });
    expect(model.pods.has('logs-es-warm-1')).toBe(true);
    expect(model.restarts).toEqual([]);
  });
});
