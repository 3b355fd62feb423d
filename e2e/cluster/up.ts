// Brings a cluster up, step by step. Each step first looks whether its work is done, so that `up` twice repairs or does nothing.
import { join } from 'node:path';
import { kubernetesBinaries } from './binaries.ts';
import {
  apiServerProgram,
  componentKubeconfig,
  controllerManagerProgram,
  etcdProgram,
  schedulerProgram,
  writeControlPlaneFiles,
} from './control-plane.ts';
import { layoutOf } from './layout.ts';
import type { Layout } from './layout.ts';
import { processesOf, startProgram, untilReady } from './process.ts';
import type { Program, RunningProcess } from './process.ts';
import { RestClient } from './rest.ts';
import { readState, writeState } from './state.ts';
import type { ClusterState } from './state.ts';
import type { Step } from './steps.ts';

export interface UpOptions extends ClusterState {
  readonly name: string;
  readonly signal?: AbortSignal;
}

/** What one `up` works with; filled by its steps. */
interface Context {
  readonly layout: Layout;
  readonly options: UpOptions;
  binaries: string;
}

/** The steps that bring up this cluster. */
export async function upSteps(options: UpOptions): Promise<Step[]> {
  const before = await readState(options.name);
  if (before !== undefined && before.mode !== options.mode) {
    throw new Error(
      `cluster "${options.name}" exists in mode ${before.mode}, asked for is ${options.mode}: take it down first, or choose another name`,
    );
  }
  const layout = layoutOf(options.name, options.mode);
  const context: Context = { layout, options, binaries: '' };
  const steps = [
    binariesStep(context),
    filesStep(context),
    etcdStep(context),
    apiServerStep(context),
    controllersStep(context),
  ];
  if (options.simulatedNodes > 0) steps.push(companionStep(context));
  return steps;
}

function binariesStep(context: Context): Step {
  return {
    title: 'Kubernetes programs',
    async run(note) {
      context.binaries = await kubernetesBinaries(note);
    },
  };
}

function filesStep({ layout, options }: Context): Step {
  return {
    title: 'certificates and configuration',
    async run() {
      await writeState(layout, { mode: options.mode, simulatedNodes: options.simulatedNodes });
      await writeControlPlaneFiles(layout);
    },
  };
}

function etcdStep({ layout, options }: Context): Step {
  const program = etcdProgram(layout);
  return {
    title: 'etcd',
    logFile: program.logFile,
    async run() {
      const running = await ensureRunning(layout, program);
      await untilReady(
        { what: 'etcd answers', timeoutMilliseconds: 30_000, program: running, signal: options.signal },
        async () => (await fetch(`${layout.etcdUrl}/health`)).ok,
      );
    },
  };
}

function apiServerStep(context: Context): Step {
  const { layout, options } = context;
  return {
    title: 'kube-apiserver',
    logFile: join(layout.logs, 'kube-apiserver.log'),
    async run() {
      const running = await ensureRunning(layout, apiServerProgram(layout, context.binaries));
      await using client = await RestClient.open(layout.kubeconfig, 'loggingstack-e2e-up');
      await untilReady(
        { what: 'kube-apiserver is ready', timeoutMilliseconds: 120_000, program: running, signal: options.signal },
        async () => (await client.getText('/readyz')) === 'ok',
      );
    },
  };
}

function controllersStep(context: Context): Step {
  const { layout, options } = context;
  return {
    title: 'kube-controller-manager and kube-scheduler',
    logFile: join(layout.logs, 'kube-controller-manager.log'),
    async run() {
      await ensureRunning(layout, schedulerProgram(layout, context.binaries));
      const running = await ensureRunning(layout, controllerManagerProgram(layout, context.binaries));
      await using client = await RestClient.open(layout.kubeconfig, 'loggingstack-e2e-up');
      await untilReady(
        {
          what: 'the default service account exists',
          timeoutMilliseconds: 60_000,
          program: running,
          signal: options.signal,
        },
        async () => (await client.find('/api/v1/namespaces/default/serviceaccounts/default')) !== undefined,
      );
    },
  };
}

function companionStep({ layout, options }: Context): Step {
  const program: Program = {
    part: 'companion',
    command: process.execPath,
    args: [
      join(import.meta.dirname, 'companion.ts'),
      '--kubeconfig',
      componentKubeconfig(layout, 'companion'),
      '--volumes',
      layout.volumes,
      '--simulated-nodes',
      String(options.simulatedNodes),
    ],
    logFile: join(layout.logs, 'companion.log'),
  };
  return {
    title: 'storage classes and simulated nodes',
    logFile: program.logFile,
    async run() {
      const running = await ensureRunning(layout, program);
      await using client = await RestClient.open(layout.kubeconfig, 'loggingstack-e2e-up');
      await untilReady(
        { what: 'all nodes are Ready', timeoutMilliseconds: 60_000, program: running, signal: options.signal },
        async () => (await readyNodes(client)) >= options.simulatedNodes,
      );
    },
  };
}

interface NodeStatus {
  spec: { taints?: unknown[] };
  status: { conditions?: { type: string; status: string }[] };
}

/** How many nodes are Ready and take pods. */
async function readyNodes(client: RestClient): Promise<number> {
  const nodes = await client.get<{ items: NodeStatus[] }>('/api/v1/nodes');
  return nodes.items.filter(
    (node) =>
      (node.spec.taints ?? []).length === 0 &&
      node.status.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True'),
  ).length;
}

/** The running program of this part, started when there is none. */
async function ensureRunning(layout: Layout, program: Program): Promise<RunningProcess> {
  const running = (await processesOf(layout.directory)).find((entry) => entry.part === program.part);
  return running ?? startProgram(layout.directory, program);
}
