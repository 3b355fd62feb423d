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

/** What a case on a node never runs: tests of parts, and tools that check or generate sources. */
const isOnHostOnly = (path: string): boolean => /\.(test|integration)\.ts$/.test(path) || path.startsWith('tools/');

/** Where a case runs: on a node it depends on everything but the tests that run on the host. */
export type Scope = 'node' | 'host';

/** SHA-256 over the names and contents of all source files that a case may depend on, as they are in the working tree. */
async function sourceTree(scope: Scope, signal: AbortSignal): Promise<string> {
  const listed = await run(['git', 'ls-files', '-co', '--exclude-standard'], { signal });
  const paths = listed
    .split('\n')
    .filter((path) => path !== '' && isSource(path) && !(scope === 'node' && isOnHostOnly(path)))
    .toSorted();
  const hash = createHash('sha256');
  for (const path of paths) {
    const content = await readFile(path).catch(() => undefined);
    if (content !== undefined) hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}

async function readProofs(): Promise<readonly Proof[]> {
  const text = await readFile(file, 'utf8').catch(() => '[]');
  return JSON.parse(text) as readonly Proof[];
}

/** A deep case, and what its proof depends on. */
export interface DeepCase {
  readonly name: string;
  readonly scope: Scope;
}

/** Replaces the case's former proof. */
export async function writeProof(
  { name, scope }: DeepCase,
  seed: number,
  { passed, failed }: Counts,
  minutes: number,
  signal: AbortSignal,
): Promise<void> {
  const commit = (await run(['git', 'rev-parse', 'HEAD'], { signal })).trim();
  const proof: Proof = { case: name, commit, tree: await sourceTree(scope, signal), seed, passed, failed, minutes };
  const others = (await readProofs()).filter((other) => other.case !== name);
  const all = [...others, proof].toSorted((first, second) => first.case.localeCompare(second.case));
  await writeFile(file, `${JSON.stringify(all, null, 2)}\n`);
}

/** How many deep cases are proven on this very tree, how many were proven on another, how many never. */
export async function summarizeProofs(cases: readonly DeepCase[], signal: AbortSignal): Promise<string> {
  const proofs = await readProofs();
  const trees = { node: await sourceTree('node', signal), host: await sourceTree('host', signal) };
  const states = Object.groupBy(cases, ({ name, scope }) => {
    const proof = proofs.find((one) => one.case === name);
    if (proof === undefined) return 'never';
    return proof.tree === trees[scope] && proof.failed === 0 ? 'proven' : 'stale';
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
