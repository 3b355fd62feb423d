// Integration: Kibana, Logstash and Filebeat take a new version in turn, on a real API server with the real workload controllers and simulated pods. Elasticsearch is a stand-in: this test, which says in the status what runs.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readyAnnotation } from '../../e2e/cluster/simulated-pods.ts';
import { ownControlPlane } from '../../e2e/integration/own-control-plane.ts';
import { operatorConfig } from '../api/operator-config.ts';
import { type Follower, followers, workloadOf } from '../core/followers.ts';
import type { KubeObject } from '../core/kubernetes.ts';
import { componentLabels } from '../core/names.ts';
import type { SharedStatus } from '../core/status/conditions.ts';
import { podTemplateOf, secretsOfLogstash } from '../core/workloads.testing.ts';
import { ElasticsearchClients } from '../elasticsearch/clients.ts';
import { KubeClient } from '../kube/client.ts';
import { EventRecorder } from '../kube/events.ts';
import { edit, freshStack, make, never, realTime, until } from '../kube/integration-helpers.ts';
import { Manager } from '../kube/manager.ts';
import { RESOURCES } from '../kube/resources.ts';
import { memoryLog } from '../kube/testing.ts';
import type { Transport } from '../kube/transport.ts';
import { loadTemplates } from '../templates.ts';
import { filebeatComponent } from './filebeat.ts';
import { reconciler } from './framework.ts';
import { kibanaComponent } from './kibana.ts';
import { logstashComponent } from './logstash.ts';
import { Watches } from './watches.ts';

const templates = await loadTemplates(join(import.meta.dirname, '../../config-templates'));
const patience = 90_000;
const own = ownControlPlane('version-order', { simulatedNodes: 2 });
const { apiVersion, kind } = RESOURCES.LoggingStack;
let transport: Transport;
let client: KubeClient;
let identity: { readonly name: string; readonly namespace: string; readonly uid: string; readonly generation: number };
let end: () => Promise<void>;

const stack = () => ({ apiVersion, kind, namespace: identity.namespace, name: identity.name });
const workload = (follower: Follower): Promise<KubeObject> => client.get(workloadOf(follower, identity), never);

/** Versions in the images of the three, in their order. */
async function versions(): Promise<string> {
  const images = (await Promise.all(followers.map(workload))).map((live) =>
    String(podTemplateOf(live).spec.containers[0]?.['image']),
  );
  return images.map((image) => image.split(':')[1]).join(' ');
}

async function says(follower: Follower, status: string, text: string): Promise<boolean> {
  const { conditions = [] } = (await client.get(stack(), never))['status'] as SharedStatus;
  const found = conditions.find(({ type }) => type.toLowerCase() === `${follower}ready`);
  return found?.status === status && found.message.includes(text);
}

const untilVersions = (expected: string): Promise<void> =>
  until(expected, async () => (await versions()) === expected, patience);

/** What the controller of Elasticsearch writes when the last node runs a version. */
async function elasticsearchRuns(version: string): Promise<void> {
  const live = await client.get(stack(), never);
  await client.applyStatus({ ...live, status: { version } }, { manager: 'test-elasticsearch', force: true }, never);
}

/** The three controllers alone. */
function startOperator(): () => Promise<void> {
  const image = { default: { image: 'example.test/x:{version}' } };
  const images = { elasticsearch: image, kibana: image, logstash: image, filebeat: image };
  const config = operatorConfig.parse({ images, watchNamespaces: [identity.namespace] });
  const log = memoryLog();
  const manager = new Manager({ transport, ...realTime, log });
  const watches = new Watches(manager, [identity.namespace]);
  const source = { controller: 'loggingstack.dev/operator', instance: 'test' };
  const recorder = new EventRecorder(transport, source, realTime.clock, log, {});
  const runtime = { client, expectations: manager.expectations, watches, recorder, config, clock: realTime.clock, log };
  const components = [
    kibanaComponent(templates),
    logstashComponent(templates, new ElasticsearchClients()),
    filebeatComponent(templates),
  ];
  for (const component of components) {
    const queue = manager.queue({ name: component.name, workers: 1, reconcile: reconciler(component, runtime) });
    watches.wake(queue, component.name);
  }
  const stop = new AbortController();
  const running = manager.run(stop.signal);
  return async () => {
    stop.abort();
    await running;
  };
}

