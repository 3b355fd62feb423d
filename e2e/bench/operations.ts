// The bench of operations: drain, rolling restart and major upgrade by the operator against the same by hand with curl and kubectl, in turns. See docs/measurements.md.
import { Command, InvalidArgumentError } from 'commander';
import { takeDown } from '../cluster/down.ts';
import { provideNode, reenter } from '../environment/provide.ts';
import { interruptSignal } from '../run/interrupt.ts';

const nodeName = 'bench';

function parseRuns(text: string): number {
  const runs = Number(text);
  if (!Number.isInteger(runs) || runs < 1 || runs > 20) throw new InvalidArgumentError('Allowed: 1 to 20.');
  return runs;
}

await new Command('bench-operations')
  .description('Measures drain, rolling restart and major upgrade: by the operator, and by hand with curl and kubectl.')
  .option('--runs <number>', 'runs of each kind', parseRuns, 3)
  .option('--operations <list>', 'which, separated by commas: drain, restart, upgrade', 'drain,restart,upgrade')
  .option('--node <name>', 'use this local node, and leave it up; else a fresh one that is taken down')
  .action(async ({ runs, operations, node: kept }: { runs: number; operations: string; node?: string }) => {
    const signal = interruptSignal();
    const name = kept ?? nodeName;
    if (kept === undefined) await takeDown(name);
    try {
      const node = await provideNode(name, signal, { versions: ['9.4.3', '8.19.8'] });
      const words = ['e2e/bench/operations-inside.ts', '--runs', String(runs), '--operations', operations];
      await reenter(node, words, signal);
    } finally {
      if (kept === undefined) await takeDown(name);
    }
    process.exit(0);
  })
  .parseAsync();
