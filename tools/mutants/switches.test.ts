// Tests of the switches: which mutants a test would feel, and that one without an end comes to an end.
import { stripTypeScriptTypes } from 'node:module';
import { runInThisContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { mutate } from './mutate.ts';
import { beginTest, felt, goesOnForEver, switchesPassed, turnOn } from './switches.ts';

/** The function `f` of a code, all mutants in it, and what these are called. */
function planted(code: string): { readonly f: (given: number) => unknown; readonly names: readonly string[] } {
  const { text, mutants } = mutate('a.ts', code);
  const f = runInThisContext(`(() => { ${stripTypeScriptTypes(text)}\n return f; })()`) as (given: number) => unknown;
  return { f, names: mutants.map(({ name }) => name.replace('a.ts:f: ', '')) };
}

function feltBy(code: string, ...given: readonly number[]): readonly string[] {
  const { f, names } = planted(code);
  beginTest();
  for (const one of given) f(one);
  return felt().map((number) => names[number] ?? '');
}

describe('a test feels', () => {
  it('a moved bound only at the bound', () => {
    const code = 'const f = (a: number) => a < b; const b = a(); function a() { return [1, 2, 3].length; }';
    expect(feltBy(code, 2, 4)).toEqual([]);
    expect(feltBy(code, 3)).toEqual(['bound moved: a < b → a <= b']);
  });

  it('an operand that is left out only where it decides', () => {
    const operandsFelt = (given: number) =>
      feltBy('const f = (a: number) => a > 5 || a > 1;', given).filter((name) => name.startsWith('operand'));
    expect(operandsFelt(9)).toEqual([]);
    expect(operandsFelt(0)).toEqual([]);
    expect(operandsFelt(3)).toEqual(['operand dropped: a > 5 || a > 1 → without a > 1']);
  });

  it('a function that does nothing only where it does something', () => {
    const code = 'const f = (a: number): readonly number[] => a > 1 ? [a] : [];';
    const off = 'function off: (a: number): readonly number[] => a > 1 ? [a] : [] → returns []';
    expect(feltBy(code, 0)).not.toContain(off);
    expect(feltBy(code, 2)).toContain(off);
  });

  it('a filter only where it leaves something out', () => {
    const code = 'const f = (a: number) => [a].filter((one) => one > 5);';
    expect(feltBy(code, 9)).toEqual(['bound moved: 5 → 5 + 1']);
    expect(feltBy(code, 1)).toContain('filter off: (one) => one > 5 → () => true');
  });

  it('a condition that is negated, wherever it is asked', () => {
    const code = 'const f = (a: number) => (a === 1 ? a : -a);';
    for (const given of [1, 2]) expect(feltBy(code, given)).toContain('condition negated: a === 1 → !(a === 1)');
  });
});

// Turns a mutant on for good, so it is the last.
describe('a mutant that is on', () => {
  it('that never ends is ended by the count of switches', () => {
    const { f, names } = planted('const f = (a: number) => { while (a > 2) a -= 1; return a; };');
    beginTest();
    f(5);
    const usual = switchesPassed();
    turnOn(names.findIndex((name) => name.startsWith('condition negated')));
    beginTest(usual);
    expect(() => f(1)).toThrow('for ever');
    expect(goesOnForEver()).toBe(true);
  });
});
