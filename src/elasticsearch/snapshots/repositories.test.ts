// Tests of repositories against a stand-in that answers as 8.19 and 9.x do: what exactly is asked, what an answer means, and that only Elasticsearch's own word is "there is none".
import { describe, expect, it } from 'vitest';
import type { RepositoryAction } from '../../core/snapshots/repository-actions.ts';
import { EsClient, usualLimits } from '../client.ts';
import { type Answer, type Received, startStandIn } from '../stand-in.testing.ts';
import { carryOutOnRepository, modulesOfNodes, registeredRepository } from './repositories.ts';

const never = new AbortController().signal;
const registration = { type: 'fs', settings: { location: '/usr/share/elasticsearch/snapshots/backups/team/backups' } };
const register: RepositoryAction = { kind: 'registerRepository', name: 'backups', registration };
const verify: RepositoryAction = { kind: 'verifyRepository', name: 'backups' };
const unregister: RepositoryAction = { kind: 'unregisterRepository', name: 'backups' };

/** Asks a stand-in; returns what came of it, and what it was sent. */
async function asked<T>(answer: Answer, ask: (client: EsClient) => Promise<T>, answerMs = usualLimits.answerMs) {
  await using standIn = await startStandIn(() => answer);
  const client = new EsClient(standIn.endpoint, { ...usualLimits, retries: 0, answerMs });
  try {
    return { value: await ask(client), requests: standIn.received };
  } finally {
    await client.close();
  }
}

const look = (client: EsClient) => registeredRepository(client, 'backups', never);
const modules = (client: EsClient) => modulesOfNodes(client, never);
const act = (action: RepositoryAction) => (client: EsClient) => carryOutOnRepository(client, action, never);
const line = ({ method, path }: Received): string => `${method} ${path}`;

const refusal = (status: number, type: string, reason: string, cause?: string): Answer => ({
  status,
  body: { error: { type, reason, ...(cause === undefined ? {} : { caused_by: { reason: cause } }) }, status },
});
const missing = refusal(404, 'repository_missing_exception', '[backups] missing');

describe('what is registered', () => {
  it('is told with its type and settings; what is no text, no StackRepository has', async () => {
    const settings = { ...registration.settings, readonly: 'true', throttled: { delay: '1s' } };
    const { value, requests } = await asked({ body: { backups: { type: 'fs', uuid: 'x', settings } } }, look);
    expect(value).toEqual({ type: 'fs', settings: { ...registration.settings, readonly: 'true' } });
    expect(requests.map(line)).toEqual(['GET /_snapshot/backups?master_timeout=3s']);
  });

  it('is nothing when Elasticsearch says so', async () => {
    expect((await asked(missing, look)).value).toBeUndefined();
  });

  it.each<[string, Answer, string]>([
    ['another 404', refusal(404, 'index_not_found_exception', 'no such index'), 'EsNotFound'],
    ['an empty answer', { body: {} }, 'EsInvalidAnswer'],
    ['the answer for another name', { body: { other: { type: 'fs', settings: {} } } }, 'EsInvalidAnswer'],
    ['an answer without settings', { body: { backups: { type: 'fs' } } }, 'EsInvalidAnswer'],
    ['no rights', { status: 403 }, 'EsUnauthorized'],
    ['no master', refusal(503, 'master_not_discovered_exception', ''), 'EsNoMaster'],
  ])('is not known after %s', async (_name, answer, code) => {
    await expect(asked(answer, look)).rejects.toMatchObject({ code });
  });
});

describe('modules', () => {
  const node = (names: readonly string[], plugins: readonly string[] = []) => ({
    ...(names.length === 0 ? {} : { modules: names.map((name) => ({ name })) }),
    ...(plugins.length === 0 ? {} : { plugins: plugins.map((name) => ({ name })) }),
  });
  const nodes = (...all: readonly object[]) => Object.fromEntries(all.map((one, place) => [`id-${place}`, one]));

  it('are those that every node has, as a module or as a plugin', async () => {
    const all = nodes(node(['repository-s3', 'reindex']), node(['reindex'], ['repository-s3', 'repository-gcs']));
    const { value, requests } = await asked({ body: { _nodes: { failed: 0 }, nodes: all } }, modules);
    expect(value).toEqual(['reindex', 'repository-s3']);
    expect(requests[0]?.path).toContain('/_nodes/plugins?');
  });

  it.each<[string, object]>([
    ['a node did not answer', { _nodes: { failed: 1 }, nodes: nodes(node(['repository-s3'])) }],
    ['no node is in the answer', { _nodes: { failed: 0 }, nodes: {} }],
    ['nobody says whether all answered', { nodes: nodes(node(['repository-s3'])) }],
  ])('are not known when %s', async (_name, body) => {
    await expect(asked({ body }, modules)).rejects.toMatchObject({ code: 'EsInvalidAnswer' });
  });
});

describe('writes', () => {
  it('register without a verification, which is a request of its own', async () => {
    const { requests } = await asked({ body: { acknowledged: true } }, act(register));
    expect(requests.map(line)).toEqual(['PUT /_snapshot/backups?verify=false&master_timeout=3s&timeout=5s']);
    expect(requests.map(({ body }) => JSON.parse(body) as unknown)).toEqual([registration]);
  });

  it('verify, and take more time for it than other requests', async () => {
    const late: Answer = {
      send: (response) => {
        setTimeout(() => {
          response.writeHead(200, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' });
          response.end('{"nodes":{"id-0":{"name":"logs-es-data-0"}}}');
        }, 700);
      },
    };
    const { requests } = await asked(late, act(verify), 300);
    expect(requests.map(line)).toEqual(['POST /_snapshot/backups/_verify?master_timeout=3s']);
  });

  it('unregister, and one that is not there is none', async () => {
    const { requests } = await asked({ body: { acknowledged: true } }, act(unregister));
    expect(requests.map(line)).toEqual(['DELETE /_snapshot/backups?master_timeout=3s&timeout=5s']);
    await asked(missing, act(unregister));
  });

  it("tell why something failed in Elasticsearch's words", async () => {
    const failed = refusal(
      500,
      'repository_verification_exception',
      '[backups] path is not accessible on master node',
      '/usr/share/elasticsearch/snapshots/backups/team: Read-only file system',
    );
    await expect(asked(failed, act(verify))).rejects.toMatchObject({
      reason:
        '[backups] path is not accessible on master node: /usr/share/elasticsearch/snapshots/backups/team: Read-only file system',
    });
    const unknown = refusal(500, 'repository_exception', '[backups] repository type [s3] does not exist');
    await expect(asked(unknown, act(register))).rejects.toMatchObject({
      reason: '[backups] repository type [s3] does not exist',
    });
    const used = refusal(409, 'repository_conflict_exception', '[backups] is currently used');
    await expect(asked(used, act(unregister))).rejects.toMatchObject({ reason: '[backups] is currently used' });
  });

  it.each<[string, RepositoryAction, Answer, string]>([
    ['a registration that was not acknowledged', register, { body: { acknowledged: false } }, 'EsInvalidAnswer'],
    ['a verification by no node', verify, { body: { nodes: {} } }, 'EsInvalidAnswer'],
    ['a verification without nodes', verify, { body: {} }, 'EsInvalidAnswer'],
    ['another 404', unregister, { status: 404 }, 'EsNotFound'],
    ['a removal that was not acknowledged', unregister, { body: { acknowledged: false } }, 'EsInvalidAnswer'],
  ])('%s is a fault', async (_name, action, answer, code) => {
    await expect(asked(answer, act(action))).rejects.toMatchObject({ code });
  });
});
