// Changes of a stack under writes: every acknowledged document is read back, the cluster is never red, and no more nodes than allowed are away.
import assert from 'node:assert/strict';
import { limitRecovery, writeBallast } from '../journeys/ballast.ts';
import { Journey } from '../journeys/journey.ts';
import { journeyCase, journeyPlace, journeySpec, smallPool, type Traveller } from '../journeys/travel.ts';
import { isReady, type PodWithConditions } from '../environment/pods.ts';
import { currentSite, type Site } from '../environment/site.ts';
import { conditionOf, getStack } from '../environment/stacks.ts';
import { programAnswers } from '../environment/versions.ts';
import { found, seen, waitFor } from '../environment/wait.ts';
import type { CaseContext, TestCase } from './registry.ts';
import { ensureSharedStack, sharedStack } from './shared-stack.ts';

const { namespace, name } = journeyPlace;
const node = (pool: string, ordinal: number): string => `${name}-es-${pool}-${ordinal}`;
const bigger = { 'indices.memory.index_buffer_size': '20%' };
/** Elasticsearch does not start with this value. */
const bad = { 'indices.memory.index_buffer_size': 'a lot' };

interface Pods {
  readonly items: readonly (PodWithConditions & {
    readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string };
  })[];
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

const uidsOf = async (site: Site): Promise<ReadonlyMap<string, string>> =>
  new Map((await podsOf(site)).map(({ metadata }) => [metadata.name, metadata.uid]));

/** Edits, waits until it is so, and looks whether the cluster has just these data nodes. */
async function dataNodes(
  { journey }: Traveller,
  count: number,
  redundancy: 'Single' | 'None' = 'Single',
): Promise<void> {
  await journey.edit(journeySpec({ data: count }, { redundancy }), `${count} data nodes are asked for`);
  await journey.settled();
  const nodes = (await journey.nodes()).filter((one) => one.startsWith(`${name}-es-data-`));
  assert.deepEqual(
    nodes,
    Array.from({ length: count }, (_, ordinal) => node('data', ordinal)),
  );
}

/** Of `make test`: on the six-line stack that other cases use, too. */
async function shortJourney(context: CaseContext): Promise<undefined> {
  const site = currentSite(context);
  await ensureSharedStack(site, context);
  const spec = (data: object): object => ({ version: '9.4.3', elasticsearch: { data } });
  await using journey = await Journey.begin(site, context, { place: sharedStack, condition: 'Ready' });
  await journey.edit(spec({ replicas: 3 }), 'a third data node is asked for');
  await journey.settled();
  assert.ok((await journey.nodes()).includes('logs-es-data-2'), 'the third data node has joined');
  await journey.edit(spec({ replicas: 2 }), 'two data nodes are asked for');
  assert.deepEqual(await journey.draining(), ['logs-es-data-2'], 'the highest ordinal is drained');
  await journey.killOperator();
  await journey.settled();
  assert.ok(!(await journey.nodes()).includes('logs-es-data-2'), 'the third data node has left');
  await journey.edit(
    spec({ replicas: 2, annotations: { 'example.org/journey': String(context.seed) } }),
    'the data nodes get another annotation, so that they are rolled',
  );
  await journey.settled();
  await journey.arrive();
  return undefined;
}

async function reversed({ journey, site, context }: Traveller): Promise<void> {
  await writeBallast(journey.admin, 4, 24);
  await limitRecovery(journey.admin, '1mb');
  const before = await uidsOf(site);
  await journey.edit(journeySpec({ data: 2 }), 'two data nodes are asked for');
  assert.deepEqual(await journey.draining(), [node('data', 2)]);
  await waitFor(
    'shards to be under way',
    async () => {
      const { body } = await journey.admin.ask('GET', '/_cluster/health');
      const { relocating_shards: count } = body as { relocating_shards: number };
      return count > 0 ? found(undefined) : seen('nothing moves');
    },
    { signal: context.signal, seconds: 60, every: 0.5 },
  );
  await journey.edit(journeySpec({ data: 3 }), 'three data nodes are asked for again');
  await limitRecovery(journey.admin, undefined);
  await journey.settled();
  assert.deepEqual(await uidsOf(site), before, 'all pods are still the same');
}

/** Waits until the stack says that a pod cannot start; returns the pods that are not ready. */
async function failingPods(site: Site, { signal }: CaseContext): Promise<readonly string[]> {
  await waitFor(
    'a pod that cannot start',
    async () => {
      const condition = conditionOf(await getStack(site.run, namespace, name), 'ElasticsearchReady');
      return condition?.reason === 'PodsFailing' ? found(undefined) : seen(condition?.message ?? 'no condition');
    },
    { signal, seconds: 400 },
  );
  return (await podsOf(site)).filter((pod) => !isReady(pod)).map(({ metadata }) => metadata.name);
}

