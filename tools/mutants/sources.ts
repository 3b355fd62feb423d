// Which files are mutated, and which tests may catch a mutant of each.
import { globSync } from 'node:fs';
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

/** A rule must be missed by more than its own table: by what the planner does with it. */
export const mayCatch = (mutated: string, test: string): boolean =>
  dirname(mutated) !== `${folder}/rules` || dirname(test) !== `${folder}/rules`;

export interface MutatedFile {
  readonly file: string;
  readonly text: string;
}

/** All mutants of all files, with numbers that are the same in every process. */
export async function allMutants(
  root: string,
): Promise<{ readonly mutants: readonly NumberedMutant[]; readonly files: readonly MutatedFile[] }> {
  const mutants: NumberedMutant[] = [];
  const files: MutatedFile[] = [];
  for (const file of mutatedFiles(root)) {
    const made = mutate(relative(folder, file), await readFile(join(root, file), 'utf8'), mutants.length);
    mutants.push(...made.mutants.map((mutant, index) => ({ ...mutant, number: mutants.length + index, file })));
    files.push({ file, text: made.text });
  }
  return { mutants, files };
}
