// Tests of version upgrades as sequences on the simulator: the order of pools, the way back, what is refused, crashes and evictions in between.
import { describe, expect, it } from 'vitest';
import type { Simulator } from '../../simulator/simulator.ts';
import { runningStack, settle, step } from '../../simulator/simulator.testing.ts';
import type { LoggingStackSpec } from '../../api/logging-stack.ts';
import { exampleStack } from '../stack.testing.ts';
import type { ResolvedStack } from '../stack.ts';
import type { ElasticsearchPlan } from './plan.ts';
import { changedConfig, ready } from './plan.testing.ts';
import { underwayIn } from './progress.ts';
import { claims, expectClean, settleUnderWrites } from './sequences.testing.ts';
import { podImage, templateVersions } from './versions.ts';
import { isReady } from './view.ts';

type ElasticsearchSpec = NonNullable<LoggingStackSpec['elasticsearch']>;

const at = (version: string, elasticsearch: ElasticsearchSpec = {}): ResolvedStack =>
  exampleStack({ version, elasticsearch: { data: { replicas: 2 }, ...elasticsearch } });
const old = at('8.19.8');
const wanted = at('9.4.3');
const image = (version: string) => `example.test/elasticsearch:${version}`;

const restarted = ({ records }: Simulator): readonly string[] =>
  records.restarts.filter(({ cause }) => cause === 'operator').map(({ pod }) => pod);
const versions = (simulator: Simulator): Readonly<Record<string, string>> => {
  const { cluster } = simulator.observe();
  return Object.fromEntries(cluster.answered ? cluster.nodes.map(({ name, version }) => [name, version]) : []);
};
const rules = ({ refusals }: ElasticsearchPlan): readonly string[] =>
  refusals.map(({ rule, subject }) => `${rule} ${subject}`);

function steps(simulator: Simulator, stack: ResolvedStack, until: () => boolean, actions?: number): void {
  for (let round = 0; !until(); round += 1) {
    if (round > 300) throw new Error('It never comes to that.');
    simulator.elasticsearch.write('logs-app-default', 10);
    step(simulator, stack, actions);
    simulator.tick();
  }
}

/** Until a node runs this version. */
const joined = (simulator: Simulator, version: string) => (): boolean =>
  Object.values(versions(simulator)).includes(version);

