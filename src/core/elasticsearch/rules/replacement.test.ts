// Tests of the rules for replacing a node with its volume: whose last copy it may have, and who votes without it.
import { describe, expect, it } from 'vitest';
import { hot, liveSet, situation, type SituationFacts } from '../situation.testing.ts';
import { indicesOnlyOn, replacementLosesData, replacementRisksQuorum } from './replacement.ts';

const node = 'logs-es-data-2';
const only = (facts: SituationFacts) => indicesOnlyOn(situation(facts).detail, node);
const names = (...ordinals: readonly number[]) => ordinals.map((ordinal) => `logs-es-master-${ordinal}`);

describe('[dead-node-local-volume] the last copy', () => {
  it.each<[string, SituationFacts, readonly string[]]>([
    ['nothing is there', {}, []],
    ['another copy serves', { indices: { a: { on: ['data-1', 'data-2'] } } }, []],
    ['the only copy is there', { indices: { a: { on: ['data-2'] } } }, ['a']],
    ['the other copy has no place yet', { indices: { a: { on: ['data-2', '-'] } } }, ['a']],
    ['a copy is missing, but one serves elsewhere', { indices: { a: { on: ['data-1', '-'] } } }, []],
    ['no copy serves: the last one may be there', { indices: { a: { on: ['-', '-'] } } }, ['a']],
    ['the other copy recovers', { indices: { a: { on: ['data-1'], copy: { state: 'INITIALIZING' } } } }, ['a']],
    ['the other copy lacks writes', { indices: { a: { on: ['data-1'], copy: { inSync: false, node } } } }, ['a']],
    [
      'the other copy is just moving there',
      { indices: { a: { on: ['data-1'], copy: { state: 'RELOCATING', relocatingTo: node } } } },
      ['a'],
    ],
    [
      'it is just moving away from there',
      { indices: { a: { on: ['data-2'], copy: { state: 'RELOCATING', relocatingTo: 'logs-es-data-1' } } } },
      ['a'],
    ],
    [
      'the other copy moves elsewhere',
      { indices: { a: { on: ['data-1'], copy: { state: 'RELOCATING', relocatingTo: 'logs-es-data-0' } } } },
      [],
    ],
  ])('%s', (_name, facts, indices) => {
    expect(only(facts)).toEqual(indices);
  });

  it('a copy on a node that does not answer for itself is none', () => {
    const { detail } = situation({ indices: { a: { on: ['data-1', 'data-2'] } } });
    const nodes = detail.nodes.map((one) => (one.name === 'logs-es-data-1' ? { ...one, ownShards: undefined } : one));
    expect(indicesOnlyOn({ ...detail, nodes }, node)).toEqual(['a']);
    expect(indicesOnlyOn({ ...detail, nodes }, 'logs-es-data-1')).toEqual([]);
  });

  it('each index is refused by its name, so that its loss can be accepted', () => {
    const { detail } = situation({ indices: { a: { on: ['data-2'] }, b: { on: ['-'] }, c: { on: ['data-0'] } } });
    expect(replacementLosesData(detail, node).map(({ rule, subject }) => `${rule} ${subject}`)).toEqual([
      'ReplacementLosesData index/a',
      'ReplacementLosesData index/b',
    ]);
  });
});

describe('[dead-node-local-volume] masters', () => {
  const risks = (configuration: readonly string[], replaced: string, absent: readonly number[] = []) =>
    replacementRisksQuorum(
      situation({
        sets: [liveSet('data', 3, hot), liveSet('master', 3, ['master'], absent)],
        voting: { configuration },
      }).look,
      replaced,
    );

  it.each([
    ['one of three', names(0, 1, 2), 2, [], 0],
    ['one of three, which is away', [...names(0, 1), 'id-2'], 2, [2], 0],
    ['one of three while another is away', [...names(0, 2), 'id-1'], 2, [1], 1],
    ['the only voter', names(2), 2, [], 1],
    ['one that does not vote', names(0), 2, [], 0],
    ['one of two voters', names(0, 2), 2, [], 1],
  ] as const)('%s', (_name, configuration, replaced, absent, count) => {
    expect(risks(configuration, `logs-es-master-${replaced}`, absent)).toHaveLength(count);
  });
});
