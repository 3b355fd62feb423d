// The switches that mutated code asks: which mutant is on, and, while none is, which of them the code would feel.

/** The mutant that is on; undefined while nothing but measuring is done. */
let active: number | undefined;
/** Off while the code of a mutant is only tried. */
let noting = true;
let passed = 0;
let limit = Number.POSITIVE_INFINITY;
const noted = new Set<number>();

/** What a mutated loop without an end meets: a count, no clock, so that a busy machine catches nothing. */
class GoesOnForEver extends Error {}

function pass(): void {
  passed += 1;
  if (passed > limit) throw new GoesOnForEver('The mutant goes on for ever.');
}

const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

const isSame = (first: unknown, second: unknown): boolean =>
  Object.is(first, second) || (isEmpty(first) && isEmpty(second));

/** Whether the other side gives something else than this. */
function differs(value: unknown, other: () => unknown): boolean {
  noting = false;
  try {
    return !isSame(value, other());
  } catch {
    return true;
  } finally {
    noting = true;
  }
}

function either(number: number, own: () => unknown, other: () => unknown): unknown {
  pass();
  if (active !== undefined) return active === number ? other() : own();
  if (!noting || noted.has(number)) return own();
  try {
    const value = own();
    if (differs(value, other)) noted.add(number);
    return value;
  } catch (error) {
    noted.add(number);
    throw error;
  }
}

function isOn(number: number): boolean {
  pass();
  if (active === undefined && noting) noted.add(number);
  return active === number;
}

Object.assign(globalThis, { __mutant: isOn, __either: either });

/** From here on this mutant is on, and nothing is noted any more. */
export function turnOn(number: number): void {
  active = number;
}

/** Begins to count anew. A test that passes far more switches than it does without any mutant is ended. */
export function beginTest(usual?: number): void {
  noted.clear();
  passed = 0;
  limit = usual === undefined ? Number.POSITIVE_INFINITY : 100_000 + 10 * usual;
}

/** Mutants that would have made a difference to what the code came to, since the beginning of the test. */
export const felt = (): readonly number[] => [...noted];

export const switchesPassed = (): number => passed;

/** Whether the test was ended; it may have swallowed the error. */
export const goesOnForEver = (): boolean => passed > limit;
