// Tests of the planner as sequences: plan, apply to the model, let time pass, until nothing moves. Failure rows are named by their ids.
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoggingStackSpec } from '../../api/logging-stack.ts';
import { loadTemplates } from '../../templates.ts';
import { annotations } from '../names.ts';
import type { ConfigTemplates } from '../rendering/templates.ts';
import type { ResolvedStack } from '../stack.ts';
import { exampleStack } from '../stack.testing.ts';
import { StackModel } from './model.testing.ts';
import { type ElasticsearchPlan, plan } from './plan.ts';

let templates: ConfigTemplates;
beforeAll(async () => {
  templates = await loadTemplates(join(import.meta.dirname, '../../../config-templates'));
});

type ElasticsearchSpec = Partial<NonNullable<LoggingStackSpec['elasticsearch']>>;

const stackWith = (elasticsearch: ElasticsearchSpec = {}): ResolvedStack =>
  exampleStack({ elasticsearch: { data: { replicas: 2 }, ...elasticsearch } } as Partial<LoggingStackSpec>);
const oneNode = (elasticsearch: ElasticsearchSpec = {}): ResolvedStack =>
  stackWith({ topology: 'Combined', data: { replicas: 1 }, ...elasticsearch });

function step(model: StackModel, stack: ResolvedStack, actions = Number.POSITIVE_INFINITY): ElasticsearchPlan {
  const planned = plan(stack, model.observe(), templates);
  for (const action of planned.actions.slice(0, actions)) model.take(action);
  model.recordedUuid = planned.section.elasticsearch?.clusterUUID;
  return planned;
}

/** Plans and lets time pass until several looks in a row find nothing to do and nothing has changed. Returns the last plan. */
function settle(model: StackModel, stack: ResolvedStack, rounds = 200): ElasticsearchPlan {
  let quiet = 0;
  for (let round = 0; round < rounds; round += 1) {
    const planned = step(model, stack);
    quiet = planned.actions.length === 0 ? quiet + 1 : 0;
    if (quiet > 8) return planned;
    model.tick();
  }
  throw new Error(`Not quiet after ${rounds} rounds.`);
}

