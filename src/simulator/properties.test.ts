// Properties of operator and simulator together, whatever happens in whatever order: edits, kills, silence, full disks, crashes of the operator.
import { env } from 'node:process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plan } from '../core/elasticsearch/plan.ts';
import { changedConfig, ready, stackWith, templates } from '../core/elasticsearch/plan.testing.ts';
import type { ResolvedStack } from '../core/stack.ts';
import type { Simulator } from './simulator.ts';
import { runningStack, settle, step } from './simulator.testing.ts';

/** So many sequences; the seed is printed by fast-check when one fails. */
const numRuns = Number(env['PROPERTY_RUNS'] ?? 20);

interface Edit {
  readonly config: Readonly<Record<string, string>>;
  readonly data: number;
  readonly masters: number;
  readonly ingest: number;
  readonly warm: number;
  readonly redundancy: 'None' | 'Single' | 'Double';
}

type Happening =
  | { readonly kind: 'edit'; readonly edit: Edit }
  | { readonly kind: 'evict' | 'kill' | 'freeze' | 'mute' | 'fill'; readonly node: number }
  | { readonly kind: 'silence' | 'halfAnswer' | 'oldShards' | 'slowWatch'; readonly ticks: number }
  | { readonly kind: 'crash'; readonly after: number }
  | { readonly kind: 'wait'; readonly ticks: number };

const edit: fc.Arbitrary<Edit> = fc.record({
  config: fc.constantFrom({}, changedConfig, { 'indices.memory.index_buffer_size': '25%' }),
  data: fc.integer({ min: 1, max: 4 }),
  masters: fc.constantFrom(1, 3, 3, 5),
  ingest: fc.integer({ min: 1, max: 2 }),
  warm: fc.integer({ min: 0, max: 2 }),
  redundancy: fc.constantFrom('None', 'Single', 'Single', 'Double'),
});

const ticks = fc.integer({ min: 1, max: 15 });

/** Where every sequence starts. */
const start = runningStack(stackWith(), 15);

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('edit' as const), edit }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('evict', 'kill', 'freeze', 'mute', 'fill'),
      node: fc.nat({ max: 12 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('silence', 'halfAnswer', 'oldShards', 'slowWatch'), ticks }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('crash' as const), after: fc.nat({ max: 3 }) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('wait' as const), ticks }) },
);

const edited = ({ config, data, masters, ingest, warm, redundancy }: Edit): ResolvedStack =>
  stackWith({
    config,
    redundancy,
    data: { replicas: data },
    master: { replicas: masters },
    ingest: { replicas: ingest },
    pools: warm === 0 ? [] : [{ name: 'warm', roles: ['data_warm'], replicas: warm }],
  });

interface Run {
  readonly simulator: Simulator;
  stack: ResolvedStack;
}

/** One look, its actions, one moment; a client writes meanwhile. A plan depends on its arguments alone. */
function pass(run: Run, actions?: number): void {
  const { simulator, stack } = run;
  simulator.elasticsearch.write('logs-app-default', 10);
  simulator.elasticsearch.write('logs-audit-default', 1, 1024 ** 2);
  const observed = simulator.observe({ detail: true });
  const planned = step(simulator, stack, actions);
  // Each plan twice would take most of the time.
  if (simulator.elasticsearch.world.tick % 8 === 0) expect(plan(stack, observed, templates)).toEqual(planned);
  simulator.tick();
}

const passes = (run: Run, count: number): void => {
  for (let tick = 0; tick < count; tick += 1) pass(run);
};

function happen(run: Run, event: Happening): void {
  const { simulator } = run;
  switch (event.kind) {
    case 'edit':
      run.stack = edited(event.edit);
      break;
    case 'crash':
      pass(run, event.after);
      return;
    case 'wait':
      passes(run, event.ticks);
      return;
    case 'silence':
      simulator.silent = true;
      passes(run, event.ticks);
      simulator.silent = false;
      return;
    case 'halfAnswer':
      simulator.detailFails = true;
      passes(run, event.ticks);
      simulator.detailFails = false;
      return;
    case 'oldShards':
      simulator.routingTableAge = event.ticks;
      passes(run, event.ticks);
      simulator.routingTableAge = 0;
      return;
    case 'slowWatch':
      simulator.watchAge = event.ticks;
      passes(run, event.ticks);
      simulator.watchAge = 0;
      return;
    case 'evict':
    case 'kill':
    case 'freeze':
    case 'mute':
    case 'fill':
      strike(run, event.kind, event.node);
  }
  pass(run);
}

function strike({ simulator }: Run, kind: 'evict' | 'kill' | 'freeze' | 'mute' | 'fill', node: number): void {
  const names = [...simulator.pods.keys()].toSorted();
  const name = names[node % names.length] ?? '';
  if (kind === 'mute') simulator.mute.add(name);
  else if (kind === 'fill')
    simulator.fillDisk(name, 0.96 * simulator.elasticsearch.volume(`data-${name}`, 0).totalBytes);
  else simulator[kind](name);
}

/** Everything that was done to the cluster is taken back, and nothing more is done to it. */
function faultsEnd(simulator: Simulator): void {
  simulator.mute.clear();
  for (const pod of simulator.pods.keys()) simulator.freeze(pod, false);
  for (const volume of simulator.elasticsearch.world.volumes.values()) volume.foreignBytes = 0;
}

/** What the operator must never do. A restart may take the only copy of an index that has one copy only; a removal never. */
function harm({ records }: Simulator): unknown {
  return {
    quorum: records.quorumLosses.filter((loss) => loss.cause === 'operator' && loss.voters > 1),
    copies: records.lastCopyLosses.filter((loss) => loss.cause === 'operator' && loss.replicas > 0),
    removedCopies: records.lastCopyLosses.filter((loss) =>
      records.removals.some(
        (removal) => removal.cause === 'operator' && removal.tick === loss.tick && removal.pod === loss.pod,
      ),
    ),
    data: records.dataLosses,
    overBudget: records.restarts.filter(
      (restart) => restart.cause === 'operator' && restart.othersByOperator.length > 0,
    ),
  };
}

const noHarm = { quorum: [], copies: [], removedCopies: [], data: [], overBudget: [] };

describe('whatever happens', () => {
  it('the operator takes no quorum, no last copy and no data, and ends where the spec says, with nothing left behind', () => {
    fc.assert(
      fc.property(fc.array(happening, { minLength: 3, maxLength: 14 }), edit, (events, last) => {
        const run: Run = { simulator: start.fork(), stack: stackWith() };
        for (const event of events) happen(run, event);
        const { simulator } = run;
        expect(harm(simulator)).toEqual(noHarm);
        faultsEnd(simulator);
        const wanted = edited(last);
        expect(ready(settle(simulator, wanted, 600))).toMatchObject({ status: 'True' });
        expect(harm(simulator)).toEqual(noHarm);
        expect(simulator.elasticsearch.world.clusters.size).toBe(1);
        expect(simulator.observe().cluster).toMatchObject({
          health: { status: 'green' },
          settings: { excludedNames: [], marks: {} },
          voting: { excluded: [] },
        });
        const asked = wanted.elasticsearch.pools.reduce((sum, pool) => sum + pool.replicas, 0);
        expect(simulator.pods.size).toBe(asked);
      }),
      { numRuns, endOnFailure: false },
    );
  }, 1_800_000);
});
