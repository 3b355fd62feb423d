// Another version of the operator renders nodes differently: none is restarted for it, and the next change of the spec takes it along.
import { describe, expect, it } from 'vitest';
import { labels } from '../names.ts';
import { Simulator } from '../../simulator/simulator.ts';
import type { Planner } from '../../simulator/simulator.testing.ts';
import { restarted, runningStack, settle, step } from '../../simulator/simulator.testing.ts';
import { plan } from './plan.ts';
import { changedConfig, stackWith, templates } from './plan.testing.ts';

const file = 'elasticsearch/jvm.options';
const newer = { ...templates, [file]: `${templates[file] ?? ''}\n-Dnewer.operator=true\n` };
const next: Planner = (stack, observed) => plan(stack, observed, newer);

describe('another version of the operator', () => {
  it('[operator-upgrade-rolls] writes nothing and restarts no node', () => {
    const simulator = runningStack(stackWith());
    const version = JSON.stringify([...simulator.kubernetes.objects]);
    settle(simulator, stackWith(), 300, next);
    expect(restarted(simulator)).toEqual([]);
    expect(JSON.stringify([...simulator.kubernetes.objects])).toBe(version);
  });

  it('[operator-upgrade-rolls] takes more nodes on the old template, which is known to work', () => {
    const simulator = runningStack(stackWith());
    settle(simulator, stackWith({ data: { replicas: 3 } }), 300, next);
    expect(restarted(simulator)).toEqual([]);
    expect(simulator.pods.has('logs-es-data-2')).toBe(true);
  });

  const configsOf = (simulator: Simulator, pool: string) =>
    [...simulator.kubernetes.objects.entries()].filter(([key]) => key.includes(`logs-es-${pool}-config-`));

  it.each<[string, string, (simulator: Simulator) => void]>([
    [
      'data',
      'the config is gone',
      (simulator) => {
        for (const [key] of configsOf(simulator, 'data')) simulator.kubernetes.objects.delete(key);
      },
    ],
    [
      'master',
      'the config names the first masters still',
      (simulator) => {
        for (const [key, config] of configsOf(simulator, 'master')) {
          const data = { 'elasticsearch.yml': 'cluster.initial_master_nodes: [logs-es-master-0]' };
          simulator.kubernetes.objects.set(key, { ...config, data });
        }
      },
    ],
    [
      'data',
      'one of two pods cannot start, which its own rendering may mend',
      (simulator) => {
        simulator.crash('logs-es-data-1');
      },
    ],
  ])('takes its own to the pool %s where %s', (pool, _name, breakIt) => {
    const simulator = runningStack(stackWith());
    breakIt(simulator);
    settle(simulator, stackWith(), 300, next);
    const configs = configsOf(simulator, pool).map(([, { data }]) => JSON.stringify(data));
    expect(configs.map((config) => config.includes('newer.operator'))).toEqual([true]);
  });

  it('takes its own, pool by pool, as long as no cluster has formed', () => {
    const simulator = new Simulator();
    step(simulator, stackWith());
    const made = plan(stackWith(), simulator.observe(), newer).actions.flatMap((action) =>
      action.kind === 'create' ? [action.object.metadata.labels?.[labels.pool]] : [],
    );
    expect(made).toEqual(['data']);
  });

  it('takes its own along with the next change, and rests then', () => {
    const simulator = runningStack(stackWith());
    settle(simulator, stackWith({ config: changedConfig }), 300, next);
    expect(restarted(simulator)).toHaveLength(6);
    const configs = [...simulator.kubernetes.objects.values()].filter(({ kind }) => kind === 'ConfigMap');
    const started = configs.filter(({ data }) => JSON.stringify(data).includes('jvm.options'));
    expect(started.map(({ data }) => JSON.stringify(data).includes('newer.operator'))).toEqual([true, true, true]);
  });
});