const ready = (planned: ElasticsearchPlan) => planned.findings.find((finding) => finding.type === 'ElasticsearchReady');
const revisions = (model: StackModel) => new Set([...model.pods.values()].map((pod) => `${pod.set}/${pod.revision}`));

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
    settle(model, stackWith({ master: { replicas: 5 } }));
    expect(model.formedClusters).toHaveLength(1);
    expect(model.pods.size).toBe(8);
  });

  it('mends a bad config that no node ever started with', () => {
    const model = new StackModel();
    expect(ready(settle(model, stackWith({ config: { 'bad.setting': '1' } })))).toMatchObject({
      reason: 'PodsFailing',
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

describe('a changed config', () => {
  const changed = () => stackWith({ config: { 'indices.memory.index_buffer_size': '20%' } });

  it('rejoin-before-next: rolls one node at a time, each after all others serve, data first and masters last', () => {
    const model = new StackModel();
    settle(model, stackWith());
    const before = revisions(model);
    expect(ready(settle(model, changed()))).toMatchObject({ status: 'True' });
    expect(model.restarts.map((restart) => restart.pod)).toEqual([
      'logs-es-data-1',
      'logs-es-data-0',
      'logs-es-ingest-0',
      'logs-es-master-2',
      'logs-es-master-1',
      'logs-es-master-0',
    ]);
    expect(model.restarts.flatMap((restart) => restart.others)).toEqual([]);
    expect(revisions(model).intersection(before).size).toBe(0);
    for (const set of model.sets.values())
      expect(set.object['spec']).toMatchObject({ updateStrategy: { rollingUpdate: { partition: 0 } } });
  });

  it('removes the configs that no pod can come back to', () => {
    const model = new StackModel();
    settle(model, stackWith());
    const configs = () => [...model.objects.keys()].filter((key) => key.includes('-config-'));
    const before = configs();
    settle(model, changed());
    expect(configs()).toHaveLength(before.length);
    expect(configs()).not.toEqual(before);
  });

  it('killed-mid-restart: ends the same way when the operator dies after every single action', () => {
    const model = new StackModel();
    settle(model, stackWith());
    for (let round = 0; round < 80; round += 1) {
      step(model, changed(), 1);
      model.tick();
    }
    settle(model, changed());
    expect(model.restarts).toHaveLength(6);
    expect(model.restarts.flatMap((restart) => restart.others)).toEqual([]);
  });

  it('evicted-early: a pod that is evicted before its turn comes back on the old template', () => {
    const model = new StackModel();
    settle(model, stackWith());
    const before = revisions(model);
    step(model, changed());
    model.tick();
    model.evict('logs-es-master-0');
    model.tick();
    model.tick();
    expect(before).toContain(`logs-es-master/${model.pods.get('logs-es-master-0')?.revision ?? ''}`);
    expect(ready(settle(model, changed()))).toMatchObject({ status: 'True' });
    expect(model.restarts.at(-1)?.pod).toBe('logs-es-master-0');
  });

  it('holds, by name, while Elasticsearch gives no answer', () => {
    const model = new StackModel();
    settle(model, stackWith());
    model.silent = true;
    const planned = settle(model, changed());
    expect(model.restarts).toEqual([]);
    expect(planned.refusals).toMatchObject([{ rule: 'ClusterUnknown', subject: 'Pod/logs-es-data-1' }]);
    model.silent = false;
    settle(model, changed());
    expect(model.restarts).toHaveLength(6);
  });

  it('holds, by name, while the cluster is not green, and goes on when it is', () => {
    const model = new StackModel();
    settle(model, stackWith());
    model.unassignedForEver = true;
    expect(settle(model, changed()).refusals).toMatchObject([{ rule: 'ClusterNotGreen' }]);
    expect(model.restarts).toEqual([]);
    model.unassignedForEver = false;
    settle(model, changed());
    expect(model.restarts).toHaveLength(6);
  });
});

describe('bad-config-roll', () => {
  const bad = () => stackWith({ config: { 'bad.setting': '1' } });

  it('only one pod ever takes a bad config, even when another is evicted meanwhile; the fix goes to it at once', () => {
    const model = new StackModel();
    settle(model, stackWith());
    const planned = settle(model, bad());
    expect(ready(planned)).toMatchObject({ status: 'False', reason: 'PodsFailing' });
    expect(planned.refusals).toMatchObject([{ rule: 'PodsNotReady' }]);
    model.evict('logs-es-data-0');
    settle(model, bad());
    expect([...model.brokenStarts]).toEqual(['logs-es-data-1']);
    expect(ready(settle(model, stackWith({ config: { 'indices.memory.index_buffer_size': '20%' } })))).toMatchObject({
      status: 'True',
    });
    expect([...model.brokenStarts]).toEqual(['logs-es-data-1']);
    expect(model.restarts.flatMap((restart) => restart.others)).toEqual([]);
  });

  it('a second bad config is tried on the same pod only', () => {
    const model = new StackModel();
    settle(model, stackWith());
    settle(model, bad());
    settle(model, stackWith({ config: { 'bad.setting': '2' } }));
    expect([...model.brokenStarts]).toEqual(['logs-es-data-1']);
    settle(model, stackWith());
    expect(ready(settle(model, stackWith()))).toMatchObject({ status: 'True' });
  });

  it('a broken pod in the middle, and of a later pool, gets what mends it before the others', () => {
    const model = new StackModel();
    settle(model, stackWith());
    for (const name of ['logs-es-data-0', 'logs-es-master-1']) {
      const pod = model.pods.get(name);
      if (pod !== undefined) Object.assign(pod, { state: 'crashing', joined: false });
    }
    const fixed = stackWith({ config: { 'indices.memory.index_buffer_size': '20%' } });
    expect(ready(settle(model, fixed))).toMatchObject({ status: 'True' });
    expect(model.restarts.flatMap((restart) => restart.others)).toEqual([]);
    expect(model.restarts.map((restart) => restart.pod)).not.toContain('logs-es-master-1');
  });
});

describe('single-master-roll', () => {
  it('a stack of one node takes a new config, also while it is yellow', () => {
    const model = new StackModel();
    settle(model, oneNode());
    model.unassignedForEver = true;
    expect(ready(settle(model, oneNode({ config: { 'indices.memory.index_buffer_size': '20%' } })))).toMatchObject({
      status: 'True',
    });
    expect(model.restarts).toHaveLength(1);
  });

  it('a bad config on the one node is mended by a good one', () => {
    const model = new StackModel();
    settle(model, oneNode());
    settle(model, oneNode({ config: { 'bad.setting': '1' } }));
    expect(ready(settle(model, oneNode()))).toMatchObject({ status: 'True' });
  });

  it('a stack with one dedicated master rolls', () => {
    const model = new StackModel();
    settle(model, stackWith({ master: { replicas: 1 } }));
    settle(model, stackWith({ master: { replicas: 1 }, config: { 'indices.memory.index_buffer_size': '20%' } }));
    expect(model.restarts.at(-1)?.pod).toBe('logs-es-master-0');
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

  it('kept volumes of more nodes than the spec asks for keep their nodes', () => {
    const model = new StackModel();
    settle(model, stackWith({ data: { replicas: 3 } }));
    model.deleteStack();
    const planned = settle(model, stackWith());
    expect(planned.refusals).toMatchObject([{ rule: 'ScaleDownNotYetSafe', subject: 'StatefulSet/logs-es-data' }]);
    expect(model.pods.has('logs-es-data-2')).toBe(true);
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
    const changed = stackWith({ config: { 'indices.memory.index_buffer_size': '20%' } });
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
    const grown = stackWith({ data: { replicas: 3 }, config: { 'bad.setting': '1' } });
    settle(model, grown);
    expect([...model.brokenStarts]).toHaveLength(1);
    expect(model.pods.size).toBe(7);
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
