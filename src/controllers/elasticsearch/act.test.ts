// Tests of carrying out a plan: nothing of a paused stack's, and what the API server refuses to volumes holds nothing else up.
import { describe, expect, it } from 'vitest';
import type { Action } from '../../core/elasticsearch/actions.ts';
import type { Observed } from '../../core/elasticsearch/observed.ts';
import type { ObjectAction } from '../../core/objects.ts';
import { exampleStack } from '../../core/stack.testing.ts';
import { ElasticsearchClients } from '../../elasticsearch/clients.ts';
import { startStandIn } from '../../elasticsearch/stand-in.testing.ts';
import { Fault } from '../../kube/errors.ts';
import { memoryLog } from '../../kube/testing.ts';
import type { Look } from '../framework.ts';
import { act } from './act.ts';

const never = new AbortController().signal;
const seen: Observed = {
  takenAt: '2026-01-01T00:00:00Z',
  objects: [],
  secrets: [],
  recordedUuid: undefined,
  cluster: { answered: false, code: 'EsUnreachable', message: 'No connection.' },
};
const lookWith = (facts: Partial<Look>): Look =>
  ({ stack: exampleStack(), runtime: { log: memoryLog() }, ...facts }) as unknown as Look;

describe('a paused stack', () => {
  it('writes nothing to Elasticsearch, and says what it would', async () => {
    await using standIn = await startStandIn(() => ({ body: {} }));
    const clients = new ElasticsearchClients();
    const heldBack: string[] = [];
    const actions: readonly Action[] = [
      { kind: 'setExclusions', names: ['logs-es-data-2'], marked: ['logs-es-data-2'] },
      { kind: 'clearVotingExclusions' },
    ];
    await act(lookWith({ heldBack }), { chains: [actions], seen }, clients.of('uid', standIn.endpoint), never);
    clients.closeAll();
    expect(standIn.received).toEqual([]);
    expect(heldBack).toEqual(['move all shards off logs-es-data-2', 'let every master node vote again']);
  });
});

describe('[expand-volume] a volume that may not grow', () => {
  const apply = (kind: string, name: string, fieldManager: string): ObjectAction => ({
    kind: 'apply',
    object: { apiVersion: 'v1', kind, metadata: { name } },
    fieldManager,
  });
  const claim = (node: string) => apply('PersistentVolumeClaim', `data-${node}`, 'loggingstack-elasticsearch-volumes');
  const config = apply('ConfigMap', 'logs-es-data-config', 'loggingstack-elasticsearch');

  /** Carries out growth of two claims and a write of a config, the writes of one kind of object meeting a fault. */
  async function acting(fault: Fault, kind: string) {
    const written: string[] = [];
    const look = lookWith({
      act: (actions) => {
        const [action] = actions;
        if (action?.kind !== 'apply') throw new Error('The test knows writes only.');
        if (action.object.kind === kind) return Promise.reject(fault);
        written.push(action.object.metadata.name);
        return Promise.resolve();
      },
    });
    const actions = [claim('logs-es-data-0'), claim('logs-es-data-1'), config];
    return { written, acted: await act(look, { chains: [actions], seen }, undefined, never) };
  }

  it('is told of, in the words of the API server, and the rest goes on', async () => {
    const why = 'only dynamically provisioned pvc can be resized';
    const { written, acted } = await acting(new Fault('Forbidden', why), 'PersistentVolumeClaim');
    expect(written).toEqual(['logs-es-data-config']);
    expect(acted.refused).toMatchObject([
      { rule: 'VolumeExpansionRefused', subject: 'PersistentVolumeClaim/data-logs-es-data-0' },
      { rule: 'VolumeExpansionRefused', subject: 'PersistentVolumeClaim/data-logs-es-data-1' },
    ]);
    expect(acted.refused[0]?.message).toContain(why);
  });

  it('is no refusal when the API server did not judge, or refuses something else', async () => {
    await expect(acting(new Fault('Conflict', 'changed meanwhile'), 'PersistentVolumeClaim')).rejects.toMatchObject({
      code: 'Conflict',
    });
    await expect(acting(new Fault('Forbidden', 'no'), 'ConfigMap')).rejects.toMatchObject({ code: 'Forbidden' });
  });
});

describe('a write that is refused', () => {
  const lift: Action = { kind: 'setExclusions', names: [], marked: [] };
  const template: Action = { kind: 'putIndexTemplate', name: 'loggingstack-logs', body: {} };
  const config: Action = {
    kind: 'apply',
    object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'logs-es-data-config' } },
    fieldManager: 'loggingstack-elasticsearch',
  };

  /** Carries out chains against an Elasticsearch that answers the template with a status, and a Kubernetes that denies configs. */
  async function acting(status: number, chains: readonly (readonly Action[])[], denied?: Fault) {
    await using standIn = await startStandIn(({ path }) =>
      path.startsWith('/_index_template') ? { status, body: {} } : { body: { acknowledged: true } },
    );
    const clients = new ElasticsearchClients();
    const look = lookWith({ act: () => (denied === undefined ? Promise.resolve() : Promise.reject(denied)) });
    const acted = act(look, { chains, seen }, clients.of('uid', standIn.endpoint), never);
    const outcome = await acted.then(
      ({ failed }) => failed.map(({ action, fault }) => `${action.kind} ${fault.code}`),
      (error: unknown) => String(error),
    );
    clients.closeAll();
    return { outcome, paths: standIn.received.map(({ path }) => path.split('?')[0]) };
  }

  it('holds up what comes after it in its chain, and no other chain: what was set is given back', async () => {
    const { outcome, paths } = await acting(400, [[template, lift], [lift]]);
    expect(outcome).toEqual(['putIndexTemplate EsError']);
    expect(paths).toEqual(['/_index_template/loggingstack-logs', '/_cluster/settings']);
  });

  it('is the last when Elasticsearch cannot be asked at all', async () => {
    const { outcome, paths } = await acting(503, [[template], [lift]]);
    expect(outcome).toEqual(['putIndexTemplate EsBusy']);
    expect(paths).toEqual(['/_index_template/loggingstack-logs']);
  });

  it('by Kubernetes for good is thrown after the other chains had their turn, any other fault at once', async () => {
    const quota = await acting(200, [[config, template], [lift]], new Fault('Forbidden', 'exceeded quota'));
    expect(quota.outcome).toContain('exceeded quota');
    expect(quota.paths).toEqual(['/_cluster/settings']);
    const lost = await acting(200, [[config], [lift]], new Fault('LeaseLost', 'not the leader'));
    expect(lost.outcome).toContain('not the leader');
    expect(lost.paths).toEqual([]);
  });
});