describe('an upgrade', () => {
  const pools = [
    { name: 'warm', roles: ['data_warm' as const], replicas: 2 },
    { name: 'cold', roles: ['data_cold' as const], replicas: 1 },
  ];

  it('[rejoin-before-next] goes from cold to hot, ingest, masters last, one node at a time, under writes', () => {
    const simulator = runningStack(at('8.19.8', { pools }));
    expectClean(simulator, settleUnderWrites(simulator, at('9.4.3', { pools }), 200));
    expect(restarted(simulator)).toEqual([
      'logs-es-cold-0',
      'logs-es-warm-1',
      'logs-es-warm-0',
      'logs-es-data-1',
      'logs-es-data-0',
      'logs-es-ingest-0',
      'logs-es-master-2',
      'logs-es-master-1',
      'logs-es-master-0',
    ]);
    expect(simulator.records.restarts.flatMap(({ others }) => others)).toEqual([]);
    expect(new Set(Object.values(versions(simulator)))).toEqual(new Set(['9.4.3']));
  });

  it('tells other components the old version until all nodes run the new one, also in silence', () => {
    const simulator = runningStack(old);
    const told = new Set<string | undefined>();
    const isLast = () => Object.values(versions(simulator)).filter((version) => version === '8.19.8').length === 0;
    for (let round = 0; !isLast() && round < 300; round += 1) {
      const planned = step(simulator, wanted);
      if (Object.values(versions(simulator)).includes('8.19.8')) told.add(planned.section.version);
      simulator.silent = true;
      told.add(step(simulator, wanted).section.version);
      simulator.silent = false;
      simulator.tick();
    }
    expect([...told]).toEqual(['8.19.8']);
    expect(settle(simulator, wanted).section.version).toBe('9.4.3');
  });

  it('shows how far it is', () => {
    const simulator = runningStack(old);
    steps(simulator, wanted, joined(simulator, '9.4.3'));
    expect(underwayIn(simulator.observe())).toContainEqual({
      step: 'Upgrade',
      subject: 'Elasticsearch/nodes',
      left: 5,
      total: 6,
      text: '5 of 6 nodes do not run 9.4.3 yet.',
    });
    settle(simulator, wanted);
    expect(underwayIn(simulator.observe())).toEqual([]);
  });

  it('[killed-mid-restart] ends the same way when the operator dies after every single action', () => {
    const simulator = runningStack(old);
    for (let round = 0; round < 150; round += 1) {
      step(simulator, wanted, 1);
      simulator.tick();
    }
    expectClean(simulator, settle(simulator, wanted));
    expect(restarted(simulator)).toHaveLength(6);
  });

  it('[upgrade-yellow] goes on while new primaries have no copy, because old nodes take none of them', () => {
    const three = { data: { replicas: 3 } };
    const simulator = runningStack(at('8.19.8', three));
    steps(simulator, at('9.4.3', three), joined(simulator, '9.4.3'));
    const filters = { 'require._name': 'logs-es-data-2' };
    const index = simulator.elasticsearch.createIndex('made-meanwhile', { replicas: 1, filters });
    simulator.tick();
    index.filters.clear();
    expect(simulator.observe().cluster).toMatchObject({ health: { status: 'yellow' } });
    expectClean(simulator, settle(simulator, at('9.4.3', three)));
  });

  it.each(Array.from({ length: 12 }, (_, rounds) => rounds + 3))(
    '[upgrade-yellow] ends well when the config changes after %i looks, and nodes come back on the version before',
    (rounds) => {
      const simulator = runningStack(old);
      let count = 0;
      steps(simulator, wanted, () => (count += 1) > rounds);
      const edited = at('9.4.3', { config: changedConfig });
      step(simulator, edited);
      for (const pod of ['logs-es-data-0', 'logs-es-data-1']) {
        simulator.tick();
        step(simulator, edited);
        simulator.evict(pod);
      }
      const planned = settle(simulator, edited);
      expect(ready(planned)).toMatchObject({ status: 'True' });
      expect(simulator.records.dataLosses).toEqual([]);
      expect(new Set(Object.values(versions(simulator)))).toEqual(new Set(['9.4.3']));
    },
  );

  it.each(['logs-es-data-0', 'logs-es-master-0', 'logs-es-master-1', 'logs-es-ingest-0'])(
    '[evicted-early] %s comes back when it is evicted at any moment of it',
    (pod) => {
      for (const round of [4, 8, 12, 16, 20, 24, 28]) {
        const simulator = runningStack(old);
        let count = 0;
        steps(simulator, wanted, () => (count += 1) > round);
        simulator.evict(pod);
        expectClean(simulator, settle(simulator, wanted));
      }
    },
  );

  it('[single-master-roll] of a single node', () => {
    const one = { topology: 'Combined', data: { replicas: 1 } } as const;
    const simulator = runningStack(at('8.19.8', one));
    expect(ready(settle(simulator, at('9.4.3', one)))).toMatchObject({ status: 'True' });
    expect(simulator.records.dataLosses).toEqual([]);
    expect(versions(simulator)).toEqual({ 'logs-es-combined-0': '9.4.3' });
  });

  it('waits with the drain of a new node until the old ones can take its copies', () => {
    const simulator = runningStack(at('8.19.8', { data: { replicas: 3 } }));
    steps(simulator, at('9.4.3', { data: { replicas: 3 } }), joined(simulator, '9.4.3'));
    expectClean(simulator, settleUnderWrites(simulator, wanted, 120));
    expect(simulator.records.removals.map(({ pod }) => pod)).toEqual(['logs-es-data-2']);
    expect(new Set(Object.values(versions(simulator)))).toEqual(new Set(['9.4.3']));
  });
});

