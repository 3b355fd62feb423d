// One operation by the operator or by hand, on a stack with data that takes a while to move; judged from outside in the same way.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { annotations } from '../../src/core/names.ts';
import { run } from '../cluster/process.ts';
import { connectElasticsearch, elasticsearchAccess, type ElasticsearchUser } from '../environment/elasticsearch.ts';
import { isReady, type PodWithConditions } from '../environment/pods.ts';
import type { Site } from '../environment/site.ts';
import { applyStack, deleteNamespace, deleteStack, ensureNamespace, waitForCondition } from '../environment/stacks.ts';
import { found, seen, waitFor } from '../environment/wait.ts';
import { writeBallast } from '../journeys/ballast.ts';
import { journeySpec } from '../journeys/travel.ts';
import type { LocalVersion } from '../environment/local-images.ts';
import type { Surroundings } from './judge.ts';

export const operations = ['drain', 'restart', 'upgrade'] as const;
export type Operation = (typeof operations)[number];

/** Each measures one run on a stack of its own, in seconds. */
export interface OperationRun {
  readonly operator: (around: Surroundings) => Promise<number>;
  readonly hand: (around: Surroundings) => Promise<number>;
}

const place = { namespace: 'bench', name: 'bench' } as const;
const { namespace, name } = place;
const operator = ['deployment/loggingstack-operator', '-n', 'loggingstack-system'] as const;
const nodesOf = (pool: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${name}-es-${pool}-${count - 1 - index}`);
/** In the order in which they are restarted. */
const allPods = [...nodesOf('data', 3), ...nodesOf('master', 3)];
/** So that a node holds 512 MiB when it is emptied: two looks that agree and some seconds of a pod's end should not be all that is measured. */
const ballast = { streams: 6, mebibytesEach: { drain: 128, restart: 24, upgrade: 24 } } as const;
const newest = '9.4.3';
const settleMilliseconds = 8000;
const patienceSeconds = 1500;

interface Pods {
  readonly items: readonly (PodWithConditions & {
    readonly metadata: { readonly name: string; readonly uid: string };
  })[];
}

interface Bench extends Surroundings {
  readonly admin: ElasticsearchUser;
}

const podsOf = async (site: Site): Promise<Pods['items']> =>
  (
    await site.run.json<Pods>([
      'get',
      'pods',
      '-n',
      namespace,
      '-l',
      `loggingstack.dev/stack=${name},loggingstack.dev/component=elasticsearch`,
    ])
  ).items;

/** Whether these pods and no others are there and ready, all their nodes run this version, Elasticsearch is green, and nothing is left of the operation. */
async function isDone(
  { site, admin }: Bench,
  pods: readonly string[],
  { gone = [], version }: { readonly gone?: readonly string[]; readonly version: LocalVersion },
): Promise<boolean> {
  const there = await podsOf(site);
  const names = there.map(({ metadata }) => metadata.name).toSorted();
  if (names.join() !== pods.toSorted().join() || !there.every(isReady)) return false;
  if (there.some(({ metadata }) => gone.includes(metadata.uid))) return false;
  const nodes = (await admin.ask('GET', '/_cat/nodes?format=json&h=name,version')).body as readonly {
    name: string;
    version: string;
  }[];
  if (nodes.length !== pods.length || nodes.some((node) => node.version !== version)) return false;
  const health = (await admin.ask('GET', '/_cluster/health')).body as { status: string; relocating_shards: number };
  if (health.status !== 'green') return false;
  const settings = JSON.stringify((await admin.ask('GET', '/_cluster/settings?flat_settings=true')).body);
  if (settings.includes('cluster.routing.allocation.')) return false;
  const claims = await site.run([
    'get',
    'pvc',
    '-n',
    namespace,
    '-l',
    'loggingstack.dev/component=elasticsearch',
    '-o',
    'name',
  ]);
  return claims.trim().split('\n').length === pods.length;
}

async function timed(bench: Bench, act: () => Promise<unknown>, done: () => Promise<boolean>): Promise<number> {
  await pause(settleMilliseconds, undefined, { signal: bench.signal });
  const began = performance.now();
  const acting = act();
  const [seconds] = await Promise.all([
    waitFor(
      'the operation to be done',
      async () => ((await done()) ? found((performance.now() - began) / 1000) : seen('not yet')),
      { signal: bench.signal, seconds: patienceSeconds, every: 0.5 },
    ),
    acting,
  ]);
  return seconds;
}

async function scaleOperator({ site }: Bench, replicas: 0 | 1): Promise<void> {
  await site.run(['scale', ...operator, `--replicas=${replicas}`]);
  if (replicas === 1) await site.run(['rollout', 'status', ...operator, '--timeout=180s']);
  else await site.run(['wait', '--for=delete', 'pods', '--all', '-n', 'loggingstack-system', '--timeout=120s']);
}

/** Runs by-hand.sh with everything that it needs and no secret in its arguments. */
async function byHand({ site, signal }: Bench, words: readonly string[]): Promise<void> {
  const access = await elasticsearchAccess(site.run, namespace, name);
  const folder = await mkdtemp(join(tmpdir(), 'by-hand-'));
  try {
    const config = join(folder, 'curl');
    const authority = join(folder, 'ca.crt');
    await writeFile(authority, access.authority);
    const lines = [
      `user = "${access.username}:${access.password}"`,
      `cacert = "${authority}"`,
      `resolve = "${access.serverName}:${access.port}:${access.host}"`,
    ];
    await writeFile(config, `${lines.join('\n')}\n`, { mode: 0o600 });
    const environment = {
      CURL_CONFIG: config,
      ES: `https://${access.serverName}:${access.port}`,
      NAMESPACE: namespace,
      KUBECONFIG: site.kubeconfig,
      KUBECTL: site.kubectl,
    };
    await run([join(import.meta.dirname, 'by-hand.sh'), ...words], { signal, environment });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const apply = ({ site }: Surroundings, data: number, version: LocalVersion): Promise<void> =>
  applyStack(site.run, namespace, name, journeySpec({ masters: 3, data }, { version }));

