// Integration: the whole operator on a real API server beside others who write to the same objects: what is theirs
// survives, a hand edit of what is ours is repaired, and objects of our names that somebody else made stay as they are.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { KubeObject, ObjectReference } from '../core/kubernetes.ts';
import { contains } from '../core/objects.ts';
import type { SharedStatus } from '../core/status/conditions.ts';
import { KubeClient } from '../kube/client.ts';
import { configMapIn, edit, freshStack, make, never, transportFor, until } from '../kube/integration-helpers.ts';
import { referenceTo } from '../kube/resources.ts';
import { runOperator } from './integration-helpers.ts';

const transport = transportFor(inject('kubeconfig'));
const client = new KubeClient(transport);
const stop = new AbortController();
let running: Promise<void>;
/** Of a stack that has its names for itself, and of one that finds two of them taken. */
let free: string;
let taken: string;
let theirs: readonly KubeObject[];

const service = (namespace: string, name: string): ObjectReference => ({
  apiVersion: 'v1',
  kind: 'Service',
  namespace,
  name,
});
const workload = (kind: 'Deployment' | 'StatefulSet', name: string): ObjectReference => ({
  apiVersion: 'apps/v1',
  kind,
  namespace: free,
  name,
});

async function statusOf(namespace: string): Promise<SharedStatus> {
  const reference = { apiVersion: 'loggingstack.dev/v1alpha1', kind: 'LoggingStack', namespace, name: 'logs' };
  return (await client.get(reference, never))['status'] ?? {};
}

const blockedSubjects = async (namespace: string): Promise<readonly string[]> =>
  ((await statusOf(namespace)).blocked ?? []).map(({ rule, component, subject }) => `${rule} ${component} ${subject}`);

beforeAll(async () => {
  ({ namespace: free } = await freshStack(transport));
  ({ namespace: taken } = await freshStack(transport));
  const labels = { team: 'payments' };
  const port = { name: 'theirs', port: 80, protocol: 'TCP', targetPort: 8080 };
  const made = [
    configMapIn(taken, 'logs-kb-config', { 'kibana.yml': 'theirs' }, labels),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace: taken, name: 'logs-es-http', labels },
      spec: { selector: labels, ports: [port] },
    },
  ];
  theirs = await Promise.all(made.map((object) => make(transport, object)));
  running = runOperator(transport, stop.signal, [free, taken]);
  await until(
    'the objects of the free stack',
    async () => {
      const awaited = [workload('Deployment', 'logs-kb'), workload('StatefulSet', 'logs-es-data')];
      const found = await Promise.all(awaited.map((reference) => client.find(reference, never)));
      return found.every((object) => object !== undefined);
    },
    60_000,
  );
});
afterAll(async () => {
  stop.abort();
  await running;
  await transport.close();
});

// Each field of ours is one that the operator writes, each of theirs one that it has never heard of.
describe('beside other managers', () => {
  it.each([
    {
      what: 'the type and the selector of a Service',
      reference: () => service(free, 'logs-kb-http'),
      theirs: { spec: { trafficDistribution: 'PreferSameNode' } },
      ours: { spec: { type: 'NodePort', selector: { 'loggingstack.dev/component': 'logstash' } } },
    },
    {
      what: 'the port of a Service',
      reference: () => service(free, 'logs-ls-beats'),
      theirs: { spec: { trafficDistribution: 'PreferSameNode' } },
      ours: { spec: { ports: [{ name: 'beats', port: 5045, protocol: 'TCP', targetPort: 'beats' }] } },
    },
    {
      what: 'the replicas of a Deployment',
      reference: () => workload('Deployment', 'logs-kb'),
      theirs: { spec: { minReadySeconds: 3, template: { spec: { hostUsers: true } } } },
      ours: { spec: { replicas: 3 } },
    },
    {
      what: 'what a StatefulSet does with its volumes',
      reference: () => workload('StatefulSet', 'logs-es-data'),
      theirs: { spec: { minReadySeconds: 3, revisionHistoryLimit: 4 } },
      ours: { spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' } } },
    },
  ])('repairs a hand edit of $what, and keeps their fields', async ({ reference, theirs: fields, ours }) => {
    const before = await client.get(reference(), never);
    expect(contains(before, ours)).toBe(false);
    expect(contains(before, fields)).toBe(false);
    await edit(transport, reference(), fields);
    await edit(transport, reference(), ours);
    const wanted = before['spec'] as Readonly<Record<string, unknown>>;
    const edited = Object.fromEntries(Object.keys(ours.spec).map((field) => [field, wanted[field]]));
    const repaired = async (): Promise<boolean> => {
      const { spec } = (await client.get(reference(), never)) as unknown as { spec: Record<string, unknown> };
      return Object.entries(edited).every(([field, value]) => JSON.stringify(spec[field]) === JSON.stringify(value));
    };
    await until('the repair', repaired, 50_000);
    const after = await client.get(reference(), never);
    expect(contains(after, fields), 'their fields stand').toBe(true);
    expect(after.metadata.uid, 'it is the same object').toBe(before.metadata.uid);
  });
});

describe('objects of our names that somebody else made', () => {
  it('[foreign-object] are named in the status and stay exactly as they are; once they are gone, ours are made', async () => {
    const refused = [
      'ForeignObject elasticsearch Service/logs-es-http',
      'ForeignObject kibana ConfigMap/logs-kb-config',
    ];
    await until(
      'both are named',
      async () => {
        const subjects = await blockedSubjects(taken);
        return refused.every((subject) => subjects.includes(subject));
      },
      50_000,
    );
    const conditions = (await statusOf(taken)).conditions ?? [];
    for (const type of ['KibanaReady', 'ElasticsearchReady', 'Blocked'])
      expect(conditions.find((condition) => condition.type === type)?.reason, type).toBe('ForeignObject');
    for (const object of theirs)
      expect(JSON.stringify(await client.get(referenceTo(object), never))).toBe(JSON.stringify(object));

    for (const object of theirs) await client.delete(referenceTo(object), { uid: object.metadata.uid ?? '' }, never);
    await until('nothing is blocked', async () => (await blockedSubjects(taken)).length === 0, 50_000);
    const made = await client.get(service(taken, 'logs-es-http'), never);
    expect(made.metadata.labels).toMatchObject({ 'app.kubernetes.io/managed-by': 'loggingstack-operator' });
  });
});
