// A changed configuration on a real Elasticsearch under writes: one node at a time, a bad one takes one node only, and no acknowledged document is lost.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { openElasticsearch } from '../environment/elasticsearch.ts';
import { isReady, type PodWithConditions } from '../environment/pods.ts';
import { currentSite, type Site } from '../environment/site.ts';
import {
  applyStack,
  conditionOf,
  deleteStack,
  ensureNamespace,
  getStack,
  waitForCondition,
} from '../environment/stacks.ts';
import { found, seen, waitFor } from '../environment/wait.ts';
import type { CaseContext, TestCase } from './registry.ts';

const place = { namespace: 'rolling', name: 'rolling' } as const;
const stream = 'logs-rolling-default';

/** Elasticsearch does not start with this value. */
const badConfig = { 'indices.memory.index_buffer_size': 'a lot' };

const spec = (replicas: number, config: Record<string, string> = {}): object => ({
  version: '9.4.3',
  elasticsearch: { topology: 'Combined', data: { replicas, storage: { size: '1Gi' } }, config },
  volumes: { whenDeleted: 'Delete' },
});

interface Pod extends PodWithConditions {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
}

async function podsOf(site: Site): Promise<readonly Pod[]> {
  const selector = `loggingstack.dev/stack=${place.name},loggingstack.dev/component=elasticsearch`;
  const list = await site.run.json<{ items: readonly Pod[] }>(['get', 'pods', '-n', place.namespace, '-l', selector]);
  return list.items;
}

const uids = (pods: readonly Pod[]): Set<string> => new Set(pods.map((pod) => pod.metadata.uid));
const revisionOf = (pods: readonly Pod[], name: string): string | undefined =>
  pods.find((pod) => pod.metadata.name === name)?.metadata.labels['controller-revision-hash'];

/** What went on meanwhile: documents that were acknowledged, and the most nodes that were away at once: no pod, or one that leaves or starts. */
interface Witness {
  readonly acknowledged: Set<number>;
  /** UIDs of pods that were ready once. All of them are unready for a moment while a new master is elected. */
  readonly served: Set<string>;
  mostAway: number;
  sawRed: boolean;
}

/** Writes and looks, until stopped. Writes that fail are tried again under the same id: a node may be going away. */
async function watchAndWrite(site: Site, replicas: number, witness: Witness, stop: AbortSignal): Promise<void> {
  await using elasticsearch = await openElasticsearch(site, place.namespace, place.name);
  const write = async (): Promise<void> => {
    let id = witness.acknowledged.size;
    while (!stop.aborted) {
      await pause(100);
      const document = { '@timestamp': new Date().toISOString(), message: `document ${id}` };
      const answer = await elasticsearch
        .ask('PUT', `/${stream}/_create/${id}`, document, [409])
        .catch((error: unknown) => error);
      if (answer instanceof Error) continue;
      witness.acknowledged.add(id);
      id += 1;
    }
  };
  const look = async (): Promise<void> => {
    while (!stop.aborted) {
      await pause(500);
      const pods = (await podsOf(site)).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
      for (const pod of pods) if (isReady(pod)) witness.served.add(pod.metadata.uid);
      const here = pods.filter(({ metadata }) => witness.served.has(metadata.uid)).length;
      witness.mostAway = Math.max(witness.mostAway, replicas - here);
      const health = await elasticsearch.ask('GET', '/_cluster/health').catch(() => undefined);
      if ((health?.body as { status?: string } | undefined)?.status === 'red') witness.sawRed = true;
    }
  };
  await Promise.all([write(), look()]);
}

async function witnessed(site: Site, replicas: number, witness: Witness, action: () => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const watching = watchAndWrite(site, replicas, witness, stop.signal);
  try {
    await action();
  } finally {
    stop.abort();
    await watching;
  }
}

async function everyDocumentIsThere(site: Site, witness: Witness, context: CaseContext): Promise<void> {
  await using elasticsearch = await openElasticsearch(site, place.namespace, place.name);
  await elasticsearch.ask('POST', `/${stream}/_refresh`);
  const answer = await elasticsearch.ask('GET', `/${stream}/_count`);
  const { count } = answer.body as { count: number };
  context.log(`${witness.acknowledged.size} documents acknowledged, ${count} found`);
  assert.equal(count, witness.acknowledged.size, 'documents found are documents acknowledged');
}

/** Waits until the operator says that a pod fails, and returns the pods. */
async function waitForFailingPod(site: Site, { signal }: CaseContext): Promise<readonly Pod[]> {
  await waitFor(
    'a pod that cannot start',
    async () => {
      const condition = conditionOf(await getStack(site.run, place.namespace, place.name), 'ElasticsearchReady');
      return condition?.reason === 'PodsFailing' ? found(undefined) : seen(condition?.message ?? 'no condition');
    },
    { signal, seconds: 300 },
  );
  return podsOf(site);
}

