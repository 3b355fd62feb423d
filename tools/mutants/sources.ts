// Which files are mutated, and which tests may catch a mutant of each.
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { type Mutant, mutate } from './mutate.ts';

/** A mutant with its number in the run. */
export interface NumberedMutant extends Mutant {
  readonly number: number;
  readonly file: string;
}

const folder = 'src/core/elasticsearch';

/** What the planner is told, and what it says to people: a fault there changes no action. */
const told = ['observed', 'actions', 'report', 'progress', 'moving', 'figures', 'requested', 'context', 'situation'];

/** Every file of rules and planner, sorted. */
function mutatedFiles(root: string): readonly string[] {
  return globSync([`${folder}/*.ts`, `${folder}/rules/*.ts`], { cwd: root })
    .filter((file) => !/\.(test|testing)\.ts$/.test(file))
    .filter((file) => !told.includes(basename(file, '.ts')) && !file.endsWith('rules/descriptions.ts'))
    .toSorted();
}

/** Every test that sees the planner or one of its parts at work; of random stories, those of a fixed seed. */
export const testFiles = (root: string): readonly string[] =>
  globSync([`${folder}/*.test.ts`, `${folder}/rules/*.test.ts`, 'src/simulator/*.test.ts'], { cwd: root })
    .filter((file) => !file.includes('fresh-'))
    .toSorted();

/** Everything that tests of the planner run on, and what runs them. */
const runOn = ['src/{api,core,simulator}/**/*.ts', 'tools/mutants/*.ts'];

/** A digest for each file of tests: as long as it is the same, its tests do the same under the same mutant. */
export function testDigests(root: string): ReadonlyMap<string, string> {
  const shared = createHash('sha256');
  const files = globSync(runOn, { cwd: root }).filter((file) => !file.endsWith('.test.ts'));
  for (const file of files.toSorted()) shared.update(file).update(readFileSync(join(root, file)));
  const beside = shared.digest('hex');
  const digestOf = (file: string): string =>
    createHash('sha256')
      .update(beside)
      .update(readFileSync(join(root, file)))
      .digest('hex')
      .slice(0, 16);
  return new Map(testFiles(root).map((file) => [file, digestOf(file)]));
}

/** A rule must be missed by more than its own table: by what the planner does with it. */
export const mayCatch = (mutated: string, test: string): boolean =>
  dirname(mutated) !== `${folder}/rules` || dirname(test) !== `${folder}/rules`;

export interface MutatedFile {
  readonly file: string;
  /** As it stands. */
  readonly source: string;
  /** With all mutants in it, whose numbers change with what is in other files. */
  readonly text: string;
}

/** All mutants of all files, with numbers that are the same in every process. */
export async function allMutants(
  root: string,
): Promise<{ readonly mutants: readonly NumberedMutant[]; readonly files: readonly MutatedFile[] }> {
  const mutants: NumberedMutant[] = [];
  const files: MutatedFile[] = [];
  for (const file of mutatedFiles(root)) {
    const source = await readFile(join(root, file), 'utf8');
    const made = mutate(relative(folder, file), source, mutants.length);
    mutants.push(...made.mutants.map((mutant, index) => ({ ...mutant, number: mutants.length + index, file })));
    files.push({ file, source, text: made.text });
  }
  return { mutants, files };
}
