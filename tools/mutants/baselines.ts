// What the tests do without any mutant, kept from one run to the next: a file of tests is measured again only when something changed.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Baseline } from './worker.ts';

/** What was measured of one file of tests. */
interface Kept {
  /** Of the file and of all that its tests run on, as it was. */
  readonly digest: string;
  readonly tests: readonly Baseline[];
}

/** Measured tests in a file, or none where no file is named. */
export class Baselines {
  readonly #path: string | undefined;
  readonly #digests: ReadonlyMap<string, string>;
  readonly #kept: readonly Kept[];

  /** `digests` are those of all files of tests, by their path. */
  constructor(path: string | undefined, digests: ReadonlyMap<string, string>) {
    this.#path = path;
    this.#digests = digests;
    const current = new Set(digests.values());
    const read = path !== undefined && existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Kept[]) : [];
    this.#kept = read.filter(({ digest }) => current.has(digest));
  }

  get known(): readonly Baseline[] {
    return this.#kept.flatMap(({ tests }) => tests);
  }

  /** The files of tests that are to be measured. */
  get missing(): readonly string[] {
    const known = new Set(this.#kept.map(({ digest }) => digest));
    return [...this.#digests].filter(([, digest]) => !known.has(digest)).map(([file]) => file);
  }

  keep(all: readonly Baseline[]): void {
    if (this.#path === undefined) return;
    const kept = [...this.#digests].map(([path, digest]) => ({
      digest,
      tests: all.filter(({ file }) => file === path),
    }));
    writeFileSync(this.#path, JSON.stringify(kept));
  }
}
