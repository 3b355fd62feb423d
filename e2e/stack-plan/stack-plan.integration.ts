// Integration: plans of a stack on a real API server with the real StatefulSet controller and simulated pods. Elasticsearch is a stand-in with one small data stream.
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from '../cluster/start.ts';
import { RestClient } from '../cluster/rest.ts';
import { ownControlPlane } from '../integration/own-control-plane.ts';
import { indexBytes } from '../operator-dies/closer-look.ts';
import { ElasticsearchStandIn } from '../operator-dies/elasticsearch-stand-in.ts';
import { viewOf } from '../operator-dies/view.ts';
import { stackPlanStatus, type StackPlanStatus } from '../../src/api/stack-plan.ts';
import { finished, planObject } from '../../src/cli/plan.ts';
import type { KubeObject } from '../../src/core/kubernetes.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { freshNamespace, make, never, until } from '../../src/kube/integration-helpers.ts';
import { referenceTo } from '../../src/kube/resources.ts';
import type { Transport } from '../../src/kube/transport.ts';
import { operatorParts, type OperatorParts } from '../../src/controllers/integration-helpers.ts';
import { planReconciler } from '../../src/controllers/stack-plan/index.ts';

/** An address of its own: other tests have stand-ins, too. */
const standInAddress = '127.62.9.7';

const spec = {
  version: '9.4.3',
  elasticsearch: { data: { replicas: 3 }, redundancy: 'Single' as const },
};

const own = ownControlPlane('stack-plan', { simulatedNodes: 3 });
let cluster: Cluster;
let transport: Transport;
let client: KubeClient;
let namespace: string;
let operator: OperatorParts;
const stop = new AbortController();
const cleanUp = new AsyncDisposableStack();

beforeAll(async () => {
  process.env['STAND_IN_ADDRESS'] = standInAddress;
  await import('../operator-dies/resolve.ts');
  ({ cluster, transport } = own);
  const rest = cleanUp.use(await RestClient.open(cluster.kubeconfig, 'elasticsearch-stand-in'));
  await cleanUp.use(new ElasticsearchStandIn(viewOf(rest))).listen(standInAddress, 9200);
  client = new KubeClient(transport);
  namespace = await freshNamespace(transport);
  operator = await operatorParts(transport, [namespace]);
  const running = operator.manager.run(stop.signal);
  cleanUp.defer(async () => {
    stop.abort();
    await running;
    operator.planning.clients.closeAll();
  });
  const stack = {
    apiVersion: 'loggingstack.dev/v1alpha1',
    kind: 'LoggingStack',
    metadata: { name: 'logs', namespace },
  };
  await make(transport, { ...stack, spec });
  await until('Elasticsearch is ready', () => isReady(stack), 150_000);
  await until('the operator has nothing left to do', rests, 60_000);
}, 300_000);
afterAll(() => cleanUp.disposeAsync(), 60_000);

async function isReady(stack: KubeObject): Promise<boolean> {
  const { status } = (await client.get(referenceTo(stack), never)) as unknown as {
    status?: { conditions?: readonly { type: string; status: string }[] };
  };
  return status?.conditions?.some((one) => one.type === 'ElasticsearchReady' && one.status === 'True') === true;
}

/** Every object of the stack as it was last written. */
async function versions(): Promise<readonly string[]> {
  const text = await cluster.kubectl(['get', 'statefulsets,pods,configmaps,pvc', '-n', namespace, '-o', 'json']);
  const { items } = JSON.parse(text) as { items: readonly KubeObject[] };
  return items.map(({ kind, metadata }) => `${kind}/${metadata.name} ${metadata.resourceVersion ?? ''}`);
}

/** Longer than the operator waits between two looks while something moves. */
const quietMs = 7000;

async function rests(): Promise<boolean> {
  const before = await versions();
  await new Promise((resolve) => setTimeout(resolve, quietMs));
  return isDeepStrictEqual(await versions(), before);
}

let plans = 0;

