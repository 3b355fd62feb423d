// Integration: a paused stack on a real API server: nothing is written but its status, which says what would be; and it goes on when it is no longer paused.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { KubeObject, ObjectReference } from '../core/kubernetes.ts';
import { managedBy } from '../core/names.ts';
import type { SharedStatus } from '../core/status/conditions.ts';
import { KubeClient } from '../kube/client.ts';
import { edit, freshNamespace, list, make, never, transportFor, until } from '../kube/integration-helpers.ts';
import { RESOURCES } from '../kube/resources.ts';
import { runOperator } from './integration-helpers.ts';

const transport = transportFor(inject('kubeconfig'));
const client = new KubeClient(transport);
const stop = new AbortController();
let running: Promise<void>;
let stack: ObjectReference;

const kinds = ['ConfigMap', 'Deployment', 'DaemonSet', 'RoleBinding', 'Secret', 'Service', 'StatefulSet'] as const;

async function owned(): Promise<readonly KubeObject[]> {
  const selection = { namespace: stack.namespace ?? '', matchLabels: { 'app.kubernetes.io/managed-by': managedBy } };
  return (await Promise.all(kinds.map((kind) => list(transport, RESOURCES[kind], selection)))).flat();
}

const statusOf = async (): Promise<SharedStatus> => (await client.get(stack, never))['status'] ?? {};

const isPaused = async (status: 'True' | 'False'): Promise<boolean> =>
  (await statusOf()).conditions?.some((one) => one.type === 'Paused' && one.status === status) === true;

beforeAll(async () => {
  const namespace = await freshNamespace(transport);
  const { apiVersion, kind } = RESOURCES.LoggingStack;
  stack = { apiVersion, kind, namespace, name: 'logs' };
  await make(transport, {
    apiVersion,
    kind,
    metadata: { name: 'logs', namespace },
    spec: { version: '9.4.3', paused: true },
  });
  running = runOperator(transport, stop.signal, [namespace]);
});

afterAll(async () => {
  stop.abort();
  await running;
});

describe('a stack that is paused from the beginning', () => {
  it('gets no object, and says what would be made, component by component', async () => {
    const paused = async () => ((await statusOf()).blocked ?? []).filter(({ rule }) => rule === 'Paused');
    await until('what would be made', async () => (await paused()).length >= 3 && (await isPaused('True')), 60_000);
    const said = await paused();
    expect(said.map(({ component }) => component)).toEqual(
      expect.arrayContaining(['credentials', 'elasticsearch', 'filebeat']),
    );
    expect(said.find(({ component }) => component === 'credentials')?.message).toContain('create Secret');
    expect(await owned()).toEqual([]);
  });

  it('is made when it is no longer paused', async () => {
    await edit(transport, stack, { spec: { paused: false } });
    const made = async () => (await owned()).some(({ kind }) => kind === 'StatefulSet');
    await until('the StatefulSets', made, 60_000);
    await until('no word of a pause', async () => isPaused('False'), 60_000);
    const { blocked = [] } = await statusOf();
    expect(blocked.filter(({ rule }) => rule === 'Paused')).toEqual([]);
  });

  it('paused again, keeps what it has whatever is edited, and goes when it is deleted', async () => {
    await edit(transport, stack, { spec: { paused: true, kibana: { replicas: 3 } } });
    const says = async () =>
      (await statusOf()).blocked?.some(
        ({ component, message }) => component === 'kibana' && message.includes('change Deployment logs-kb'),
      ) === true;
    await until('the change that is held back', says, 60_000);
    const kibana = (await owned()).find(({ kind }) => kind === 'Deployment');
    expect(kibana?.['spec']).toMatchObject({ replicas: 1 });
    const { uid = '' } = (await client.get(stack, never)).metadata;
    await client.delete(stack, { uid }, never);
    await until('the end of the stack', async () => (await client.find(stack, never)) === undefined, 60_000);
  });
});
