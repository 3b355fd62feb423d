// Properties of the planner, whatever happens in whatever order: a plan depends on its arguments alone, and we never take a second node away.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StackModel } from './model.testing.ts';
import { plan } from './plan.ts';
import { badConfig, changedConfig, ready, settle, stackWith, step, templates } from './plan.testing.ts';

/** What may happen between two looks. */
type Happening =
  | { readonly kind: 'edit'; readonly config: Readonly<Record<string, string>>; readonly data: number }
  | { readonly kind: 'evict'; readonly index: number }
  | { readonly kind: 'silence' }
  | { readonly kind: 'crash'; readonly after: number }
  | { readonly kind: 'wait' };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('edit' as const),
      config: fc.constantFrom({}, changedConfig, badConfig, { 'bad.setting': '2' }),
      data: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('evict' as const), index: fc.nat({ max: 5 }) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'silence' as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('crash' as const), after: fc.nat({ max: 3 }) }) },
  { weight: 6, arbitrary: fc.constant({ kind: 'wait' as const }) },
);

interface Run {
  readonly model: StackModel;
  stack: ReturnType<typeof stackWith>;
}

/** One happening, one look, one moment. The StatefulSet controller acts on our writes before anything else happens. */
function live(run: Run, event: Happening): void {
  const { model } = run;
  if (event.kind === 'edit') run.stack = stackWith({ config: event.config, data: { replicas: event.data } });
  if (event.kind === 'evict') model.evict([...model.pods.keys()][event.index] ?? '');
  model.silent = event.kind === 'silence';
  const observed = model.observe();
  expect(plan(run.stack, observed, templates)).toEqual(plan(run.stack, structuredClone(observed), templates));
  step(model, run.stack, event.kind === 'crash' ? event.after : Number.POSITIVE_INFINITY);
  model.tick();
}

describe('whatever happens', () => {
  it('no node that serves is restarted while another does not, the cluster forms once, and a good spec ends well', () => {
    fc.assert(
      fc.property(fc.array(happening, { minLength: 10, maxLength: 60 }), (events) => {
        const run: Run = { model: new StackModel(), stack: stackWith() };
        settle(run.model, run.stack);
        for (const event of events) live(run, event);
        expect(run.model.restarts.filter((restart) => restart.others.length > 0)).toEqual([]);
        run.model.silent = false;
        const last = stackWith({ config: { 'indices.memory.index_buffer_size': '30%' }, data: { replicas: 3 } });
        expect(ready(settle(run.model, last, 400))).toMatchObject({ status: 'True' });
        expect(run.model.restarts.filter((restart) => restart.others.length > 0)).toEqual([]);
        expect(run.model.formedClusters).toHaveLength(1);
      }),
      { numRuns: 12 },
    );
  }, 300_000);
});
