// The mutation test of rules and planner: plants every fault that tools/mutants/mutate.ts knows, one at a time, and says which of them no test catches.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { Worker } from './pool.ts';
import { allMutants, mayCatch, type NumberedMutant } from './sources.ts';
import { compare, listedSurvivors } from './survivors.ts';
import type { Baseline } from './worker.ts';

const root = join(import.meta.dirname, '../..');

interface Options {
  readonly jobs: number;
  readonly files?: string;
  readonly report?: string;
}

interface Judged {
  readonly mutant: NumberedMutant;
  /** The test that caught it, or `time`; undefined when none did. */
  readonly by: string | undefined;
}

/** Tests that may catch a mutant, the quickest first. One that shows at load may show in any test. */
function testsFor(
  mutant: NumberedMutant,
  baseline: readonly Baseline[],
  atLoad: ReadonlySet<number>,
): readonly Baseline[] {
  return baseline
    .filter((test) => mayCatch(mutant.file, test.file))
    .filter((test) => atLoad.has(mutant.number) || test.reached.includes(mutant.number))
    .toSorted((first, second) => first.milliseconds - second.milliseconds);
}

/** Time for tests that go on for ever: generous, because a busy machine must not catch a mutant. */
const limitOf = (tests: readonly Baseline[]): number =>
  30_000 + 5 * Math.round(tests.reduce((sum, test) => sum + test.milliseconds, 0));

interface Start {
  readonly baseline: readonly Baseline[];
  readonly atLoad: ReadonlySet<number>;
}

async function startWorker(mutant?: number): Promise<Worker> {
  const started = await Worker.start(mutant);
  if (started === undefined) throw new Error('The tests do not load.');
  return started.worker;
}

async function begin(): Promise<Start> {
  const started = await Worker.start();
  if (started === undefined) throw new Error('The tests do not load: does vitest pass?');
  const baseline = await started.worker.baseline();
  started.worker.stop();
  const failed = baseline.filter((test) => test.failure !== undefined);
  if (failed.length > 0)
    throw new Error(
      `Without any mutant these tests fail:\n${failed.map((test) => `${test.name}: ${test.failure ?? ''}`).join('\n')}`,
    );
  return { baseline, atLoad: new Set(started.atLoad) };
}

/** A mutant that shows at load needs a process in which it was on from the beginning. */
async function judgeAtLoad(mutant: NumberedMutant, tests: readonly Baseline[]): Promise<string | undefined> {
  const started = await Worker.start(mutant.number);
  if (started === undefined) return 'load';
  const by = await started.worker.judge(mutant.number, namesOf(tests), limitOf(tests));
  started.worker.stop();
  return by;
}

const namesOf = (tests: readonly Baseline[]): readonly string[] => tests.map((test) => test.name);

/** Judges all mutants, so many side by side. */
async function judgeAll(
  mutants: readonly NumberedMutant[],
  { baseline, atLoad }: Start,
  jobs: number,
): Promise<readonly Judged[]> {
  const queue = [...mutants];
  const judged: Judged[] = [];
  const work = async (): Promise<void> => {
    let worker = await startWorker();
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const tests = testsFor(mutant, baseline, atLoad);
      if (!worker.alive) worker = await startWorker();
      const by = atLoad.has(mutant.number)
        ? await judgeAtLoad(mutant, tests)
        : tests.length === 0
          ? undefined
          : await worker.judge(mutant.number, namesOf(tests), limitOf(tests));
      judged.push({ mutant, by });
      if (by === undefined) console.log(`survives: ${mutant.name} (line ${mutant.line}, ${tests.length} tests)`);
      if (judged.length % 50 === 0) console.log(`${judged.length} of ${mutants.length} judged`);
    }
    worker.stop();
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return judged;
}

async function run({ jobs, files, report }: Options): Promise<boolean> {
  const { mutants } = await allMutants(root);
  const wanted = mutants.filter(
    ({ file }) => files === undefined || files.split(',').some((part) => file.includes(part)),
  );
  if (wanted.length === 0) throw new Error(`--files: no file of the planner has "${files ?? ''}" in its name.`);
  const start = await begin();
  const seconds = Math.round(start.baseline.reduce((sum, test) => sum + test.milliseconds, 0) / 1000);
  console.log(`${wanted.length} mutants, ${start.baseline.length} tests that take ${seconds} s together`);
  const judged = await judgeAll(wanted, start, jobs);
  if (report !== undefined)
    await writeFile(
      report,
      JSON.stringify(
        judged.map(({ mutant, by }) => ({ ...mutant, by: by ?? null })),
        null,
        1,
      ),
    );
  const survivors = judged.filter(({ by }) => by === undefined).map(({ mutant }) => mutant.name);
  const listed = listedSurvivors(await readFile(join(root, 'docs/mutants.md'), 'utf8').catch(() => ''));
  const names = (list: readonly NumberedMutant[]): ReadonlySet<string> => new Set(list.map(({ name }) => name));
  const { unexplained, stale } = compare(survivors, listed, names(wanted), names(mutants));
  for (const name of unexplained) console.log(`unexplained: ${name}`);
  for (const name of stale) console.log(`listed in docs/mutants.md without need: ${name}`);
  console.log(
    `${wanted.length - survivors.length} caught, ${survivors.length - unexplained.length} survived with a reason, ${unexplained.length} survived without one`,
  );
  return unexplained.length === 0 && stale.length === 0;
}

const program = new Command('mutants')
  .description('Plants faults in the rules and the planner, one at a time, and says which of them no test catches.')
  .option('--jobs <number>', 'processes side by side', Number, 2)
  .option('--files <list>', 'only files with one of these texts, separated by commas, in their path')
  .option('--report <file>', 'writes what caught each mutant to this file, as JSON')
  .action(async (options: Options) => {
    process.exitCode = (await run(options)) ? 0 : 1;
  });

await program.parseAsync();
