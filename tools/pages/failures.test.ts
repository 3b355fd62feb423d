// Every failure of other operators has a test here, at every level that it needs.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { failures } from './failure-list.ts';
import { failuresPage, findProofs, missingLevels } from './failures.ts';

const root = join(import.meta.dirname, '../..');
const proofs = findProofs(root);

describe('failures of other operators', () => {
  it.each(failures)('$id is proven at each of its levels', (failure) => {
    expect(missingLevels(failure, proofs)).toEqual([]);
  });

  it('have tests whose titles can be read on their page', () => {
    const unreadable = proofs.filter(
      ({ title }) => !/^["\p{L}\d]/u.test(title) || /%[sdifjo]|\$[a-z]|: *:|\(, *\)/.test(title),
    );
    expect(unreadable).toEqual([]);
    expect(failuresPage('Generated.', root).match(/^## /gm)).toHaveLength(failures.length);
  });

  it('misses a level at which no title names the failure', () => {
    const [first] = failures;
    if (first === undefined) throw new Error('there are no failures');
    expect(missingLevels(first, [])).toEqual(first.levels);
  });
});
