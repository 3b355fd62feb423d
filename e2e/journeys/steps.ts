// The steps that the operator says it took on the stack of a journey, and an operator that is killed at each of them.
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { operatorPods } from '../environment/pods.ts';
import type { Site } from '../environment/site.ts';
import { signalPod } from '../faults/pod-processes.ts';
import { journeyPlace, type Traveller } from './travel.ts';

export interface LoggedStep {
  readonly msg: string;
  readonly namespace: string;
  readonly stack: string;
  readonly action: string;
  readonly subject: string;
  readonly sizeBytes?: number;
}

/** Steps of the stack of a journey in lines of the operator's log. */
export const stepsIn = (log: string): readonly LoggedStep[] =>
  log
    .split('\n')
    .filter((line) => line.includes('"msg":"step"') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as LoggedStep)
    .filter((step) => step.namespace === journeyPlace.namespace && step.stack === journeyPlace.name);

interface Pods {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string };
    readonly status: { readonly phase: string };
  }[];
}

/** Logs are followed by processes of their own: they end with this one. */
const followers = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of followers) child.kill();
});

interface Follow {
  readonly pod: string;
  /** Older lines are of other journeys. */
  readonly since: Date;
  readonly onStep: () => void;
}

/** Follows the log of a pod until that ends, which it does with the container. */
async function follow(
  { kubeconfig, kubectl }: Site,
  { pod, since, onStep }: Follow,
  signal: AbortSignal,
): Promise<readonly LoggedStep[]> {
  const time = `--since-time=${since.toISOString()}`;
  const words = ['--kubeconfig', kubeconfig, 'logs', '--follow', time, '-n', 'loggingstack-system', pod];
  const child = spawn(kubectl, words, { stdio: ['ignore', 'pipe', 'ignore'] });
  followers.add(child);
  const end = (): void => {
    child.kill();
  };
  signal.addEventListener('abort', end);
  let log = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    log += text;
    if (stepsIn(log).length > 0) onStep();
  });
  await new Promise((resolve) => child.once('close', resolve).once('error', resolve));
  signal.removeEventListener('abort', end);
  followers.delete(child);
  return stepsIn(log);
}

/**
 * Kills the operator, without a warning, as soon as it says that it took a step, again and again until `travel` ends.
 * Its first look after that begins between two steps. Returns the steps at which it was killed.
 */
export async function killingAtEachStep(
  { site, context }: Traveller,
  travel: () => Promise<void>,
): Promise<readonly LoggedStep[]> {
  const { cluster } = site;
  if (cluster === undefined) throw new Error('The operator is killed at each step on a local node only.');
  const since = new Date();
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, context.signal]);
  const steps: LoggedStep[] = [];

  const killAtNext = async (): Promise<void> => {
    const { items } = await site.run.json<Pods>(['get', 'pods', ...operatorPods]);
    const running = items.find(
      ({ metadata, status }) => metadata.deletionTimestamp === undefined && status.phase === 'Running',
    );
    if (running === undefined) return;
    const { name, uid } = running.metadata;
    let killed: Promise<unknown> | undefined;
    const kill = (): void => {
      // Its pod goes, too: a container that dies time and again would be started later and later.
      killed ??= signalPod(cluster, uid, 'SIGKILL').finally(() =>
        site.run(['delete', 'pod', name, '-n', 'loggingstack-system', '--grace-period=0', '--force']),
      );
    };
    const taken = await follow(site, { pod: name, since, onStep: kill }, signal);
    await killed;
    if (killed === undefined) return;
    steps.push(...taken);
    context.log(`killed the operator at ${taken.map(({ action, subject }) => `${action} ${subject}`).join(', ')}`);
  };

  const killing = (async () => {
    while (!signal.aborted) {
      await killAtNext();
      await pause(500);
    }
  })();
  try {
    await Promise.race([travel(), killing]); // of these, only an error of killing ends first
  } finally {
    over.abort();
  }
  await killing;
  return steps;
}
