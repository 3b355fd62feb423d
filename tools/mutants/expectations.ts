// A stand-in of vitest's `expect`, with the few comparisons that tests of the planner use: vitest's own runs nowhere but in vitest, which starts anew for every run.
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';

/** A value that says itself what it equals. */
interface Matcher {
  readonly matches: (value: unknown) => boolean;
}

const isMatcher = (value: unknown): value is Matcher =>
  typeof value === 'object' && value !== null && 'matches' in value && typeof value.matches === 'function';

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Set) &&
  !(value instanceof Map) &&
  !(value instanceof Date);

const present = (value: Readonly<Record<string, unknown>>): readonly string[] =>
  Object.keys(value).filter((key) => value[key] !== undefined);

/** Equal but for fields that are undefined; with `partial`, the live value may have further fields. */
function isLike(live: unknown, wanted: unknown, partial: boolean): boolean {
  if (isMatcher(wanted)) return wanted.matches(live);
  if (Array.isArray(wanted))
    return (
      Array.isArray(live) &&
      live.length === wanted.length &&
      wanted.every((item, index) => isLike(live[index], item, partial))
    );
  if (!isPlain(wanted)) return isDeepStrictEqual(live, wanted);
  if (!isPlain(live)) return false;
  const keys = partial ? Object.keys(wanted) : present(wanted);
  return (
    (partial || present(live).length === keys.length) && keys.every((key) => isLike(live[key], wanted[key], partial))
  );
}

function has(live: unknown, path: string, wanted: readonly unknown[]): boolean {
  let at = live;
  for (const key of path.split('.')) {
    if (typeof at !== 'object' || at === null || !(key in at)) return false;
    at = (at as Readonly<Record<string, unknown>>)[key];
  }
  return wanted.length === 0 || isLike(at, wanted[0], false);
}

function contains(live: unknown, wanted: unknown): boolean {
  if (typeof live === 'string') return live.includes(String(wanted));
  return [...(live as Iterable<unknown>)].includes(wanted);
}

const lengthOf = (live: unknown): unknown => (live as { readonly length?: unknown } | undefined)?.length;

function throws(live: unknown, wanted: readonly unknown[]): boolean {
  try {
    (live as () => unknown)();
    return false;
  } catch (error) {
    const [text] = wanted as readonly (string | RegExp | undefined)[];
    const message = error instanceof Error ? error.message : String(error);
    return text === undefined || (text instanceof RegExp ? text.test(message) : message.includes(text));
  }
}

type Check = (live: unknown, ...wanted: readonly unknown[]) => boolean;

const checks: Readonly<Record<string, Check>> = {
  toBe: (live, wanted) => Object.is(live, wanted),
  toBeCloseTo: (live, wanted) => Math.abs(Number(live) - Number(wanted)) < 0.005,
  toBeDefined: (live) => live !== undefined,
  toBeGreaterThan: (live, wanted) => Number(live) > Number(wanted),
  toBeGreaterThanOrEqual: (live, wanted) => Number(live) >= Number(wanted),
  toBeLessThan: (live, wanted) => Number(live) < Number(wanted),
  toBeLessThanOrEqual: (live, wanted) => Number(live) <= Number(wanted),
  toBeUndefined: (live) => live === undefined,
  toContain: contains,
  toContainEqual: (live, wanted) => (live as readonly unknown[]).some((item) => isLike(item, wanted, false)),
  toEqual: (live, wanted) => isLike(live, wanted, false),
  toHaveLength: (live, wanted) => lengthOf(live) === wanted,
  toHaveProperty: (live, path, ...wanted) => has(live, String(path), wanted),
  toMatch: (live, wanted) => (wanted instanceof RegExp ? wanted.test(String(live)) : contains(live, wanted)),
  toMatchObject: (live, wanted) => isLike(live, wanted, true),
  toStrictEqual: (live, wanted) => isDeepStrictEqual(live, wanted),
  toThrow: (live, ...wanted) => throws(live, wanted),
};

type Checked = Readonly<Record<string, (...wanted: readonly unknown[]) => void>>;

const checked = (live: unknown, isWanted: boolean): Checked =>
  Object.fromEntries(
    Object.entries(checks).map(([name, check]) => [
      name,
      (...wanted: readonly unknown[]) => {
        if (check(live, ...wanted) !== isWanted) assert.fail(`${name} does not hold${isWanted ? '' : ', negated'}.`);
      },
    ]),
  );

const expectation = (live: unknown): Checked & { readonly not: Checked } =>
  ({ ...checked(live, true), not: checked(live, false) }) as Checked & { readonly not: Checked };

export const expect = Object.assign(expectation, {
  anything: (): Matcher => ({ matches: (value) => value !== undefined && value !== null }),
  arrayContaining: (items: readonly unknown[]): Matcher => ({
    matches: (value) => Array.isArray(value) && items.every((item) => value.some((one) => isLike(one, item, false))),
  }),
  objectContaining: (fields: object): Matcher => ({ matches: (value) => isLike(value, fields, true) }),
  stringContaining: (part: string): Matcher => ({
    matches: (value) => typeof value === 'string' && value.includes(part),
  }),
  stringMatching: (pattern: RegExp): Matcher => ({
    matches: (value) => typeof value === 'string' && pattern.test(value),
  }),
});
