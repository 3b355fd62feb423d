// Tests of what is set in Elasticsearch for drains: only ours is cleared, users' values stay, and the mark outlives the votes.
import { describe, expect, it } from 'vitest';
import { isExcluded, ownExclusions, ownTiers, planExclusions, sparedIndices } from './exclusions.ts';
import type { AnsweredLook } from './observed.ts';
import { situation } from './situation.testing.ts';

interface Facts {
  readonly excluded?: readonly string[];
  readonly marked?: string;
  readonly votes?: readonly string[];
}

function look({ excluded = [], marked, votes = [] }: Facts): AnsweredLook {
  return {
    ...situation().look,
    settings: {
      excludedNames: excluded,
      allocationEnable: undefined,
      marks: marked === undefined ? {} : { drains: marked },
    },
    voting: { configuration: [], excluded: votes },
  };
}

const set = (names: readonly string[], marked: readonly string[]) => ({ kind: 'setExclusions', names, marked });
const clear = { kind: 'clearVotingExclusions' };
const add = (...nodes: readonly string[]) => ({ kind: 'addVotingExclusions', nodes });

describe('planExclusions', () => {
  it.each<[string, Facts, readonly string[], readonly unknown[]]>([
    ['nothing to do', {}, [], []],
    ['a first drain', {}, ['a'], [set(['a'], ['a'])]],
    ['a drain that goes on', { excluded: ['a'], marked: 'a' }, ['a'], []],
    ['in any order', { excluded: ['b', 'a'], marked: 'b,a' }, ['a', 'b'], []],
    ['a drain that is over', { excluded: ['a'], marked: 'a' }, [], [set([], [])]],
    ['the next one', { excluded: ['b'], marked: 'b' }, ['a'], [set(['a'], ['a'])]],
    ["a user's stays", { excluded: ['mine', 'a'], marked: 'a' }, [], [set(['mine'], [])]],
    ["a user's before a drain", { excluded: ['mine'] }, ['a'], [set(['mine', 'a'], ['a'])]],
    ["a user's of the same node is never ours", { excluded: ['a'] }, ['a'], []],
    ['somebody took ours off the list', { excluded: [], marked: 'a' }, ['a'], [set(['a'], ['a'])]],
    ['a mark without an exclusion', { marked: 'a' }, [], [set([], [])]],
    ['votes first, the mark after them', { excluded: ['a'], marked: 'a', votes: ['a'] }, [], [clear, set([], [])]],
    ['a vote of a drain that goes on', { excluded: ['a'], marked: 'a', votes: ['a'] }, ['a'], []],
    ["a user's vote is not ours", { votes: ['mine'] }, [], []],
    [
      "a user's vote stays beside ours",
      { excluded: ['a'], marked: 'a', votes: ['a', 'mine'] },
      [],
      [clear, add('mine'), set([], [])],
    ],
  ])('%s', (_name, facts, draining, expected) => {
    expect(planExclusions(look(facts), draining, [])).toEqual(expected);
  });

  it('takes the votes of nodes that are away by their ids, and lets others vote again when they have none', () => {
    const voting = (configuration: readonly string[], excluded: readonly string[]) => ({ configuration, excluded });
    const byId = { ...add('id-2'), by: 'id' };
    const before = look({ excluded: ['a'], marked: 'a' });
    const having = { ...before, voting: voting(['m-0', 'm-1', 'id-2'], ['a']) };
    expect(planExclusions(having, ['a'], [], [], ['id-2'])).toEqual([set(['a'], ['a', 'vote:id-2']), byId]);
    const marked = look({ excluded: ['a'], marked: 'a,vote:id-2' });
    const taking = { ...marked, voting: voting(['m-0', 'm-1', 'id-2'], ['a', 'id-2']) };
    expect(planExclusions(taking, ['a'], []), 'it still has one').toEqual([]);
    const taken = { ...marked, voting: voting(['m-0'], ['a', 'id-2', 'id-9']) };
    expect(planExclusions(taken, ['a'], [])).toEqual([clear, add('a', 'id-9'), set(['a'], ['a'])]);
  });

  it('keeps what the mark says of indices as long as it has tiers', () => {
    const marked = look({ excluded: ['a'], marked: 'a,spared:logs-b,tier:data_warm' });
    expect([ownExclusions(marked), ownTiers(marked), sparedIndices(marked)]).toEqual([
      ['a'],
      ['data_warm'],
      ['logs-b'],
    ]);
    expect(planExclusions(marked, ['a'], ['data_warm'])).toEqual([]);
    expect(planExclusions(marked, ['a'], [])).toEqual([set(['a'], ['a'])]);
    expect(planExclusions(look({}), [], ['data_warm'], ['logs-b'])).toEqual([
      set([], ['spared:logs-b', 'tier:data_warm']),
    ]);
  });

  it.each<[readonly string[] | undefined, boolean]>([
    [undefined, true],
    [['logs-es-data-2'], true],
    [['logs-es-*-2'], true],
    [['logs-es-data-1', 'logs-es-data'], false],
  ])('a transient list (%j) wins over the persistent one, which is kept all the same', (names, excluded) => {
    const one = look({ excluded: ['logs-es-data-2'], marked: 'logs-es-data-2' });
    const transient = names === undefined ? {} : { transient: { excludedNames: names } };
    const overruled = { ...one, settings: { ...one.settings, ...transient } };
    expect(isExcluded(overruled, 'logs-es-data-2')).toBe(excluded);
    expect(planExclusions(overruled, ['logs-es-data-2'], [])).toEqual([]);
  });

  it('marks tiers that are being left, beside the nodes', () => {
    const marked = look({ excluded: ['a'], marked: 'a,tier:data_warm' });
    expect(planExclusions(look({}), ['a'], ['data_warm'])).toEqual([set(['a'], ['a', 'tier:data_warm'])]);
    expect(planExclusions(marked, ['a'], ['data_warm'])).toEqual([]);
    expect(planExclusions(marked, [], ['data_warm'])).toEqual([set([], ['tier:data_warm'])]);
    expect(planExclusions(marked, ['a'], [])).toEqual([set(['a'], ['a'])]);
    expect([ownExclusions(marked), ownTiers(marked)]).toEqual([['a'], ['data_warm']]);
  });
});
