// What a run of the mutants found, kept as it goes: a later run of the same code need not judge again what was caught.
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { NumberedMutant } from './sources.ts';

export interface Judged {
  readonly mutant: NumberedMutant;
  /** The test that caught it, or `time`, or `load`; undefined when none did. */
  readonly by: string | undefined;
}

/** One line of the file of results, as JSON. */
interface Line {
  readonly name: string;
  readonly by: string | null;
  /** Of the mutated file, as it was. */
  readonly digest: string;
  /** Of a survivor: keys of the tests that it survived. */
  readonly tried?: readonly string[];
}

/** A test that was tried. */
export interface Tried {
  readonly name: string;
  readonly file: string;
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

const linesOf = (path: string | undefined): readonly Line[] =>
  path === undefined || !existsSync(path)
    ? []
    : readFileSync(path, 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Line);

/** Verdicts in a file, or only in memory where none is named. */
export class Results {
  readonly #path: string | undefined;
  readonly #texts: ReadonlyMap<string, string>;
  readonly #tests: ReadonlyMap<string, string>;
  readonly #last: ReadonlyMap<string, Line>;

  /** `texts` are the files that are mutated, as they stand, `tests` the digests of files of tests, both by their path. */
  constructor(path: string | undefined, texts: ReadonlyMap<string, string>, tests: ReadonlyMap<string, string>) {
    this.#path = path;
    this.#texts = new Map([...texts].map(([file, text]) => [file, digestOf(text)]));
    this.#tests = tests;
    this.#last = new Map(linesOf(path).map((line) => [line.name, line] as const));
  }

  /** What an earlier run found in the same text. */
  #before({ name, file }: NumberedMutant): Line | undefined {
    const line = this.#last.get(name);
    return line?.digest === this.#texts.get(file) ? line : undefined;
  }

  #key({ name, file }: Tried): string {
    return digestOf(`${this.#tests.get(file) ?? ''} ${name}`).slice(0, 8);
  }

  /** Those that an earlier run caught in the same text. Survivors are judged again: a test may have come since. */
  caughtBefore(mutants: readonly NumberedMutant[]): readonly Judged[] {
    return mutants.flatMap((mutant) => {
      const by = this.#before(mutant)?.by;
      return typeof by === 'string' ? [{ mutant, by }] : [];
    });
  }

  /** Whether this very test was tried on the mutant before, with all that it runs on the same, and did not catch it. */
  survived(mutant: NumberedMutant, test: Tried): boolean {
    return this.#before(mutant)?.tried?.includes(this.#key(test)) === true;
  }

  /** Begins anew with what is known of these. */
  begin(mutants: readonly NumberedMutant[]): void {
    if (this.#path === undefined) return;
    const known = mutants.map((mutant) => this.#before(mutant)).filter((line) => line !== undefined);
    writeFileSync(this.#path, known.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }

  /** Keeps a verdict; of a survivor also which tests were tried on it. */
  add({ mutant, by }: Judged, tests: readonly Tried[]): void {
    if (this.#path === undefined) return;
    const digest = this.#texts.get(mutant.file) ?? '';
    const tried = [...(this.#before(mutant)?.tried ?? []), ...tests.map((test) => this.#key(test))];
    const line: Line = { name: mutant.name, by: by ?? null, digest, ...(by === undefined ? { tried } : {}) };
    appendFileSync(this.#path, `${JSON.stringify(line)}\n`);
  }
}
