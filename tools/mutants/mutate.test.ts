// Tests of the mutants that are made of a text: which faults, under which names, and that the text with all of them still runs as before.
import { stripTypeScriptTypes } from 'node:module';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { mutate } from './mutate.ts';

const faults = (text: string) => mutate('a.ts', text).mutants.map(({ name }) => name.replace('a.ts:', ''));

describe('mutants', () => {
  it.each([
    ['if (a) b();', [': condition negated: a → !(a)']],
    ['const x = a ? 1 : b;', ['x: condition negated: a → !(a)', 'x: bound moved: 1 → 1 + 1']],
    [
      'const x = a && b && c;',
      [
        'x: operand dropped: a && b && c → without a',
        'x: operand dropped: a && b && c → without b',
        'x: operand dropped: a && b && c → without c',
      ],
    ],
    ['const x = a < b;', ['x: bound moved: a < b → a <= b']],
    ['const x = a === b;', ['x: comparison inverted: a === b → a !== b']],
    ['if (a === b) c();', [': condition negated: a === b → !(a === b)']],
    ['const x = a.some(b);', ['x: all or any: some → every']],
    ['const x = a?.b.every(c).d;', ['x: all or any: every → some']],
    ['const x = Math.max(a, b);', ['x: all or any: max → min']],
    ['const x = a.filter(b);', ['x: filter off: b → () => true']],
    ['const x = { a: true };', ['x: flag flipped: true → false']],
    ['const x = a[0] + b.slice(1);', []],
    ['const x: { a: 1 } = a as { a: true };', []],
    ['const x = { message: a ? 1 : 2, text: `${a ? 1 : 2}` };', []],
    [
      'function f(): boolean { return g(); }',
      [
        'f: function off: function f(): boolean { return g(); } → returns true',
        'f: function off: function f(): boolean { return g(); } → returns false',
      ],
    ],
    ['const f: DrainRule = (a) => g(a);', ['f: function off: (a) => g(a) → returns []']],
    ['const f = (): readonly X[] => g();', ['f: function off: (): readonly X[] => g() → returns []']],
    ['const f = (): X | undefined => g();', ['f: function off: (): X | undefined => g() → returns undefined']],
  ])('%s', (text, expected) => {
    expect(faults(text)).toEqual(expected);
  });

  it('have names of their own, where two faults look the same', () => {
    expect(faults('const x = [a < b, a < b];')).toEqual([
      'x: bound moved: a < b → a <= b',
      'x: bound moved: a < b → a <= b (2)',
    ]);
  });
});

describe('the text with all mutants', () => {
  const code = `
    interface Thing { readonly size: number; readonly there: boolean }
    const isSmall = ({ size }: Thing): boolean => size < 3;
    function names(things: readonly Thing[] | undefined): readonly string[] {
      if (things === undefined) return ['none'];
      return things.filter((one) => one.there && isSmall(one)).map(({ size }) => String(size));
    }
    const all = (things?: readonly Thing[]) => things?.every(isSmall) ?? 'nobody';
    const result = [names([{ size: 1, there: true }, { size: 3, there: true }, { size: 2, there: false }]), names(undefined), all(), all([])];
  `;
  const { mutants, text } = mutate('a.ts', code, 100);
  const resultWith = (active: number | undefined): unknown =>
    JSON.parse(
      String(
        runInNewContext(`${stripTypeScriptTypes(text)}\nJSON.stringify(result)`, {
          __mutant: (number: number) => number === active,
          __either: (number: number, own: () => unknown, other: () => unknown) => (number === active ? other() : own()),
        }),
      ),
    );

  it('does what the text without them does', () => {
    expect(resultWith(undefined)).toEqual([['1'], ['none'], 'nobody', true]);
  });

  it.each(mutants.map((mutant, index) => [mutant.name, 100 + index] as const))('%s changes it', (name, number) => {
    // Of a thing that is left out it makes no difference how large it is, nor of a large one whether it is there.
    const harmless = /result: bound moved: (3|2) |result: flag flipped: true → false \(2\)/.test(name);
    let outcome: unknown;
    try {
      outcome = resultWith(number);
    } catch (error) {
      outcome = String(error);
    }
    if (harmless) expect(outcome).toEqual([['1'], ['none'], 'nobody', true]);
    else expect(outcome).not.toEqual([['1'], ['none'], 'nobody', true]);
  });

  it('numbers them from the first', () => {
    expect(text).toContain('__either(100,');
    expect(text).not.toContain('__either(99,');
  });
});
