// Tests of why a shard stays on a node that is being emptied, against a stand-in.
import { describe, expect, it } from 'vitest';
import { untouched } from '../../core/elasticsearch/look.testing.ts';
import type { AnsweredLook, ShardCopy } from '../../core/elasticsearch/observed.ts';
import { EsClient, usualLimits } from '../client.ts';
import { type Answer, type Received, startStandIn } from '../stand-in.testing.ts';
import { readStuckShards } from './stuck-shards.ts';

const look: AnsweredLook = {
  answered: true,
  uuid: 'uuid-1',
  health: { status: 'green', settled: true, initializing: 0, relocating: 0, unassigned: 0 },
  nodes: [],
  capabilities: { streamLifecycle: false, componentTemplates: [], matchOnlyText: false },
  indexTemplate: undefined,
  ...untouched,
  settings: { ...untouched.settings, excludedNames: ['logs-es-data-2', 'logs-es-data-1'] },
};

const copyOn = (node: string, state: ShardCopy['state'] = 'STARTED'): ShardCopy => ({
  index: 'spread',
  shard: 1,
  primary: true,
  state,
  node,
  relocatingTo: undefined,
  inSync: true,
  bytes: 1,
});

const no = (decider: string, explanation: string): object => ({ decider, decision: 'NO', explanation });

/** In the shape that a real 9.4.3 gave. */
const explained = {
  can_move_to_other_node: 'no',
  node_allocation_decisions: [
    { node_name: 'logs-es-data-1', deciders: [no('filter', 'excluded'), no('shards_limit', 'too many shards')] },
    { node_name: 'logs-es-warm-0', deciders: [no('data_tier', 'another tier')] },
    {
      node_name: 'logs-es-data-0',
      deciders: [{ decider: 'disk_threshold', decision: 'YES', explanation: 'enough' }, no('shards_limit', 'too many')],
    },
  ],
};

async function read(shards: readonly ShardCopy[], answer: Answer, received: Received[] = []) {
  await using standIn = await startStandIn(() => answer);
  const client = new EsClient(standIn.endpoint, { ...usualLimits, retries: 0 });
  try {
    return await readStuckShards(client, look, shards, new AbortController().signal);
  } finally {
    received.push(...standIn.received);
    await client.close();
  }
}

describe('[drain-impossible] a shard on a node that is being emptied', () => {
  it('is asked about, and the node that comes nearest to taking it is told', async () => {
    const received: Received[] = [];
    expect(await read([copyOn('logs-es-data-2'), copyOn('logs-es-data-0')], { body: explained }, received)).toEqual([
      { index: 'spread', shard: 1, node: 'logs-es-data-2', reason: 'logs-es-data-0: too many' },
    ]);
    expect(received.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      { index: 'spread', shard: 1, primary: true, current_node: 'logs-es-data-2' },
    ]);
  });

  it.each<[string, readonly ShardCopy[]]>([
    ['a shard moves', [copyOn('logs-es-data-2'), copyOn('logs-es-data-0', 'RELOCATING')]],
    ['a shard recovers', [copyOn('logs-es-data-2'), copyOn('logs-es-data-0', 'INITIALIZING')]],
    ['none is left', [copyOn('logs-es-data-0')]],
  ])('is not asked about while %s', async (_name, shards) => {
    const received: Received[] = [];
    expect(await read(shards, { body: explained }, received)).toEqual([]);
    expect(received).toEqual([]);
  });

  it.each<[string, Answer]>([
    ['that another node may take, soon or now', { body: { ...explained, can_move_to_other_node: 'throttled' } }],
    ['of an index that was deleted since', { status: 404, body: { error: { type: 'index_not_found_exception' } } }],
    ['that is there no more', { status: 400, body: { error: { type: 'illegal_argument_exception' } } }],
  ])('%s is not stuck', async (_name, answer) => {
    expect(await read([copyOn('logs-es-data-2')], answer)).toEqual([]);
  });

  it.each<[string, Answer]>([
    ['an error', { status: 500 }],
    ['something else', { body: { can_move_to_other_node: 7 } }],
  ])('[drain-fails-open] %s is no answer', async (_name, answer) => {
    await expect(read([copyOn('logs-es-data-2')], answer)).rejects.toHaveProperty('name', 'EsFault');
  });
});
