// How fast copies come to a node, from what Elasticsearch remembers and from what it allows.
import { describe, expect, it } from 'vitest';
import { EsClient, usualLimits } from './client.ts';
import { readRecoverySpeed, type Recovery, speedOf } from './recovery-speed.ts';
import { type Answer, startStandIn } from './stand-in.testing.ts';

const mebibyte = 1024 ** 2;
const came = (node: string, began: number, ended: number, mebibytes: number): Recovery => ({
  node,
  began: began * 1000,
  ended: ended * 1000,
  bytes: mebibytes * mebibyte,
});

describe('speed', () => {
  it.each([
    ['nothing came', [], undefined],
    ['too little came', [came('a', 0, 1, 10)], undefined],
    ['one after the other', [came('a', 0, 2, 100), came('a', 2, 4, 60)], 40],
    ['beside each other count as one time', [came('a', 0, 4, 100), came('a', 0, 4, 60)], 40],
    ['in part beside each other', [came('a', 0, 3, 100), came('a', 2, 4, 60), came('a', 1, 2, 40)], 50],
    ['a pause is no time', [came('a', 0, 1, 50), came('a', 100, 101, 50)], 50],
    ['of three nodes the middle one', [came('a', 0, 1, 90), came('b', 0, 1, 70), came('c', 0, 1, 500)], 90],
    ['a node with too little says nothing', [came('a', 0, 1, 90), came('b', 0, 1, 1)], 90],
  ])('%s', (_name, recoveries, expected) => {
    expect(speedOf(recoveries)).toBe(expected === undefined ? undefined : expected * mebibyte);
  });
});

const done = (mebibytes: number, type = 'PEER') => ({
  type,
  start_time_in_millis: 1_000,
  stop_time_in_millis: 2_000,
  target: { name: 'logs-es-data-0' },
  index: { size: { recovered_in_bytes: mebibytes * mebibyte } },
});

async function read(recoveries: unknown, settings: unknown) {
  const answer = ({ path }: { readonly path: string }): Answer =>
    path.startsWith('/logs-*-*/_recovery?')
      ? { body: recoveries }
      : path.startsWith('/_cluster/settings?')
        ? { body: settings }
        : { status: 400, body: { error: 'no handler found' } };
  await using standIn = await startStandIn(answer);
  const client = new EsClient(standIn.endpoint, { ...usualLimits, retries: 0 });
  try {
    return await readRecoverySpeed(client, 'logs-*-*', new AbortController().signal);
  } finally {
    await client.close();
  }
}

const limit = (text: string) => ({ 'indices.recovery.max_bytes_per_sec': text });

describe('what Elasticsearch says', () => {
  it('is measured where enough has come', async () => {
    const recoveries = { a: { shards: [done(80), done(900, 'EXISTING_STORE')] }, b: { shards: [{ type: 'PEER' }] } };
    expect(await read(recoveries, {})).toEqual({ bytesPerSecond: 80 * mebibyte, measured: true });
  });

  it.each([
    ['the default', { defaults: limit('40mb') }, 40],
    ['of the node', { defaults: limit('125mb') }, 125],
    ['a setting before it', { persistent: limit('10mb'), defaults: limit('40mb') }, 10],
    ['a transient one before both', { transient: limit('2gb'), persistent: limit('10mb') }, 2048],
    ['no limit at all', { persistent: limit('0b') }, 40],
    ['an empty answer', {}, 40],
  ])('else it is the limit: %s', async (_name, settings, expected) => {
    expect(await read({}, settings)).toEqual({ bytesPerSecond: expected * mebibyte, measured: false });
  });

  it('distorted is a fault', async () => {
    await expect(read({ a: { shards: [{ type: 7 }] } }, {})).rejects.toMatchObject({ code: 'EsInvalidAnswer' });
  });
});