/** A fresh stack with data, for as long as `measure` runs. */
async function withStack(
  around: Surroundings,
  { operation, version = newest }: { readonly operation: Operation; readonly version?: LocalVersion },
  measure: (bench: Bench) => Promise<number>,
): Promise<number> {
  const { site, signal } = around;
  await site.run(['scale', ...operator, '--replicas=1']);
  await deleteNamespace(site.run, namespace);
  await ensureNamespace(site.run, namespace, 'restricted');
  await apply(around, 3, version);
  await waitForCondition(site.run, place, 'ElasticsearchReady', 900, { log: () => undefined, signal });
  await using admin = connectElasticsearch(await elasticsearchAccess(site.run, namespace, name));
  const bench = { ...around, admin };
  await writeBallast(admin, ballast.streams, ballast.mebibytesEach[operation]);
  await waitFor(
    'a whole cluster',
    async () => ((await isDone(bench, allPods, { version })) ? found(undefined) : seen('not yet')),
    {
      signal,
      seconds: 300,
    },
  );
  const seconds = await measure(bench);
  await scaleOperator(bench, 1);
  await deleteStack(site.run, namespace, name, signal);
  await deleteNamespace(site.run, namespace, 300);
  return seconds;
}

const left = allPods.filter((pod) => pod !== `${name}-es-data-2`);

const drained = (bench: Bench) => () => isDone(bench, left, { version: newest });

const drain: OperationRun = {
  operator: (around) =>
    withStack(around, { operation: 'drain' }, (bench) => timed(bench, () => apply(bench, 2, newest), drained(bench))),
  hand: (around) =>
    withStack(around, { operation: 'drain' }, async (bench) => {
      await scaleOperator(bench, 0);
      return timed(bench, () => byHand(bench, ['drain', `${name}-es-data-2`, `${name}-es-data`, '2']), drained(bench));
    }),
};

async function timedRestart(bench: Bench, act: () => Promise<unknown>): Promise<number> {
  const gone = (await podsOf(bench.site)).map(({ metadata }) => metadata.uid);
  return timed(bench, act, () => isDone(bench, allPods, { gone, version: newest }));
}

const roll = ['annotate', 'loggingstack', name, '-n', namespace, `${annotations.roll}=bench`];

const restart: OperationRun = {
  operator: (around) =>
    withStack(around, { operation: 'restart' }, (bench) => timedRestart(bench, () => bench.site.run(roll))),
  hand: (around) =>
    withStack(around, { operation: 'restart' }, async (bench) => {
      await scaleOperator(bench, 0);
      return timedRestart(bench, () => byHand(bench, ['restart', ...allPods]));
    }),
};

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: { readonly template: unknown };
  readonly data?: unknown;
}

/** What the operator wrote for the new version: the configurations, and the templates of the pods. */
async function newManifests(site: Site): Promise<readonly Manifest[]> {
  const selector = `loggingstack.dev/stack=${name},loggingstack.dev/component=elasticsearch`;
  const kinds = ['get', 'configmaps,statefulsets', '-n', namespace, '-l', selector];
  return (await site.run.json<{ items: readonly Manifest[] }>(kinds)).items;
}

/** Writes new configurations and templates without a pod being replaced by that. */
async function applyByHand({ site }: Bench, manifests: readonly Manifest[]): Promise<void> {
  for (const { apiVersion, kind, metadata, data, spec } of manifests) {
    if (kind === 'ConfigMap') {
      const config = { apiVersion, kind, metadata: { name: metadata.name, namespace }, data };
      await site.run(['apply', '--server-side', '--force-conflicts', '-f', '-'], JSON.stringify(config));
    } else {
      const patch = { spec: { updateStrategy: { type: 'OnDelete', rollingUpdate: null }, template: spec?.template } };
      await site.run([
        'patch',
        'statefulset',
        metadata.name,
        '-n',
        namespace,
        '--type=merge',
        '-p',
        JSON.stringify(patch),
      ]);
    }
  }
}

const upgraded = (bench: Bench) => () => isDone(bench, allPods, { version: newest });
let manifests: readonly Manifest[] = [];

const upgrade: OperationRun = {
  operator: (around) =>
    withStack(around, { operation: 'upgrade', version: '8.19.8' }, async (bench) => {
      const seconds = await timed(bench, () => apply(bench, 3, newest), upgraded(bench));
      manifests = await newManifests(bench.site);
      return seconds;
    }),
  /** After the first run by the operator, which wrote what is applied here. */
  hand: (around) =>
    withStack(around, { operation: 'upgrade', version: '8.19.8' }, async (bench) => {
      await scaleOperator(bench, 0);
      const act = async (): Promise<void> => {
        await applyByHand(bench, manifests);
        await byHand(bench, ['restart', ...allPods]);
      };
      return timed(bench, act, upgraded(bench));
    }),
};

export const operationRuns: Readonly<Record<Operation, OperationRun>> = { drain, restart, upgrade };
