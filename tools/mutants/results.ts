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
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** Verdicts in a file, or only in memory where none is named. */
export class Results {
  readonly #path: string | undefined;
  readonly #digests: ReadonlyMap<string, string>;

  /** `texts` are the mutated files by their path. */
  constructor(path: string | undefined, texts: ReadonlyMap<string, string>) {
    this.#path = path;
    this.#digests = new Map([...texts].map(([file, text]) => [file, digestOf(text)]));
  }

  #digest(file: string): string {
    return this.#digests.get(file) ?? '';
  }

  /** Those that an earlier run caught in the same text. Survivors are judged again: a test may have come since. */
  caughtBefore(mutants: readonly NumberedMutant[]): readonly Judged[] {
    if (this.#path === undefined || !existsSync(this.#path)) return [];
    const lines = readFileSync(this.#path, 'utf8').split('\n').slice(0, -1);
    const last = new Map(
      lines.map((line) => {
        const parsed = JSON.parse(line) as Line;
        return [parsed.name, parsed] as const;
      }),
    );
    return mutants.flatMap((mutant) => {
      const { by = null, digest } = last.get(mutant.name) ?? {};
      return by === null || digest !== this.#digest(mutant.file) ? [] : [{ mutant, by }];
    });
  }

  /** Begins anew with these. */
  begin(judged: readonly Judged[]): void {
    if (this.#path !== undefined) writeFileSync(this.#path, judged.map((one) => this.#line(one)).join(''));
  }

  add(judged: Judged): void {
    if (this.#path !== undefined) appendFileSync(this.#path, this.#line(judged));
  }

  #line({ mutant, by }: Judged): string {
    const line: Line = { name: mutant.name, by: by ?? null, digest: this.#digest(mutant.file) };
    return `${JSON.stringify(line)}\n`;
  }
}
