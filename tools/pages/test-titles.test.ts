// Tests of reading titles out of tests.
import { describe, expect, it } from 'vitest';
import { testTitles } from './test-titles.ts';

describe('titles of tests', () => {
  it.each<[string, string, readonly string[]]>([
    ['a test alone', `it('goes', () => {});`, ['goes']],
    [
      'blocks around it',
      `describe('a node', () => { describe('of data', () => { it('goes', f); }); });`,
      ['a node: of data: goes'],
    ],
    [
      'two tests of a block',
      `describe('a node', () => { it('goes', f); it('stays', f); });`,
      ['a node: goes', 'a node: stays'],
    ],
    [
      'its first row for all',
      `it.each([['a', 1], ['b', 2]])('waits for %s %i', f);`,
      ['waits for a 1, and 1 more like it'],
    ],
    ['rows that are no lists', `it.each([1, 2] as const)('of %i', f);`, ['of 1, and 1 more like it']],
    ['fields of a row', `it.each([{ id: 'x' }])('$id is there', f);`, ['x is there']],
    ['a table that is made elsewhere', `it.each(cases)('after %i looks', f);`, ['after … looks']],
    [
      'a row that names a failure',
      `it.each([['[a-b] says nothing'], ['counts']])('it %s', f);`,
      ['it [a-b] says nothing'],
    ],
    [
      'the same, of a test that names one',
      `it.each([['[a-b] x'], ['y']])('[c] %s', f);`,
      ['[c] [a-b] x', '[c] [a-b] x, and 1 more like it'],
    ],
    ['options before the body', `describe('a', { timeout: 1 }, () => { it('b', f); });`, ['a: b']],
    ['no test', `const text = 'describe'; run('it');`, []],
    ['a block without a test', `describe('a', () => { const b = 'c'; });`, []],
  ])('have %s', (_name, source, titles) => {
    expect(testTitles(source)).toEqual(titles);
  });
});
