// What was foretold of an edit is what happens when it is made: the same stack on the simulator, planned first, then edited.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plan } from '../core/elasticsearch/plan.ts';
import { badConfig, changedConfig, oneNode, stackWith, templates } from '../core/elasticsearch/plan.testing.ts';
import type { ResolvedStack } from '../core/stack.ts';
import { exampleStack } from '../core/stack.testing.ts';
import { runningStack, step } from '../simulator/simulator.testing.ts';
import type { Simulator } from '../simulator/simulator.ts';
import { differences } from './agreement.testing.ts';
import { type Forecast, forecast } from './index.ts';
import { Recorder } from './recorder.ts';
import type { ForecastInput } from './run.ts';

const speed = 40 * 1024 ** 2;
const gibibyte = 1024 ** 3;

/** A stack with three data streams of different sizes, about 3.5 GiB of logs in all. */
function grown(stack: ResolvedStack): Simulator {
  const simulator = runningStack(stack);
  const sizes = { 'logs-app-default': 2, 'logs-audit-default': 1, 'logs-web-default': 0.5 };
  for (const [stream, size] of Object.entries(sizes)) simulator.elasticsearch.write(stream, 1, size * gibibyte);
  rest(simulator, stack, new Recorder());
  return simulator;
}

/** Looks and acts until nothing moves any more. */
function rest(simulator: Simulator, stack: ResolvedStack, recorder: Recorder): void {
  const { world } = simulator.elasticsearch;
  for (let quiet = 0, looks = 0; quiet * world.secondsPerTick <= 75; looks += 1) {
    if (looks > 2000) throw new Error('It does not come to rest.');
    const seen = simulator.observe({ detail: true });
    const seconds = world.tick * world.secondsPerTick;
    recorder.look(seen, seconds);
    const { actions } = step(simulator, stack);
    recorder.acted(actions, seen, seconds);
    simulator.elasticsearch.write('logs-app-default', 10);
    simulator.tick();
    const { cluster } = seen;
    const moves = cluster.answered && cluster.health.relocating + cluster.health.initializing > 0;
    quiet = actions.length === 0 && !moves ? quiet + 1 : 0;
  }
}

/** Objects of the other components: none, so that nothing is foretold of them but that they would be made. */
const elasticsearchOnly = ({ steps, ...rest }: Forecast): Forecast => ({
  ...rest,
  steps: steps.filter(({ subject }) => !/-(kb|ls|fb)$/.test(subject)),
});

function foretell(simulator: Simulator, stack: ResolvedStack): Forecast {
  const observed = simulator.observe({ detail: true });
  const { cluster } = observed;
  if (!cluster.answered || cluster.detail === undefined) throw new Error('No look.');
  const whole = { ...observed, cluster } as ForecastInput['observed'];
  const run = forecast({ stack, observed: whole, templates, live: () => undefined, recoveryBytesPerSecond: speed });
  for (;;) {
    const next = run.next();
    if (next.done === true) return elasticsearchOnly(next.value);
  }
}

/** Plans the edit, then makes it. */
function planThenApply(from: ResolvedStack, to: ResolvedStack) {
  const simulator = grown(from);
  const before = JSON.stringify(simulator.observe({ detail: true }));
  const foretold = foretell(simulator, to);
  expect(JSON.stringify(simulator.observe({ detail: true })), 'planning changes nothing').toBe(before);
  const recorder = new Recorder();
  const began = simulator.elasticsearch.world.tick * simulator.elasticsearch.world.secondsPerTick;
  rest(simulator, to, recorder);
  return { foretold, happened: recorder.record, began };
}

const warm = { name: 'warm', roles: ['data_warm'] as const, replicas: 1 };

