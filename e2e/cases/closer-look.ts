// What the operator reads of a real Elasticsearch before it drains a node, and what it sets there: compared with what _cat says, with the operator's own user, through a proxy that breaks answers.
import assert from 'node:assert/strict';
import type { AnsweredLook, ClusterDetail } from '../../src/core/elasticsearch/observed.ts';
import { ElasticsearchClients } from '../../src/elasticsearch/clients.ts';
import { takeDetail } from '../../src/elasticsearch/detail/index.ts';
import { isEsFault } from '../../src/elasticsearch/faults.ts';
import { takeLook } from '../../src/elasticsearch/look.ts';
import { carryOut } from '../../src/elasticsearch/writes.ts';
import { connectElasticsearch, elasticsearchAccess } from '../environment/elasticsearch.ts';
import type { LocalVersion } from '../environment/local-images.ts';
import { currentSite, type Site } from '../environment/site.ts';
import { applyStack, deleteStack, ensureNamespace, waitForCondition } from '../environment/stacks.ts';
import { found, seen, waitFor } from '../environment/wait.ts';
import type { FaultAction } from '../faults/faults.ts';
import { type FaultProxy, startProxy } from '../faults/proxy.ts';
import { deprecations, type Facts, recoverySpeed } from './closer-facts.ts';
import type { CaseContext, TestCase } from './registry.ts';

const place = { namespace: 'closer-look', name: 'closer' } as const;
const [first, second] = ['closer-es-combined-0', 'closer-es-combined-1'] as const;
const stream = 'logs-closer.look-default';

const spec = (version: LocalVersion): object => ({
  version,
  elasticsearch: { topology: 'Combined', redundancy: 'None', data: { replicas: 2, storage: { size: '1Gi' } } },
  volumes: { whenDeleted: 'Delete' },
});

/** Elasticsearch as the operator sees it, and as an administrator does. */
interface Scene extends Facts {
  readonly version: LocalVersion;
  readonly proxy: FaultProxy;
}

async function withScene(
  site: Site,
  version: LocalVersion,
  context: CaseContext,
  run: (scene: Scene) => Promise<void>,
): Promise<void> {
  const access = await elasticsearchAccess(site.run, place.namespace, place.name);
  const secret = await site.run.json<{ data: Record<string, string> }>([
    'get',
    'secret',
    `${place.name}-es-operator-user`,
    '-n',
    place.namespace,
  ]);
  const decoded = (key: string): string => Buffer.from(secret.data[key] ?? '', 'base64').toString();
  const upstream = {
    url: `https://${access.host}:${access.port}`,
    ca: access.authority,
    serverName: access.serverName,
  };
  await using admin = connectElasticsearch(access);
  await using proxy = await startProxy({ upstream });
  const clients = new ElasticsearchClients({
    answerMs: 10_000,
    answerBytes: 4 * 1024 ** 2,
    retries: 0,
    firstRetryMs: 100,
  });
  try {
    const user = { username: decoded('username'), password: decoded('password') };
    const connection = clients.of('closer', { url: proxy.url, ca: proxy.authority, ...user });
    await using operator = connectElasticsearch({ ...access, ...user });
    await run({ version, connection, proxy, admin, operator, context });
  } finally {
    clients.closeAll();
  }
}

async function look({ connection, context }: Scene): Promise<AnsweredLook> {
  const taken = await takeLook(connection, 'loggingstack-closer', context.signal);
  if (!taken.answered) throw new Error(`no answer: ${taken.code}: ${taken.message}`);
  return taken;
}

async function closer(scene: Scene): Promise<ClusterDetail> {
  return takeDetail(scene.connection, await look(scene), scene.context.signal);
}

type Row = Readonly<Record<string, string | null>>;

async function cat({ admin }: Scene, what: string): Promise<readonly Row[]> {
  return (await admin.ask('GET', `/_cat/${what}&format=json&bytes=b`)).body as readonly Row[];
}