async function badThenGood({ journey, site, context }: Traveller): Promise<void> {
  const before = await uidsOf(site);
  await journey.edit(journeySpec({ data: 3 }, { config: bad }), 'a config with which nothing starts');
  assert.deepEqual(await failingPods(site, context), [node('data', 2)], 'one node took the bad config');
  const meanwhile = await uidsOf(site);
  const replaced = [...before].filter(([pod, uid]) => meanwhile.get(pod) !== uid).map(([pod]) => pod);
  assert.deepEqual(replaced, [node('data', 2)]);
  await journey.edit(journeySpec({ data: 3 }, { config: bigger }), 'a good config');
  await journey.settled();
}

async function zeroReplicas({ journey }: Traveller): Promise<void> {
  const documents = 50;
  await journey.admin.ask('PUT', '/import', { settings: { number_of_replicas: 0, number_of_shards: 3 } });
  const lines = Array.from({ length: documents }, (_, id) => `{"create":{"_id":"${id}"}}\n{"number":${id}}\n`);
  await journey.admin.ask('POST', '/import/_bulk?refresh=true', lines.join(''));
  await journey.edit(journeySpec({ data: 3 }, { config: bigger }), 'a changed config, with an index without copies');
  const said = await journey.blockedBy('ZeroReplicaRestart');
  assert.match(said, /import/, 'the refusal names the index');
  await journey.admin.ask('PUT', '/import/_settings', { index: { number_of_replicas: 1 } });
  await journey.settled();
  const { body } = await journey.admin.ask('GET', '/import/_count');
  assert.equal((body as { count: number }).count, documents);
}

/** Somebody drains the Kubernetes node while we roll: evictions and our own restarts share one budget. */
async function kubectlDrain({ journey, site, context }: Traveller): Promise<void> {
  const before = await uidsOf(site);
  const [kubernetesNode = ''] = (await site.run(['get', 'nodes', '-o', 'name'])).trim().split('\n');
  const drain = [
    'drain',
    kubernetesNode.replace('node/', ''),
    '--ignore-daemonsets',
    '--delete-emptydir-data',
    `--pod-selector=loggingstack.dev/stack=${name},loggingstack.dev/component=elasticsearch`,
    '--timeout=20s',
  ];
  await journey.edit(journeySpec({ masters: 3, data: 2 }, { config: bigger }), 'a changed config');
  for (let round = 1; round <= 4; round += 1) {
    // With one Kubernetes node an evicted pod has nowhere to go: the drain is stopped by the disruption budget.
    await site.run(drain).catch((error: unknown) => {
      context.log(`round ${round}: ${String(error).split('\n').at(-1) ?? ''}`);
    });
    await site.run(['uncordon', kubernetesNode]);
    await waitFor(
      'all pods to be ready',
      async () => {
        const unready = (await podsOf(site)).filter((pod) => !isReady(pod)).map(({ metadata }) => metadata.name);
        return unready.length === 0 ? found(undefined) : seen(unready.join(', '));
      },
      { signal: context.signal, seconds: 300 },
    );
  }
  await journey.settled();
  const after = await uidsOf(site);
  assert.deepEqual(
    [...before].filter(([pod, uid]) => after.get(pod) === uid).map(([pod]) => pod),
    [],
    'every pod was replaced',
  );
}

async function warmTier({ journey }: Traveller): Promise<void> {
  const warm = { pools: [smallPool('warm', ['data_warm'], 2)] };
  await journey.edit(journeySpec({}, warm), 'a warm tier is asked for');
  await journey.settled();
  const stream = 'logs-journey.0-default';
  const { body } = await journey.admin.ask('POST', `/${stream}/_rollover`);
  const { old_index: oldest } = body as { old_index: string };
  const preference = { 'index.routing.allocation.include._tier_preference': 'data_warm,data_hot' };
  await journey.admin.ask('PUT', `/${oldest}/_settings`, preference);
  const holders = async (): Promise<readonly string[]> => {
    const rows = (await journey.admin.ask('GET', `/_cat/shards/${oldest}?format=json&h=node`)).body;
    return (rows as readonly { node: string | null }[]).map((row) => row.node ?? 'unassigned').toSorted();
  };
  await waitFor(
    'the old index to be on the warm nodes',
    async () => {
      const now = await holders();
      return now.every((one) => one === node('warm', 0) || one === node('warm', 1)) ? found(now) : seen(now.join());
    },
    { signal: AbortSignal.timeout(120_000), seconds: 110 },
  );
  await journey.edit(journeySpec({}), 'the warm tier is taken away');
  await journey.settled();
  for (const holder of await holders()) assert.match(holder, /-es-data-\d$/, 'the old index is on hot nodes');
}

