// Tests of the closer look against a stand-in: what it reads out of the answers of 8.19 and 9.x, and that half an answer is none (drain-fails-open).
import { describe, expect, it } from 'vitest';
import { untouched } from '../../core/elasticsearch/look.testing.ts';
import type { AnsweredLook, ClusterDetail } from '../../core/elasticsearch/observed.ts';
import { EsClient, usualLimits } from '../client.ts';
import { answering, answersOf, type AnswersVersion, backing, type Change, paths, stream } from '../answers.testing.ts';
import { type Answer, type Received, startStandIn } from '../stand-in.testing.ts';
import { takeDetail } from './index.ts';

const never = new AbortController().signal;

const look: AnsweredLook = {
  answered: true,
  uuid: 'uuid-1',
  health: { status: 'green', settled: true, initializing: 0, relocating: 0, unassigned: 0 },
  nodes: ['logs-es-data-0', 'logs-es-data-1', 'logs-es-master-0'].map((name) => ({
    name,
    version: '9.4.3',
    roles: [],
  })),
  capabilities: { streamLifecycle: false, componentTemplates: [], matchOnlyText: false },
  indexTemplate: undefined,
  ...untouched,
};

interface Scene {
  readonly version?: AnswersVersion;
  readonly changes?: readonly Change[];
  readonly instead?: Readonly<Record<string, Answer>>;
  readonly answerMs?: number;
  readonly received?: Received[];
  readonly deprecations?: boolean;
}

async function detail(scene: Scene = {}): Promise<ClusterDetail> {
  const { version = '9.4', changes, instead, answerMs, received, deprecations = false } = scene;
  await using standIn = await startStandIn(answering(answersOf(version, changes), instead));
  const limits = { ...usualLimits, retries: 0, ...(answerMs === undefined ? {} : { answerMs }) };
  const client = new EsClient(standIn.endpoint, limits);
  try {
    return await takeDetail({ client, remembered: new Map() }, look, never, { deprecations });
  } finally {
    received?.push(...standIn.received);
    await client.close();
  }
}

/** The parts of the answers that tests change. */
const routing = [paths.state, 'routing_table', 'indices', backing] as const;
const first = [...routing, 'shards', 0, 0] as const;
const second = [...routing, 'shards', 0, 1] as const;
const index = [paths.state, 'metadata', 'indices', backing] as const;
const settings = [...index, 'settings', 'index'] as const;
const nodes = [paths.nodeStats, 'nodes'] as const;

