// The test program: runs tiers of cases, or one deep case with its proof, and ends with one line `N passed, N failed`.
import { Command } from 'commander';
import { deepCases, deepHostCases, hostCases, nodeTierCases } from './cases/all.ts';
import type { Counts, TestCase, Tier } from './cases/registry.ts';
import { programCases } from './cases/programs.ts';
import { staticCases } from './cases/static.ts';
import { takeDown } from './cluster/down.ts';
import { wantsOwnCluster } from './environment/own-cluster.ts';
import { provideNode, providePrograms, runInside } from './environment/provide.ts';
import type { LocalVersion } from './environment/local-images.ts';
import { interruptSignal } from './run/interrupt.ts';
import type { DeepCase } from './run/dependencies.ts';
import { summarizeProofs, writeProof } from './run/proofs.ts';
import { runCases, summarizeFailures } from './run/runner.ts';

const tiers: readonly Tier[] = ['static', 'unit', 'integration', 'e2e'];

interface Options {
  readonly tiers: string;
  readonly only?: string;
  readonly deep?: string;
  readonly node?: string;
  readonly seed: number;
  readonly context?: string;
}

const add = (first: Counts, second: Counts): Counts => ({
  passed: first.passed + second.passed,
  failed: first.failed + second.failed,
  failures: [...(first.failures ?? []), ...(second.failures ?? [])],
});

/** Cases on the node run in its network namespace; if the node does not come up, each of them has failed. */
async function runOnNode(cases: readonly TestCase[], options: Options, signal: AbortSignal): Promise<Counts> {
  if (cases.length === 0) return { passed: 0, failed: 0 };
  const { node: kept, seed, context } = options;
  const versions = [...new Set<LocalVersion>(['9.4.3', ...cases.flatMap((one) => one.versions ?? [])])];
  const images = [...new Set(cases.flatMap((one) => one.images ?? []))];
  const namespaces = ['logging', ...cases.flatMap((one) => one.namespaces ?? [])];
  try {
    if (wantsOwnCluster(context)) {
      await using node = await provideNode('', signal, { own: { context, namespaces } });
      return await runInside(node, cases, seed, signal);
    }
    if (kept !== undefined)
      return await runInside(await provideNode(kept, signal, { versions, images }), cases, seed, signal);
    await takeDown('e2e');
    await using node = await provideNode('e2e', signal, { versions, images });
    return await runInside(node, cases, seed, signal);
  } catch (error) {
    const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
    console.log(told);
    return { passed: 0, failed: cases.length, failures: [`the node: ${told}`] };
  }
}

/** What needs no cluster comes first. A build that fails is told of here, and fails every case that needs it. */
async function runOnHost(cases: readonly TestCase[], seed: number, signal: AbortSignal): Promise<Counts> {
  const needsNone = ({ tier }: TestCase): boolean => tier === 'static' || tier === 'unit';
  const first = await runCases(cases.filter(needsNone), seed, signal);
  const others = cases.filter((one) => !needsNone(one));
  if (others.length === 0) return first;
  await providePrograms().catch((error: unknown) => {
    console.log(error instanceof Error ? error.message : String(error));
  });
  return add(first, await runCases(others, seed, signal));
}

/** Drops, by name and reason, the cases that cannot run on a cluster of the user's own, when that is used. */
function runnable(cases: readonly TestCase[], { context }: Options): readonly TestCase[] {
  if (!wantsOwnCluster(context)) return cases;
  for (const { name, localOnly } of cases) {
    if (localOnly !== undefined) console.log(`not run on a cluster of your own: ${name}, because ${localOnly}`);
  }
  return cases.filter((one) => one.localOnly === undefined);
}

function select(cases: readonly TestCase[], wanted: readonly Tier[], only: string | undefined): readonly TestCase[] {
  return cases.filter((one) => wanted.includes(one.tier) && (only === undefined || only.split(',').includes(one.name)));
}

function parseTiers(text: string): readonly Tier[] {
  return text.split(',').map((name) => {
    const tier = tiers.find((one) => one === name);
    if (tier === undefined) throw new Error(`--tiers: "${name}" is not a tier. Allowed: ${tiers.join(', ')}.`);
    return tier;
  });
}

async function runTiers(options: Options, signal: AbortSignal): Promise<Counts> {
  const wanted = parseTiers(options.tiers);
  const onHost = runnable(select([...staticCases, ...programCases, ...hostCases], wanted, options.only), options);
  const onNode = runnable(select(nodeTierCases, wanted, options.only), options);
  if (onHost.length + onNode.length === 0)
    throw new Error(`No case is called "${options.only ?? ''}" in ${options.tiers}.`);
  const first = await runOnHost(onHost, options.seed, signal);
  return add(first, await runOnNode(onNode, options, signal));
}

async function runDeep(name: string, options: Options, signal: AbortSignal): Promise<Counts> {
  const all = [...deepCases, ...deepHostCases];
  const found = all.find((one) => one.name === name);
  if (found === undefined) {
    throw new Error(`CASE: "${name}" is not a deep case. Allowed: ${all.map((one) => one.name).join(', ')}.`);
  }
  if (runnable([found], options).length === 0) throw new Error(`"${name}" needs a local node: unset KUBECONFIG.`);
  const started = performance.now();
  const isOnHost = deepHostCases.includes(found);
  const counts = isOnHost ? await runCases([found], options.seed, signal) : await runOnNode([found], options, signal);
  const proven: DeepCase = { name, scope: isOnHost ? 'host' : 'node' };
  await writeProof(proven, options.seed, counts, Math.round((performance.now() - started) / 6000) / 10, signal);
  return counts;
}

const program = new Command('e2e')
  .description('Runs the tests of the LoggingStack operator.')
  .option('--tiers <list>', `tiers to run, separated by commas: ${tiers.join(', ')}`, tiers.join(','))
  .option('--only <cases>', 'run just these cases of those tiers, separated by commas')
  .option('--deep <case>', 'run this deep case instead, and record its proof')
  .option('--seed <number>', 'seed of everything random', Number, Date.now() % 1_000_000_007)
  .option('--node <name>', 'use this local node, and leave it up; else a fresh one that is taken down')
  .option('--context <name>', 'use the cluster of this context of the kubeconfig, with the official images')
  .action(async (options: Options) => {
    const signal = interruptSignal();
    console.log(`seed ${options.seed}`);
    const counts =
      options.deep === undefined ? await runTiers(options, signal) : await runDeep(options.deep, options, signal);
    const deep: readonly DeepCase[] = [
      ...deepCases.map(({ name }) => ({ name, scope: 'node' }) as const),
      ...deepHostCases.map(({ name }) => ({ name, scope: 'host' }) as const),
    ];
    if (counts.failed > 0) console.log(summarizeFailures(counts.failures ?? []));
    console.log(await summarizeProofs(deep, AbortSignal.timeout(60_000)));
    console.log(`${counts.passed} passed, ${counts.failed} failed`);
    process.exit(counts.failed === 0 && counts.passed > 0 ? 0 : 1);
  });

await program.parseAsync();
