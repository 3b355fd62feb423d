// Another version of the operator renders nodes differently: none is restarted for it, and the next change of the spec takes it along.
import { describe, expect, it } from 'vitest';
import { labels } from '../names.ts';
import type { Simulator } from '../../simulator/simulator.ts';
import type { Planner } from '../../simulator/simulator.testing.ts';
import { restarted, runningStack, settle } from '../../simulator/simulator.testing.ts';
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

  it.each<[string, (simulator: Simulator) => void]>([
    [
      'the config is gone',
      (simulator) => {
        for (const key of simulator.kubernetes.objects.keys())
          if (key.includes('logs-es-ingest-config-')) simulator.kubernetes.objects.delete(key);
      },
    ],
    [
      'a pod cannot start, which its own rendering may mend',
      (simulator) => {
        simulator.crash('logs-es-ingest-0');
      },
    ],
  ])('takes its own to a pool at once of which %s', (_name, breakIt) => {
    const simulator = runningStack(stackWith());
    breakIt(simulator);
    const { actions } = plan(stackWith(), simulator.observe({ detail: true }), newer);
    expect(actions).toMatchObject([
      { kind: 'create', object: { kind: 'ConfigMap', metadata: { labels: { [labels.pool]: 'ingest' } } } },
      { kind: 'apply', object: { kind: 'StatefulSet', metadata: { name: 'logs-es-ingest' } } },
    ]);
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
