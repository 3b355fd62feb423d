// Tests of whose turn it is to leave, on situations made by hand: budgets, drains that cannot be, and edits that are taken back.
import { describe, expect, it } from 'vitest';
import type { LoggingStackSpec } from '../../api/logging-stack.ts';
import { type DrainPlan, planDrains } from './drains.ts';
import { stackWith } from './plan.testing.ts';
import { contextOf } from './rules/rules.testing.ts';
import { hot, liveSet, situation, type SituationFacts } from './situation.testing.ts';

type ElasticsearchSpec = NonNullable<LoggingStackSpec['elasticsearch']>;

interface Facts extends Omit<SituationFacts, 'stack' | 'sets'> {
  /** Data nodes that there are, and that the spec asks for. */
  readonly live: number;
  readonly wanted: number;
  readonly budget?: NonNullable<ElasticsearchSpec['changeBudget']>;
  /** Nodes that the operator put on the exclusion list before. */
  readonly begun?: readonly string[];
}

function drains({ live, wanted, budget = {}, begun = [], ...facts }: Facts): DrainPlan {
  const stack = stackWith({ data: { replicas: wanted }, changeBudget: budget });
  const sets = [liveSet('data', live, hot), liveSet('ingest', 1, ['ingest']), liveSet('master', 3, ['master'])];
  const { look } = situation({ ...facts, stack, sets, excludedNames: begun });
  const marks = begun.length === 0 ? {} : { drains: begun.join() };
  const context = contextOf(sets, { stack });
  const cluster = { ...look, settings: { ...look.settings, marks } };
  return planDrains({ ...context, observed: { ...context.observed, cluster } });
}

const data = (...ordinals: readonly number[]): readonly string[] =>
  ordinals.map((ordinal) => `logs-es-data-${ordinal}`);
/** The exclusion lists that are set; none when nothing is to be changed. */
const excluded = ({ actions }: DrainPlan): readonly (readonly string[])[] =>
  actions.flatMap((action) => (action.kind === 'setExclusions' ? [action.names] : []));

describe('drains at a time', () => {
  const held = { indices: { a: { on: ['data-14', 'data-13', 'data-12', 'data-11', 'data-10', 'data-9'] } } };

  it.each<[string, Facts, readonly (readonly string[])[]]>([
    ['one unless the spec says more', { live: 15, wanted: 9 }, [data(14)]],
    ['as many as the spec says', { live: 15, wanted: 9, budget: { maxDrains: 2 } }, [data(13, 14)]],
    ['those that leave, when they are fewer', { live: 15, wanted: 14, budget: { maxDrains: 3 } }, [data(14)]],
    ['no second one beside one that goes on', { live: 15, wanted: 9, begun: data(14), ...held }, []],
    [
      'one more beside one that goes on, within a budget of two',
      { live: 15, wanted: 9, budget: { maxDrains: 2 }, begun: data(14), ...held },
      [data(13, 14)],
    ],
    [
      'one beside an emptied one that goes after those of a higher number',
      { live: 15, wanted: 9, begun: data(10), indices: { a: { on: ['data-14', 'data-0'] } } },
      [data(10, 14)],
    ],
  ])('[too-many-drains] %s', (_name, facts, lists) => {
    const planned = drains(facts);
    expect(planned.refusals).toEqual([]);
    expect(excluded(planned)).toEqual(lists);
  });
});

describe('a drain that could never end', () => {
  const everywhere = { invoices: { on: ['data-0', 'data-1', 'data-2'] } };

  it.each<[string, Omit<Facts, 'live' | 'wanted'>, string]>([
    ['there is a copy for each node of today', { indices: everywhere }, 'TooManyCopies'],
    ['its index is tied to the node', { indices: { invoices: { on: ['data-2'], pinned: true } } }, 'PinnedIndex'],
    [
      'the disks of the others are full',
      { indices: { invoices: { on: ['data-2'] } }, free: { 'logs-es-data-0': 0, 'logs-es-data-1': 0 } },
      'DiskTooSmall',
    ],
  ])('[drain-impossible] is named before it starts, and sets nothing, when %s', (_name, facts, rule) => {
    const planned = drains({ live: 3, wanted: 2, ...facts });
    expect(planned.refusals).toMatchObject([{ rule, subject: 'StatefulSet/logs-es-data' }]);
    expect(planned.actions).toEqual([]);
    expect(planned.busy).toBe(false);
    expect(planned.stack.elasticsearch.pools.find(({ name }) => name === 'data')?.replicas).toBe(3);
  });

  it('[drain-impossible] that was begun clears its exclusion when the edit is taken back, though it could never end', () => {
    const under = { live: 3, begun: data(2), indices: everywhere };
    expect(drains({ ...under, wanted: 2 }).refusals).toMatchObject([{ rule: 'TooManyCopies' }]);
    const back = drains({ ...under, wanted: 3 });
    expect(back.refusals).toEqual([]);
    expect(back.actions).toEqual([{ kind: 'setExclusions', names: [], marked: [] }]);
    expect([back.busy, [...back.leaving]]).toEqual([false, []]);
  });
});
