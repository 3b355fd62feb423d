// Integration: the whole operator on a real API server outlives what brought others down: upgrades of itself, stuck neighbours, stacks of one name, deletions without Elasticsearch.
import { afterEach, describe, expect, inject, it } from 'vitest';
import { startKubernetesProxy } from '../../e2e/faults/proxy.ts';
import type { KubeObject, ObjectReference } from '../core/kubernetes.ts';
import { managedBy } from '../core/names.ts';
import { referenceOf } from '../core/objects.ts';
import type { ConfigTemplates } from '../core/rendering/templates.ts';
import { KubeClient } from '../kube/client.ts';
import { edit, freshNamespace, list, make, never, transportFor, until } from '../kube/integration-helpers.ts';
import { RESOURCES } from '../kube/resources.ts';
import type { Transport } from '../kube/transport.ts';
import { loadTemplates } from '../templates.ts';
import { runOperator } from './integration-helpers.ts';

const transport = transportFor(inject('kubeconfig'));
const client = new KubeClient(transport);
const templates = await loadTemplates('config-templates');
const patience = 60_000;

const workloads = ['StatefulSet', 'Deployment', 'DaemonSet'] as const;
const selection = (namespace: string) => ({ namespace, matchLabels: { 'app.kubernetes.io/managed-by': managedBy } });

async function ours(namespace: string, kinds: readonly (keyof typeof RESOURCES)[]): Promise<readonly KubeObject[]> {
  return (await Promise.all(kinds.map((kind) => list(transport, RESOURCES[kind], selection(namespace))))).flat();
}

/** Three pools, Kibana and Filebeat. Logstash waits for an API key, which no Elasticsearch gives here. */
const isRolledOut = async (namespace: string): Promise<boolean> => (await ours(namespace, workloads)).length === 5;

async function makeStack(): Promise<ObjectReference> {
  const namespace = await freshNamespace(transport);
  const { apiVersion, kind } = RESOURCES.LoggingStack;
  const metadata = { name: 'logs', namespace };
  return referenceOf(await make(transport, { apiVersion, kind, metadata, spec: { version: '9.4.3' } }));
}

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** Starts an operator; what it returns stops it, and so does the end of the test. */
function start(through: Transport, namespaces: readonly string[], other: ConfigTemplates = {}): () => Promise<void> {
  const stop = new AbortController();
  const running = runOperator(through, stop.signal, namespaces, other);
  const end = async (): Promise<void> => {
    stop.abort();
    await running;
  };
  ends.push(end);
  return end;
}

describe('another version of the operator', () => {
  const mark = 'of-another-version';
  const other = Object.fromEntries(
    ['kibana/kibana.yml', 'filebeat/filebeat.yml'].map((path) => [path, `${templates[path] ?? ''}\n${mark}: true\n`]),
  );
  /** Elasticsearch has not formed a cluster here, and is left aside: its own tests are in elasticsearch-accidents. */
  const state = async (namespace: string): Promise<readonly string[]> =>
    (await ours(namespace, ['Deployment', 'DaemonSet', 'ConfigMap']))
      .filter(({ metadata }) => !metadata.name.startsWith('logs-es-'))
      .map((object) => JSON.stringify([object.metadata.name, object['data'] ?? templateOf(object)]))
      .toSorted();
  const templateOf = (object: KubeObject): unknown => (object['spec'] as { template: unknown }).template;
  const replicas = async (namespace: string): Promise<unknown> =>
    ((await ours(namespace, ['Deployment']))[0]?.['spec'] as { replicas?: number } | undefined)?.replicas;

  it('[operator-upgrade-rolls] changes nothing that would restart a pod, until the spec changes', async () => {
    const stack = await makeStack();
    const { namespace = '' } = stack;
    const end = start(transport, [namespace]);
    await until('all workloads', () => isRolledOut(namespace), patience);
    await end();
    const before = await state(namespace);
    start(transport, [namespace], other);
    await edit(transport, stack, { spec: { kibana: { replicas: 2 } } });
    await until('two Kibanas', async () => (await replicas(namespace)) === 2, patience);
    expect(await state(namespace)).toEqual(before);
    expect(JSON.stringify(before)).not.toContain(mark);
    const labels = { edited: 'yes' };
    await edit(transport, stack, { spec: { kibana: { labels }, filebeat: { namespaces: { exclude: ['noise'] } } } });
    const taken = async () => (await state(namespace)).filter((one) => one.includes(mark)).length === 2;
    await until('the files of the new version', taken, patience);
  });
});

describe('stacks beside each other', () => {
  it('[slow-neighbour] a stack whose requests hang delays no other', async () => {
    const proxy = await startKubernetesProxy(inject('kubeconfig'));
    const through = transportFor(proxy.kubeconfig);
    ends.push(async () => {
      await through.close();
      await proxy.close();
    });
    const stuck = (await makeStack()).namespace ?? '';
    const { namespace = '' } = await makeStack();
    proxy.inject({ namespace: stuck, mutating: true }, { kind: 'stall', afterBytes: 0 });
    start(through, [stuck, namespace]);
    await until('all workloads of the other', () => isRolledOut(namespace), patience);
    expect(proxy.count({ namespace: stuck, mutating: true })).toBeGreaterThan(0);
    expect(await isRolledOut(stuck)).toBe(false);
  });

  it('[registry-collision] two stacks of one name have Filebeats that remember at places of their own', async () => {
    const [one, two] = [await makeStack(), await makeStack()].map(({ namespace = '' }) => namespace) as [
      string,
      string,
    ];
    start(transport, [one, two]);
    await until('both', async () => (await isRolledOut(one)) && (await isRolledOut(two)), patience);
    const sets = [...(await ours(one, ['DaemonSet'])), ...(await ours(two, ['DaemonSet']))];
    const folders = sets.map((set) => {
      const { template } = set['spec'] as {
        template: { spec: { volumes: { name: string; hostPath?: { path: string } }[] } };
      };
      return template.spec.volumes.find(({ name }) => name === 'data')?.hostPath?.path;
    });
    expect(new Set(folders).size).toBe(2);
    for (const namespace of [one, two]) {
      const { uid = '' } = (await list(transport, RESOURCES.LoggingStack, { namespace }))[0]?.metadata ?? {};
      expect(folders.filter((folder) => folder?.includes(namespace) === true && folder.includes(uid))).toHaveLength(1);
    }
  });
});

describe('a deletion while Elasticsearch gives no answer', () => {
  it('[finalizer-wedge] of a stack, and of its whole namespace, comes to its end', async () => {
    const stack = await makeStack();
    const { namespace = '' } = stack;
    start(transport, [namespace]);
    await until('all workloads', () => isRolledOut(namespace), patience);
    const { uid = '' } = (await client.get(stack, never)).metadata;
    await client.delete(stack, { uid }, never);
    await until('the stack is gone', async () => (await client.find(stack, never)) === undefined, patience);
    await until('its workloads are gone', async () => (await ours(namespace, workloads)).length === 0, patience);
    const place = { apiVersion: 'v1', kind: 'Namespace', name: namespace };
    const again = { ...stack, metadata: { name: stack.name, namespace }, spec: { version: '9.4.3' } };
    await make(transport, {
      apiVersion: again.apiVersion,
      kind: again.kind,
      metadata: again.metadata,
      spec: again.spec,
    });
    await until('all workloads again', () => isRolledOut(namespace), patience);
    await client.delete(place, { uid: (await client.get(place, never)).metadata.uid ?? '' }, never);
    await until('the namespace is gone', async () => (await client.find(place, never)) === undefined, patience);
  });
});