const keys = ['tls.crt', 'tls.key', 'ca.crt', 'token', 'api_key', 'username', 'password', 'keystore.p12'];
const keysOfKibana = ['xpack.security', 'xpack.encryptedSavedObjects', 'xpack.reporting'];

beforeAll(async () => {
  ({ transport } = own);
  client = new KubeClient(transport);
  identity = { name: 'logs', generation: 1, ...(await freshStack(transport)) };
  const data = Object.fromEntries(
    [...keys, ...keysOfKibana.map((key) => `${key}.encryptionKey`)].map((key) => [key, 'eDp5']),
  );
  for (const name of [...secretsOfLogstash, 'logs-kb-http-certs', 'logs-kb-token', 'logs-kb-keys']) {
    const metadata = { name, namespace: identity.namespace, labels: componentLabels(identity, 'credentials') };
    await make(transport, { apiVersion: 'v1', kind: 'Secret', metadata, data });
  }
  await elasticsearchRuns('9.4.3');
  end = startOperator();
}, 240_000);
afterAll(() => end());

/** The template of its pods is that of a program that starts and does not get ready: a stand-in for one that fails. */
const failing = { annotations: { [readyAnnotation]: 'false' } };

it(
  'each takes it when the one before it runs it wholly, and other edits wait for nobody',
  { timeout: 420_000 },
  async () => {
    const found = () => Promise.all(followers.map((one) => client.find(workloadOf(one, identity), never)));
    await until('all three, made at once', async () => (await found()).every((one) => one !== undefined), patience);
    expect(await versions()).toBe('9.4.3 9.4.3 9.4.3');
    for (const follower of followers)
      await until(`that ${follower} is ready`, () => says(follower, 'True', 'pods are ready.'), patience);

    await edit(transport, stack(), { spec: { version: '9.5.0', kibana: failing } });
    for (const follower of followers) {
      const waits = () => says(follower, 'False', 'It keeps to 9.4.3 and waits for Elasticsearch to run 9.5.0.');
      await until(`that ${follower} waits for Elasticsearch`, waits, patience);
    }
    expect(await versions()).toBe('9.4.3 9.4.3 9.4.3');

    await elasticsearchRuns('9.5.0');
    await untilVersions('9.5.0 9.4.3 9.4.3');
    for (const follower of ['logstash', 'filebeat'] as const) {
      const waits = () => says(follower, 'False', 'It keeps to 9.4.3 and waits for Kibana to run 9.5.0.');
      await until(`that ${follower} waits for Kibana`, waits, patience);
    }

    // An operator that starts anew decides the same, from what is there; an edit of Filebeat is made meanwhile.
    await end();
    end = startOperator();
    const before = (await workload('filebeat')).metadata.generation;
    await edit(transport, stack(), { spec: { filebeat: { namespaces: { exclude: ['noise'] } } } });
    const edited = async () => (await workload('filebeat')).metadata.generation !== before;
    await until('the edit of Filebeat', edited, patience);
    expect(await versions()).toBe('9.5.0 9.4.3 9.4.3');

    await edit(transport, stack(), { spec: { kibana: { annotations: null }, logstash: failing } });
    await untilVersions('9.5.0 9.5.0 9.4.3');
    const waitsForLogstash = () => says('filebeat', 'False', 'It keeps to 9.4.3 and waits for Logstash to run 9.5.0.');
    await until('that Filebeat waits for Logstash', waitsForLogstash, patience);

    await edit(transport, stack(), { spec: { logstash: { annotations: null } } });
    await untilVersions('9.5.0 9.5.0 9.5.0');
    for (const follower of followers)
      await until(`that ${follower} is ready`, () => says(follower, 'True', 'pods are ready.'), patience);
  },
);
