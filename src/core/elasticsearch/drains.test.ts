// Tests of drains on the simulator, look by look: what is refused, what half an answer does, budgets, reversal. Failure rows are named by their ids.
import { describe, expect, it } from 'vitest';
import type { Simulator } from '../../simulator/simulator.ts';
import { runningStack, settle, step } from '../../simulator/simulator.testing.ts';
import { type ElasticsearchPlan, plan } from './plan.ts';
import { changedConfig, stackWith, templates } from './plan.testing.ts';
import { dataNodes, expectClean, pods, settleUnderWrites } from './sequences.testing.ts';

describe('[drain-impossible]', () => {
  it.each(Array.from({ length: 16 }, (_, round) => round))(
    'an edit that is taken back after %i looks leaves nothing behind',
    (rounds) => {
      const simulator = runningStack(stackWith({ data: { replicas: 3 } }));
      const smaller = stackWith({ data: { replicas: 2 }, master: { replicas: 1 } });
      for (let round = 0; round < rounds; round += 1) {
        step(simulator, smaller);
        simulator.tick();
      }
      expectClean(simulator, settle(simulator, dataNodes(3)));
      expect(pods(simulator)).toHaveLength(7);
    },
  );

  it('is named before it starts, sets nothing, and is forgotten when the spec is set back', () => {
    const simulator = runningStack(dataNodes(2));
    simulator.elasticsearch.createIndex('invoices', { replicas: 1 });
    settle(simulator, dataNodes(2));
    const planned = settle(simulator, dataNodes(1));
    expect(planned.refusals).toMatchObject([{ rule: 'TooManyCopies', subject: 'StatefulSet/logs-es-data' }]);
    expect(planned.refusals[0]?.message).toContain('invoices');
    expectClean(simulator, planned);
    expect(pods(simulator)).toHaveLength(6);
    expect(settle(simulator, dataNodes(2)).refusals).toEqual([]);
  });
});

describe('[drain-fails-open]', () => {
  const detailed = (simulator: Simulator) => simulator.observe({ detail: true });
  const isRemoval = (planned: ElasticsearchPlan) =>
    planned.actions.some(
      (action) =>
        action.kind === 'delete' ||
        (action.kind === 'apply' && action.object.kind === 'StatefulSet' && action.fieldManager.endsWith('drains')),
    );

  it('asks for detail, and does nothing without it', () => {
    const simulator = runningStack(dataNodes(3));
    const planned = plan(dataNodes(2), simulator.observe(), templates);
    expect(planned).toMatchObject({ needsDetail: true, actions: [] });
    expect(plan(dataNodes(3), simulator.observe(), templates).needsDetail).toBe(false);
  });

  it('removes no node at any look that is unanswered, or that lacks part of the answer', () => {
    const simulator = runningStack(dataNodes(3));
    let removalsSeen = 0;
    for (let round = 0; round < 40; round += 1) {
      const whole = detailed(simulator);
      removalsSeen += isRemoval(plan(dataNodes(2), whole, templates)) ? 1 : 0;
      simulator.silent = true;
      expect(isRemoval(plan(dataNodes(2), detailed(simulator), templates))).toBe(false);
      simulator.silent = false;
      if (simulator.records.removals.length === 0) {
        expect(isRemoval(plan(dataNodes(2), simulator.observe(), templates))).toBe(false);
        simulator.mute.add('logs-es-data-2');
        expect(isRemoval(plan(dataNodes(2), detailed(simulator), templates))).toBe(false);
        simulator.mute.clear();
      }
      step(simulator, dataNodes(2));
      simulator.tick();
    }
    expect(removalsSeen).toBeGreaterThan(0);
  });

  it('is not ready while a closer look cannot be had, so that nobody takes the drain for done', () => {
    const seen = detailed(runningStack(dataNodes(3)));
    if (!seen.cluster.answered) throw new Error('no answer');
    const detailFault = { code: 'EsInvalidAnswer', message: 'Two answers do not fit together.' };
    const cluster = { ...seen.cluster, detail: undefined, detailFault };
    const { findings, refusals } = plan(dataNodes(2), { ...seen, cluster }, templates);
    expect(refusals).toMatchObject([{ rule: 'ClusterUnknown' }]);
    expect(findings.find(({ type }) => type === 'ElasticsearchReady')).toMatchObject({ status: 'False' });
  });

  it('[drain-stale] a routing table of some time ago takes no node away that still has shards by its own word', () => {
    const simulator = runningStack(dataNodes(3));
    simulator.elasticsearch.write('logs-app-default', 1000, 1024 ** 2);
    for (let round = 0; round < 80; round += 1) {
      simulator.routingTableAge = round % 7;
      step(simulator, dataNodes(1));
      simulator.tick();
    }
    simulator.routingTableAge = 0;
    expectClean(simulator, settle(simulator, dataNodes(1)));
  });
});

