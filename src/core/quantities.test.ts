// Tests of canonical quantities. elasticsearch/desired/desired.integration.ts holds such forms against a real API server.
import { describe, expect, it } from 'vitest';
import { bytesOf, canonicalQuantity } from './quantities.ts';

describe('canonicalQuantity', () => {
  it.each([
    ['1024Mi', '1Gi'],
    ['1536Mi', '1536Mi'],
    ['1048576Mi', '1Ti'],
    ['2Gi', '2Gi'],
    ['1024Ti', '1Pi'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['20000m', '20'],
    ['500m', '500m'],
    ['2', '2'],
    ['2000', '2k'],
    ['999999999Ti', '999999999Ti'],
  ])('%s becomes %s', (given, canonical) => {
    expect(canonicalQuantity(given)).toBe(canonical);
  });

  it.each(['', 'Gi', '1.5Gi', '-1', '1Xi', '10 Gi'])('refuses %j', (given) => {
    expect(() => canonicalQuantity(given)).toThrow(/is no quantity/);
  });
});

describe('bytesOf', () => {
  it('reads binary and decimal suffixes', () => {
    expect(bytesOf('2Gi')).toBe(2 * 1024 ** 3);
    expect(bytesOf('1536Mi')).toBe(1536 * 1024 ** 2);
    expect(bytesOf('5k')).toBe(5000);
    expect(bytesOf('7')).toBe(7);
  });
});
