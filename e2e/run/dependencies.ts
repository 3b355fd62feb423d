// Which sources the outcome of a deep case may depend on: all of the product, what every case runs on, and of the test programs those that the case reaches.
import { dirname, join } from 'node:path';

/** Where a case runs: one on a node depends on no test that runs on the host. */
export type Scope = 'node' | 'host';

/** A deep case, and where it runs. */
export interface DeepCase {
  readonly name: string;
  readonly scope: Scope;
}

export interface Source {
  readonly path: string;
  readonly text: string;
}

/** Prose does not change what the code does, and the proof file must not make its own proofs stale. */
export const isSource = (path: string): boolean => !path.startsWith('docs/') && !path.endsWith('.md');

/** What a case on a node never runs: tests of parts, and tools that check or generate sources. */
const isOnHostOnly = (path: string): boolean => /\.(test|integration)\.ts$/.test(path) || path.startsWith('tools/');

/** Programs of single cases, by folder; the other folders of `e2e` are what every case runs on. */
const ofSomeCases = /^(e2e\/(?!cluster\/|environment\/|images\/|run\/)[^/]+\/)/;

const cases = 'e2e/cases/';
const imported = /from '(\.{1,2}\/[^']+)'/g;

const importsOf = ({ path, text }: Source): readonly string[] =>
  [...text.matchAll(imported)].map(([, target = '']) => join(dirname(path), target));

/** The sources that a case depends on. A folder counts as a whole when one of its files is reached: programs are started by their path, too. */
export function sourcesOf({ name, scope }: DeepCase, sources: readonly Source[]): readonly Source[] {
  const relevant = sources.filter(({ path }) => isSource(path) && !(scope === 'node' && isOnHostOnly(path)));
  const byPath = new Map(relevant.map((source) => [source.path, source]));
  const isBase = ({ path }: Source): boolean => !ofSomeCases.test(path);
  const starts = relevant.filter(
    (source) =>
      (source.path.startsWith(cases) && source.text.includes(`'${name}'`)) ||
      /^e2e\/(cluster|environment|images)\//.test(source.path),
  );
  const reached = new Set<Source>(starts);
  // A set tells of what is added while it is walked through.
  for (const source of reached)
    for (const path of importsOf(source)) {
      const folder = ofSomeCases.exec(path)?.[1];
      const found =
        folder === undefined || folder === cases
          ? [byPath.get(path)]
          : relevant.filter((one) => one.path.startsWith(folder));
      for (const one of found) if (one?.path.startsWith('e2e/') === true) reached.add(one);
    }
  return relevant.filter((source) => isBase(source) || reached.has(source));
}
