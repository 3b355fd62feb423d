// Tests of the list of survivors: what is missing in it, and what it has too much.
import { describe, expect, it } from 'vitest';
import { compare, listedSurvivors } from './survivors.ts';

const listed = listedSurvivors('# Mutants\n\n- They make no difference:\n  - `a: b → c`\n  - `d`\n\n- `no entry`\n');

describe('the list of survivors', () => {
  it('has the names below its reasons', () => {
    expect([...listed]).toEqual(['a: b → c', 'd']);
  });

  it('lacks a survivor that it does not name, and has one too many that was caught or is no longer made', () => {
    const all = new Set(['a: b → c', 'e', 'f']);
    expect(compare(['e'], listed, all, all)).toEqual({ unexplained: ['e'], stale: ['a: b → c', 'd'] });
    expect(compare(['a: b → c'], listed, all, all)).toEqual({ unexplained: [], stale: ['d'] });
  });

  it('says nothing of mutants that were not judged', () => {
    expect(compare([], listed, new Set(), new Set(['a: b → c', 'd']))).toEqual({ unexplained: [], stale: [] });
  });
});
