// The stream of JSON values: however the bytes are split, the same values come out, and a cut is noticed.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonStream } from './json-stream.ts';

const megabyte = 1024 * 1024;

function split(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const positions = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return positions.slice(1).map((end, index) => bytes.subarray(positions[index], end));
}

describe('JsonStream', () => {
  it('gives the same values however the bytes are split, on one line each or on many', () => {
    const value = fc.record({ object: fc.jsonValue({ maxDepth: 2, stringUnit: 'grapheme' }) });
    const cuts = fc.array(fc.nat(), { maxLength: 30, size: 'max' });
    fc.assert(
      fc.property(fc.array(value, { maxLength: 3 }), cuts, fc.constantFrom(undefined, 2), (values, at, indent) => {
        const plain = values.map((each) => JSON.parse(JSON.stringify(each)) as unknown);
        const bytes = Buffer.from(plain.map((each) => `${JSON.stringify(each, null, indent)}\n`).join(''));
        const stream = new JsonStream(megabyte);
        expect(split(bytes, at).flatMap((chunk) => stream.push(chunk))).toEqual(plain);
        expect(stream.incomplete).toBe(false);
      }),
      { numRuns: 50 },
    );
  });

  it('is split within a character, within an escape and between brackets', () => {
    const text = '{"a":"日本🙂","b":"\\"}{\\\\","c":[{"d":"]"}]}';
    const stream = new JsonStream(megabyte);
    const values = [...Buffer.from(text + '\n')].flatMap((byte) => stream.push(Uint8Array.of(byte)));
    expect(values).toEqual([JSON.parse(text)]);
  });

  it('notices that it was cut', () => {
    const stream = new JsonStream(megabyte);
    expect(stream.push(Buffer.from('{"a":1}\n{"b":'))).toEqual([{ a: 1 }]);
    expect(stream.incomplete).toBe(true);
  });

  it('refuses a value that is too long before it is whole', () => {
    const stream = new JsonStream(100);
    expect(() => stream.push(Buffer.from(`{"a":"${'x'.repeat(200)}`))).toThrow(RangeError);
  });

  it('does not quote what is no JSON', () => {
    expect(() => new JsonStream(megabyte).push(Buffer.from('{"data": hunter2}'))).toThrow(/^(?!.*hunter2)/);
  });
});
