// Tests of kept measurements: only files of tests that changed are measured again.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Baselines } from './baselines.ts';
import type { Baseline } from './worker.ts';

const measured = (name: string, file: string): Baseline => ({
  name,
  file,
  milliseconds: 1,
  switches: 2,
  felt: [3],
  failure: undefined,
});
const path = join(mkdtempSync(join(tmpdir(), 'mutants-')), 'results.jsonl.tests');
const digests = new Map([
  ['a.test.ts', 'one'],
  ['b.test.ts', 'two'],
]);
const [ofA, ofB] = [measured('a', 'a.test.ts'), measured('b', 'b.test.ts')];

describe('kept measurements', () => {
  it('are none at first', () => {
    for (const place of [path, undefined]) {
      expect(new Baselines(place, digests).known).toEqual([]);
      expect(new Baselines(place, digests).missing).toEqual(['a.test.ts', 'b.test.ts']);
    }
  });

  it('hold as long as the file of tests and what it runs on are the same', () => {
    new Baselines(path, digests).keep([ofA, ofB]);
    expect(new Baselines(path, digests).missing).toEqual([]);
    expect(new Baselines(path, digests).known).toEqual([ofA, ofB]);
    const later = new Baselines(path, new Map([...digests, ['b.test.ts', 'changed']]));
    expect(later.missing).toEqual(['b.test.ts']);
    expect(later.known).toEqual([ofA]);
  });
});
