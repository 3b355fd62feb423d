// The demo: from a bare machine to a log line found by a search. `up` is safe to repeat; `down` leaves nothing behind.
import { Command } from 'commander';
import { takeDown } from '../cluster/down.ts';
import { runDemo } from './run.ts';

const program = new Command('demo').description('Shows a whole logging stack on a local Kubernetes node.');
const nameOption = ['--name <name>', 'name of the local node', 'loggingstack'] as const;

program
  .command('up')
  .description('bring up the node, install the operator, roll out a stack, find a log line')
  .option(...nameOption)
  .action(async ({ name }: { name: string }) => {
    const interrupt = new AbortController();
    process.once('SIGINT', () => {
      interrupt.abort(new Error('interrupted'));
    });
    await runDemo(name, interrupt.signal);
    process.exit(0);
  });

program
  .command('down')
  .description('take the node down with all that runs on it')
  .option(...nameOption)
  .action(async ({ name }: { name: string }) => {
    await takeDown(name);
    console.log(`The node "${name}" is down; nothing of it is left on this machine but the cache of built parts.`);
  });

await program.parseAsync();
