// Property of restores: whoever dies when, whatever answers and requests get lost, whatever is edited before it begins or written to Elasticsearch meanwhile, each data stream comes back once, and nothing goes that was not said to be replaced.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StackRestoreSpec } from '../../api/stack-restore.ts';
import { exampleStack } from '../stack.testing.ts';
import { type RestoreIntent, intentOf } from './restore-intent.ts';
import { type Luck, RestoreModel, restoreOf, RestoreRun, snapshotOf } from './restores.testing.ts';

const streams = ['logs-a-default', 'logs-b-default', 'logs-c-default'] as const;
const names = [...streams, ...streams.map((name) => `${name}.restored`), 'logs-other-default'];

const spec = fc.record({
  conflict: fc.constantFrom(undefined, 'Refuse', 'Rename', 'Replace'),
  rename: fc.constantFrom(undefined, { suffix: 'restored' }),
  dataStreams: fc.constantFrom(undefined, ['logs-a-*'], ['logs-a-default', 'logs-c-default'], ['*']),
  retentionHold: fc.constantFrom(undefined, true, false),
});

/** What happens between two reconciles, and the luck of the next one: after so many steps the operator dies, and what becomes of its requests. */
const round = fc.record({
  happens: fc.oneof(
    { weight: 4, arbitrary: fc.constant({ kind: 'nothing' } as const) },
    fc.record({ kind: fc.constant('edit' as const), spec }),
    fc.record({ kind: fc.constant('hold' as const), hold: fc.boolean() }),
    fc.record({ kind: fc.constant('write' as const), name: fc.constantFrom(...names) }),
    fc.constant({ kind: 'nodeAway' } as const),
    fc.constant({ kind: 'nodeBack' } as const),
  ),
  diesAfter: fc.option(fc.nat(12), { nil: Number.POSITIVE_INFINITY }),
  silentAt: fc.option(fc.nat(6), { nil: -1 }),
  fate: fc.constantFrom('done', 'done', 'lost', 'unheard'),
  /** The operator starts with the object as it was so many writes ago. */
  stale: fc.constantFrom(0, 0, 0, 1, 2),
});

const story = fc.record({
  live: fc.subarray(names),
  spec,
  rounds: fc.array(round, { maxLength: 12 }),
});

type Story = typeof story extends fc.Arbitrary<infer Value> ? Value : never;
type Round = Story['rounds'][number];

/** `undefined` in a spec means that the field is not there. */
const given = (fields: Story['spec']): Partial<StackRestoreSpec> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

function luckOf({ diesAfter, silentAt, fate }: Round): Luck {
  let [steps, looks, requests] = [0, 0, 0];
  return {
    dies: () => (steps += 1) > diesAfter,
    answers: () => looks++ !== silentAt,
    fate: () => (requests++ === 0 ? fate : 'done'),
  };
}

class Teller {
  readonly run: RestoreRun;
  readonly history: RestoreRun['object'][] = [];
  readonly intents: RestoreIntent[] = [];
  #away = false;

  constructor({ live, spec: first }: Story) {
    const stack = exampleStack();
    const model = new RestoreModel(() => {
      const look = new RestoreModel().cluster();
      return look.answered && this.#away ? { ...look, nodes: look.nodes.slice(1) } : look;
    });
    model.snapshots = [snapshotOf({ dataStreams: [...streams] })];
    // As old as what is in the snapshot: most of what is replaced is.
    for (const name of live) model.write(name, new Date('2026-11-20T00:00:00Z'));
    this.run = new RestoreRun(model, restoreOf(given(first)), stack);
  }

  tell(one: Round): void {
    const { run } = this;
    const { happens } = one;
    const hasBegun = run.object.status?.startedAt !== undefined;
    // What the API server refuses after the beginning.
    if (happens.kind === 'edit' && !hasBegun) run.edit({ ...clearSpec, ...given(happens.spec) });
    if (happens.kind === 'hold') run.edit({ retentionHold: happens.hold });
    if (happens.kind === 'write') run.model.write(happens.name);
    if (happens.kind === 'nodeAway') this.#away = true;
    if (happens.kind === 'nodeBack') this.#away = false;
    this.history.push(run.object);
    const cached = this.history[Math.max(0, this.history.length - 1 - one.stale)] ?? run.object;
    this.reconcile(luckOf(one), cached);
    run.model.pass(10);
  }

  reconcile(luck?: Luck, cached?: RestoreRun['object']): number | undefined {
    const { run } = this;
    const before = run.model.deleted.length;
    const again = run.reconcile(luck, cached);
    const intent = intentOf(run.object.status ?? {});
    if (intent !== undefined) this.intents.push(intent);
    for (const { name, origin } of run.model.deleted.slice(before)) {
      const recorded = intent?.streams.find(({ restoredAs }) => restoredAs === name);
      expect({ name, origin, replaces: recorded?.replaces }).toEqual({ name, origin: 'live', replaces: true });
    }
    return again;
  }

  /** Nothing goes wrong any more, and what came in the way is taken away, as the message says. */
  end(): void {
    const { run } = this;
    this.#away = false;
    for (let rounds = 0; rounds < 100; rounds += 1) {
      const again = this.reconcile();
      if (again === undefined || run.complete === 'False Conflict') return;
      if (run.complete === 'Unknown Conflict')
        for (const { restoredAs, replaces } of run.object.status?.streams ?? [])
          if (replaces !== true && run.model.streams.get(restoredAs)?.origin === 'live')
            run.model.streams.delete(restoredAs);
      run.model.pass(10);
    }
    throw new Error(`Not at rest: ${run.complete ?? ''} ${run.message}`);
  }
}

const clearSpec = { dataStreams: undefined, rename: undefined, conflict: undefined } as unknown as StackRestoreSpec;

describe('any restore', () => {
  it('brings each data stream back once, deletes nothing else, keeps to its intent, and comes to rest', () => {
    const ends: Record<string, number> = {};
    fc.assert(
      fc.property(story, (told) => {
        const teller = new Teller(told);
        for (const one of told.rounds) teller.tell(one);
        teller.end();
        const { run, intents } = teller;
        for (const intent of intents) expect(intent).toEqual(intents[0]);
        const wanted = (run.object.status?.streams ?? []).map(({ restoredAs }) => restoredAs);
        expect(run.model.restored.toSorted()).toEqual(wanted.toSorted());
        expect(run.complete).toBe(wanted.length > 0 ? 'True Restored' : 'False Conflict');
        const held = run.object.spec.retentionHold ?? true;
        for (const name of wanted) expect(run.model.streams.get(name)).toMatchObject({ origin: 'snapshot', held });
        const [effects, writes] = [run.model.effects.length, run.written.length];
        run.reconcile();
        run.reconcile();
        expect([run.model.effects.length, run.written.length]).toEqual([effects, writes]);
        ends[run.complete ?? ''] = (ends[run.complete ?? ''] ?? 0) + 1;
      }),
      { numRuns: 500, seed: 20_261_122 },
    );
    // Else it would prove nothing.
    expect(ends['True Restored']).toBeGreaterThan(150);
    expect(ends['False Conflict']).toBeGreaterThan(20);
  }, 120_000);
});
