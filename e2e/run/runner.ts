// Runs test cases one after another and counts them: progress for people, one closing line for machines.
import type { Counts, TestCase } from '../cases/registry.ts';

export interface CaseResult extends Counts {
  readonly name: string;
  readonly seconds: number;
}

export interface RunResult extends Counts {
  readonly failures: readonly string[];
  readonly results: readonly CaseResult[];
}

const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/** Runs a case within its time. An error is one failed test, with its message printed. */
async function runCase(testCase: TestCase, seed: number, interrupted: AbortSignal): Promise<Counts> {
  const started = performance.now();
  const log = (line: string): void => {
    console.log(`    ${line.replaceAll('\n', '\n    ')}`);
  };
  console.log(`▶ ${testCase.tier}/${testCase.name}: ${testCase.title}`);
  const signal = AbortSignal.any([interrupted, AbortSignal.timeout(testCase.minutes * 60_000)]);
  try {
    const counts = (await withinTime(testCase, { log, signal, seed })) ?? { passed: 1, failed: 0 };
    console.log(
      `${counts.failed === 0 ? '✔' : '✘'} ${testCase.tier}/${testCase.name}: ${counts.passed} passed, ${counts.failed} failed, ${seconds(started)}`,
    );
    return counts;
  } catch (error) {
    const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
    log(told);
    console.log(`✘ ${testCase.tier}/${testCase.name}: failed after ${seconds(started)}`);
    return { passed: 0, failed: 1, failures: [told] };
  }
}

async function withinTime(testCase: TestCase, context: Parameters<TestCase['run']>[0]): Promise<Counts | undefined> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const stop = (): void => {
    // A little grace, so that a case that obeys the signal can say itself what it was waiting for.
    setTimeout(() => {
      reject(new Error(`stopped: interrupted, or longer than ${testCase.minutes} minutes`));
    }, 10_000).unref();
  };
  context.signal.addEventListener('abort', stop, { once: true });
  return Promise.race([testCase.run(context), late]);
}

export async function runCases(cases: readonly TestCase[], seed: number, interrupted: AbortSignal): Promise<RunResult> {
  const total = { passed: 0, failed: 0 };
  const results: CaseResult[] = [];
  const failures: string[] = [];
  for (const testCase of cases) {
    const started = performance.now();
    const counts = await runCase(testCase, seed, interrupted);
    results.push({ name: testCase.name, ...counts, seconds: Math.round((performance.now() - started) / 1000) });
    total.passed += counts.passed;
    total.failed += counts.failed;
    const told = counts.failures ?? (counts.failed > 0 ? [`${counts.failed} failed, told above`] : []);
    failures.push(...told.map((text) => `${testCase.tier}/${testCase.name}: ${text}`));
  }
  return { ...total, results, failures };
}

const shownFailures = 10;
const shownLines = 3;

/** What failed, short, for the end of a long output: of some programs that run tests only the end is kept. */
export function summarizeFailures(failures: readonly string[]): string {
  const short = failures.slice(0, shownFailures).map((told) => {
    const lines = told.split('\n').slice(0, shownLines);
    return `✘ ${lines.map((line) => line.slice(0, 300)).join('\n    ')}`;
  });
  const more = failures.length > shownFailures ? [`… and ${failures.length - shownFailures} more, told above`] : [];
  return [...short, ...more].join('\n');
}
