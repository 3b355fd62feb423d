// Runs tests with mutants in a process of its own: loads everything once, then turns one mutant after the other on.
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { env } from 'node:process';
import { pathToFileURL } from 'node:url';
import { allMutants, testFiles } from './sources.ts';
import { beginFile, type CollectedTest, collectedTests } from './vitest-stand-in.ts';

/** What one test does without a mutant. */
export interface Baseline {
  readonly name: string;
  readonly file: string;
  readonly milliseconds: number;
  /** Numbers of the mutants that it reaches. */
  readonly reached: readonly number[];
  /** Why it failed; undefined when it passed. */
  readonly failure: string | undefined;
}

export type Answer =
  | { readonly kind: 'loaded'; readonly reached: readonly number[] }
  | { readonly kind: 'baseline'; readonly tests: readonly Baseline[] }
  /** `by` is the test that failed; undefined when none did. */
  | { readonly kind: 'judged'; readonly number: number; readonly by: string | undefined };

export type Order =
  | { readonly kind: 'baseline' }
  | { readonly kind: 'judge'; readonly number: number; readonly tests: readonly string[] };

const root = join(import.meta.dirname, '../..');
const standIn = pathToFileURL(join(import.meta.dirname, 'vitest-stand-in.ts')).href;

/** The mutant that is on; one in what runs while the planner is loaded is on from the beginning. */
let active = Number(env['MUTANT'] ?? -1);
const reached = new Set<number>();
Object.assign(globalThis, {
  __mutant: (number: number): boolean => {
    reached.add(number);
    return number === active;
  },
});

/** Puts the mutants into the planner's files, loads these, and returns the mutants that this alone reached. */
async function loadPlanner(): Promise<readonly number[]> {
  const { files } = await allMutants(root);
  const texts = new Map(files.map(({ file, text }) => [pathToFileURL(join(root, file)).href, text]));
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'vitest'
        ? { url: standIn, format: 'module-typescript', shortCircuit: true }
        : next(specifier, context),
    load: (url, context, next) => {
      const source = texts.get(url);
      return source === undefined ? next(url, context) : { format: 'module-typescript', source, shortCircuit: true };
    },
  });
  for (const url of texts.keys()) await import(url);
  return [...reached];
}

async function loadTests(): Promise<ReadonlyMap<string, CollectedTest>> {
  for (const file of testFiles(root)) {
    beginFile(file);
    await import(pathToFileURL(join(root, file)).href);
  }
  return new Map(collectedTests().map((test) => [test.name, test]));
}

async function failureOf(test: CollectedTest): Promise<string | undefined> {
  try {
    await test.run();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function measure(test: CollectedTest): Promise<Baseline> {
  reached.clear();
  const started = performance.now();
  const failure = await failureOf(test);
  const milliseconds = performance.now() - started;
  return { name: test.name, file: test.file, milliseconds, reached: [...reached], failure };
}

async function judge(tests: ReadonlyMap<string, CollectedTest>, names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    const test = tests.get(name);
    if (test !== undefined && (await failureOf(test)) !== undefined) return name;
  }
  return undefined;
}

const answer = (given: Answer): void => void process.send?.(given);

const atLoad = await loadPlanner();
const tests = await loadTests();

async function obey(order: Order): Promise<void> {
  if (order.kind === 'judge') {
    active = order.number;
    answer({ kind: 'judged', number: order.number, by: await judge(tests, order.tests) });
    return;
  }
  const measured: Baseline[] = [];
  for (const test of tests.values()) measured.push(await measure(test));
  answer({ kind: 'baseline', tests: measured });
}

process.on('message', (order) => void obey(order as Order));
answer({ kind: 'loaded', reached: atLoad });
