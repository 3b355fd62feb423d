// The bench of a roll-out: the six-line stack by the operator against the same manifests applied bare, in turns. See docs/measurements.md.
import { Command, InvalidArgumentError } from 'commander';
import { takeDown } from '../cluster/down.ts';
import { provideNode, reenter } from '../environment/provide.ts';
import { interruptSignal } from '../run/interrupt.ts';

const nodeName = 'bench';

/** Each of the two runs is waited for 20 minutes, because a busy machine is no failure; the rest is for taking down. */
const minutesEach = 50;
const minutesToProvide = 45;

function parseRuns(text: string): number {
  const runs = Number(text);
  if (!Number.isInteger(runs) || runs < 1 || runs > 20) throw new InvalidArgumentError('Allowed: 1 to 20.');
  return runs;
}

async function bench(runs: number, json: boolean): Promise<void> {
  const limit = AbortSignal.timeout((minutesToProvide + runs * minutesEach) * 60_000);
  const signal = AbortSignal.any([interruptSignal(), limit]);
  await takeDown(nodeName);
  try {
    const node = await provideNode(nodeName, signal);
    await reenter(node, ['e2e/bench/inside.ts', '--runs', String(runs), ...(json ? ['--json'] : [])], signal);
  } finally {
    await takeDown(nodeName);
  }
}

await new Command('bench-rollout')
  .description('Measures kubectl apply to ready: by the operator, and the same manifests bare.')
  .option('--runs <number>', 'runs of each kind', parseRuns, 3)
  .option('--json', 'end with one line of JSON instead of a table', false)
  .action(async ({ runs, json }: { runs: number; json: boolean }) => {
    await bench(runs, json);
    process.exit(0);
  })
  .parseAsync();
