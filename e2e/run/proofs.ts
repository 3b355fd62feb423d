// Proofs of deep cases: what ran on which source tree with what outcome, recorded in docs/deep-results.json.
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { type Counts } from '../cases/registry.ts';
import { run } from '../cluster/process.ts';
import { type DeepCase, isSource, type Source, sourcesOf } from './dependencies.ts';

export interface Proof {
  readonly case: string;
  readonly commit: string;
  readonly tree: string;
  readonly seed: number;
  readonly passed: number;
  readonly failed: number;
  readonly minutes: number;
}

const file = 'docs/deep-results.json';

/** All sources, as they are in the working tree. */
async function readSources(signal: AbortSignal): Promise<readonly Source[]> {
  const listed = await run(['git', 'ls-files', '-co', '--exclude-standard'], { signal });
  const paths = listed.split('\n').filter((path) => path !== '' && isSource(path));
  const read = paths.toSorted().map(async (path): Promise<readonly Source[]> => {
    const text = await readFile(path, 'utf8').catch(() => undefined);
    return text === undefined ? [] : [{ path, text }];
  });
  return (await Promise.all(read)).flat();
}

/** SHA-256 over the names and contents of all sources that a case depends on. */
function treeOf(one: DeepCase, sources: readonly Source[]): string {
  const hash = createHash('sha256');
  for (const { path, text } of sourcesOf(one, sources)) hash.update(`${path}\0${text.length}\0${text}`);
  return hash.digest('hex').slice(0, 16);
}

async function readProofs(): Promise<readonly Proof[]> {
  const text = await readFile(file, 'utf8').catch(() => '[]');
  return JSON.parse(text) as readonly Proof[];
}

/** Replaces the case's former proof. */
export async function writeProof(
  deepCase: DeepCase,
  seed: number,
  { passed, failed }: Counts,
  minutes: number,
  signal: AbortSignal,
): Promise<void> {
  const commit = (await run(['git', 'rev-parse', 'HEAD'], { signal })).trim();
  const tree = treeOf(deepCase, await readSources(signal));
  const proof: Proof = { case: deepCase.name, commit, tree, seed, passed, failed, minutes };
  const others = (await readProofs()).filter((other) => other.case !== deepCase.name);
  const all = [...others, proof].toSorted((first, second) => first.case.localeCompare(second.case));
  await writeFile(file, `${JSON.stringify(all, null, 2)}\n`);
}

/** How many deep cases are proven on this very tree, how many were proven on another, how many never. */
export async function summarizeProofs(cases: readonly DeepCase[], signal: AbortSignal): Promise<string> {
  const proofs = await readProofs();
  const sources = await readSources(signal);
  const states = Object.groupBy(cases, (one) => {
    const proof = proofs.find((other) => other.case === one.name);
    if (proof === undefined) return 'never';
    return proof.tree === treeOf(one, sources) && proof.failed === 0 ? 'proven' : 'stale';
  });
  const told = (state: keyof typeof states): string => {
    const names = (states[state] ?? []).map(({ name }) => name);
    return names.length === 0 ? '' : ` (${names.join(', ')})`;
  };
  const count = (state: keyof typeof states): number => states[state]?.length ?? 0;
  return (
    `deep cases: ${count('proven')} proven on this tree${told('proven')}, ${count('stale')} stale${told('stale')}, ` +
    `${count('never')} never run${told('never')}`
  );
}
