// The conformance program: on a cluster of the user's own with the official images, every case that needs no local node, and what the programs say they are.
import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { deepCases, hostCases, nodeTierCases } from './cases/all.ts';
import type { TestCase } from './cases/registry.ts';
import { wantsOwnCluster } from './environment/own-cluster.ts';
import { provideNode, type ProvidedNode, runInside } from './environment/provide.ts';
import { siteOf } from './environment/site.ts';
import { deleteStack } from './environment/stacks.ts';
import { type ProgramAnswer, programAnswers } from './environment/versions.ts';
import { interruptSignal } from './run/interrupt.ts';
import type { CaseResult } from './run/runner.ts';

interface Options {
  readonly context?: string;
  readonly only?: string;
  readonly json?: string;
  readonly seed: number;
}

interface Report {
  readonly seed: number;
  /** True when the operator was installed with the configuration that is shipped, and so with the official images. */
  readonly shippedConfiguration: boolean;
  readonly leftOut: readonly { readonly name: string; readonly reason: string }[];
  readonly results: CaseResult[];
  readonly programs: ProgramAnswer[];
}

/** Where the cases put the stacks that collect the logs of all namespaces. */
const namespace = 'logging';

/** The version that the operator believes in, and no stand-in of the local node: that would prove nothing. */
const matches = ({ answered, build, expected }: ProgramAnswer): boolean =>
  answered === expected && build !== 'stand-in';

/** Asks the programs of the stacks that the cases left, and deletes the stacks, so that the next ones have their room. */
async function askAndDelete(node: ProvidedNode, report: Report, signal: AbortSignal): Promise<void> {
  const site = siteOf(node.site, signal);
  const { items } = await site.run.json<{ items: readonly { metadata: { name: string } }[] }>([
    'get',
    'loggingstacks',
    '-n',
    namespace,
  ]);
  for (const { metadata } of items) {
    for (const answer of await programAnswers(site, { namespace, name: metadata.name })) {
      report.programs.push(answer);
      const { component, expected, answered, build, image } = answer;
      const verdict = matches(answer) ? '✔' : `✘ expected the official ${expected},`;
      console.log(`${verdict} ${component} of ${answer.stack} answered: ${answered} (${build}), image ${image}`);
    }
    await deleteStack(site.run, namespace, metadata.name, signal);
  }
}

async function conform(
  cases: readonly TestCase[],
  report: Report,
  options: Options,
  signal: AbortSignal,
): Promise<void> {
  const namespaces = [namespace, ...cases.flatMap((one) => one.namespaces ?? [])];
  await using node = await provideNode('', signal, { own: { context: options.context, namespaces } });
  for (const tier of ['e2e', 'deep']) {
    const chosen = cases.filter((one) => one.tier === tier);
    if (chosen.length === 0) continue;
    const { results } = await runInside(node, chosen, options.seed, signal);
    report.results.push(...results);
    await askAndDelete(node, report, signal);
  }
}

function choose(only: string | undefined): { run: readonly TestCase[]; leftOut: Report['leftOut'] } {
  const all = [...hostCases.filter(({ tier }) => tier === 'e2e'), ...nodeTierCases, ...deepCases];
  const wanted = only?.split(',');
  const unknown = wanted?.filter((name) => !all.some((one) => one.name === name && one.localOnly === undefined)) ?? [];
  if (unknown.length > 0)
    throw new Error(`--only: no case called ${unknown.join(', ')} runs on a cluster of your own.`);
  const reason = ({ name, localOnly }: TestCase): string | undefined =>
    localOnly ?? (wanted?.includes(name) === false ? '--only does not name it' : undefined);
  return {
    run: all.filter((one) => reason(one) === undefined),
    leftOut: all.flatMap((one) => {
      const why = reason(one);
      return why === undefined ? [] : [{ name: one.name, reason: why }];
    }),
  };
}

async function conformance(options: Options): Promise<void> {
  if (!wantsOwnCluster(options.context)) {
    throw new Error(
      'No cluster was given. Say which one: make conformance CONTEXT=<a context of your kubeconfig>, or set KUBECONFIG.',
    );
  }
  const { run, leftOut } = choose(options.only);
  for (const { name, reason } of leftOut) console.log(`left out: ${name}, because ${reason}`);
  const shippedConfiguration = (process.env['OPERATOR_CONFIG'] ?? '') === '';
  const report: Report = { seed: options.seed, shippedConfiguration, leftOut, results: [], programs: [] };
  console.log(`seed ${options.seed}; ${run.length} cases: ${run.map(({ name }) => name).join(', ')}`);
  if (!shippedConfiguration) console.log('OPERATOR_CONFIG is set: the configuration is not the shipped one.');
  let problem: unknown;
  try {
    await conform(run, report, options, interruptSignal());
  } catch (error) {
    problem = error;
    console.log(error instanceof Error ? error.message : String(error));
  }
  const passed = report.results.reduce((sum, one) => sum + one.passed, 0) + report.programs.filter(matches).length;
  const notRun = run.length - report.results.length;
  const failed =
    report.results.reduce((sum, one) => sum + one.failed, 0) +
    report.programs.filter((one) => !matches(one)).length +
    (notRun > 0 ? notRun : Number(problem !== undefined));
  if (options.json !== undefined)
    await writeFile(options.json, `${JSON.stringify({ passed, failed, ...report }, null, 2)}\n`);
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 && passed > 0 ? 0 : 1);
}

const program = new Command('conformance')
  .description(
    'Runs the cases that need no local node on a cluster of your own, and asks the programs which version they are.',
  )
  .option('--context <name>', 'context of the kubeconfig; its current one when KUBECONFIG is set')
  .option('--only <cases>', 'run just these cases, separated by commas')
  .option('--json <file>', 'write the report into this file')
  .option('--seed <number>', 'seed of everything random', Number, Date.now() % 1_000_000_007)
  .action(conformance);

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