/** Data of several kinds: a data stream after a rollover, an index that users tied to a node, one whose copy has no place, a closed one. */
async function fill({ admin }: Scene): Promise<void> {
  const document = { '@timestamp': '2026-01-01T00:00:00Z', message: 'x'.repeat(1000) };
  await admin.ask('PUT', `/${stream}/_create/1`, document, [409]);
  await admin.ask('POST', `/${stream}/_rollover`);
  await admin.ask('PUT', `/${stream}/_create/2`, document, [409]);
  const one = { 'index.number_of_shards': 2, 'index.number_of_replicas': 0 };
  await admin.ask('PUT', '/plain.index', { settings: one });
  await admin.ask('PUT', '/pinned', { settings: { ...one, 'index.routing.allocation.require._name': first } });
  await admin.ask('PUT', '/crowded', { settings: { 'index.number_of_replicas': 2 } });
  await admin.ask('PUT', '/shut', { settings: one });
  await admin.ask('POST', '/shut/_close');
  await admin.ask('POST', '/_flush');
}

const copyKey = (index: string, shard: number | string, primary: boolean, node: string): string =>
  `${index} ${shard} ${primary ? 'p' : 'r'} ${node}`;

async function sameAsCat(scene: Scene): Promise<void> {
  const detail = await closer(scene);
  const shards = await cat(scene, 'shards?h=index,shard,prirep,state,node,store');
  assert.deepEqual(
    detail.shards
      .map((copy) => `${copyKey(copy.index, copy.shard, copy.primary, copy.node ?? '')} ${copy.state}`)
      .sort(),
    shards
      .map(
        (row) =>
          `${copyKey(row['index'] ?? '', row['shard'] ?? '', row['prirep'] === 'p', row['node'] ?? '')} ${row['state'] ?? ''}`,
      )
      .sort(),
    'every copy is where _cat/shards has it',
  );
  for (const copy of detail.shards) {
    assert.equal(copy.inSync, copy.state === 'STARTED', `${copy.index} is in sync exactly when it is started`);
    // Elasticsearch looks at sizes every ten seconds: a new shard may have none yet.
    if (copy.state === 'STARTED') assert.notEqual(copy.bytes, undefined, `${copy.index} has a size`);
  }
  const allocation = (await cat(scene, 'allocation?h=node,shards,disk.total')).filter(
    ({ node }) => node !== 'UNASSIGNED',
  );
  assert.deepEqual(
    detail.nodes.map(({ name, ownShards, disk }) => `${name} ${ownShards ?? '?'} ${disk?.totalBytes ?? '?'}`).sort(),
    allocation.map((row) => `${row['node'] ?? ''} ${row['shards'] ?? ''} ${row['disk.total'] ?? ''}`).sort(),
    'shards and disk of each node are those of _cat/allocation',
  );
  const nodes = await cat(scene, 'nodes?h=id,name,version&full_id=true');
  assert.deepEqual(
    detail.nodes.map(({ id, name, version }) => `${id} ${name} ${version}`).sort(),
    nodes.map((row) => `${row['id'] ?? ''} ${row['name'] ?? ''} ${row['version'] ?? ''}`).sort(),
  );
  const indices = await cat(scene, 'indices?expand_wildcards=all&h=index,rep');
  assert.deepEqual(
    detail.indices.map(({ name, replicas }) => `${name} ${replicas}`).sort(),
    indices.map((row) => `${row['index'] ?? ''} ${row['rep'] ?? ''}`).sort(),
  );
}

