// Amounts and tables as people read them.
import { describe, expect, it } from 'vitest';
import { ageText, bar, cutTo, durationText, sizeText, tableLines } from './amounts.ts';

describe('sizes', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1 KiB'],
    [1536, '1.5 KiB'],
    [1024 ** 2 - 1, '1 MiB'],
    [8 * 1024 ** 3, '8 GiB'],
    [5000 * 1024 ** 5, '5000 PiB'],
  ])('%i is %s', (bytes, text) => {
    expect(sizeText(bytes)).toBe(text);
  });
});

describe('durations', () => {
  it.each([
    [-3, '0 s'],
    [59.4, '59 s'],
    [60, '1 min'],
    [3570, '1 h'],
    [3600, '1 h'],
    [5400, '1 h 30 min'],
    [86_400, '1 d'],
    [183_600, '2 d 3 h'],
  ])('%d s are %s', (seconds, text) => {
    expect(durationText(seconds)).toBe(text);
  });

  it('are ages since a time, and nothing since no time', () => {
    const now = new Date('2026-11-22T12:05:00Z');
    expect(ageText('2026-11-22T12:00:00Z', now)).toBe('5 min');
    expect(ageText('yesterday', now)).toBe('');
  });
});

it.each([
  [-5, `[${'-'.repeat(20)}]   0 %`],
  [40, `[${'#'.repeat(8)}${'-'.repeat(12)}]  40 %`],
  [250, `[${'#'.repeat(20)}] 100 %`],
])('a bar of %d %%', (percent, text) => {
  expect(bar(percent)).toBe(text);
});

it('columns of a table stand below each other', () => {
  expect(
    tableLines([
      ['a', 'bb', ''],
      ['ccc', 'd', 'e'],
    ]),
  ).toEqual(['a    bb', 'ccc  d   e']);
});

it('a line is cut to the columns of the terminal, and says so', () => {
  expect(cutTo(5, 'abcde')).toBe('abcde');
  expect(cutTo(5, 'abcdef')).toBe('abcd…');
});
