// Tests of rolling changes as sequences: one node at a time, masters last, bad configs, one-node stacks. Failure rows are named by their ids.
import { describe, expect, it } from 'vitest';
import { StackModel } from './model.testing.ts';
import { badConfig, changedConfig, oneNode, ready, revisions, settle, stackWith, step } from './plan.testing.ts';

describe('a changed config', () => {
  const changed = () => stackWith({ config: changedConfig });

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

  it('two-pools-stale-cache: decides nothing about pods while the status is older than the last write', () => {
    const model = new StackModel();
    settle(model, stackWith());
    step(model, changed());
    for (let look = 0; look < 3; look += 1) expect(step(model, changed()).actions).toEqual([]);
    settle(model, changed());
    expect(model.restarts.flatMap((restart) => restart.others)).toEqual([]);
    expect(model.restarts).toHaveLength(6);
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
  const bad = () => stackWith({ config: badConfig });

  it('only one pod ever takes a bad config, even when another is evicted meanwhile; the fix goes to it at once', () => {
    const model = new StackModel();
    settle(model, stackWith());
    const planned = settle(model, bad());
    expect(ready(planned)).toMatchObject({ status: 'False', reason: 'PodsFailing' });
    expect(planned.refusals).toMatchObject([{ rule: 'PodsNotReady' }]);
    model.evict('logs-es-data-0');
    settle(model, bad());
    expect([...model.brokenStarts]).toEqual(['logs-es-data-1']);
    expect(ready(settle(model, stackWith({ config: changedConfig })))).toMatchObject({
      status: 'True',
    });
    expect([...model.brokenStarts]).toEqual(['logs-es-data-1']);
    expect(model.restarts.flatMap((restart) => restart.others)).toEqual([]);
  });

  it('while a pod of the new template is not ready, no other takes it, not even one that cannot start either', () => {
    const model = new StackModel();
    settle(model, stackWith());
    settle(model, bad());
    const other = model.pods.get('logs-es-data-0');
    if (other !== undefined) Object.assign(other, { state: 'crashing', joined: false });
    settle(model, bad());
    expect([...model.brokenStarts]).toEqual(['logs-es-data-1']);
  });

  it('a pod that cannot start waits for one that was evicted: both would take the new template', () => {
    const model = new StackModel();
    const three = { data: { replicas: 3 } };
    settle(model, stackWith(three));
    step(model, stackWith({ ...three, config: badConfig }));
    model.tick();
    model.evict('logs-es-data-2');
    const stuck = model.pods.get('logs-es-data-1');
    if (stuck !== undefined) Object.assign(stuck, { state: 'crashing', joined: false });
    settle(model, stackWith({ ...three, config: badConfig }));
    expect([...model.brokenStarts]).toEqual(['logs-es-data-1']);
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
    const fixed = stackWith({ config: changedConfig });
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
    expect(ready(settle(model, oneNode({ config: changedConfig })))).toMatchObject({
      status: 'True',
    });
    expect(model.restarts).toHaveLength(1);
  });

  it('a bad config on the one node is mended by a good one', () => {
    const model = new StackModel();
    settle(model, oneNode());
    settle(model, oneNode({ config: badConfig }));
    expect(ready(settle(model, oneNode()))).toMatchObject({ status: 'True' });
  });

  it('keeps the config that the node would come back to, as long as the new one is not proven', () => {
    const model = new StackModel();
    settle(model, oneNode());
    const configs = () => [...model.objects.keys()].filter((key) => key.includes('-config-'));
    const before = configs();
    settle(model, oneNode({ config: badConfig }));
    expect(configs()).toEqual(expect.arrayContaining(before));
  });

  it('a stack with one dedicated master rolls', () => {
    const model = new StackModel();
    settle(model, stackWith({ master: { replicas: 1 } }));
    settle(model, stackWith({ master: { replicas: 1 }, config: changedConfig }));
    expect(model.restarts.at(-1)?.pod).toBe('logs-es-master-0');
  });
});
