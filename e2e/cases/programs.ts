// Cases that run other test programs (vitest, go test) and count their tests.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runToEnd } from '../cluster/process.ts';
import type { Counts, TestCase, Tier } from './registry.ts';

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTotalTests: number;
  readonly numFailedTestSuites: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

/** Each failed test with its message, so that a red run can be understood from its output alone. */
function describeFailures(report: VitestReport): readonly string[] {
  return report.testResults.flatMap((file) => {
    if (file.status === 'failed' && file.assertionResults.length === 0)
      return [`${file.name}: ${file.message ?? 'did not load'}`];
    const failed = file.assertionResults.filter((result) => result.status === 'failed');
    return failed.map((test) => `${file.name}: ${test.fullName}\n${(test.failureMessages ?? []).join('\n')}`);
  });
}

/** Counts of a vitest report. A skipped test, or a file that did not load, counts as failed: nothing is left out silently. */
export function countVitest(report: VitestReport): Counts {
  const notLoaded = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
  return { passed: report.numPassedTests, failed: report.numTotalTests - report.numPassedTests + notLoaded };
}

interface Part {
  /** Only tests of these files. */
  readonly files?: readonly string[];
  readonly options?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Vitest leaves one processor free, which on two makes the files follow each other. */
const everyProcessor = '--maxWorkers=100%';
/** Milliseconds for a test. How long one takes on a busy machine says nothing about the product; the case has its own limit. */
const patience = '--testTimeout=600000';
/** A file that is loaded anew in every test file costs more than the tests; no unit test changes what another one sees. */
const shared = '--no-isolate';

function vitest(
  name: string,
  tier: Tier,
  title: string,
  config: string,
  minutes: number,
  { files = [], options = [], environment = {} }: Part = {},
): TestCase {
  return {
    name,
    tier,
    title,
    minutes,
    run: async ({ log, signal, seed }) => {
      const folder = await mkdtemp(join(tmpdir(), 'loggingstack-tests-'));
      const file = join(folder, 'report.json');
      try {
        const report = ['--reporter=json', `--outputFile=${file}`] as const;
        const line = ['npx', 'vitest', 'run', '--config', config, ...report, ...options, ...files] as const;
        const ended = await runToEnd(line, { signal, environment: { TEST_SEED: String(seed), ...environment } });
        const written = JSON.parse(await readFile(file, 'utf8').catch(() => '""')) as VitestReport | '';
        if (written === '') throw new Error(`vitest wrote no report (exit code ${ended.code}):\n${ended.output}`);
        const failures = describeFailures(written);
        failures.forEach(log);
        const counts = countVitest(written);
        if (counts.failed === 0 && ended.code !== 0)
          throw new Error(`vitest failed outside its tests:\n${ended.output}`);
        return { ...counts, failures };
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

interface GoEvent {
  readonly Action: string;
  readonly Package?: string;
  readonly Test?: string;
  readonly Output?: string;
}

/** Counts of `go test -json`: every test and subtest; a package that does not build counts as one failure; a skip as a failure. */
export function countGo(events: readonly GoEvent[]): Counts {
  const of = (action: string, tests: boolean) =>
    events.filter((event) => event.Action === action && (event.Test !== undefined) === tests).length;
  const failedPackages = new Set(
    events.filter((event) => event.Action === 'fail' && event.Test === undefined).map((event) => event.Package),
  );
  const explained = new Set(
    events.filter((event) => event.Action === 'fail' && event.Test !== undefined).map((event) => event.Package),
  );
  return {
    passed: of('pass', true),
    failed: of('fail', true) + of('skip', true) + [...failedPackages].filter((name) => !explained.has(name)).length,
  };
}

function goTest(name: string, title: string, directory: string, minutes: number): TestCase {
  return {
    name,
    tier: 'unit',
    title,
    minutes,
    run: async ({ log, signal }) => {
      const ended = await runToEnd(['go', 'test', '-json', './...'], { signal, cwd: directory });
      const lines = ended.stdout.split('\n').filter((line) => line.startsWith('{'));
      const events = lines.map((line) => JSON.parse(line) as GoEvent);
      const counts = countGo(events);
      if (ended.code !== 0)
        log(
          events
            .filter((event) => event.Action === 'output')
            .map((event) => event.Output)
            .join(''),
        );
      if (ended.code !== 0 && counts.failed === 0)
        throw new Error(`go test failed outside its tests:\n${ended.output}`);
      return counts;
    },
  };
}

export const programCases: readonly TestCase[] = [
  vitest('unit', 'unit', 'unit and property tests', 'vitest.config.ts', 20, {
    options: [everyProcessor, shared, patience],
  }),
  goTest('stand-ins', 'the stand-ins refuse what the real programs refuse', 'e2e/images/stand-ins', 12),
  vitest('integration', 'integration', 'tests on a real API server', 'vitest.integration.config.ts', 30),
];

/** Half of the stories are of the fixed seed, half of the run's own. */
const stories = ['src/simulator/properties.test.ts', 'src/simulator/fresh-properties.test.ts'] as const;

export const deepProgramCases: readonly TestCase[] = [
  vitest(
    'properties',
    'deep',
    'a hundred thousand stories on the simulator, in which the operator keeps its promises',
    'vitest.config.ts',
    240,
    { files: stories, options: [everyProcessor], environment: { PROPERTY_RUNS: '50000' } },
  ),
];