describe('the way back', () => {
  it('[bad-config-roll] an image that does not start is tried on one pod, and the old one may be set again', () => {
    const simulator = runningStack(old);
    simulator.brokenImages.add(image('9.4.3'));
    expect(ready(settle(simulator, wanted))).toMatchObject({ status: 'False', reason: 'PodsFailing' });
    expect([...simulator.brokenStarts]).toEqual(['logs-es-data-1']);
    expectClean(simulator, settle(simulator, old));
    expect(new Set(Object.values(versions(simulator)))).toEqual(new Set(['8.19.8']));
  });

  it('[bad-config-roll] or another new one', () => {
    const simulator = runningStack(old);
    simulator.brokenImages.add(image('9.4.3'));
    settle(simulator, wanted);
    expectClean(simulator, settle(simulator, at('9.4.4')));
  });

  it('[single-master-roll] also on a single node, which gives no answer then', () => {
    const one = { topology: 'Combined', data: { replicas: 1 } } as const;
    const simulator = runningStack(at('8.19.8', one));
    simulator.brokenImages.add(image('9.4.3'));
    settle(simulator, at('9.4.3', one));
    expect(ready(settle(simulator, at('8.19.8', one)))).toMatchObject({ status: 'True' });
    expect(simulator.records.dataLosses).toEqual([]);
  });

  it('also when the very first image was never there', () => {
    const simulator = runningStack(at('9.4.3'));
    simulator.deleteStack();
    for (const claim of claims(simulator)) simulator.kubernetes.objects.delete(`PersistentVolumeClaim/data-${claim}`);
    simulator.elasticsearch.world.volumes.clear();
    simulator.elasticsearch.world.clusters.clear();
    simulator.brokenImages.add(image('9.9.9'));
    for (let round = 0; round < 10; round += 1) {
      step(simulator, at('9.9.9'));
      simulator.tick();
    }
    expect(ready(settle(simulator, wanted))).toMatchObject({ status: 'True' });
  });

  it('ends when a node of the new version has joined, though that node is away when the old one is set', () => {
    const simulator = runningStack(old);
    steps(simulator, wanted, joined(simulator, '9.4.3'));
    step(simulator, wanted);
    simulator.crash('logs-es-data-1');
    simulator.tick();
    simulator.tick();
    expect(Object.values(versions(simulator))).not.toContain('9.4.3');
    expect(rules(step(simulator, old))).toContain('DowngradeRefused LoggingStack/logs');
    const planned = settleUnderWrites(simulator, old, 20);
    expect(rules(planned)).toContain('DowngradeRefused LoggingStack/logs');
    expect(simulator.records.dataLosses).toEqual([]);
  });

  it('from then on all nodes go to the version that has joined, and the refusal says so', () => {
    const simulator = runningStack(old);
    steps(simulator, wanted, joined(simulator, '9.4.3'));
    const planned = settleUnderWrites(simulator, old, 120);
    expect(rules(planned)).toEqual(['DowngradeRefused LoggingStack/logs']);
    expect(new Set(Object.values(versions(simulator)))).toEqual(new Set(['9.4.3']));
    expect(ready(planned)).toMatchObject({ status: 'True' });
  });

  it('and so they do when the first joined while its template went back', () => {
    const simulator = runningStack(old);
    const isStarting = () =>
      simulator
        .observe()
        .objects.some((object) => object.kind === 'Pod' && podImage(object) === image('9.4.3') && !isReady(object));
    steps(simulator, wanted, isStarting);
    steps(simulator, old, joined(simulator, '9.4.3'));
    expect(templateVersions(simulator.observe()).map(({ version }) => version)).not.toContain('9.4.3');
    const planned = settleUnderWrites(simulator, old, 120);
    expect(rules(planned)).toEqual(['DowngradeRefused LoggingStack/logs']);
    expect(new Set(Object.values(versions(simulator)))).toEqual(new Set(['9.4.3']));
    expect(ready(planned)).toMatchObject({ status: 'True' });
  });

  it('a third version waits until all nodes run the second', () => {
    const simulator = runningStack(old);
    steps(simulator, wanted, joined(simulator, '9.4.3'));
    expect(rules(step(simulator, at('9.5.0')))).toEqual(['UpgradePathRefused LoggingStack/logs']);
    expectClean(simulator, settleUnderWrites(simulator, at('9.5.0'), 200));
    expect(new Set(Object.values(versions(simulator)))).toEqual(new Set(['9.5.0']));
    expect(restarted(simulator)).toHaveLength(12);
  });
});

