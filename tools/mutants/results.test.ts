// Tests of kept results: what an earlier run caught is not judged again, everything else is.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Results } from './results.ts';
import type { NumberedMutant } from './sources.ts';

const mutant = (name: string, file: string): NumberedMutant => ({ name, file, number: 1, line: 1, kind: 'filter off' });
const [caught, survivor, other] = [mutant('a', 'a.ts'), mutant('b', 'a.ts'), mutant('c', 'c.ts')];
const all = [caught, survivor, other];
const path = join(mkdtempSync(join(tmpdir(), 'mutants-')), 'results.jsonl');
const before = new Map([
  ['a.ts', 'one'],
  ['c.ts', 'two'],
]);

const tests = new Map([['x.test.ts', 'first']]);
const tried = { name: 'x > tried', file: 'x.test.ts' };

describe('kept results', () => {
  it('are none at first', () => {
    for (const place of [path, undefined]) {
      const results = new Results(place, before, tests);
      expect(results.caughtBefore(all)).toEqual([]);
      expect(results.survived(survivor, tried)).toBe(false);
    }
  });

  it('hold what was caught in the same text', () => {
    const results = new Results(path, before, tests);
    results.begin([]);
    results.add({ mutant: caught, by: 'a test' }, [tried]);
    results.add({ mutant: survivor, by: undefined }, [tried]);
    results.add({ mutant: other, by: 'time' }, [tried]);
    const later = new Results(path, new Map([...before, ['c.ts', 'changed']]), tests);
    expect(later.caughtBefore(all)).toEqual([{ mutant: caught, by: 'a test' }]);
    later.begin(all);
    expect(new Results(path, before, tests).caughtBefore(all)).toEqual([{ mutant: caught, by: 'a test' }]);
  });

  it('tell which tests a mutant survived, as long as these are the same', () => {
    const results = new Results(path, before, tests);
    expect(results.survived(survivor, tried)).toBe(true);
    expect(results.survived(caught, tried)).toBe(false);
    expect(results.survived(survivor, { ...tried, name: 'x > another' })).toBe(false);
    expect(new Results(path, before, new Map([['x.test.ts', 'second']])).survived(survivor, tried)).toBe(false);
    expect(new Results(path, new Map([['a.ts', 'changed']]), tests).survived(survivor, tried)).toBe(false);
    results.add({ mutant: survivor, by: undefined }, [{ ...tried, name: 'x > another' }]);
    expect(new Results(path, before, tests).survived(survivor, tried)).toBe(true);
  });
});
