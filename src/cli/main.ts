#!/usr/bin/env node
// kubectl-loggingstack, a plugin of kubectl: how far a stack is, and what an edit of it would mean. Reads its arguments, connects, prints.
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { Command, InvalidArgumentError } from 'commander';
import packageFile from '../../package.json' with { type: 'json' };
import { Fault } from '../kube/errors.ts';
import { processSignal } from '../kube/shutdown.ts';
import { connect, type Connection, type ConnectionOptions } from './connection.ts';
import { errorText } from './errors.ts';
import type { Output } from './follow.ts';
import { isWhole, proposalIn, requestPlan } from './plan.ts';
import { planLines } from './rendering/plan.ts';
import { printStatus, watchStatus } from './status.ts';

/** Besides 1, for everything that went wrong. Who was interrupted before the end ends as programs do that a SIGINT ends. */
const exitCodes = { refused: 2, plannedInPart: 3, interrupted: 130 } as const;

const stop = processSignal();

const output: Output = {
  print: (lines) => {
    if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`);
  },
  terminal: process.stdout.isTTY
    ? () => ({
        columns: process.stdout.columns,
        rows: process.stdout.rows,
        write: (drawing) => process.stdout.write(drawing),
      })
    : undefined,
  warn: (line) => process.stderr.write(`${line}\n`),
};

/** Runs with a connection, which is closed whatever happens. */
async function connected(options: ConnectionOptions, run: (connection: Connection) => Promise<void>): Promise<void> {
  const connection = connect(options);
  try {
    await run(connection);
  } finally {
    await connection.transport.close();
  }
}

function seconds(given: string): number {
  const value = Number(given);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('It must be a whole number of seconds, 1 or more.');
}

const program = new Command('kubectl-loggingstack')
  .description('Shows how far a LoggingStack is, and plans a change of it before anybody applies it.')
  .version(packageFile.version);

const subcommand = (name: string): Command =>
  program
    .command(name)
    .option('-n, --namespace <name>', 'namespace of the stack')
    .option('--context <name>', 'context of the kubeconfig')
    .option('--kubeconfig <file>', 'kubeconfig file');

subcommand('status')
  .description('print what holds, what is under way, and what is held back and why')
  .argument('[stack]', 'name of the stack; not needed where there is only one')
  .option('-w, --watch', 'go on: live on a terminal, one line for each change elsewhere')
  .action(async (stack: string | undefined, options: ConnectionOptions & { readonly watch?: true }) => {
    await connected(options, (connection) =>
      (options.watch === true ? watchStatus : printStatus)(connection, stack, output, stop),
    );
  });

interface PlanArguments extends ConnectionOptions {
  readonly filename: string;
  readonly json?: true;
  readonly ttl?: string;
  readonly timeout: number;
}

subcommand('plan')
  .description(
    'print the steps, refusals and losses that an edited manifest would mean; exit code 2 when something would be refused, 3 when the plan is not whole',
  )
  .requiredOption('-f, --filename <file>', 'the edited manifest; - is standard input')
  .option('--json', 'print the plan as JSON')
  .option('--ttl <time>', 'how long the StackPlan is kept, for example 30m')
  .option('--timeout <seconds>', 'how long to wait for the operator', seconds, 180)
  .action(async ({ filename, json, ttl, timeout, ...options }: PlanArguments) => {
    const manifest = filename === '-' ? await text(process.stdin) : await readFile(filename, 'utf8');
    const proposal = proposalIn(manifest, filename === '-' ? 'standard input' : filename);
    const namespace = agreed(options.namespace, proposal.namespace);
    await connected({ ...options, ...(namespace === undefined ? {} : { namespace }) }, async (connection) => {
      const planOptions = { timeoutSeconds: timeout, ...(ttl === undefined ? {} : { ttl }) };
      const { name, status } = await requestPlan(connection, proposal, planOptions, stop);
      const whole = { stack: proposal.stack, namespace: connection.namespace, plan: name, ...status };
      output.print(json === true ? [JSON.stringify(whole, undefined, 2)] : planLines(proposal.stack, name, status));
      if (!isWhole(status)) process.exitCode = exitCodes.plannedInPart;
      if ((status.refusals ?? []).length > 0) process.exitCode = exitCodes.refused;
    });
  });

/** The namespace of the option and of the manifest: one of them, or the same. */
function agreed(option: string | undefined, manifest: string | undefined): string | undefined {
  if (option === undefined || manifest === undefined || option === manifest) return option ?? manifest;
  throw new Fault('BadRequest', `The manifest is for namespace ${manifest}, and --namespace says ${option}.`);
}

try {
  await program.parseAsync();
} catch (error) {
  // Nobody must take a plan that never came for one without refusals.
  process.exitCode = stop.aborted ? exitCodes.interrupted : 1;
  output.warn(`error: ${stop.aborted ? 'interrupted' : errorText(error)}`);
}