async function tellsIndicesApart(scene: Scene): Promise<void> {
  const { indices, limits, snapshotsInProgress } = await closer(scene);
  const named = (name: string) => indices.find((index) => index.name === name);
  const createdIn = `${scene.version.split('.')[0] ?? ''}.x`;
  const plain = { autoExpand: false, pinned: false, hidden: false, dataStream: undefined, createdIn };
  assert.deepEqual(named('plain.index'), {
    ...plain,
    name: 'plain.index',
    replicas: 0,
    tierPreference: ['data_content'],
  });
  assert.equal(named('pinned')?.pinned, true);
  assert.equal(named('.security-7')?.autoExpand, true);
  const backing = indices.filter(({ dataStream }) => dataStream === stream);
  assert.equal(backing.length, 2, 'both backing indices of the data stream');
  for (const { hidden, tierPreference } of backing) assert.deepEqual([hidden, tierPreference], [true, ['data_hot']]);
  assert.deepEqual(snapshotsInProgress, []);
  assert.deepEqual(limits, {
    lowWatermark: '85%',
    highWatermark: '90%',
    floodStage: '95%',
    lowMaxHeadroomBytes: 200 * 1024 ** 3,
    maxShardsPerNode: 1000,
  });
  const low = 'cluster.routing.allocation.disk.watermark.low';
  await scene.admin.ask('PUT', '/_cluster/settings', { persistent: { [low]: '80%' } });
  const changed = (await closer(scene)).limits;
  await scene.admin.ask('PUT', '/_cluster/settings', { persistent: { [low]: null } });
  assert.deepEqual([changed.lowWatermark, changed.lowMaxHeadroomBytes], ['80%', undefined]);
}

/** Excludes a node as a user would, so that the operator leaves it alone; watches it run empty; takes that back. */
async function exclusions(scene: Scene): Promise<void> {
  const { connection, context, admin } = scene;
  const set = (names: readonly string[]) =>
    carryOut(connection.client, { kind: 'setExclusions', names, marked: [] }, context.signal);
  await admin.ask('DELETE', '/crowded');
  await set([second]);
  assert.deepEqual((await look(scene)).settings.excludedNames, [second]);
  await waitFor(
    `${second} to be empty by both words`,
    async () => {
      const { shards, nodes } = await closer(scene);
      const rows = shards.filter(({ node, relocatingTo }) => node === second || relocatingTo === second).length;
      const own = nodes.find(({ name }) => name === second)?.ownShards;
      return rows === 0 && own === 0 ? found(undefined) : seen(`${rows} rows, ${own ?? '?'} by its own count`);
    },
    { signal: context.signal, seconds: 180 },
  );
  await set([]);
  assert.deepEqual((await look(scene)).settings, { excludedNames: [], allocationEnable: undefined, marks: {} });
  const marked = { kind: 'setExclusions', names: [], marked: ['gone'] } as const;
  await carryOut(connection.client, marked, context.signal);
  assert.deepEqual((await look(scene)).settings.marks, { drains: 'gone' });
  await set([]);
}

/** An index is tied to the node: Elasticsearch says why it stays there, and of all others nothing is said. */
async function stuckShards(scene: Scene): Promise<void> {
  const { connection, context } = scene;
  const set = (names: readonly string[]) =>
    carryOut(connection.client, { kind: 'setExclusions', names, marked: [] }, context.signal);
  await set([first]);
  const stuck = await waitFor(
    'a shard that stays although its node is excluded',
    async () => {
      const detail = await closer(scene);
      return detail.stuck.length > 0 ? found(detail.stuck) : seen(`${detail.shards.length} shards`);
    },
    { signal: context.signal, seconds: 180 },
  );
  await set([]);
  assert.deepEqual(
    stuck.map(({ index, node }) => [index, node]),
    [['pinned', first]],
  );
  assert.match(stuck[0]?.reason ?? '', new RegExp(`^${second}: .*index\\.routing\\.allocation\\.require`));
}

