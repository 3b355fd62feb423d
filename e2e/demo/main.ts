// The demo: from a bare machine to a log line found by a search. `up` is safe to repeat; `down` leaves nothing behind.
import { Command } from 'commander';
import { takeDown } from '../cluster/down.ts';
import { removeFromOwnCluster, wantsOwnCluster } from '../environment/own-cluster.ts';
import { interruptSignal } from '../run/interrupt.ts';
import { demoNamespaces, runDemo } from './run.ts';

const program = new Command('demo').description('Shows a whole logging stack on a local Kubernetes node.');
interface Options {
  readonly name: string;
  readonly context?: string;
}

const contextOption = [
  '--context <name>',
  'use the cluster of this context of the kubeconfig, with the official images',
] as const;
const nameOption = ['--name <name>', 'name of the local node', 'loggingstack'] as const;

program
  .command('up')
  .description('bring up the node, install the operator, roll out a stack, find a log line')
  .option(...nameOption)
  .option(...contextOption)
  .action(async ({ name, context }: Options) => {
    await runDemo(name, context, interruptSignal());
    process.exit(0);
  });

program
  .command('down')
  .description('take the node down with all that runs on it')
  .option(...nameOption)
  .option(...contextOption)
  .action(async ({ name, context }: Options) => {
    if (wantsOwnCluster(context)) {
      await removeFromOwnCluster(context, demoNamespaces, interruptSignal());
      return;
    }
    await takeDown(name);
    console.log(`The node "${name}" is down; nothing of it is left on this machine but the cache of built parts.`);
  });

await program.parseAsync();
