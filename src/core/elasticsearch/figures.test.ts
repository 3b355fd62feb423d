// Tests of figures in messages: two significant digits.
import { expect, it } from 'vitest';
import { roundedBytes, roundedCount, shardsInWords, someOf } from './figures.ts';

it.each([
  [0, '0 B'],
  [-5, '0 B'],
  [999, '1000 B'],
  [1000, '0.98 KiB'],
  [3.4321 * 1024 ** 3, '3.4 GiB'],
  [3.44 * 1024 ** 3, '3.4 GiB'],
  [123.4 * 1024 ** 3, '120 GiB'],
  [2 * 1024 ** 6, '2000 PiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(roundedBytes(bytes)).toBe(text);
});

it('counts', () => {
  expect([7, 42, 127].map(roundedCount)).toEqual([7, 42, 130]);
  expect([shardsInWords(1), shardsInWords(127)]).toEqual(['1 shard', '130 shards']);
  expect([someOf(['a', 'b', 'c']), someOf(['a', 'b', 'c', 'd'])]).toEqual(['a, b, c', 'a, b, c and 1 more']);
});
