// Tests of what is read out of Elasticsearch's own deprecations, and that half an answer is none.
import { describe, expect, it } from 'vitest';
import { answering, answersOf } from '../answers.testing.ts';
import { EsClient, usualLimits } from '../client.ts';
import { EsFault } from '../faults.ts';
import { type Answer, startStandIn } from '../stand-in.testing.ts';
import { readDeprecations } from './deprecations.ts';

const path = '/_migration/deprecations';
const issue = (level: string, message: string, more: object = {}) => ({ level, message, url: 'https://x', ...more });
const body = {
  cluster_settings: [issue('critical', 'A setting of the cluster.'), issue('warning', 'A warning.')],
  node_settings: [issue('critical', 'Mended by the restart.', { resolve_during_rolling_upgrade: true })],
  index_settings: { old: [issue('critical', 'A setting of old.')], new: [issue('warning', 'A warning.')] },
  data_streams: { 'logs-a-b': [issue('critical', 'Of a stream.')] },
  ml_settings: [],
};

async function read(instead: Readonly<Record<string, Answer>> = {}) {
  await using standIn = await startStandIn(answering(answersOf('8.19'), instead));
  const client = new EsClient(standIn.endpoint, { ...usualLimits, retries: 0 });
  try {
    return await readDeprecations(client, new AbortController().signal);
  } finally {
    await client.close();
  }
}

describe('deprecations', () => {
  it('are critical ones that the upgrade itself does not mend, by index', async () => {
    expect(await read({ [path]: { body } })).toEqual([
      { index: undefined, message: 'A setting of the cluster.' },
      { index: 'old', message: 'A setting of old.' },
      { index: undefined, message: 'Of a stream.' },
    ]);
  });

  it('are none where the distribution has no such API', async () => {
    expect(await read()).toEqual([]);
  });

  it.each<[string, Answer]>([
    ['is refused', { status: 403, body: {} }],
    ['fails', { status: 500, body: {} }],
    ['lacks a part', { body: { ...body, index_settings: undefined } }],
  ])('[drain-fails-open] an answer that %s is none', async (_name, answer) => {
    await expect(read({ [path]: answer })).rejects.toBeInstanceOf(EsFault);
  });

  it('[drain-fails-open] that somebody in between knows no such API proves nothing', async () => {
    await expect(read({ '/_capabilities': { body: { supported: true } } })).rejects.toBeInstanceOf(EsFault);
  });
});