describe('[never-joined]', () => {
  it('a node that never joined goes at once, also while another pool is being rolled', () => {
    const simulator = runningStack(dataNodes(2));
    step(simulator, dataNodes(3));
    for (let round = 0; round < 3; round += 1) {
      simulator.tick();
      simulator.crash('logs-es-data-2');
    }
    expect(simulator.pods.get('logs-es-data-2')?.state).toBe('crashing');
    expectClean(simulator, settle(simulator, dataNodes(2)));
    expect(simulator.pods.has('logs-es-data-2')).toBe(false);
  });
});

describe('[upgrade-restarts-leaving]', () => {
  it('a roll waits for the drain, and no node that leaves is restarted', () => {
    const simulator = runningStack(dataNodes(4));
    const changed = stackWith({ data: { replicas: 2 }, config: changedConfig });
    expectClean(simulator, settleUnderWrites(simulator, changed, 150));
    const restarted = simulator.records.restarts.map((restart) => restart.pod);
    expect(restarted).toHaveLength(6);
    expect(restarted).not.toContain('logs-es-data-3');
    expect(restarted).not.toContain('logs-es-data-2');
  });

  it('an edit in the middle of a roll: the drain goes first, then the roll ends', () => {
    const simulator = runningStack(dataNodes(4));
    for (let round = 0; round < 8; round += 1) {
      step(simulator, stackWith({ data: { replicas: 4 }, config: changedConfig }));
      simulator.tick();
    }
    const before = simulator.records.restarts.length;
    expect(before).toBeGreaterThan(0);
    const changed = stackWith({ data: { replicas: 2 }, config: changedConfig });
    expectClean(simulator, settle(simulator, changed, 500));
    const after = simulator.records.restarts.slice(before).map((restart) => restart.pod);
    expect(after).not.toContain('logs-es-data-2');
    expect(simulator.records.restarts.flatMap((restart) => restart.othersByOperator)).toEqual([]);
  });

  it('a drain that is refused holds no roll up', () => {
    const simulator = runningStack(dataNodes(2));
    simulator.elasticsearch.createIndex('invoices', { replicas: 1 });
    settle(simulator, dataNodes(2));
    settle(simulator, stackWith({ data: { replicas: 1 }, config: changedConfig }), 500);
    expect(simulator.records.restarts).toHaveLength(6);
  });
});

describe('[too-many-drains]', () => {
  it.each([1, 2])('with a budget of %i no more nodes are excluded at a time', (maxDrains) => {
    const wide = { changeBudget: { maxDrains } };
    const simulator = runningStack(stackWith({ data: { replicas: 5 }, ...wide }));
    simulator.elasticsearch.write('logs-app-default', 1000, 1024 ** 2);
    const seen = new Set<number>();
    for (let round = 0; round < 150; round += 1) {
      step(simulator, stackWith({ data: { replicas: 2 }, ...wide }));
      simulator.tick();
      const { cluster } = simulator.observe();
      if (cluster.answered) seen.add(cluster.settings.excludedNames.length);
    }
    expect(Math.max(...seen)).toBe(maxDrains);
    expectClean(simulator, settle(simulator, stackWith({ data: { replicas: 2 }, ...wide })));
  });
});

describe('what users set themselves', () => {
  it('an exclusion of their own survives a drain', () => {
    const simulator = runningStack(dataNodes(4));
    simulator.take({ kind: 'setExclusions', names: ['logs-es-data-0'], marked: [] }, 'somebody');
    settle(simulator, dataNodes(4));
    settle(simulator, dataNodes(3));
    const { cluster } = simulator.observe();
    expect(cluster).toMatchObject({ settings: { excludedNames: ['logs-es-data-0'] } });
    expect(simulator.pods.has('logs-es-data-3')).toBe(false);
  });
});
