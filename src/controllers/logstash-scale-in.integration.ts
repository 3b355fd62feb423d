// Integration: Logstash pods leave on a real API server with the real StatefulSet controller and simulated pods. What the pods say of their queues is a stand-in: this test, which reads the pipelines that it was given.
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ownControlPlane } from '../../e2e/integration/own-control-plane.ts';
import { operatorConfig } from '../api/operator-config.ts';
import type { KubeObject, ObjectReference } from '../core/kubernetes.ts';
import { annotations, componentLabels, labels } from '../core/names.ts';
import type { SharedStatus } from '../core/status/conditions.ts';
import { secretsOfLogstash } from '../core/workloads.testing.ts';
import { ElasticsearchClients } from '../elasticsearch/clients.ts';
import { KubeClient } from '../kube/client.ts';
import { EventRecorder } from '../kube/events.ts';
import { edit, freshStack, list, make, never, realTime, until } from '../kube/integration-helpers.ts';
import { Manager } from '../kube/manager.ts';
import { RESOURCES } from '../kube/resources.ts';
import { memoryLog } from '../kube/testing.ts';
import type { Transport } from '../kube/transport.ts';
import { loadTemplates } from '../templates.ts';
import { reconciler } from './framework.ts';
import { logstashComponent } from './logstash.ts';
import { Watches } from './watches.ts';

const templates = await loadTemplates(join(import.meta.dirname, '../../config-templates'));
const patience = 90_000;

const own = ownControlPlane('ls-queues', { simulatedNodes: 2 });
let transport: Transport;
let client: KubeClient;

beforeAll(() => {
  ({ transport } = own);
  client = new KubeClient(transport);
});

let namespace: string;
let stack: ObjectReference;
/** Events in the queue of each pod; a pod that is not here gives no answer. */
const queues = new Map<string, number>();
let end: () => Promise<void>;

async function readQueue(url: string): Promise<unknown> {
  const pod = new URL(url).hostname.split('.')[0] ?? '';
  const unread = queues.get(pod);
  if (unread === undefined) throw new Error('no answer');
  const reference = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'logs-ls-pipelines' };
  const texts = (await client.get(reference, never))['data'] as Record<string, string>;
  const input = /id => .([\w-]+)/.exec(texts[`${pod}.conf`] ?? '')?.[1];
  const main = {
    plugins: { inputs: [{ id: input }], filters: [], outputs: [{ events: { in: 9, out: 9 } }] },
    queue: { type: 'persisted', events: unread, events_count: unread },
    dead_letter_queue: { queue_size_in_bytes: 1 },
  };
  return { pipelines: { main } };
}

/** Logstash's controller alone, with a clock ten times as fast for what it remembers of queues. */
function startOperator(): () => Promise<void> {
  const image = { default: { image: 'example.test/x:{version}' } };
  const images = { elasticsearch: image, kibana: image, logstash: image, filebeat: image };
  const config = operatorConfig.parse({ images, watchNamespaces: [namespace] });
  const log = memoryLog();
  const manager = new Manager({ transport, ...realTime, log });
  const watches = new Watches(manager, [namespace]);
  const source = { controller: 'loggingstack.dev/operator', instance: 'test' };
  const recorder = new EventRecorder(transport, source, realTime.clock, log, {});
  const clock = { ...realTime.clock, now: () => realTime.clock.now() * 10 };
  const runtime = { client, expectations: manager.expectations, watches, recorder, config, clock, log };
  const component = logstashComponent(templates, new ElasticsearchClients(), readQueue);
  watches.wake(manager.queue({ name: 'logstash', workers: 1, reconcile: reconciler(component, runtime) }), 'logstash');
  const stop = new AbortController();
  const running = manager.run(stop.signal);
  return async () => {
    stop.abort();
    await running;
  };
}

const selection = () => ({ namespace, matchLabels: { [labels.component]: 'logstash' } });
const namesOf = async (kind: 'Pod' | 'PersistentVolumeClaim'): Promise<readonly string[]> =>
  (await list(transport, RESOURCES[kind], selection()))
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata }) => metadata.name)
    .toSorted();
const pods = () => namesOf('Pod');
const claims = () => namesOf('PersistentVolumeClaim');
const statusOf = async (): Promise<SharedStatus> => (await client.get(stack, never))['status'] ?? {};
const refused = async (): Promise<readonly string[]> =>
  ((await statusOf()).blocked ?? []).map(({ rule, subject }) => `${rule} ${subject}`);
const says = async (text: string): Promise<boolean> =>
  (await statusOf()).conditions?.some(({ type, message }) => type === 'LogstashReady' && message.includes(text)) ===
  true;
const isReady = async (): Promise<boolean> =>
  (await statusOf()).conditions?.some(({ type, status }) => type === 'LogstashReady' && status === 'True') === true;