describe('a plan of an edit is what the edit then does', () => {
  it.each([
    ['nothing', {}, {}],
    ['data 2 to 4', {}, { data: { replicas: 4 } }],
    ['data 4 to 2', { data: { replicas: 4 } }, {}],
    ['data 3 to 1 with fewer copies', { data: { replicas: 3 } }, { data: { replicas: 1 } }],
    ['masters 3 to 1', {}, { master: { replicas: 1 } }],
    ['masters 1 to 3', { master: { replicas: 1 } }, {}],
    ['ingest 1 to 2', {}, { ingest: { replicas: 2 } }],
    ['a tier that is added', {}, { pools: [{ ...warm, roles: ['data_warm'] as ['data_warm'] }] }],
    ['a tier that is removed', { pools: [{ ...warm, roles: ['data_warm'] as ['data_warm'] }] }, {}],
    ['a changed configuration', {}, { config: changedConfig }],
    ['more copies', { data: { replicas: 3 } }, { data: { replicas: 3 }, redundancy: 'Double' as const }],
    ['no copies', {}, { redundancy: 'None' as const }],
  ])('%s', (_name, from, to) => {
    const { foretold, happened } = planThenApply(stackWith(from), stackWith(to));
    expect(differences(foretold.steps, happened)).toEqual([]);
    expect(foretold).toMatchObject({ refusals: [], bytesLost: 0, unfinished: undefined });
  });

  it.each([
    ['a new version', exampleStack(), exampleStack({ version: '9.5.0' })],
    ['a new major version', exampleStack({ version: '8.19.8' }), exampleStack()],
    [
      'larger volumes',
      stackWith({ data: { replicas: 2, storage: { size: '60Gi' } } }),
      stackWith({ data: { replicas: 3, storage: { size: '90Gi' } } }),
    ],
    ['Combined to Dedicated', oneNode({ data: { replicas: 3 } }), stackWith({ data: { replicas: 2 } })],
    ['Dedicated to Combined', stackWith(), oneNode({ data: { replicas: 3 } })],
  ])('%s', (_name, from, to) => {
    const { foretold, happened } = planThenApply(from, to);
    expect(differences(foretold.steps, happened)).toEqual([]);
    expect(foretold.steps.length).toBeGreaterThan(2);
    expect(foretold).toMatchObject({ bytesLost: 0 });
  });

  const pool = fc.record({
    data: fc.integer({ min: 1, max: 4 }),
    masters: fc.constantFrom(1, 3),
    ingest: fc.integer({ min: 1, max: 2 }),
    warm: fc.integer({ min: 0, max: 2 }),
    config: fc.constantFrom({}, changedConfig),
    redundancy: fc.constantFrom('None' as const, 'Single' as const, 'Double' as const),
  });
  type Wanted = typeof pool extends fc.Arbitrary<infer One> ? One : never;
  const edited = ({ data, masters, ingest, warm: count, config, redundancy }: Wanted): ResolvedStack =>
    stackWith({
      config,
      redundancy,
      data: { replicas: data },
      master: { replicas: masters },
      ingest: { replicas: ingest },
      pools: count === 0 ? [] : [{ name: 'warm', roles: ['data_warm'], replicas: count }],
    });

  it.each(fc.sample(fc.tuple(pool, pool), { seed: 4, numRuns: 5 }))('seeded edit from %j to %j', (from, to) => {
    const { foretold, happened } = planThenApply(edited(from), edited(to));
    expect(differences(foretold.steps, happened)).toEqual([]);
  });
});

describe('a plan of another edit', () => {
  it('is not what happens', () => {
    const simulator = grown(stackWith({ data: { replicas: 3 } }));
    const { steps } = foretell(simulator, stackWith());
    const recorder = new Recorder();
    rest(simulator, stackWith({ data: { replicas: 3 }, ingest: { replicas: 2 } }), recorder);
    expect(differences(steps, recorder.record)).not.toEqual([]);
  });
});

describe('a plan', () => {
  it('tells sizes, durations and what waits for what', () => {
    const { foretold, happened, began } = planThenApply(stackWith({ data: { replicas: 3 } }), stackWith());
    const drain = foretold.steps.find(({ action }) => action === 'Drain');
    const really = happened.find(({ action }) => action === 'Drain');
    expect(drain).toMatchObject({ subject: 'Pod/logs-es-data-2' });
    expect(drain?.sizeBytes).toBeGreaterThan(gibibyte);
    const seconds = (really?.ended ?? 0) - (really?.began ?? began);
    expect(drain?.seconds).toBeGreaterThan(0.6 * seconds);
    expect(drain?.seconds).toBeLessThan(1.6 * seconds);
    const remove = foretold.steps.find(({ action }) => action === 'RemoveNode');
    expect(remove?.dependsOn).toContain(drain?.order);
    const volume = foretold.steps.find(({ action }) => action === 'DeleteVolume');
    expect(volume?.dependsOn).toEqual([remove?.order]);
  });

  it('names what would be refused, with its remedy', () => {
    const simulator = grown(stackWith({ data: { replicas: 2, storage: { size: '5Gi' } } }));
    simulator.fillDisk('logs-es-data-0', 3 * gibibyte);
    const { refusals, steps, unfinished } = foretell(
      simulator,
      stackWith({ redundancy: 'None', data: { replicas: 1, storage: { size: '5Gi' } } }),
    );
    expect(refusals).toMatchObject([{ rule: 'DiskTooSmall', subject: 'StatefulSet/logs-es-data' }]);
    expect(refusals[0]?.remedy).not.toBe('');
    expect(steps.filter(({ action }) => action === 'Drain' || action === 'RemoveNode')).toEqual([]);
    expect(unfinished).toBeUndefined();
  });

  it('says when the stack would not become ready', () => {
    const { steps, unfinished } = foretell(grown(stackWith()), stackWith({ config: badConfig }));
    expect(steps.filter(({ action }) => action === 'Restart')).toMatchObject([{ subject: 'Pod/logs-es-data-1' }]);
    expect(unfinished).toContain('logs-es-data-1');
  });

  it('is made of the stack as it is in the midst of a change', () => {
    const simulator = grown(stackWith({ data: { replicas: 3 } }));
    const drained = stackWith();
    for (let look = 0; look < 3; look += 1) {
      for (const action of plan(drained, simulator.observe({ detail: true }), templates).actions)
        simulator.take(action);
      simulator.tick();
    }
    const { steps, refusals } = foretell(simulator, stackWith({ data: { replicas: 3 } }));
    expect(steps).toMatchObject([{ action: 'StopDrain', subject: 'Pod/logs-es-data-2' }]);
    expect(refusals).toEqual([]);
  });
});