async function upgrade({ journey, site }: Traveller): Promise<void> {
  await journey.edit({ ...newest, version: '9.4.3' }, 'version 9.4.3 is asked for');
  await journey.settled(1800);
  for (const { component, expected, answered } of await programAnswers(site, journeyPlace))
    assert.equal(answered, expected, `${component} runs the version that the operator says`);
}

const newest = { ...journeySpec({ masters: 3 }), kibana: { replicas: 1 } };

export const journeyCases: readonly TestCase[] = [
  {
    name: 'journey',
    tier: 'e2e',
    title:
      '[drain-stale] [disk-precheck] [rejoin-before-next]: data 2→3→2 under writes with the operator killed once, and one pool rolled',
    minutes: 20,
    run: shortJourney,
  },
  journeyCase({
    name: 'journey-data-2-4-2',
    title: '[drain-stale] [too-many-drains] data 2→4→2 under writes',
    start: journeySpec({ masters: 3, data: 2 }),
    travel: async ({ journey }) => {
      await journey.edit(journeySpec({ masters: 3, data: 4 }), 'four data nodes are asked for');
      await journey.settled();
      await journey.edit(journeySpec({ masters: 3, data: 2 }), 'two data nodes are asked for');
      await journey.settled();
      assert.equal((await journey.nodes()).length, 5);
    },
  }),
  journeyCase({
    name: 'journey-data-3-1',
    title: '[replicas-precheck] data 3→1 with redundancy Single under writes: copies are lowered first',
    start: journeySpec({ data: 3 }),
    travel: (traveller) => dataNodes(traveller, 1),
  }),
  journeyCase({
    name: 'journey-masters-3-1-3',
    title: '[masters-3-1-3] masters 3→1→3 under writes',
    start: journeySpec({ masters: 3 }),
    travel: async ({ journey }) => {
      for (const masters of [1, 3]) {
        await journey.edit(journeySpec({ masters }), `${masters} masters are asked for`);
        await journey.settled();
        assert.equal((await journey.nodes()).filter((one) => one.includes('-es-master-')).length, masters);
      }
    },
  }),
  journeyCase({
    name: 'journey-ingest-1-2-1',
    title: 'ingest 1→2→1 under writes',
    start: journeySpec({ ingest: 1 }),
    travel: async ({ journey }) => {
      for (const ingest of [2, 1]) {
        await journey.edit(journeySpec({ ingest }), `${ingest} ingest nodes are asked for`);
        await journey.settled();
        assert.equal((await journey.nodes()).filter((one) => one.includes('-es-ingest-')).length, ingest);
      }
    },
  }),
  journeyCase({
    name: 'journey-warm-tier',
    title: '[tier-removal] [redundancy-tier] a warm tier is added, holds an index, and is taken away under writes',
    start: journeySpec({}),
    travel: warmTier,
  }),
  journeyCase({
    name: 'journey-config-roll',
    title: '[rejoin-before-next] a changed config is rolled through all pools under writes',
    start: journeySpec({ masters: 3, ingest: 1 }),
    travel: async ({ journey, site }) => {
      const before = await uidsOf(site);
      await journey.edit(journeySpec({ masters: 3, ingest: 1 }, { config: bigger }), 'a changed config');
      await journey.settled(1500);
      const after = await uidsOf(site);
      for (const [pod, uid] of before) assert.notEqual(after.get(pod), uid, `${pod} was replaced`);
    },
  }),
  journeyCase({
    name: 'journey-upgrade',
    title: '[upgrade-yellow] 8.19.8 → 9.4.3 with all components under writes',
    versions: ['8.19.8'],
    start: { ...newest, version: '8.19.8' },
    options: { condition: 'Ready' },
    level: 'privileged',
    travel: upgrade,
  }),
  journeyCase({
    name: 'journey-reversed',
    title: '[drain-impossible] a drain is taken back half way under writes',
    start: journeySpec({ data: 3 }),
    travel: reversed,
  }),
  journeyCase({
    name: 'journey-bad-config',
    title: '[bad-config-roll] a bad config takes one node, and a good one mends it under writes',
    start: journeySpec({ data: 3 }),
    travel: badThenGood,
  }),
  journeyCase({
    name: 'journey-zero-replica',
    title: '[zero-replica-roll] an index without copies holds a roll up, by name, until it has one',
    start: journeySpec({ data: 3 }),
    travel: zeroReplicas,
  }),
  journeyCase({
    name: 'journey-kubectl-drain',
    title: '[kubectl-drain] kubectl drain during a roll under writes: one budget for both',
    localOnly: 'it drains a node of Kubernetes',
    start: journeySpec({ masters: 3 }),
    travel: kubectlDrain,
  }),
];
