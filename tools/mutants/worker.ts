// Runs tests with mutants in a process of its own: loads everything once, then turns one mutant after the other on.
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { env } from 'node:process';
import { pathToFileURL } from 'node:url';
import { allMutants, testFiles } from './sources.ts';
import { beginFile, type CollectedTest, collectedTests } from './vitest-stand-in.ts';
import { beginTest, felt, goesOnForEver, switchesPassed, turnOn } from './switches.ts';

/** What one test does without a mutant. */
export interface Baseline {
  readonly name: string;
  readonly file: string;
  readonly milliseconds: number;
  /** How many switches of mutants it passes. */
  readonly switches: number;
  /** Numbers of the mutants that it would feel. */
  readonly felt: readonly number[];
  /** Why it failed; undefined when it passed. */
  readonly failure: string | undefined;
}

/** A test to judge by. */
export type Trial = Pick<Baseline, 'name' | 'switches'>;

export type Answer =
  | { readonly kind: 'loaded'; readonly felt: readonly number[] }
  | { readonly kind: 'baseline'; readonly tests: readonly Baseline[] }
  /** `by` is the test that failed; undefined when none did. */
  | { readonly kind: 'judged'; readonly number: number; readonly by: string | undefined };

export type Order =
  /** Of the tests in these files. */
  | { readonly kind: 'baseline'; readonly files: readonly string[] }
  | { readonly kind: 'judge'; readonly number: number; readonly trials: readonly Trial[] };

const root = join(import.meta.dirname, '../..');
const standIn = pathToFileURL(join(import.meta.dirname, 'vitest-stand-in.ts')).href;

/** Puts the mutants into the planner's files, loads these, and returns the mutants that this alone feels. */
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
  return felt();
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
  beginTest();
  const started = process.cpuUsage();
  const failure = await failureOf(test);
  const { user, system } = process.cpuUsage(started);
  const milliseconds = (user + system) / 1000;
  return { name: test.name, file: test.file, milliseconds, switches: switchesPassed(), felt: felt(), failure };
}

async function judge(tests: ReadonlyMap<string, CollectedTest>, trials: readonly Trial[]): Promise<string | undefined> {
  for (const { name, switches } of trials) {
    const test = tests.get(name);
    if (test === undefined) continue;
    beginTest(switches);
    if ((await failureOf(test)) !== undefined || goesOnForEver()) return name;
  }
  return undefined;
}

const answer = (given: Answer): void => void process.send?.(given);

if (env['MUTANT'] !== undefined) turnOn(Number(env['MUTANT']));
const atLoad = await loadPlanner();
const tests = await loadTests();

async function obey(order: Order): Promise<void> {
  if (order.kind === 'judge') {
    turnOn(order.number);
    answer({ kind: 'judged', number: order.number, by: await judge(tests, order.trials) });
    return;
  }
  const measured: Baseline[] = [];
  for (const test of tests.values()) if (order.files.includes(test.file)) measured.push(await measure(test));
  answer({ kind: 'baseline', tests: measured });
}

process.on('message', (order) => void obey(order as Order));
answer({ kind: 'loaded', felt: atLoad });