describe('what is refused before it begins', () => {
  it.each([
    ['an older version', at('9.4.3'), at('8.19.8'), 'DowngradeRefused LoggingStack/logs'],
    ['an older one of the same major version', at('9.4.3'), at('9.4.2'), 'DowngradeRefused LoggingStack/logs'],
    ['a step that does not exist', at('8.17.0'), at('9.4.3'), 'UpgradePathRefused LoggingStack/logs'],
  ])('%s; the rest of the edit goes on', (_name, before, after, expected) => {
    const simulator = runningStack(before);
    const edited = {
      ...after,
      elasticsearch: { ...after.elasticsearch, config: changedConfig },
    };
    const planned = settle(simulator, edited);
    expect(rules(planned)).toEqual([expected]);
    expect(planned.needsDetail).toBe(false);
    expect(restarted(simulator)).toHaveLength(6);
    expect(new Set(Object.values(versions(simulator)))).toEqual(new Set([before.version]));
    expect(rules(settle(simulator, before))).toEqual([]);
  });

  it('an index that is too old, until it is gone or an override accepts it', () => {
    const simulator = runningStack(old);
    simulator.elasticsearch.createIndex('ancient', { createdIn: '7.17.29' });
    settle(simulator, old);
    expect(rules(settle(simulator, wanted))).toEqual(['IndicesTooOld index/ancient']);
    expect(restarted(simulator)).toEqual([]);
    const override = { subject: 'index/ancient', until: '2027-01-01T00:00:00Z', reason: 'an archive' } as const;
    expectClean(simulator, settle(simulator, { ...wanted, overrides: [{ rule: 'IndicesTooOld', ...override }] }));
    expect(new Set(Object.values(versions(simulator)))).toEqual(new Set(['9.4.3']));
  });

  it('critical deprecations, and only before a new major version', () => {
    const simulator = runningStack(old);
    simulator.deprecations = [{ index: undefined, message: 'A setting that goes.' }];
    expect(rules(settle(simulator, wanted))).toEqual(['Deprecations LoggingStack/logs']);
    expect(restarted(simulator)).toEqual([]);
    expectClean(simulator, settle(simulator, at('8.19.9')));
    simulator.deprecations = [];
    expectClean(simulator, settle(simulator, wanted));
  });

  it.each([{ silent: true }, { detailFails: true }])(
    '[drain-fails-open] nothing begins without an answer: %o',
    (fault) => {
      const simulator = runningStack(old);
      Object.assign(simulator, fault);
      expect(rules(settle(simulator, wanted))).toContain('ClusterUnknown LoggingStack/logs');
      expect(restarted(simulator)).toEqual([]);
      Object.assign(simulator, { silent: false, detailFails: false });
      expectClean(simulator, settle(simulator, wanted));
    },
  );

  it('what came up only after it began does not stop it half way', () => {
    const simulator = runningStack(old);
    steps(simulator, wanted, joined(simulator, '9.4.3'));
    simulator.deprecations = [{ index: undefined, message: 'A setting that goes.' }];
    expectClean(simulator, settle(simulator, wanted));
  });

  it.each([
    ['older', '9.4.3', '8.19.8', 'DowngradeRefused'],
    ['new major', '8.19.8', '9.4.3', 'UpgradePathRefused'],
  ])('[second-cluster] kept volumes and a stack of an %s version: no node is started', (_name, before, after, rule) => {
    const simulator = runningStack(at(before));
    simulator.deleteStack();
    const planned = settle(simulator, at(after));
    expect(rules(planned)).toEqual([`${rule} LoggingStack/logs`]);
    expect(simulator.kubernetes.sets.size).toBe(0);
    expectClean(simulator, settle(simulator, at(before)));
  });
});
