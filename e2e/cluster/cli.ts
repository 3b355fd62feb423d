// The command line of the cluster harness: node e2e/cluster/cli.ts up | down | status | kubectl | exec.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { Command } from 'commander';
import { takeDown } from './down.ts';
import { kubectlCommand } from './kubectl.ts';
import { networkPrefix, nodePrefix } from './namespaces.ts';
import { processesOf } from './process.ts';
import { clusterNames, existingLayout, readState } from './state.ts';
import { runStepsOnTerminal, runStepsWithLog } from './steps.ts';
import { upSteps } from './up.ts';

/** What a shell reports of a program that a signal ended. */
const exitCodeOf = (signal: NodeJS.Signals): number => 128 + constants.signals[signal];

// Whoever reads our output may have seen enough: `… status | head -1` is no failure that needs a stack trace.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(exitCodeOf('SIGPIPE'));
});

const program = new Command('cluster').description(
  'A real single-node Kubernetes on this machine, for tests and demo.',
);
program.enablePositionalOptions(); // what follows the name of a passed-on command belongs to that command
const nameOption = ['-n, --name <name>', 'name of the cluster', 'default'] as const;

program
  .command('up')
  .description('bring a cluster up; repeated, it repairs what is missing')
  .option(...nameOption)
  .option('--control-plane-only', 'no node: API server and controllers on loopback, ready in seconds', false)
  .option('--simulated-nodes <count>', 'with --control-plane-only: nodes whose pods become Ready without running', '3')
  .action(async (options: { name: string; controlPlaneOnly: boolean; simulatedNodes: string }) => {
    const mode = options.controlPlaneOnly ? 'control-plane-only' : 'node';
    const simulatedNodes = options.controlPlaneOnly ? Number(options.simulatedNodes) : 0;
    const steps = await upSteps({ name: options.name, mode, simulatedNodes });
    if (process.stdout.isTTY) await runStepsOnTerminal(steps);
    else await runStepsWithLog(steps, console.log);
    const { kubeconfig } = await existingLayout(options.name);
    console.log(`cluster "${options.name}" is up; kubeconfig: ${kubeconfig}`);
  });

program
  .command('down')
  .description('take a cluster down and remove everything of it; repeated, it does nothing')
  .option(...nameOption)
  .action(async (options: { name: string }) => {
    await takeDown(options.name);
    console.log(`cluster "${options.name}" is down`);
  });

program
  .command('status')
  .description('list the clusters of this machine and their processes')
  .action(async () => {
    for (const name of await clusterNames()) {
      const state = await readState(name);
      if (state === undefined) {
        console.log(`${name}: left over from an interrupted command; remove with: down --name ${name}`);
        continue;
      }
      const layout = await existingLayout(name);
      console.log(`${name}: ${state.mode}, ${layout.server}, kubeconfig ${layout.kubeconfig}`);
      for (const entry of await processesOf(layout.directory)) console.log(`  ${entry.part} (pid ${entry.pid})`);
    }
  });

program
  .command('kubectl')
  .description('run kubectl as the administrator of a cluster')
  .option(...nameOption)
  .argument('[arguments...]')
  .passThroughOptions()
  .allowUnknownOption()
  .action(async (args: string[], options: { name: string }) => {
    const layout = await existingLayout(options.name);
    process.exitCode = await attach(await kubectlCommand(layout, args));
  });

program
  .command('exec')
  .description(
    "run a command in a cluster's network, where its API server, services and pods are reached; KUBECONFIG is set",
  )
  .option(...nameOption)
  .option('--node', 'also with the mounts of the node: its /var/lib, /var/log and /run', false)
  .argument('<command...>')
  .passThroughOptions()
  .action(async (command: string[], options: { name: string; node: boolean }) => {
    const layout = await existingLayout(options.name);
    const prefix = await (options.node ? nodePrefix(layout) : networkPrefix(layout));
    process.env['KUBECONFIG'] = layout.kubeconfig;
    process.exitCode = await attach([...prefix, ...command]);
  });

/** Runs a command on this terminal and returns its exit code. */
async function attach([command = '', ...args]: readonly string[]): Promise<number> {
  const child = spawn(command, args, { stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve(code ?? (signal === null ? 1 : exitCodeOf(signal)));
    });
  });
}

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