describe('a closer look', () => {
  it.each<[AnswersVersion, string, string]>([
    ['8.19', '8.19.8', '8.x'],
    ['9.4', '9.4.3', '9.x'],
  ])('at %s tells nodes, shards, indices, limits', async (version, running, createdIn) => {
    const roles = ['data_content', 'data_hot'];
    const disk = { totalBytes: 1_000_000, availableBytes: 600_000 };
    const copy = { shard: 0, state: 'STARTED', relocatingTo: undefined, inSync: true } as const;
    const [zero, one] = ['logs-es-data-0', 'logs-es-data-1'];
    const entry = { replicas: 1, pinned: false, hidden: true, createdIn };
    expect(await detail({ version })).toEqual({
      nodes: [
        { name: zero, id: 'id-0', version: running, roles, ownShards: 2, disk },
        { name: one, id: 'id-1', version: running, roles, ownShards: 2, disk },
        { name: 'logs-es-master-0', id: 'id-m', version: running, roles: ['master'], ownShards: 0, disk },
      ],
      shards: [
        { ...copy, index: backing, primary: true, node: zero, bytes: 5000 },
        { ...copy, index: backing, primary: false, node: one, bytes: 5100 },
        { ...copy, index: '.security-7', primary: true, node: one, bytes: 71 },
        { ...copy, index: '.security-7', primary: false, node: zero, bytes: 70 },
      ],
      indices: [
        { ...entry, name: backing, autoExpand: false, tierPreference: ['data_hot'], dataStream: stream },
        { ...entry, name: '.security-7', autoExpand: true, tierPreference: ['data_content'], dataStream: undefined },
      ],
      limits: {
        lowWatermark: '85%',
        highWatermark: '90%',
        floodStage: '95%',
        lowMaxHeadroomBytes: 200 * 1024 ** 3,
        maxShardsPerNode: 1000,
      },
      snapshotsInProgress: [],
      stuck: [],
    } satisfies ClusterDetail);
  });

  it('takes four requests, each with a first line that Elasticsearch reads', async () => {
    const received: Received[] = [];
    await detail({ received });
    expect(received.map(({ method, path }) => `${method} ${path.split('?')[0] ?? ''}`)).toEqual([
      `GET ${paths.state}`,
      `GET ${paths.nodeStats}`,
      `GET ${paths.settings}`,
      `GET ${paths.snapshots}`,
    ]);
    for (const { path } of received) expect(encodeURI(path).length).toBeLessThan(4000);
  });

  it('tells where a shard moves to, and what is on its way', async () => {
    const { shards } = await detail({
      changes: [
        [[...first, 'state'], 'RELOCATING'],
        [[...first, 'relocating_node'], 'id-1'],
        [[...second, 'state'], 'INITIALIZING'],
        [[...second, 'allocation_id'], { id: 'new' }],
      ],
    });
    expect(shards.slice(0, 2)).toMatchObject([
      { state: 'RELOCATING', node: 'logs-es-data-0', relocatingTo: 'logs-es-data-1', inSync: true },
      { state: 'INITIALIZING', node: 'logs-es-data-1', relocatingTo: undefined, inSync: false },
    ]);
  });

  it('tells what is nowhere', async () => {
    const unassigned = { state: 'UNASSIGNED', primary: false, node: null, relocating_node: null };
    const { shards } = await detail({ changes: [[second, unassigned]] });
    expect(shards[1]).toMatchObject({ state: 'UNASSIGNED', node: undefined, inSync: false, bytes: undefined });
  });

  it.each<[string, object, boolean]>([
    ['a tier', { include: { _tier_preference: 'data_warm,data_hot' } }, false],
    ['a name that users require', { require: { _name: 'logs-es-data-0' } }, true],
    ['an attribute with dots', { exclude: { rack: { row: 'r1' } } }, true],
    ['an included attribute beside the tier', { include: { _tier_preference: 'data_hot', zone: 'a' } }, true],
    ['a filter that was emptied', { exclude: { _name: '' } }, false],
  ])('tells whether users tied an index to nodes: %s', async (_name, allocation, pinned) => {
    const changes: Change[] = [[[...settings, 'routing'], { allocation }]];
    expect((await detail({ changes })).indices[0]).toMatchObject({ pinned });
  });

  it.each([
    ['7172999', '7.17.29'],
    ['8100399', '8.10.3'],
    ['8500003', '8.x'],
    ['9000010', '9.x'],
  ])('tells the version that made an index: %s is %s', async (created, createdIn) => {
    const changes: Change[] = [[[...settings, 'version', 'created'], created]];
    expect((await detail({ changes })).indices[0]).toMatchObject({ createdIn });
  });

  it('tells what a node did not say of itself as unknown', async () => {
    const changes: Change[] = [
      [[paths.nodeStats, '_nodes'], { total: 3, successful: 2, failed: 1 }],
      [[...nodes, 'id-1'], undefined],
    ];
    const { nodes: told, shards } = await detail({ changes });
    expect(told[0]).toMatchObject({ name: 'logs-es-data-0', ownShards: 2 });
    expect(told[1]).toMatchObject({ name: 'logs-es-data-1', ownShards: undefined, disk: undefined });
    expect(shards.map(({ node, bytes }) => [node, bytes])).toContainEqual(['logs-es-data-1', undefined]);
  });

  it('of a cluster without any index', async () => {
    const none = { shard_stats: { total_count: 0 } };
    const changes: Change[] = [
      [[paths.state, 'routing_table'], undefined],
      [[paths.state, 'metadata'], undefined],
      [[...nodes, 'id-0', 'indices'], none],
      [[...nodes, 'id-1', 'indices'], none],
    ];
    expect(await detail({ changes })).toMatchObject({ shards: [], indices: [] });
  });
});

