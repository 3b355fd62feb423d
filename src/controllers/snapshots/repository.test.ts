// Tests of the controller of StackRepositories on stand-ins of the API server's client and of Elasticsearch: what it asks of whom, in which order, and what it keeps to itself.
import { describe, expect, it } from 'vitest';
import { apiVersion } from '../../api/logging-stack.ts';
import type { KubeObject } from '../../core/kubernetes.ts';
import { annotations, labels } from '../../core/names.ts';
import { usesInWords, usesOf } from '../../core/snapshots/repositories.ts';
import {
  claimOf,
  fileSystemSpec,
  repositoryOf,
  s3Keys,
  s3Spec,
  secretOf,
} from '../../core/snapshots/repositories.testing.ts';
import { exampleIdentity } from '../../core/stack.testing.ts';
import { ElasticsearchClients } from '../../elasticsearch/clients.ts';
import { type Answer, type Received, startStandIn } from '../../elasticsearch/stand-in.testing.ts';
import { operatorStandIn, stackObjects } from '../operator.testing.ts';
import { finalizer, objectReconciler } from './framework.ts';
import { repositoryController } from './repository.ts';

const never = new AbortController().signal;
const reference = { apiVersion, kind: 'StackRepository', namespace: 'team', name: 'backups' };
const missing: Answer = { status: 404, body: { error: { type: 'repository_missing_exception' } } };
const line = ({ method, path }: Received): string => `${method} ${path.split('?')[0] ?? ''}`;

/** Keeps what is registered, as Elasticsearch does; `verify` answers verifications. */
class Registry {
  registered: unknown;
  verify: Answer = { body: { nodes: { 'id-0': { name: 'logs-es-data-0' } } } };

  readonly answer = ({ method, path, body }: Received): Answer => {
    if (path.startsWith('/_nodes/plugins'))
      return { body: { _nodes: { failed: 0 }, nodes: { 'id-0': { modules: [{ name: 'repository-s3' }] } } } };
    if (path.includes('/_verify')) return this.verify;
    if (method === 'PUT') this.registered = JSON.parse(body);
    if (method === 'DELETE') this.registered = undefined;
    if (method !== 'GET') return { body: { acknowledged: true } };
    return this.registered === undefined ? missing : { body: { backups: this.registered } };
  };
}

/** What a test does with the repository, step by step. */
interface Scene {
  readonly operator: ReturnType<typeof operatorStandIn>;
  readonly registry: Registry;
  /** Reconciles once; returns what was asked of Elasticsearch. */
  readonly step: () => Promise<readonly string[]>;
  /** Replaces the pods, as the operator does when they are to have something else. */
  readonly roll: () => Promise<void>;
  readonly repository: () => KubeObject | undefined;
  readonly condition: (type: string) => string;
}

async function play(objects: readonly KubeObject[], act: (scene: Scene) => Promise<void>): Promise<void> {
  const registry = new Registry();
  await using standIn = await startStandIn((request) => registry.answer(request));
  const clients = new ElasticsearchClients();
  clients.of = () => ElasticsearchClients.prototype.of.call(clients, 'team/logs', standIn.endpoint);
  const operator = operatorStandIn([...stackObjects(), ...objects]);
  const reconcile = objectReconciler(repositoryController(), operator.runtime, clients);
  const repository = () => operator.find(reference);
  try {
    await act({
      operator,
      registry,
      repository,
      step: async () => {
        const before = standIn.received.length;
        await reconcile('team/backups', never);
        return standIn.received.slice(before).map(line);
      },
      roll: async () => {
        const pod = operator.find({ apiVersion: 'v1', kind: 'Pod', namespace: 'team', name: 'logs-es-data-0' });
        const found = repository();
        if (pod === undefined || found === undefined) throw new Error('nothing is there');
        const uses = usesInWords(usesOf(exampleIdentity, [found]));
        const labelled = { ...pod.metadata.labels, [labels.pool]: 'data' };
        const metadata = { ...pod.metadata, labels: labelled, annotations: { [annotations.repositories]: uses } };
        await operator.put({ ...pod, metadata });
      },
      condition: (type) => {
        const { conditions = [] } = (repository()?.['status'] ?? {}) as {
          conditions?: readonly { type: string; status: string; reason: string }[];
        };
        const found = conditions.find((one) => one.type === type);
        return `${found?.status} ${found?.reason}`;
      },
    });
  } finally {
    clients.closeAll();
  }
}

const files = [repositoryOf(fileSystemSpec), claimOf()];
const bucket = [repositoryOf(s3Spec), secretOf(s3Keys)];