async function votes(scene: Scene): Promise<void> {
  const { connection, context } = scene;
  const before = (await look(scene)).voting;
  assert.deepEqual([before.configuration.length, before.excluded], [1, []]);
  const [voter = ''] = before.configuration;
  await carryOut(connection.client, { kind: 'addVotingExclusions', nodes: [voter] }, context.signal);
  // A voter that was the master resigns: for a moment there may be none to ask.
  const after = await waitFor('an answer', async () => found((await look(scene)).voting), {
    signal: context.signal,
    seconds: 60,
  });
  await carryOut(connection.client, { kind: 'clearVotingExclusions' }, context.signal);
  assert.deepEqual(after, { configuration: [voter === first ? second : first], excluded: [voter] });
  assert.deepEqual((await look(scene)).voting.excluded, []);
}

async function copies(scene: Scene): Promise<void> {
  const { connection, context } = scene;
  const managed = (await closer(scene)).indices.filter(({ dataStream }) => dataStream === stream);
  const indices = [...managed.map(({ name }) => name), '.ds-logs-vanished-default-2026.01.01-000001'];
  await carryOut(connection.client, { kind: 'setReplicas', indices, replicas: 1 }, context.signal);
  const set = (await closer(scene)).indices.filter(({ dataStream }) => dataStream === stream);
  assert.deepEqual(
    set.map(({ replicas }) => replicas),
    [1, 1],
    'the others are set',
  );
  const vanished = indices.slice(-1);
  await carryOut(connection.client, { kind: 'setReplicas', indices: vanished, replicas: 1 }, context.signal);
  await carryOut(connection.client, { kind: 'setReplicas', indices, replicas: 0 }, context.signal);
}

const faults: readonly FaultAction[] = [
  { kind: 'answer', status: 500, body: '{}', headers: { 'content-type': 'application/json' } },
  { kind: 'answer', status: 429, body: '{}', headers: { 'content-type': 'application/json' } },
  { kind: 'reset' },
  { kind: 'lost-answer' },
  { kind: 'cut', afterBytes: 5 },
  { kind: 'truncate', afterBytes: 5 },
];

/** Breaks each of the real answers in each way. */
async function failsClosed(scene: Scene): Promise<void> {
  const { connection, proxy, context } = scene;
  const base = await look(scene);
  for (const url of [/^\/_cluster\/state\//, /^\/_nodes\/stats/, /^\/_cluster\/settings/, /^\/_snapshot\//])
    for (const action of faults) {
      using rule = proxy.inject({ url }, action);
      await assert.rejects(
        takeDetail(connection, base, context.signal),
        (error) => isEsFault(error),
        `drain-fails-open: ${action.kind} of ${url.source}`,
      );
      assert.equal(rule.hits, 1, `${url.source} is asked once`);
    }
  await takeDetail(connection, base, context.signal);
}

async function closerLook(context: CaseContext): Promise<undefined> {
  const site = currentSite(context);
  await ensureNamespace(site.run, place.namespace, 'restricted');
  for (const version of ['9.4.3', '8.19.8'] as const) {
    await applyStack(site.run, place.namespace, place.name, spec(version));
    await waitForCondition(site.run, place, 'ElasticsearchReady', 600, context);
    await withScene(site, version, context, async (scene) => {
      await fill(scene);
      await sameAsCat(scene);
      await tellsIndicesApart(scene);
      await failsClosed(scene);
      await copies(scene);
      await exclusions(scene);
      await stuckShards(scene);
      await votes(scene);
      await recoverySpeed(scene, [first, second]);
      await deprecations(scene);
    });
    context.log(`${version}: the closer look agrees with _cat, and what was set was read back`);
    await deleteStack(site.run, place.namespace, place.name, context.signal);
  }
  await site.run(['delete', 'namespace', place.namespace, '--wait=true', '--timeout=120s']);
  return undefined;
}

export const closerLookCases: readonly TestCase[] = [
  {
    name: 'closer-look',
    tier: 'deep',
    title:
      '[drain-fails-open] [index-vanishes] [drain-impossible] a closer look agrees with _cat on both major versions, half an answer is none, and an index that vanished is skipped',
    versions: ['8.19.8'],
    minutes: 25,
    run: closerLook,
  },
];
