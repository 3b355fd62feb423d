// The mutation test of rules and planner: plants every fault that tools/mutants/mutate.ts knows, one at a time, and says which of them no test catches.
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { Baselines } from './baselines.ts';
import { Worker } from './pool.ts';
import { type Judged, Results } from './results.ts';
import { allMutants, mayCatch, type NumberedMutant, testDigests } from './sources.ts';
import { compare, listedSurvivors } from './survivors.ts';
import type { Baseline } from './worker.ts';

const root = join(import.meta.dirname, '../..');

interface Options {
  readonly jobs: number;
  readonly only?: string;
  readonly results?: string;
  readonly quick: number;
}

/** What the tests do without any mutant. */
interface Start {
  readonly baseline: readonly Baseline[];
  /** Mutants that make a difference while the planner is loaded: any test may feel them. */
  readonly atLoad: ReadonlySet<number>;
}

/** How many mutants of a file each test has caught. */
class Catches {
  readonly #counts = new Map<string, number>();

  note(mutant: NumberedMutant, by: string): void {
    this.#counts.set(`${mutant.file} ${by}`, this.of(mutant, by) + 1);
  }

  of(mutant: NumberedMutant, test: string): number {
    return this.#counts.get(`${mutant.file} ${test}`) ?? 0;
  }
}

/** Tests that may catch a mutant, and were not tried on it before: first those that are quick, or have caught much in the same file. */
function testsFor(
  mutant: NumberedMutant,
  { baseline, atLoad }: Start,
  catches: Catches,
  results: Results,
): readonly Baseline[] {
  const price = new Map(
    baseline.map(({ name, milliseconds }) => [name, milliseconds / (1 + catches.of(mutant, name))] as const),
  );
  return baseline
    .filter((test) => mayCatch(mutant.file, test.file))
    .filter((test) => atLoad.has(mutant.number) || test.felt.includes(mutant.number))
    .filter((test) => !results.survived(mutant, test))
    .toSorted((first, second) => (price.get(first.name) ?? 0) - (price.get(second.name) ?? 0));
}

async function startWorker(): Promise<Worker> {
  const started = await Worker.start();
  if (started === undefined) throw new Error('The tests do not load: does vitest pass?');
  return started.worker;
}

/** Measures the tests whose files are not the same as when they were measured last. */
async function begin(kept: Baselines): Promise<Start> {
  const started = await Worker.start();
  if (started === undefined) throw new Error('The tests do not load: does vitest pass?');
  const baseline = [...kept.known, ...(await started.worker.baseline(kept.missing))];
  started.worker.stop();
  const failed = baseline.filter((test) => test.failure !== undefined);
  if (failed.length > 0)
    throw new Error(
      `Without any mutant these tests fail:\n${failed.map((test) => `${test.name}: ${test.failure ?? ''}`).join('\n')}`,
    );
  kept.keep(baseline);
  return { baseline, atLoad: new Set(started.atLoad) };
}

/** A mutant that shows at load needs a process in which it was on from the beginning. */
async function judgeAtLoad(mutant: NumberedMutant, tests: readonly Baseline[]): Promise<string | undefined> {
  const started = await Worker.start(mutant.number);
  if (started === undefined) return 'load';
  const by = await started.worker.judge(mutant.number, tests);
  started.worker.stop();
  return by;
}

