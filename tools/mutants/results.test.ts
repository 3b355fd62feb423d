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

describe('kept results', () => {
  it('are none at first', () => {
    expect(new Results(path, before).caughtBefore(all)).toEqual([]);
    expect(new Results(undefined, before).caughtBefore(all)).toEqual([]);
  });

  it('hold what was caught in the same text', () => {
    const results = new Results(path, before);
    results.begin([]);
    results.add({ mutant: caught, by: 'a test' });
    results.add({ mutant: survivor, by: undefined });
    results.add({ mutant: other, by: 'time' });
    const later = new Results(path, new Map([...before, ['c.ts', 'changed']]));
    expect(later.caughtBefore(all)).toEqual([{ mutant: caught, by: 'a test' }]);
    later.begin([{ mutant: caught, by: 'a test' }]);
    expect(new Results(path, before).caughtBefore(all)).toEqual([{ mutant: caught, by: 'a test' }]);
  });
});