describe('limits', () => {
  const low = 'cluster.routing.allocation.disk.watermark.low';
  const set = (block: string, values: object): Change => [[paths.settings, block], values];
  it.each<[string, readonly Change[], object]>([
    [
      'a cluster setting switches the headroom off',
      [set('persistent', { [low]: '80%' })],
      { lowWatermark: '80%', lowMaxHeadroomBytes: undefined },
    ],
    [
      'a headroom of its own',
      [set('persistent', { [low]: '80%', [`${low}.max_headroom`]: '1.5gb' })],
      { lowMaxHeadroomBytes: 1.5 * 1024 ** 3 },
    ],
    [
      'transient before persistent',
      [set('persistent', { [low]: '80%' }), set('transient', { [low]: '70%' })],
      { lowWatermark: '70%' },
    ],
    [
      'nodes set a watermark',
      [[[paths.settings, 'defaults', `${low}.max_headroom`], '-1']],
      { lowMaxHeadroomBytes: undefined },
    ],
    [
      'more shards per node',
      [set('persistent', { 'cluster.max_shards_per_node': '2000' })],
      { maxShardsPerNode: 2000 },
    ],
  ])('%s', async (_name, changes, expected) => {
    expect((await detail({ changes })).limits).toMatchObject(expected);
  });

  it.each([
    [`${low}.max_headroom`, 'much'],
    ['cluster.max_shards_per_node', '-1'],
  ])('that make no sense are a fault: %s', async (key, value) => {
    const changes = [set('persistent', { [key]: value })];
    await expect(detail({ changes })).rejects.toMatchObject({ code: 'EsInvalidAnswer' });
  });
});

describe('snapshots', () => {
  it('are told whoever takes them', async () => {
    const instead = {
      [paths.snapshots]: { body: { total: 1, snapshots: [{ snapshot: 'daily-1', repository: 'backup' }] } },
    };
    expect((await detail({ instead })).snapshotsInProgress).toEqual(['backup/daily-1']);
  });

  const missing = { status: 400, body: { error: 'no handler found for uri [/_snapshot/*/_current] and method [GET]' } };

  it('are none where Elasticsearch itself says that it has no such API', async () => {
    expect((await detail({ instead: { [paths.snapshots]: missing } })).snapshotsInProgress).toEqual([]);
  });

  it.each([true, null])('are unknown where the API is refused and it is said to be there: %s', async (supported) => {
    const instead = { [paths.snapshots]: missing, '/_capabilities': { body: { supported } } };
    await expect(detail({ instead })).rejects.toMatchObject({ code: 'EsMissingApi' });
  });
});

/** Only nodes that come or go pass by themselves. */
const codeOf = (message: string): string =>
  ['came or went', 'one name'].includes(message) ? 'EsNodesChanged' : 'EsInvalidAnswer';