/** Judges all mutants, so many side by side. */
async function judgeAll(
  mutants: readonly NumberedMutant[],
  start: Start,
  jobs: number,
  results: Results,
): Promise<readonly Judged[]> {
  // Those that need a process each come last.
  const queue = mutants.toSorted(
    (first, second) => Number(start.atLoad.has(first.number)) - Number(start.atLoad.has(second.number)),
  );
  const judged: Judged[] = [];
  const catches = new Catches();
  const judge = async (worker: Worker, mutant: NumberedMutant, tests: readonly Baseline[]) => {
    if (tests.length === 0) return undefined;
    return await (start.atLoad.has(mutant.number) ? judgeAtLoad(mutant, tests) : worker.judge(mutant.number, tests));
  };
  const note = (mutant: NumberedMutant, by: string | undefined, tests: readonly Baseline[]): void => {
    judged.push({ mutant, by });
    results.add({ mutant, by }, tests);
    if (by === undefined)
      console.log(`survives: ${mutant.name} (line ${mutant.line}, ${tests.length} tests tried that feel it)`);
    else catches.note(mutant, by);
    if (judged.length % 50 === 0) console.log(`${judged.length} of ${mutants.length} judged`);
  };
  const work = async (): Promise<void> => {
    let worker = await startWorker();
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const tests = testsFor(mutant, start, catches, results);
      if (!worker.alive) worker = await startWorker();
      note(mutant, await judge(worker, mutant, tests), tests);
    }
    worker.stop();
  };
  await Promise.all(Array.from({ length: Math.min(jobs, queue.length) }, work));
  return judged;
}

/** Says what the list of survivors lacks and has too much; true when it is right. */
async function conclude(
  judged: readonly Judged[],
  wanted: readonly NumberedMutant[],
  all: readonly NumberedMutant[],
): Promise<boolean> {
  const survivors = judged.filter(({ by }) => by === undefined).map(({ mutant }) => mutant.name);
  const listed = listedSurvivors(await readFile(join(root, 'docs/mutants.md'), 'utf8'));
  const names = (list: readonly NumberedMutant[]): ReadonlySet<string> => new Set(list.map(({ name }) => name));
  const { unexplained, stale } = compare(survivors, listed, names(wanted), names(all));
  for (const name of unexplained) console.log(`unexplained: ${name}`);
  for (const name of stale) console.log(`listed in docs/mutants.md without need: ${name}`);
  console.log(
    `${wanted.length - survivors.length} caught, ${survivors.length} survived (${survivors.length - unexplained.length} justified, ${unexplained.length} unexplained)`,
  );
  return unexplained.length === 0 && stale.length === 0;
}

async function run({ jobs, only, results: path, quick }: Options): Promise<boolean> {
  const { mutants, files } = await allMutants(root);
  const wanted = mutants.filter(
    ({ file }) => only === undefined || only.split(',').some((part) => file.includes(part)),
  );
  if (wanted.length === 0) throw new Error(`--only: no file of the planner has "${only ?? ''}" in its path.`);
  const digests = testDigests(root);
  const results = new Results(path, new Map(files.map(({ file, source }) => [file, source])), digests);
  const before = results.caughtBefore(mutants);
  results.begin(mutants);
  const known = new Set(before.map(({ mutant }) => mutant.name));
  const open = wanted.filter(({ name }) => !known.has(name));
  const { baseline, atLoad } = await begin(new Baselines(path === undefined ? undefined : `${path}.tests`, digests));
  const start = { baseline: baseline.filter(({ milliseconds }) => milliseconds <= quick), atLoad };
  const seconds = Math.round(start.baseline.reduce((sum, test) => sum + test.milliseconds, 0) / 1000);
  console.log(
    `${wanted.length} mutants, ${wanted.length - open.length} of them caught before; ${start.baseline.length} tests that take ${seconds} s together`,
  );
  return await conclude(await judgeAll(open, start, jobs, results), wanted, mutants);
}

const program = new Command('mutants')
  .description('Plants faults in the rules and the planner, one at a time, and says which of them no test catches.')
  .option('--jobs <number>', 'processes side by side', Number, availableParallelism())
  .option('--only <list>', 'only files with one of these texts, separated by commas, in their path')
  .option('--results <file>', 'keeps what caught each mutant here, and does not judge again what it has')
  .option('--quick <milliseconds>', 'only tests that take no longer: a first look', Number, Number.POSITIVE_INFINITY)
  .action(async (options: Options) => {
    process.exitCode = (await run(options)) ? 0 : 1;
  });

await program.parseAsync();
