// Tests of the comparison that decides whether a log was lost.
import { expect, it } from 'vitest';
import { idOf, Search, sha256 } from './ledger.ts';

const texts = ['w-1 plain', 'w-2 zwölf Boxkämpfer 🥊', '{"id":"w-3","x":1}'];
const ledger = new Map(texts.map((text) => [idOf(text), sha256(text)]));

const searchOf = (found: readonly string[]): Search => {
  const search = new Search();
  found.forEach((text) => {
    search.add(text);
  });
  return search;
};

it('finds nothing wrong when all is there once', () => {
  expect(searchOf(texts).compare(ledger)).toEqual({
    written: 3,
    missing: [],
    different: [],
    duplicates: 0,
    unknown: 0,
  });
});

it.each([
  ['a line that is not there', texts.slice(1), { missing: ['w-1'] }],
  ['a line whose text was cut', ['w-1 plai', ...texts.slice(1)], { different: ['w-1'] }],
  ['a line found whole and also cut', ['w-1 pl', ...texts], { different: ['w-1'] }],
  ['a line found twice', [...texts, 'w-2 zwölf Boxkämpfer 🥊'], { duplicates: 1, missing: [], different: [] }],
  ['a line that nobody wrote', [...texts, 'x-9 other'], { unknown: 1, duplicates: 0 }],
])('sees %s', (_name, found, expected) => {
  expect(searchOf(found).compare(ledger)).toMatchObject(expected);
});