describe('[drain-fails-open] half an answer is none', () => {
  const { nodes: members } = answersOf('9.4')[paths.state] as { nodes: Record<'id-1', object> };
  const { nodes: statistics } = answersOf('9.4')[paths.nodeStats] as { nodes: Record<'id-m', object> };
  it.each<[string, readonly Change[], string]>([
    [
      'a node that failed and answered',
      [[[paths.nodeStats, '_nodes'], { total: 3, successful: 2, failed: 1 }]],
      'of 3 nodes, where 2 of 3',
    ],
    ['a node that is left out', [[[...nodes, 'id-1'], undefined]], 'of 2 nodes, where 3 of 3'],
    ['a node without a count of its own', [[[...nodes, 'id-1', 'indices', 'shard_stats'], undefined]], 'lacks'],
    ['a node without a disk', [[[...nodes, 'id-1', 'fs'], undefined]], 'lacks'],
    ['no word on who answered', [[[paths.nodeStats, '_nodes'], undefined]], 'lacks'],
    ['another cluster', [[[paths.state, 'cluster_uuid'], 'uuid-2']], 'another cluster'],
    ['a member less than a moment ago', [[[paths.state, 'nodes', 'id-m'], undefined]], 'came or went'],
    [
      'a node that joins just then',
      [
        [
          [paths.nodeStats],
          {
            _nodes: { total: 4, successful: 4, failed: 0 },
            nodes: { ...statistics, 'id-9': statistics['id-m'] },
          },
        ],
      ],
      'came or went',
    ],
    ['two nodes of one name', [[[paths.state, 'nodes', 'id-9'], members['id-1']]], 'one name'],
    [
      'an empty routing table',
      [
        [[paths.state, 'routing_table'], undefined],
        [[paths.state, 'metadata'], undefined],
      ],
      'routing table is empty',
    ],
    ['a routing table without one index', [[routing, undefined]], 'in one part'],
    ['an index without settings', [[index, undefined]], 'in one part'],
    ['a shard without one of its copies', [[[...routing, 'shards', 0, 'length'], 1]], '1 of 2 copies'],
    ['an index without its shard', [[[...routing, 'shards'], {}]], 'not every shard'],
    ['a shard on a node that is not there', [[[...first, 'node'], 'id-9']], 'not in it'],
    ['a started shard on no node', [[[...first, 'node'], null]], 'does not fit'],
    ['a started shard without an id', [[[...first, 'allocation_id'], undefined]], 'does not fit'],
    ['a shard that moves nowhere', [[[...first, 'state'], 'RELOCATING']], 'moves to no node'],
    ['a state that is not known', [[[...first, 'state'], 'RESHARDING']], 'lacks'],
    ['no watermark', [[[paths.settings], {}]], 'watermark.low'],
    ['more snapshots than are named', [[[paths.snapshots, 'total'], 2]], '0 of 2 snapshots'],
    ['no count of snapshots', [[[paths.snapshots], {}]], 'lacks'],
  ])('%s', async (_name, changes, message) => {
    const promise = detail({ changes });
    await expect(promise).rejects.toThrow(message);
    await expect(promise).rejects.toHaveProperty('name', 'EsFault');
    await expect(promise).rejects.toHaveProperty('code', codeOf(message));
  });

  const asJson = { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' };
  const broken: readonly [string, Answer, string][] = [
    ['500', { status: 500 }, 'EsBusy'],
    ['429', { status: 429 }, 'EsBusy'],
    ['403', { status: 403 }, 'EsUnauthorized'],
    ['no master', { status: 503, body: { error: { type: 'master_not_discovered_exception' } } }, 'EsNoMaster'],
    [
      'a cut answer',
      { send: (response) => response.writeHead(200, asJson).end('{"cluster_uuid":"uuid-1","nodes":{') },
      'EsInvalidAnswer',
    ],
    [
      'a connection that breaks',
      {
        send: (response) => {
          response.writeHead(200, { ...asJson, 'content-length': 1000 });
          response.write('{');
          response.destroy();
        },
      },
      'EsUnreachable',
    ],
    ['silence', { send: () => undefined }, 'EsTimeout'],
    [
      'an answer without end',
      { send: (response) => response.writeHead(200, { ...asJson, 'content-length': 1024 ** 3 }).write('{') },
      'EsTooLarge',
    ],
  ];
  const requests = [paths.state, paths.nodeStats, paths.settings, paths.snapshots];
  it.each(requests.flatMap((path) => broken.map(([name, answer, code]) => [name, path, answer, code] as const)))(
    'also when it is %s for %s',
    async (name, path, answer, code) => {
      const limit = name === 'silence' ? { answerMs: 500 } : {};
      await expect(detail({ instead: { [path]: answer }, ...limit })).rejects.toMatchObject({ code });
    },
  );
});

describe('deprecations', () => {
  const path = '/_migration/deprecations';
  const body = { cluster_settings: [], node_settings: [], index_settings: {} };

  it('are asked for only before a new major version', async () => {
    const received: Received[] = [];
    expect(await detail({ instead: { [path]: { body } }, received })).not.toHaveProperty('deprecations');
    expect(received.map((one) => one.path)).not.toContain(path);
    expect(await detail({ instead: { [path]: { body } }, deprecations: true })).toMatchObject({ deprecations: [] });
  });
});
