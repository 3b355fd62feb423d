// Tests of tiers that go (`tier-removal`): which preferences change, behind which mark, and what comes back.
import { describe, expect, it } from 'vitest';
import { stackWith } from './plan.testing.ts';
import { hot, liveSet, situation, type SituationFacts } from './situation.testing.ts';
import { lostTiers, outOfTiers, planTiers } from './tiers.ts';

const warmStack = (replicas: number) => stackWith({ pools: [{ name: 'warm', roles: ['data_warm'], replicas }] });
const sets = [liveSet('data', 2, hot), liveSet('warm', 2, ['data_warm'])];
const preferring = (...tierPreference: readonly string[]) => ({
  on: ['warm-0'],
  tierPreference,
  dataStream: 'logs-app-default',
});

/** What happens to one index, with this preference and mark. */
function planOf(
  preference: readonly string[],
  { mark, lost = [], ...facts }: SituationFacts & { readonly mark?: string; readonly lost?: readonly string[] },
) {
  const made = situation({ sets, indices: { a: preferring(...preference) }, ...facts });
  const settings = { ...made.look.settings, marks: mark === undefined ? {} : { drains: mark } };
  const planned = planTiers(made.stack, { ...made.look, settings }, made.detail, lost, made.receivers);
  return { tiers: planned.actions.flatMap((action) => action.tiers), marked: planned.marked, spared: planned.spared };
}

describe('lostTiers', () => {
  it.each([
    ['all warm nodes leave', stackWith(), sets, ['data_warm']],
    ['one of two leaves', warmStack(1), sets, []],
    ['none leaves', warmStack(2), sets, []],
    [
      'others of the tier stay',
      stackWith({ pools: [{ name: 'new', roles: ['data_warm'], replicas: 1 }] }),
      [...sets, liveSet('new', 1, ['data_warm'])],
      [],
    ],
    ['they never joined', stackWith(), [liveSet('data', 2, hot), liveSet('warm', 2, ['data_warm'], [0, 1])], []],
    ['hot nodes leave', stackWith(), [liveSet('old', 2, hot)], []],
  ])('%s', (_name, stack, live, expected) => {
    const made = situation({ stack, sets: live });
    expect(lostTiers(made.leaving, made.receivers)).toEqual(expected);
  });
});

