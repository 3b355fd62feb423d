// Tests of pods that are stuck while another pool has its turn: what may come to them early, and that a version never does.
import { describe, expect, it } from 'vitest';
import type { Simulator } from '../../simulator/simulator.ts';
import { runningStack, settle, step } from '../../simulator/simulator.testing.ts';
import type { LoggingStackSpec } from '../../api/logging-stack.ts';
import type { KubeObject } from '../kubernetes.ts';
import { exampleStack } from '../stack.testing.ts';
import type { ResolvedStack } from '../stack.ts';
import { plan } from './plan.ts';
import { changedConfig, ready, templates } from './plan.testing.ts';
import { podImage } from './versions.ts';

const at = (version: string, elasticsearch: Partial<NonNullable<LoggingStackSpec['elasticsearch']>> = {}) =>
  exampleStack({ version, elasticsearch: { data: { replicas: 2 }, ...elasticsearch } });

const stuck = 'logs-es-master-1';
const podOf = (simulator: Simulator) =>
  simulator.observe().objects.find(({ kind, metadata }) => kind === 'Pod' && metadata.name === stuck);

/** A worker is cordoned and drained at this moment of a change: its pod finds no place for some time. */
function cordoned(simulator: Simulator, stack: ResolvedStack, isMoment: () => boolean): void {
  for (let round = 0; !isMoment(); round += 1) {
    if (round > 100) throw new Error('It never comes to that.');
    step(simulator, stack);
    simulator.tick();
  }
  simulator.kubernetes.unschedulable.add(stuck);
  simulator.evict(stuck);
}

/** The stuck pod, look by look, while it has no place. */
const waits = (simulator: Simulator, stack: ResolvedStack): readonly KubeObject[] =>
  Array.from({ length: 30 }, () => {
    step(simulator, stack);
    simulator.tick();
    return podOf(simulator);
  }).filter((pod) => pod !== undefined);

const imagesOf = (pods: readonly KubeObject[]) => new Set(pods.map(podImage));
const revisionsOf = (pods: readonly (KubeObject | undefined)[]) =>
  new Set(pods.map((pod) => pod?.metadata.labels?.['controller-revision-hash']));

const start = () => true;
const firstRestart = (simulator: Simulator) => (): boolean => simulator.records.restarts.length > 0;

describe('a master without a place while others take a new version', () => {
  it.each<[string, (simulator: Simulator) => () => boolean]>([
    ['as it is asked for', () => start],
    ['while the first node restarts', firstRestart],
  ])('[evicted-early] comes back on the old one, %s, and masters stay last', (_name, moment) => {
    const simulator = runningStack(at('8.19.8'));
    cordoned(simulator, at('9.4.3'), moment(simulator));
    expect(imagesOf(waits(simulator, at('9.4.3')))).toEqual(new Set(['example.test/elasticsearch:8.19.8']));
    simulator.kubernetes.unschedulable.clear();
    expect(ready(settle(simulator, at('9.4.3')))).toMatchObject({ status: 'True' });
    const order = simulator.records.restarts.filter(({ cause }) => cause === 'operator').map(({ pod }) => pod);
    expect(order.slice(-3).toSorted()).toEqual([0, 1, 2].map((ordinal) => `logs-es-master-${ordinal}`));
  });

  it('[evicted-early] not even together with what would give it a place', () => {
    const simulator = runningStack(at('8.19.8'));
    const both = at('9.4.3', { master: { replicas: 3, nodeSelector: { disk: 'fast' } } });
    cordoned(simulator, both, start);
    expect(imagesOf(waits(simulator, both))).toEqual(new Set(['example.test/elasticsearch:8.19.8']));
  });
});

describe('a master without a place while others take a new configuration', () => {
  it('[evicted-early] gets it no sooner for that', () => {
    const simulator = runningStack(at('9.4.3'));
    const before = revisionsOf([podOf(simulator)]);
    cordoned(simulator, at('9.4.3', { config: changedConfig }), start);
    expect(revisionsOf(waits(simulator, at('9.4.3', { config: changedConfig })))).toEqual(before);
    simulator.kubernetes.unschedulable.clear();
    expect(ready(settle(simulator, at('9.4.3', { config: changedConfig })))).toMatchObject({ status: 'True' });
  });

  it('gets at once what may give it a place', () => {
    const simulator = runningStack(at('9.4.3'));
    const elsewhere = at('9.4.3', { config: changedConfig, master: { replicas: 3, nodeSelector: { disk: 'fast' } } });
    const before = revisionsOf([podOf(simulator)]);
    cordoned(simulator, elsewhere, start);
    expect(revisionsOf(waits(simulator, elsewhere).slice(-1))).not.toEqual(before);
  });
});

describe('a pod without a place', () => {
  it("is named with the scheduler's own reason and what may be done, also where no template changes", () => {
    const simulator = runningStack(at('9.4.3'));
    cordoned(simulator, at('9.4.3'), start);
    const seen = simulator.observe({ detail: true });
    const said = '0/3 nodes are available: 3 node(s) were unschedulable.';
    const objects = seen.objects.map((object) =>
      object.metadata.name === stuck && object.kind === 'Pod'
        ? {
            ...object,
            status: { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: said }] },
          }
        : object,
    );
    const finding = ready(plan(at('9.4.3'), { ...seen, objects }, templates));
    expect(finding).toMatchObject({ status: 'False', reason: 'PodsFailing' });
    for (const text of [stuck, said, 'Uncordon', `loggingstack.dev/replace-node=${stuck}`])
      expect(finding?.message).toContain(text);
  });
});
