// Tests of carrying out a plan while the stack is paused: Elasticsearch hears of nothing.
import { describe, expect, it } from 'vitest';
import { ElasticsearchClients } from '../../elasticsearch/clients.ts';
import { startStandIn } from '../../elasticsearch/stand-in.testing.ts';
import type { Look } from '../framework.ts';
import { act } from './act.ts';

const never = new AbortController().signal;

describe('a paused stack', () => {
  it('writes nothing to Elasticsearch, and says what it would', async () => {
    await using standIn = await startStandIn(() => ({ body: {} }));
    const clients = new ElasticsearchClients();
    const heldBack: string[] = [];
    const look = { heldBack } as unknown as Look;
    await act(
      look,
      [
        { kind: 'setExclusions', names: ['logs-es-data-2'], marked: ['logs-es-data-2'] },
        { kind: 'clearVotingExclusions' },
      ],
      clients.of('uid', standIn.endpoint),
      never,
    );
    clients.closeAll();
    expect(standIn.received).toEqual([]);
    expect(heldBack).toEqual(['move all shards off logs-es-data-2', 'let every master node vote again']);
  });
});