describe('planTiers', () => {
  const mark = 'tier:data_warm';
  const lost = ['data_warm'];
  const gone = [liveSet('data', 2, hot)];
  it.each([
    ['nothing to do', ['data_warm'], {}, [], []],
    ['the mark comes before the first change', ['data_warm', 'data_hot'], { lost }, [], lost],
    ['then the tier comes last', ['data_warm', 'data_hot'], { lost, mark }, ['data_hot', 'data_warm'], lost],
    ['with another one before it', ['data_warm'], { lost, mark }, ['data_hot', 'data_warm'], lost],
    [
      'behind one that has nodes',
      ['data_cold', 'data_warm'],
      { lost, mark },
      ['data_cold', 'data_hot', 'data_warm'],
      lost,
    ],
    [
      'with only that one before it',
      ['data_warm', 'data_content'],
      { lost, mark },
      ['data_content', 'data_warm'],
      lost,
    ],
    [
      'a hotter tier is named once, also when no node of it takes anything',
      ['data_warm', 'data_hot'],
      { lost, mark, excludedNames: ['logs-es-data-*'] },
      ['data_hot', 'data_warm'],
      lost,
    ],
    [
      'it is left although the spec has other nodes of it, of which none takes anything yet',
      ['data_warm', 'data_hot'],
      { stack: stackWith({ pools: [{ name: 'new', roles: ['data_warm'], replicas: 1 }] }), lost, mark },
      ['data_hot', 'data_warm'],
      lost,
    ],
    ['it is last already', ['data_hot', 'data_warm'], { lost, mark }, [], lost],
    ['it is not preferred', ['data_hot'], { lost, mark }, [], lost],
    ['it stays after all', ['data_hot', 'data_warm'], { stack: warmStack(2), mark }, ['data_warm', 'data_hot'], lost],
    ['one node of it stays', ['data_hot', 'data_warm'], { stack: warmStack(1), mark }, ['data_warm', 'data_hot'], lost],
    ['it stays after all, behind a colder one', ['data_cold', 'data_warm'], { stack: warmStack(2), mark }, [], []],
    ['it stays after all, where nobody prefers it', ['data_hot'], { stack: warmStack(2), mark }, [], []],
    [
      'then it comes behind another that has a node, beside hot ones',
      ['data_warm', 'data_cold'],
      {
        stack: stackWith({ pools: [{ name: 'cold', roles: ['data_cold'], replicas: 1 }] }),
        sets: [...sets, liveSet('cold', 1, ['data_cold'])],
        lost,
        mark,
      },
      ['data_cold', 'data_warm'],
      lost,
    ],
    ['all is back', ['data_warm', 'data_hot'], { stack: warmStack(2), mark }, [], []],
    ['its nodes are on their way out', ['data_hot', 'data_warm'], { mark }, [], lost],
    ['it is gone', ['data_hot', 'data_warm'], { sets: gone, mark }, ['data_hot'], lost],
    ['it is gone and forgotten', ['data_hot'], { sets: gone, mark }, [], []],
    ['it is gone, and another tier comes last', ['data_content', 'data_hot'], { sets: gone, mark }, [], []],
    ['it is gone, and was all that a user wanted', ['data_warm'], { sets: gone, mark }, [], []],
  ] as const)('%s', (_name, preference, facts, tiers, marked) => {
    expect(planOf(preference, facts)).toMatchObject({ tiers, marked });
  });

  it('an index that is tied to nodes is left alone', () => {
    const indices = { a: { ...preferring('data_warm'), pinned: true } };
    expect(planOf([], { indices, lost, mark })).toMatchObject({ tiers: [], marked: lost });
  });

  it('an index that is left alone anyway is not noted', () => {
    const behind = preferring('data_hot', 'data_warm');
    const indices = {
      pinned: { ...behind, pinned: true },
      metrics: { ...behind, dataStream: undefined },
      noted: behind,
    };
    expect(planOf([], { indices, lost }).spared).toEqual(['noted']);
  });

  it.each([
    ['tied to nodes', { pinned: true }],
    ['beyond the role of the operator', { dataStream: 'metrics-app-default' }],
  ])('an index %s is neither brought back nor cut', (_name, facts) => {
    const indices = { a: { ...preferring('data_hot', 'data_warm'), ...facts } };
    expect(planOf([], { indices, stack: warmStack(2), mark }).tiers).toEqual([]);
    expect(planOf([], { indices, sets: gone, mark }).tiers).toEqual([]);
  });

  it.each([
    ['metrics-cpu', undefined, false],
    ['.ds-metrics-cpu-default-000001', 'metrics-cpu-default', false],
    ['logs-own', undefined, false],
    ['logs-own-index', undefined, true],
    ['.ds-logs-app-default-000001', 'logs-app-default', true],
  ])('an index that the role of the operator does not reach is left alone: %s', (name, dataStream, moves) => {
    const indices = { [name]: { on: ['warm-0'], tierPreference: ['data_warm', 'data_hot'], dataStream } };
    expect(planOf([], { indices, lost, mark }).tiers).toEqual(moves ? ['data_hot', 'data_warm'] : []);
  });

  it('an index that a user put behind a hotter tier is noted with the mark, and neither brought back nor cut', () => {
    const before = ['data_hot', 'data_warm'];
    expect(planOf(before, { lost })).toEqual({ tiers: [], marked: lost, spared: ['a'] });
    expect(planOf(['data_warm', 'data_hot'], { lost }).spared).toEqual([]);
    const noted = `${mark},spared:a`;
    expect(planOf(before, { lost, mark: noted })).toMatchObject({ tiers: [], marked: lost, spared: ['a'] });
    expect(planOf(before, { stack: warmStack(2), mark: noted }).tiers).toEqual([]);
    expect(planOf(before, { sets: gone, mark: noted }).tiers).toEqual([]);
  });

  it('shards are judged by where they will go', () => {
    const made = situation({ sets, indices: { a: preferring('data_warm'), b: preferring('data_hot') } });
    const after = outOfTiers(made.detail, lost, made.receivers);
    expect(after.indices.map((index) => index.tierPreference)).toEqual([['data_hot', 'data_warm'], ['data_hot']]);
    expect(outOfTiers(made.detail, [], made.receivers)).toBe(made.detail);
  });
});
