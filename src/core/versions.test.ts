// Tests of the comparison of versions: by number, not by text.
import { expect, it } from 'vitest';
import { isAtLeast } from './versions.ts';

it.each([
  ['9.10.0', '9.5', true],
  ['9.5.0', '9.5', true],
  ['9.4.9', '9.5', false],
  ['8.19.8', '9.0', false],
  ['10.0.0', '9.5', true],
  ['7.17.29', '7.17.12', true],
  ['7.17.9', '7.17.12', false],
])('whether %s is %s or newer: %s', (version, other, expected) => {
  expect(isAtLeast(version, other)).toBe(expected);
});
