// Property tests of the quoting of values in a pipeline: what goes in comes out, or is refused by name.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { quoted } from './pipeline.ts';

/**
 * Reads the first string of a pipeline as Logstash does: up to a double quote that no backslash stands before, and then
 * the escapes that `config.support_escapes` fills. Returns the value and what is left of the text.
 */
function readString(text: string): { value: string; rest: string } {
  const [whole, inside = ''] = /^"((?:\\"|[^"])*)"/s.exec(text) ?? [];
  if (whole === undefined) throw new Error(`no string at the start of ${text}`);
  const escapes: Record<string, string> = { '"': '"', "'": "'", '\\': '\\', n: '\n', r: '\r', t: '\t' };
  const value = inside.replaceAll(/\\(.)/g, (escape, character: string) => escapes[character] ?? escape);
  return { value, rest: text.slice(whole.length) };
}

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('\\', '"', "'", '$', '{', '}', '\n', '%', '#', ']', 'n', 'é') }),
);

it('every value survives, and nothing of it gets out of the string; or it is refused and named', () => {
  fc.assert(
    fc.property(hostile, (value) => {
      const unsayable = value.includes('${') || value.endsWith('\\') || value.includes('\0');
      if (unsayable) expect(() => quoted(value)).toThrow(JSON.stringify(value));
      else expect(readString(`${quoted(value)} ] } }`)).toEqual({ value, rest: ' ] } }' });
    }),
    { numRuns: 2000 },
  );
});

it.each(['${STACK_API_KEY}', 'a\\', 'nul\0'])('refuses %j', (value) => {
  expect(() => quoted(value)).toThrow(/cannot be in a Logstash pipeline/);
});
