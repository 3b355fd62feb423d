// Proofs of deep cases: what ran on which source tree with what outcome, recorded in docs/deep-results.json.
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { type Counts } from '../cases/registry.ts';
import { run } from '../cluster/process.ts';

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

/** Prose does not change what the code does, and the proof file must not make its own proofs stale. */
const isSource = (path: string): boolean => !path.startsWith('docs/') && !path.endsWith('.md');

/** SHA-256 over the names and contents (git blob ids) of all source files, as they are in the working tree. */
export async function sourceTree(signal: AbortSignal): Promise<string> {
  const listed = await run(['git', 'ls-files', '-co', '--exclude-standard'], { signal });
  const paths = listed
    .split('\n')
    .filter((path) => path !== '' && isSource(path))
    .toSorted();
  const hash = createHash('sha256');
  for (const path of paths) {
    const content = await readFile(path).catch(() => undefined);
    if (content !== undefined) hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}

export async function readProofs(): Promise<readonly Proof[]> {
  const text = await readFile(file, 'utf8').catch(() => '[]');
  return JSON.parse(text) as readonly Proof[];
}

/** Replaces the case's former proof. */
export async function writeProof(
  name: string,
  seed: number,
  { passed, failed }: Counts,
  minutes: number,
  signal: AbortSignal,
): Promise<void> {
  const commit = (await run(['git', 'rev-parse', 'HEAD'], { signal })).trim();
  const proof: Proof = { case: name, commit, tree: await sourceTree(signal), seed, passed, failed, minutes };
  const others = (await readProofs()).filter((other) => other.case !== name);
  const all = [...others, proof].toSorted((first, second) => first.case.localeCompare(second.case));
  await writeFile(file, `${JSON.stringify(all, null, 2)}\n`);
}

/** How many deep cases are proven on this very tree, how many were proven on another, how many never. */
export function summarizeProofs(names: readonly string[], proofs: readonly Proof[], tree: string): string {
  const proven = names.filter((name) =>
    proofs.some((proof) => proof.case === name && proof.tree === tree && proof.failed === 0),
  );
  const stale = names.filter((name) => !proven.includes(name) && proofs.some((proof) => proof.case === name));
  const never = names.filter((name) => !proven.includes(name) && !stale.includes(name));
  const named = (list: readonly string[]) => (list.length === 0 ? '' : ` (${list.join(', ')})`);
  return (
    `deep cases: ${proven.length} proven on this tree${named(proven)}, ${stale.length} stale${named(stale)}, ` +
    `${never.length} never run${named(never)}`
  );
}
