// A stand-in of vitest within one process: collects the tests of files, so that each can be run again and again, under one mutant after the other.
export { expect } from './expectations.ts';

type Body = () => unknown;

export interface CollectedTest {
  /** `<file> > <titles of its groups and its own>`, with a number where two are the same. */
  readonly name: string;
  /** File that it is in, relative to the project. */
  readonly file: string;
  readonly run: () => Promise<void>;
}

interface Group {
  readonly title: string;
  readonly before: Body[];
}

const collected: CollectedTest[] = [];
const groups: Group[] = [];
let file = '';

/** Everything that is collected from here on belongs to this file. */
export function beginFile(path: string): void {
  file = path;
  groups.splice(0, groups.length, { title: path, before: [] });
}

export const collectedTests = (): readonly CollectedTest[] => collected;

export function describe(title: string, body: Body): void {
  groups.push({ title, before: [] });
  body();
  groups.pop();
}

export function beforeAll(body: Body): void {
  groups.at(-1)?.before.push(body);
}

function test(title: string, body: Body): void {
  const before = groups.flatMap((group) => group.before);
  const name = [...groups.map((group) => group.title), title].join(' > ');
  const same = collected.filter((other) => other.name === name || other.name.startsWith(`${name} #`)).length;
  collected.push({
    name: same === 0 ? name : `${name} #${same + 1}`,
    file,
    run: async () => {
      for (const hook of before) await hook();
      await body();
    },
  });
}

/** `%s`, `%i`, `%d` and `%o` in a title are the values in their order. */
function titled(title: string, values: readonly unknown[]): string {
  let at = 0;
  return title.replaceAll(/%[sidoj]/g, () => String(values[at++]));
}

const each =
  (table: readonly unknown[]) =>
  (title: string, body: (...values: readonly never[]) => unknown): void => {
    for (const row of table) {
      const values: readonly unknown[] = Array.isArray(row) ? row : [row];
      test(titled(title, values), () => body(...(values as readonly never[])));
    }
  };

export const it = Object.assign(test, { each });
