// Every failure of other operators has a test here, at every level that it needs.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { failures } from './failure-list.ts';
import { findProofs, missingLevels } from './failures.ts';

const proofs = findProofs(join(import.meta.dirname, '../..'));

describe('failures of other operators', () => {
  it.each(failures)('$id is proven at each of its levels', (failure) => {
    expect(missingLevels(failure, proofs)).toEqual([]);
  });

  it('misses a level at which no title names the failure', () => {
    const [first] = failures;
    if (first === undefined) throw new Error('there are no failures');
    expect(missingLevels(first, [])).toEqual(first.levels);
  });
});
