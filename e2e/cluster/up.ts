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
import { kubectl } from './kubectl.ts';
import { etcdPort, layoutOf } from './layout.ts';
import { networkPrefix } from './namespaces.ts';
import { defaultLogRotation, nodeIdentities } from './node-programs.ts';
import { checkMachine } from './preflight.ts';
import { ensureRunning, run, untilReady } from './process.ts';
import type { Program } from './process.ts';
import { readState, writeState } from './state.ts';
import type { Step } from './steps.ts';
import type { UpContext, UpOptions } from './up-context.ts';
import { namespacesStep, nodeSteps, writeNodeFilesStep } from './up-node.ts';

/** The steps that bring up this cluster. */
export async function upSteps(options: UpOptions): Promise<Step[]> {
  const before = await readState(options.name);
  if (before !== undefined && before.mode !== options.mode) {
    throw new Error(
      `cluster "${options.name}" exists in mode ${before.mode}, asked for is ${options.mode}: take it down first, or choose another name`,
    );
  }
  const context: UpContext = { layout: layoutOf(options.name, options.mode), options, binaries: '' };
  const isNode = options.mode === 'node';
  return [
    machineStep(context),
    binariesStep(context),
    filesStep(context),
    ...(isNode ? [writeNodeFilesStep(context), namespacesStep(context)] : []),
    etcdStep(context),
    apiServerStep(context),
    controllersStep(context),
    ...(isNode || options.simulatedNodes > 0 ? [companionStep(context)] : []),
    ...(isNode ? nodeSteps(context) : []),
    readyStep(context),
  ];
}

function machineStep({ options }: UpContext): Step {
  return {
    title: 'this machine',
    run: (note) => checkMachine(options.mode, note),
  };
}

function binariesStep(context: UpContext): Step {
  return {
    title: 'Kubernetes programs',
    async run(note) {
      context.binaries = await kubernetesBinaries(note);
    },
  };
}

function filesStep({ layout, options }: UpContext): Step {
  return {
    title: 'certificates and configuration',
    async run() {
      const { mode, simulatedNodes, logRotation = defaultLogRotation } = options;
      await writeState(layout, { mode, simulatedNodes, logRotation });
      await writeControlPlaneFiles(layout, mode === 'node' ? nodeIdentities : {});
    },
  };
}

function etcdStep({ layout, options }: UpContext): Step {
  const program = etcdProgram(layout);
  return {
    title: 'etcd',
    logFile: program.logFile,
    async run() {
      const prefix = await networkPrefix(layout);
      const running = await ensureRunning(layout.directory, program, prefix);
      const question = [...prefix, 'bash', '-c', `: </dev/tcp/${layout.address}/${etcdPort}`];
      await untilReady({ what: 'etcd listens', program: running, signal: options.signal }, async () =>
        run(question).then(() => true),
      );
    },
  };
}

function apiServerStep(context: UpContext): Step {
  const { layout, options } = context;
  return {
    title: 'kube-apiserver',
    logFile: join(layout.logs, 'kube-apiserver.log'),
    async run() {
      const program = apiServerProgram(layout, context.binaries);
      const running = await ensureRunning(layout.directory, program, await networkPrefix(layout));
      await untilReady(
        { what: 'kube-apiserver is ready', program: running, signal: options.signal },
        async () => (await kubectl(layout, ['get', '--raw', '/readyz'])) === 'ok',
      );
    },
  };
}

function controllersStep(context: UpContext): Step {
  const { layout, options } = context;
  return {
    title: 'kube-controller-manager and kube-scheduler',
    logFile: join(layout.logs, 'kube-controller-manager.log'),
    async run() {
      const prefix = await networkPrefix(layout);
      await ensureRunning(layout.directory, schedulerProgram(layout, context.binaries), prefix);
      const running = await ensureRunning(layout.directory, controllerManagerProgram(layout, context.binaries), prefix);
      const what = 'the default service account exists';
      await untilReady({ what, program: running, signal: options.signal }, async () => {
        await kubectl(layout, ['get', 'serviceaccount', 'default', '--namespace', 'default']);
        return true;
      });
    },
  };
}

/** Starts the program that serves storage claims and simulates nodes. */
function companionStep({ layout, options }: UpContext): Step {
  const arguments_ = {
    kubeconfig: componentKubeconfig(layout, 'companion'),
    volumes: layout.volumes,
    'simulated-nodes': String(options.simulatedNodes),
  };
  const program: Program = {
    part: 'companion',
    command: process.execPath,
    args: [
      join(import.meta.dirname, 'companion.ts'),
      ...Object.entries(arguments_).flatMap(([name, value]) => [`--${name}`, value]),
    ],
    logFile: join(layout.logs, 'companion.log'),
  };
  return {
    title: 'storage classes',
    logFile: program.logFile,
    async run() {
      const running = await ensureRunning(layout.directory, program, await networkPrefix(layout));
      await untilReady(
        { what: 'both storage classes exist', program: running, signal: options.signal },
        async () =>
          (await kubectl(layout, ['get', 'storageclass', '--output', 'name'])).trim().split('\n').length === 2,
      );
    },
  };
}

interface NodeList {
  items: { spec: { taints?: unknown[] }; status: { conditions?: { type: string; status: string }[] } }[];
}

/** How many nodes are Ready and take pods. */
export function readyNodes(nodes: NodeList): number {
  return nodes.items.filter(
    (node) =>
      (node.spec.taints ?? []).length === 0 &&
      node.status.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True'),
  ).length;
}

function readyStep({ layout, options }: UpContext): Step {
  const wanted = options.mode === 'node' ? 1 : options.simulatedNodes;
  return {
    title: 'all nodes Ready',
    logFile: join(layout.logs, options.mode === 'node' ? 'kubelet.log' : 'companion.log'),
    async run() {
      const what = `${wanted} nodes are Ready`;
      await untilReady({ what, signal: options.signal }, async () => {
        const nodes = JSON.parse(await kubectl(layout, ['get', 'nodes', '--output', 'json'])) as NodeList;
        return readyNodes(nodes) >= wanted;
      });
    },
  };
}