const same = (one: readonly string[], other: readonly string[]): boolean => one.join() === other.join();

beforeEach(async () => {
  const made = await freshStack(transport);
  namespace = made.namespace;
  stack = { apiVersion: 'loggingstack.dev/v1alpha1', kind: 'LoggingStack', namespace, name: 'logs' };
  const identity = { name: 'logs', namespace, uid: made.uid, generation: 1 };
  for (const name of secretsOfLogstash) {
    const keys = ['tls.crt', 'tls.key', 'ca.crt', 'api_key', 'username', 'password', 'keystore.p12'];
    const data = Object.fromEntries(keys.map((key) => [key, 'eDp5']));
    const metadata = { name, namespace, labels: componentLabels(identity, 'logstash') };
    await make(transport, { apiVersion: 'v1', kind: 'Secret', metadata, data });
  }
  queues.clear();
  await edit(transport, stack, { spec: { logstash: { replicas: 3 } } });
  end = startOperator();
  await until('three pods', async () => same(await pods(), ['logs-ls-0', 'logs-ls-1', 'logs-ls-2']), patience);
  // Pods that never ran, with volumes that were never made, would go at once.
  await until('that they are ready', isReady, patience);
}, 240_000);
afterEach(() => end());

describe('[queue-left-behind] on Kubernetes', { timeout: 300_000 }, () => {
  it('[queue-left-behind] each pod stays until its queue is empty, across a restart of the operator, and goes with its volume', async () => {
    queues.set('logs-ls-2', 4_321).set('logs-ls-1', 0).set('logs-ls-0', 77);
    await edit(transport, stack, { spec: { logstash: { replicas: 1 } } });
    await until('the events that are left', () => says('about 4,000 events'), patience);
    await end();
    end = startOperator();
    await until('the word of it', async () => (await refused()).includes('QueueLeftBehind Pod/logs-ls-2'), patience);
    expect(await pods()).toHaveLength(3);
    expect(await claims()).toHaveLength(3);

    queues.set('logs-ls-2', 0);
    await until('one pod', async () => same(await pods(), ['logs-ls-0']), patience);
    await until('one volume', async () => same(await claims(), ['queue-logs-ls-0']), patience);
    await until('that Logstash is ready', isReady, patience);
    expect(await refused()).toEqual([]);
  });

  it('[queue-left-behind] a pod that says nothing stays; let go by an override, its volume stays and its events come back with it', async () => {
    await edit(transport, stack, { spec: { logstash: { replicas: 2 } } });
    await until('the word of it', async () => (await refused()).includes('QueueLeftBehind Pod/logs-ls-2'), patience);
    expect(await pods()).toHaveLength(3);

    const lifted = {
      rule: 'QueueLeftBehind',
      subject: 'Pod/logs-ls-2',
      until: '2999-01-01T00:00:00Z',
      reason: 'a test',
    };
    await edit(transport, stack, { spec: { overrides: [lifted] } });
    await until('two pods', async () => same(await pods(), ['logs-ls-0', 'logs-ls-1']), patience);
    const behind = 'QueueLeftBehind PersistentVolumeClaim/queue-logs-ls-2';
    await until('the word of its volume', async () => (await refused()).includes(behind), patience);
    expect(await claims()).toHaveLength(3);

    const claim: ObjectReference = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      namespace,
      name: 'queue-logs-ls-2',
    };
    const { uid } = (await client.get(claim, never)).metadata;
    await edit(transport, stack, { spec: { overrides: null, logstash: { replicas: 3 } } });
    await until('three pods again', async () => (await pods()).length === 3, patience);
    await until('no more word of it', async () => (await refused()).length === 0, patience);
    expect((await client.get(claim, never)).metadata.uid).toBe(uid);
  });

  it('[queue-left-behind] an edit that is taken back opens the pod again, and its volume counts as used', async () => {
    queues.set('logs-ls-2', 5);
    const pipelineOf = async (): Promise<string> => {
      const reference = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'logs-ls-pipelines' };
      return ((await client.get(reference, never)) as KubeObject & { data: Record<string, string> }).data[
        'logs-ls-2.conf'
      ] as string;
    };
    await edit(transport, stack, { spec: { logstash: { replicas: 2 } } });
    await until('a closed input', async () => (await pipelineOf()).includes('"127.0.0.1"'), patience);
    await edit(transport, stack, { spec: { logstash: { replicas: 3 } } });
    await until('an open input', async () => (await pipelineOf()).includes('"0.0.0.0"'), patience);
    await until('that Logstash is ready', isReady, patience);
    expect(await pods()).toHaveLength(3);
    const all = await list(transport, RESOURCES.PersistentVolumeClaim, selection());
    expect(all.map(({ metadata }) => metadata.annotations?.[annotations.drained])).not.toContain('true');
  });
});