describe('a StackRepository', () => {
  it('is held by a finalizer before Elasticsearch gets to know of it, then registered, verified, and left alone', async () => {
    await play(files, async ({ operator, step, roll, repository, condition }) => {
      expect(await step()).toEqual(['GET /_snapshot/backups']);
      expect(repository()?.metadata.finalizers).toEqual([finalizer]);
      expect(condition('Ready')).toBe('False WaitingForNodes');
      await roll();
      expect(await step()).toEqual([
        'GET /_snapshot/backups',
        'PUT /_snapshot/backups',
        'POST /_snapshot/backups/_verify',
      ]);
      expect(condition('Ready')).toBe('True Verified');
      const told = operator.statuses.length;
      expect(await step()).toEqual(['GET /_snapshot/backups']);
      expect(operator.statuses.length).toBe(told);
    });
  });

  it('has its credentials laid down in a Secret, and tells them nowhere else', async () => {
    await play(bucket, async ({ operator, step, roll, condition }) => {
      expect(await step()).toEqual(['GET /_snapshot/backups', 'GET /_nodes/plugins']);
      expect(operator.written.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
        'Secret logs-es-repository-backups',
      ]);
      await step();
      await roll();
      await step();
      expect(condition('Ready')).toBe('True Verified');
      const told = JSON.stringify([operator.statuses, operator.events, operator.log.lines]);
      for (const value of Object.values(s3Keys)) {
        expect(told).not.toContain(value);
        expect(told).not.toContain(Buffer.from(value).toString('base64'));
      }
    });
  });

  it('[hot-loop] that cannot be verified says why, and is not asked for again at the next look', async () => {
    await play(files, async ({ operator, registry, step, roll, condition }) => {
      registry.verify = {
        status: 500,
        body: { error: { type: 'repository_verification_exception', reason: '[backups] path is not accessible' } },
      };
      await step();
      await roll();
      expect(await step()).toContain('POST /_snapshot/backups/_verify');
      expect(condition('Ready')).toBe('False VerificationFailed');
      expect(operator.events.map(({ type, reason }) => `${type} ${reason}`)).toContain('Warning VerificationFailed');
      expect(await step()).toEqual(['GET /_snapshot/backups']);
      await operator.clock.advance(10_000);
      expect(await step()).toContain('POST /_snapshot/backups/_verify');
      await operator.clock.advance(10_000);
      expect(await step()).toEqual(['GET /_snapshot/backups']);
    });
  });

  it('with an Elasticsearch that refuses to answer is not known to be ready', async () => {
    await play(files, async ({ registry, step, roll, condition }) => {
      await step();
      await roll();
      Object.assign(registry, { answer: () => ({ status: 403 }) });
      await step();
      expect(condition('Ready')).toBe('Unknown EsUnauthorized');
      expect(condition('Accepted')).toBe('True Accepted');
    });
  });

  it('of a spec that this operator does not understand says so', async () => {
    const strange = repositoryOf({ ...fileSystemSpec, ...{ tape: { drive: 1 } } });
    await play([strange, claimOf()], async ({ step, condition }) => {
      await expect(step()).rejects.toMatchObject({ code: 'Invalid' });
      expect(condition('Ready')).toBe('Unknown Invalid');
    });
  });
});

describe('[finalizer-wedge] a StackRepository that is deleted', () => {
  const deletionTimestamp = '1970-01-01T00:00:00Z';
  const dependent: KubeObject = {
    apiVersion,
    kind: 'StackSnapshot',
    metadata: { name: 'one', namespace: 'team', uid: 'uid-o', finalizers: [finalizer], deletionTimestamp },
    spec: { stackRef: { name: 'logs' }, repositoryRef: { name: 'backups' } },
  };
  const leave = async ({ operator, step, roll, repository }: Scene): Promise<void> => {
    await step();
    await roll();
    await step();
    const found = repository();
    if (found === undefined) throw new Error('no repository');
    const metadata = { ...found.metadata, deletionTimestamp: operator.clock.wall().toISOString() };
    await operator.put({ ...found, metadata });
  };

  it('is forgotten by Elasticsearch, and let go', async () => {
    await play(files, async (scene) => {
      await leave(scene);
      expect(await scene.step()).toEqual(['GET /_snapshot/backups', 'DELETE /_snapshot/backups']);
      expect(scene.operator.written.at(-1)?.metadata).not.toHaveProperty('finalizers');
      expect(scene.operator.written.at(-1)?.metadata.name).toBe('backups');
    });
  });

  it.each<[string, object]>([
    ['has nothing to delete', { finalizers: [] }],
    ['is of another namespace', { namespace: 'other' }],
  ])('waits for a snapshot of it, but not for one that %s', async (_name, metadata) => {
    await play([...files, dependent], async (scene) => {
      await leave(scene);
      expect(await scene.step()).toEqual(['GET /_snapshot/backups']);
      expect(scene.condition('Accepted')).toBe('False BeingDeleted');
      expect(scene.condition('Ready')).toBe('True Verified');
    });
    const other = { ...dependent, metadata: { ...dependent.metadata, ...metadata } };
    await play([...files, other], async (scene) => {
      await leave(scene);
      expect(await scene.step()).toContain('DELETE /_snapshot/backups');
    });
  });

  it('comes to its end also with a spec that this operator does not understand', async () => {
    const strange = repositoryOf({ ...fileSystemSpec, ...{ tape: { drive: 1 } } }, { deletionTimestamp });
    await play([strange, claimOf()], async ({ step }) => {
      expect(await step()).toEqual(['GET /_snapshot/backups']);
    });
  });
});