/** Makes a plan, and waits for the last word on it. */
async function planned(proposed: unknown, stack = 'logs'): Promise<{ plan: KubeObject; status: StackPlanStatus }> {
  plans += 1;
  const wanted = planObject({ stack, namespace, spec: proposed }, namespace, String(plans), '5m');
  await make(transport, wanted);
  let plan = wanted;
  await until('an answer to the plan', async () => {
    plan = await client.get(referenceTo(wanted), never);
    const { status } = plan as { status?: StackPlanStatus };
    return ['True', 'False'].includes(status?.conditions?.[0]?.status ?? '');
  });
  const status = plan['status'] as StackPlanStatus;
  expect(stackPlanStatus.safeParse(status).error).toBeUndefined();
  return { plan, status };
}

describe('a StackPlan', () => {
  it('of what is there already is empty', async () => {
    const { plan, status } = await planned(spec);
    expect(status).toMatchObject({ steps: [], refusals: [], bytesLost: 0, observed: { generation: 1 } });
    expect(status.conditions).toMatchObject([{ status: 'True', reason: 'Planned' }]);
    expect(finished(plan)).toEqual(status);
    const ends = Date.parse(plan.metadata.creationTimestamp ?? '') + 5 * 60_000;
    expect(Date.parse(status.expiresAt ?? '')).toBe(ends);
  });

  it('of fewer nodes drains them one after the other, with what is on them', async () => {
    const { status } = await planned({ ...spec, elasticsearch: { ...spec.elasticsearch, data: { replicas: 1 } } });
    const words = status.steps?.map(({ action, subject }) => `${action} ${subject}`) ?? [];
    // What is written again with the server's defaults in it is no new template.
    expect(words.filter((word) => /^(ChangeTemplate|Restart)/.test(word))).toEqual([]);
    const order = ['Drain Pod/logs-es-data-2', 'RemoveNode Pod/logs-es-data-2', 'Drain Pod/logs-es-data-1'].map(
      (word) => words.indexOf(word),
    );
    expect(order.every((place) => place >= 0)).toBe(true);
    expect(order).toEqual(order.toSorted((first, second) => first - second));
    // The only copy that stays is the primary's, on the first node: so there is none to move.
    expect(words).toContain('SetCopies Index/.ds-logs-app-default-2026.11.22-000001');
    expect(status).toMatchObject({ refusals: [], bytesLost: 0, conditions: [{ reason: 'Planned' }] });
  });

  it('of more copies tells their size', async () => {
    const { status } = await planned({ ...spec, elasticsearch: { ...spec.elasticsearch, redundancy: 'Double' } });
    const copies = status.steps?.find(({ action }) => action === 'SetCopies');
    expect(copies).toMatchObject({ sizeBytes: indexBytes });
    expect(status.steps?.filter(({ action }) => action === 'Restart')).toEqual([]);
  });

  it('names what would be refused', async () => {
    const smaller = { replicas: 3, storage: { size: '1Gi' } };
    const { status } = await planned({ ...spec, elasticsearch: { ...spec.elasticsearch, data: smaller } });
    expect(status.refusals).toMatchObject([{ subject: 'StatefulSet/logs-es-data' }]);
    expect(status.refusals?.[0]?.remedy).not.toBe('');
  });

  it('of a stack that is not there says so', async () => {
    const { status } = await planned(spec, 'other');
    expect(status.conditions).toMatchObject([{ status: 'False', reason: 'NoSuchStack' }]);
    expect(status.steps).toBeUndefined();
  });

  it('writes nothing but its own status, and is deleted when its time is over', async () => {
    const before = await versions();
    const { plan } = await planned({ ...spec, elasticsearch: { data: { replicas: 2 } } });
    expect(await versions()).toEqual(before);
    const { runtime, planning } = operator;
    const reconcile = (aheadMs: number) => {
      const clock = { ...runtime.clock, wall: () => new Date(Date.now() + aheadMs) };
      return planReconciler(planning, { ...runtime, clock })(`${namespace}/${plan.metadata.name}`, never);
    };
    const left = (await reconcile(0))?.requeueAfterMs ?? 0;
    expect(left).toBeGreaterThan(4 * 60_000);
    expect(await client.find(referenceTo(plan), never)).toBeDefined();
    await reconcile(left + 1000);
    expect(await client.find(referenceTo(plan), never)).toBeUndefined();
  });
});
