// Tests of the comparison that decides whether a log was lost.
import { expect, it } from 'vitest';
import { type Found, idOf, Search, sha256 } from './ledger.ts';

const texts = ['w-1 plain', 'w-2 zwölf Boxkämpfer 🥊', '{"id":"w-3","x":"🥊"}'];
const ledger = new Map(texts.map((text) => [idOf(text), sha256(text)]));

const whole = (text: string, pod = 'w'): Found => ({ text, partial: false, pod });
const beginning = (text: string, pod = 'w'): Found => ({ text, partial: true, pod });

const compare = (found: readonly Found[]) => {
  const search = new Search(ledger);
  found.forEach((one) => {
    search.add(one);
  });
  const { unknown, ...counted } = search.compare();
  return { ...counted, unknown: unknown.length };
};
const all = texts.map((text) => whole(text));
const rest = all.slice(1);
const clean = { written: 3, missing: [], different: [], duplicates: 0, inTwo: 0, cutCharacters: 0, unknown: 0 };

it('finds nothing wrong when all is there once', () => {
  expect(compare(all)).toEqual(clean);
});

it.each([
  ['a line that is not there', rest, { missing: ['w-1'] }],
  ['a line whose text was cut', [whole('w-1 plai'), ...rest], { different: ['w-1'] }],
  ['a line found whole and also cut', [whole('w-1 pl'), ...all], { different: ['w-1'], duplicates: 1 }],
  ['a line found twice', [...all, whole('w-2 zwölf Boxkämpfer 🥊')], { duplicates: 1 }],
  ['a line that nobody wrote', [...all, whole('x-9 other')], { unknown: 1 }],
  ['a line in two documents', [beginning('w-1 pl'), whole('ain'), ...rest], { inTwo: 1 }],
  ['one that is cut in its id', [beginning('w'), whole('-1 plain'), ...rest], { inTwo: 1 }],
  ['a JSON line in two', [beginning('{"id":"w-3"'), whole(',"x":"🥊"}'), ...all.slice(0, 2)], { inTwo: 1 }],
  [
    'one that is cut in a character',
    [
      ...all.filter(({ text }) => !text.startsWith('w-2')),
      beginning('w-2 zwölf Boxkämpfer \uFFFD'),
      whole('\uFFFD\uFFFD'),
    ],
    { inTwo: 1, cutCharacters: 1 },
  ],
  [
    'one that lost more than a character',
    [...all.filter(({ text }) => !text.startsWith('w-2')), beginning('w-2 zwölf Boxkämpf\uFFFD'), whole('\uFFFD')],
    { missing: ['w-2'], unknown: 2 },
  ],
  ['the first half of a line lost', [whole('ain'), ...rest], { missing: ['w-1'], unknown: 1 }],
  ['the second half of a line lost', [beginning('w-1 pl'), ...rest], { missing: ['w-1'], unknown: 1 }],
  ['halves of two pods', [beginning('w-1 pl'), whole('ain', 'v'), ...rest], { missing: ['w-1'], unknown: 2 }],
  [
    'a half that is sent twice',
    [beginning('w-1 pl'), beginning('w-1 pl'), whole('ain'), ...rest],
    { inTwo: 1, unknown: 1 },
  ],
])('sees %s', (_name, found, expected) => {
  expect(compare(found)).toEqual({ ...clean, ...expected });
});
