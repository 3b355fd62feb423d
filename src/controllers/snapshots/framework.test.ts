// Tests of what the controllers of snapshots share, on a stand-in of the API server's client: when a status is written, and when not.
import { describe, expect, it } from 'vitest';
import { apiVersion } from '../../api/logging-stack.ts';
import type { KubeObject } from '../../core/kubernetes.ts';
import { ElasticsearchClients } from '../../elasticsearch/clients.ts';
import { EsFault } from '../../elasticsearch/faults.ts';
import { Fault } from '../../kube/errors.ts';
import { operatorStandIn, stackObjects } from '../operator.testing.ts';
import { type ObjectController, type ObjectLook, type ObjectOutcome, objectReconciler } from './framework.ts';

const never = new AbortController().signal;
const snapshot = (more: object = {}): KubeObject => ({
  apiVersion,
  kind: 'StackSnapshot',
  metadata: { name: 'one', namespace: 'team', uid: 'uid-2', generation: 1, resourceVersion: '7' },
  spec: { stackRef: { name: 'logs' }, repositoryRef: { name: 'backups' } },
  ...more,
});
const ready = {
  type: 'Complete',
  status: 'True',
  reason: 'Success',
  message: 'All is copied.',
  observedGeneration: 1,
  lastTransitionTime: '2026-01-01T00:00:00Z',
} as const;

/** Reconciles the object with a controller that does this. */
async function reconciled(
  object: KubeObject,
  work: (look: ObjectLook) => Promise<ObjectOutcome>,
  objects: readonly KubeObject[] = stackObjects(),
) {
  const operator = operatorStandIn([...objects, object]);
  const controller: ObjectController = { kind: 'StackSnapshot', condition: 'Complete', reconcile: work };
  const clients = new ElasticsearchClients();
  const result = objectReconciler(controller, operator.runtime, clients)('team/one', never);
  const ended = await result.then(
    (value) => ({ value, error: undefined }),
    (error: unknown) => ({ value: undefined, error }),
  );
  clients.closeAll();
  return { ...operator, ...ended };
}

const saying = (status: ObjectOutcome['status']) => (): Promise<ObjectOutcome> =>
  Promise.resolve({ status, requeueAfterMs: 1000 });

describe('an object of people', () => {
  it('gets the status that its controller says, an Event for what changed, and is looked at again when that says so', async () => {
    const { statuses, events, ...ended } = await reconciled(snapshot(), saying({ conditions: [ready], percent: 40 }));
    expect(statuses.map(({ status }) => status)).toEqual([{ conditions: [ready], percent: 40 }]);
    expect(events.map(({ reason }) => reason)).toEqual(['Success']);
    expect(ended).toMatchObject({ value: { requeueAfterMs: 1000 } });
  });

  it('is not written when it says so already, also where a field is undefined', async () => {
    const object = snapshot({ status: { conditions: [ready] } });
    expect((await reconciled(object, saying({ conditions: [ready], percent: undefined }))).statuses).toEqual([]);
  });

  it('loses what its controller no longer says', async () => {
    const object = snapshot({ status: { conditions: [ready], percent: 40 } });
    const { statuses } = await reconciled(object, saying({ conditions: [ready] }));
    expect(statuses.map(({ status }) => status)).toEqual([{ conditions: [ready] }]);
  });

  it('has its intent written only as it was looked at', async () => {
    const { statuses } = await reconciled(snapshot(), async ({ writeFirst }) => {
      await writeFirst({ conditions: [ready] }, never);
      return { status: undefined, requeueAfterMs: undefined };
    });
    expect(statuses.map(({ metadata }) => metadata.resourceVersion)).toEqual(['7']);
  });

  it('knows its stack, unless that is gone or on its way out', async () => {
    const seen = async (objects: readonly KubeObject[]) => {
      const found: unknown[] = [];
      await reconciled(
        snapshot(),
        (look) => {
          found.push(look.stack?.object.metadata.name);
          return saying(undefined)();
        },
        objects,
      );
      return found[0];
    };
    const [stack, ...others] = stackObjects();
    if (stack === undefined) throw new Error('no stack');
    const leaving = { ...stack, metadata: { ...stack.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
    expect(await seen(stackObjects())).toBe('logs');
    expect(await seen([leaving, ...others])).toBeUndefined();
    expect(await seen(others)).toBeUndefined();
  });
});

describe('a look that fails', () => {
  const failing = (error: Error) => (): Promise<ObjectOutcome> => Promise.reject(error);

  it('is told of in the condition of the controller, and leaves the rest', async () => {
    const other = { ...ready, type: 'Other' };
    const object = snapshot({ status: { conditions: [ready, other], percent: 40 } });
    const { statuses, error } = await reconciled(object, failing(new EsFault('EsTimeout', 'No answer in time.')));
    expect(error).toBeInstanceOf(EsFault);
    expect(statuses[0]?.['status']).toMatchObject({
      conditions: [{ type: 'Complete', status: 'Unknown', reason: 'EsTimeout', message: 'No answer in time.' }, other],
      percent: 40,
    });
  });

  it('shows nothing of an error that nobody foresaw', async () => {
    const { statuses } = await reconciled(snapshot(), failing(new Error('password: geheim')));
    expect(JSON.stringify(statuses)).not.toContain('geheim');
    expect(JSON.stringify(statuses)).toContain('InternalError');
  });

  it('is no news when it only says to look again', async () => {
    const { statuses, error } = await reconciled(snapshot(), failing(new Fault('Conflict', 'changed meanwhile')));
    expect(error).toBeInstanceOf(Fault);
    expect(statuses).toEqual([]);
  });
});