/** The cluster as it is recorded, which may be a look after its nodes were seen ready. */
const clusterUuid = (site: Site, { signal }: CaseContext): Promise<string> =>
  waitFor(
    'the cluster to be recorded',
    async () => {
      const { status } = await getStack(site.run, place.namespace, place.name);
      const uuid = status?.elasticsearch?.clusterUUID;
      return uuid === undefined ? seen('none yet') : found(uuid);
    },
    { signal, seconds: 60 },
  );

async function rollThreeNodes(site: Site, context: CaseContext): Promise<void> {
  const witness: Witness = { acknowledged: new Set(), served: new Set(), mostAway: 0, sawRed: false };
  const apply = (config: Record<string, string>) => applyStack(site.run, place.namespace, place.name, spec(3, config));
  const wait = () => waitForCondition(site.run, place, 'ElasticsearchReady', 600, context);
  await wait();
  const uuid = await clusterUuid(site, context);

  const before = await podsOf(site);
  await witnessed(site, 3, witness, async () => {
    await apply({ 'indices.memory.index_buffer_size': '20%' });
    await wait();
  });
  const rolled = await podsOf(site);
  assert.equal(uids(rolled).intersection(uids(before)).size, 0, 'every node was replaced');
  assert.ok(witness.mostAway <= 1, `at most one node was away, seen ${witness.mostAway}`);
  assert.equal(witness.sawRed, false, 'never red');
  await everyDocumentIsThere(site, witness, context);
  context.log(`rolled three nodes; most away at once: ${witness.mostAway}`);

  const old = revisionOf(rolled, 'rolling-es-combined-0');
  await witnessed(site, 3, witness, async () => {
    await apply(badConfig);
    const failing = await waitForFailingPod(site, context);
    assert.deepEqual(
      failing.filter((pod) => !isReady(pod)).map((pod) => pod.metadata.name),
      ['rolling-es-combined-2'],
      'one node took the bad config',
    );
  });
  // An eviction beside a broken node leaves one of three masters: no writes meanwhile.
  await site.run(['delete', 'pod', 'rolling-es-combined-0', '-n', place.namespace]);
  const { signal } = context;
  await waitFor(
    'the evicted pod to be back',
    async () => {
      const pod = (await podsOf(site)).find(({ metadata }) => metadata.name === 'rolling-es-combined-0');
      return pod !== undefined && isReady(pod) ? found(undefined) : seen('not ready');
    },
    { signal, seconds: 300 },
  );
  assert.equal(
    revisionOf(await podsOf(site), 'rolling-es-combined-0'),
    old,
    'an evicted pod came back on the old template',
  );
  await apply({ 'indices.memory.index_buffer_size': '15%' });
  const mended = await wait();
  assert.equal(mended.status?.elasticsearch?.clusterUUID, uuid, 'still the same cluster');
  await everyDocumentIsThere(site, witness, context);
}

async function rollOneNode(site: Site, context: CaseContext): Promise<void> {
  const apply = (config: Record<string, string>) => applyStack(site.run, place.namespace, place.name, spec(1, config));
  const wait = () => waitForCondition(site.run, place, 'ElasticsearchReady', 600, context);
  await apply({});
  await wait();
  const before = uids(await podsOf(site));
  await apply({ 'indices.memory.index_buffer_size': '20%' });
  await wait();
  assert.equal(uids(await podsOf(site)).intersection(before).size, 0, 'the node was replaced');
  await apply(badConfig);
  await waitForFailingPod(site, context);
  await apply({ 'indices.memory.index_buffer_size': '15%' });
  await wait();
}

async function rollingChange(context: CaseContext): Promise<undefined> {
  const site = currentSite(context);
  await ensureNamespace(site.run, place.namespace, 'restricted');
  await applyStack(site.run, place.namespace, place.name, spec(3));
  await rollThreeNodes(site, context);
  await deleteStack(site.run, place.namespace, place.name, context.signal);
  await rollOneNode(site, context);
  await deleteStack(site.run, place.namespace, place.name, context.signal);
  await site.run(['delete', 'namespace', place.namespace, '--wait=true', '--timeout=120s']);
  return undefined;
}

export const rollingChangeCases: readonly TestCase[] = [
  {
    name: 'rolling-change',
    tier: 'deep',
    namespaces: [place.namespace],
    title:
      '[rejoin-before-next] [bad-config-roll] [single-master-roll] a changed config under writes, a bad one and its fix, on three nodes and on one',
    minutes: 40,
    run: rollingChange,
  },
];
