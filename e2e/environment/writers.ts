// Pods that write log lines, and the ledgers in which they keep what they wrote.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { request } from 'undici';
import { layoutOf } from '../cluster/layout.ts';
import { nodeDirectories } from '../cluster/namespaces.ts';
import { reach, type Reach } from './reach.ts';
import type { Site } from './site.ts';
import { found, seen, waitFor } from './wait.ts';

export interface WriterPlan {
  readonly namespace: string;
  readonly writers: number;
  readonly linesEach: number;
  /** Lines a second, each. */
  readonly rate: number;
  readonly seed: number;
}

export interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly status: { readonly podIP?: string };
}

const nameOf = (number: number): string => `writer-${number}`;

/** Starts the pods: lines of all difficult kinds, every tenth of 15 KB, every fiftieth so long that the runtime splits it. */
export async function startWriters(site: Site, plan: WriterPlan, signal: AbortSignal): Promise<readonly Pod[]> {
  const items = Array.from({ length: plan.writers }, (_, number) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: nameOf(number), namespace: plan.namespace, labels: { app: 'writer' } },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 1,
      automountServiceAccountToken: false,
      containers: [
        {
          name: 'writer',
          image: site.logWriterImage,
          args: [
            `--name=${plan.namespace}-${nameOf(number)}`,
            `--seed=${plan.seed + number}`,
            `--lines=${plan.linesEach}`,
            `--rate=${plan.rate}`,
            '--big-every=10',
            '--huge-every=50',
          ],
        },
      ],
    },
  }));
  await site.run(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  return waitFor(
    'the writers to run',
    async () => {
      const pods = await site.run.json<{ items: readonly Pod[] }>([
        'get',
        'pods',
        '-n',
        plan.namespace,
        '-l',
        'app=writer',
      ]);
      return pods.items.length === plan.writers && pods.items.every(({ status }) => status.podIP !== undefined)
        ? found(pods.items)
        : seen(`${pods.items.length} pods`);
    },
    { signal, seconds: 120 },
  );
}

async function ask({ address, renew }: Reach, pod: Pod, path: string): Promise<string> {
  const { host, port } = await address();
  const { body, statusCode } = await request(`http://${host}:${port}${path}`).catch((error: unknown) => {
    renew();
    throw error;
  });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`${pod.metadata.name}${path} was answered ${statusCode}: ${text}`);
  return text;
}

/** Waits until all lines are written; returns the ids with the SHA-256 of their texts. */
export async function readLedgers(
  site: Site,
  namespace: string,
  pods: readonly Pod[],
  seconds: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const ledger = new Map<string, string>();
  for (const pod of pods) {
    await using way = reach(site, namespace, `pod/${pod.metadata.name}`, 8080);
    await waitFor(
      `${pod.metadata.name} to have written all its lines`,
      async () => {
        const status = JSON.parse(await ask(way, pod, '/status')) as {
          done: boolean;
          written: number;
          planned: number;
        };
        return status.done ? found(undefined) : seen(`${status.written} of ${status.planned}`);
      },
      { signal, seconds, every: 2 },
    );
    for (const line of (await ask(way, pod, '/ledger')).trim().split('\n')) {
      const [id = '', hash = ''] = line.split(' ');
      ledger.set(id, hash);
    }
  }
  return ledger;
}

/** Where the node keeps the log files of a pod: a folder for each container. */
export const logFolder = (cluster: string, namespace: string, { metadata: { name, uid } }: Pod): string =>
  join(nodeDirectories(layoutOf(cluster, 'node')).varLog, 'pods', `${namespace}_${name}_${uid}`);

/** Counts how often the kubelet rotates the log of each pod, from now until it is disposed of. */
export class RotationCounter implements AsyncDisposable {
  readonly #stop = new AbortController();
  readonly #seen = new Map<string, Set<string>>();
  readonly #watching: Promise<void>;

  constructor(cluster: string, namespace: string, pods: readonly Pod[]) {
    const folders = pods.map((pod) => [pod.metadata.name, join(logFolder(cluster, namespace, pod), 'writer')] as const);
    this.#watching = this.#watch(folders);
  }

  /** Rotations by pod. */
  get counts(): ReadonlyMap<string, number> {
    return new Map([...this.#seen].map(([name, files]) => [name, files.size]));
  }

  async #watch(folders: readonly (readonly [string, string])[]): Promise<void> {
    while (!this.#stop.signal.aborted) {
      for (const [name, folder] of folders) {
        const files = this.#seen.get(name) ?? new Set();
        this.#seen.set(name, files);
        // `0.log.20261122-180000`, later compressed to the same name with `.gz`.
        for (const file of await readdir(folder).catch(() => [])) {
          const [rotated] = /^\d+\.log\.\d{8}-\d{6}/.exec(file) ?? [];
          if (rotated !== undefined) files.add(rotated);
        }
      }
      await pause(500, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#watching;
  }
}
