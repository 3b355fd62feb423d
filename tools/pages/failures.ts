// docs/failures.md: failures of other operators, and the tests here that prove that this one survives them.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { failures, type Failure, type Level } from './failure-list.ts';
import { tableOf } from './markdown.ts';

/** A test, by its title or a part of it, that names a failure. */
export interface Proof {
  readonly id: string;
  readonly level: Level;
  readonly file: string;
  readonly title: string;
}

const places = ['src/**/*.test.ts', 'src/**/*.integration.ts', 'e2e/**/*.ts'];
/** On one line: else what stands between two literals could be taken for one. */
const literal = /'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`([^`$\n]*)`/g;

/** Whole tests live in these files; other code of the harness only mentions things. */
const isTest = (file: string): boolean =>
  /\.(test|integration)\.ts$/.test(file) || /^e2e\/(cases|journeys)\//.test(file);

function levelOf(file: string, text: string): Level {
  if (file.endsWith('.integration.ts')) return 'I';
  if (!file.endsWith('.test.ts')) return 'E';
  return file.startsWith('src/simulator/') || /from '.*simulator\.testing\.ts'/.test(text) ? 'S' : 'P';
}

/** Every test below `root` whose title names a failure as `[id]`. */
export function findProofs(root: string): readonly Proof[] {
  const known = new Set(failures.map(({ id }) => id));
  return globSync(places, { cwd: root })
    .filter(isTest)
    .toSorted()
    .flatMap((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      return [...text.matchAll(literal)].flatMap((match) => {
        const title = match[1] ?? match[2] ?? match[3] ?? '';
        const ids = [...title.matchAll(/\[([a-z0-9-]+)\]/g)].map(([, id = '']) => id).filter((id) => known.has(id));
        return ids.map((id) => ({
          id,
          level: levelOf(file, text),
          file,
          title: title.replaceAll(/\[[a-z0-9-]+\] ?/g, ''),
        }));
      });
    });
}

/** Levels at which a failure has no proof yet. */
export const missingLevels = ({ id, levels }: Failure, proofs: readonly Proof[]): readonly Level[] =>
  levels.filter((level) => !proofs.some((proof) => proof.id === id && proof.level === level));

const words: Readonly<Record<Level, string>> = {
  P: 'the planner alone',
  S: 'the planner on the simulator',
  I: 'a real API server',
  E: 'a real node with real Elasticsearch',
};

function chapter({ id, happened, holds }: Failure, proofs: readonly Proof[]): readonly string[] {
  const rows = proofs
    .filter((proof) => proof.id === id)
    .map(({ level, file, title }) => [words[level], title, `\`${file}\``]);
  return [
    `## ${id}`,
    '',
    `What happened: ${happened} Here: ${holds}`,
    '',
    ...tableOf(['On', 'Test', 'File'], rows),
    '',
  ];
}

export function failuresPage(generatedBy: string, root: string): string {
  const proofs = findProofs(root);
  return [
    `<!-- ${generatedBy} -->`,
    '# Failures that this operator survives',
    '',
    'Each of these happened to users of another operator, or was met in practice. Beneath each stand the tests that would fail if it happened here.',
    '',
    ...failures.flatMap((failure) => chapter(failure, proofs)),
  ].join('\n');
}
