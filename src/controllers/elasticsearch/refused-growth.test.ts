// Tests of volumes that were not let grow: the same is not asked for again for a while, and nothing else waits for it.
import { expect, it } from 'vitest';
import type { ObjectAction } from '../../core/objects.ts';
import { exampleStack } from '../../core/stack.testing.ts';
import { Fault } from '../../kube/errors.ts';
import { FakeClock } from '../../kube/testing.ts';
import type { Look } from '../framework.ts';
import { RefusedGrowth } from './refused-growth.ts';

const never = new AbortController().signal;

const growing = (size: string): ObjectAction => ({
  kind: 'apply',
  fieldManager: 'loggingstack-elasticsearch-volumes',
  object: {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data-logs-es-data-0', namespace: 'team' },
    spec: { resources: { requests: { storage: size } } },
  },
});

const other: ObjectAction = {
  kind: 'delete',
  reference: { apiVersion: 'v1', kind: 'Pod', namespace: 'team', name: 'logs-es-data-0' },
  uid: 'u',
  resourceVersion: '1',
};

it('asks for the same size again after a minute, and for another at once', async () => {
  const clock = new FakeClock();
  const asked: ObjectAction[] = [];
  const growth = new RefusedGrowth();
  const look = growth.remembering({
    stack: exampleStack(),
    runtime: { clock },
    act: ([action]: readonly [ObjectAction]) => {
      asked.push(action);
      return Promise.reject(new Fault('Forbidden', 'exceeded quota'));
    },
  } as unknown as Look);
  const tryTo = (action: ObjectAction) => expect(look.act([action], never)).rejects.toThrow('exceeded quota');
  await tryTo(growing('20Gi'));
  await tryTo(growing('20Gi'));
  expect(asked).toHaveLength(1);
  await tryTo(growing('30Gi'));
  await tryTo(other);
  await tryTo(other);
  expect(asked).toHaveLength(4);
  await clock.advance(60_000);
  await tryTo(growing('20Gi'));
  await tryTo(growing('20Gi'));
  expect(asked).toHaveLength(5);
  growth.forget(look.stack.identity);
  await tryTo(growing('20Gi'));
  expect(asked).toHaveLength(6);
});
