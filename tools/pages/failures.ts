// docs/failures.md: failures of other operators, and the tests here that prove that this one survives them.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { failures, type Failure, type Level } from './failure-list.ts';
import { tableOf } from './markdown.ts';
import { testTitles } from './test-titles.ts';

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
  // Of the cases, these run beside simulated pods on a control plane of their own.
  if (/from '\.\.\/operator-dies\/changes\.ts'/.test(text)) return 'I';
  if (!file.endsWith('.test.ts')) return 'E';
  return file.startsWith('src/simulator/') || /from '.*simulator\.testing\.ts'/.test(text) ? 'S' : 'P';
}

/** Titles in a file of tests; cases on a node and their assertions have theirs as plain texts. */
const titlesIn = (file: string, text: string): readonly string[] =>
  !/\.(test|integration)\.ts$/.test(file)
    ? [...text.matchAll(literal)].map((match) => match[1] ?? match[2] ?? match[3] ?? '')
    : testTitles(text);

const idIn = /\[([a-z0-9-]+)\]/g;

/** Every test below `root` whose title names a failure as `[id]`. */
export function findProofs(root: string): readonly Proof[] {
  const known = new Set(failures.map(({ id }) => id));
  return globSync(places, { cwd: root })
    .filter(isTest)
    .toSorted()
    .flatMap((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      const titles = [...known].some((id) => text.includes(`[${id}]`)) ? titlesIn(file, text) : [];
      return titles.flatMap((title) => proofsBy(title, file, levelOf(file, text), known));
    });
}

const proofsBy = (title: string, file: string, level: Level, known: ReadonlySet<string>): readonly Proof[] =>
  [...new Set([...title.matchAll(idIn)].map(([, id = '']) => id))]
    .filter((id) => known.has(id))
    .map((id) => ({ id, level, file, title: sentence(title, known) }));

/** Without ids, and with a capital letter unless it begins with a name of the code. */
function sentence(title: string, known: ReadonlySet<string>): string {
  const text = title
    .replaceAll(idIn, (found, id: string) => (known.has(id) ? '' : found))
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/(^| ): /g, '$1')
    .replaceAll(' :', ':')
    .trim();
  return /^[a-z]+\b(?![-_])/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}

/** Levels at which a failure has no proof yet. */
export const missingLevels = ({ id, levels }: Failure, proofs: readonly Proof[]): readonly Level[] =>
  levels.filter((level) => !proofs.some((proof) => proof.id === id && proof.level === level));

const words: Readonly<Record<Level, string>> = {
  P: 'a part by itself',
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
