// For tests: what reconcilers need of the operator, as a stand-in: objects in memory, a clock that stands still, and a log of what was written.
import { apiVersion, kind } from '../api/logging-stack.ts';
import { operatorConfig } from '../api/operator-config.ts';
import type { KubeObject, ObjectReference } from '../core/kubernetes.ts';
import { labels, names } from '../core/names.ts';
import { referenceOf } from '../core/objects.ts';
import type { EventRecord } from '../kube/events.ts';
import { FakeClock, memoryLog } from '../kube/testing.ts';
import type { Runtime } from './framework.ts';

const metadata = { namespace: 'team', labels: { [labels.stack]: 'logs', [labels.component]: 'elasticsearch' } };
const secret = (name: string, data: Readonly<Record<string, string>>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { ...metadata, name },
  data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
});

/** The stack team/logs, and what the operator needs to have a connection to its Elasticsearch. */
export const stackObjects = (spec: object = {}): readonly KubeObject[] => [
  {
    apiVersion,
    kind,
    metadata: { name: 'logs', namespace: 'team', uid: 'uid-1', generation: 1 },
    spec: { version: '9.4.3', ...spec },
  },
  secret(names.operatorUser('logs'), { username: 'operator', password: 'password' }),
  secret(names.elasticsearchHttpCertificate('logs'), { 'ca.crt': 'authority' }),
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, name: 'logs-es-data-0', labels: { ...metadata.labels, [labels.http]: 'true' } },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  },
];

const isIt = (reference: ObjectReference) => (object: KubeObject) =>
  object.kind === reference.kind &&
  object.metadata.name === reference.name &&
  object.metadata.namespace === reference.namespace;

export function operatorStandIn(initial: readonly KubeObject[]) {
  let objects = initial;
  const statuses: KubeObject[] = [];
  const written: KubeObject[] = [];
  const put = (body: KubeObject): Promise<KubeObject | undefined> => {
    const isThere = objects.some(isIt(referenceOf(body)));
    const merged = (one: KubeObject) => ({ ...one, ...body, metadata: { ...one.metadata, ...body.metadata } });
    objects = isThere ? objects.map((one) => (isIt(referenceOf(body))(one) ? merged(one) : one)) : [...objects, body];
    return Promise.resolve(objects.find(isIt(referenceOf(body))));
  };
  const events: EventRecord[] = [];
  const clock = new FakeClock();
  const log = memoryLog();
  const image = { default: { image: 'example.test/x:{version}' } };
  const runtime = {
    clock,
    log,
    config: operatorConfig.parse({ images: { elasticsearch: image, kibana: image, logstash: image, filebeat: image } }),
    expectations: { settle: () => Promise.resolve(), wrote: () => undefined, deleted: () => undefined },
    recorder: {
      record: (event: EventRecord) => {
        events.push(event);
        return Promise.resolve(true);
      },
    },
    client: {
      get: (reference: ObjectReference) => Promise.resolve(objects.find(isIt(reference))),
      applyStatus: (body: KubeObject) => {
        statuses.push(body);
        objects = objects.map((one) => (isIt(referenceOf(body))(one) ? { ...one, status: body['status'] } : one));
        return Promise.resolve(objects.find(isIt(referenceOf(body))));
      },
      find: (reference: ObjectReference) => Promise.resolve(objects.find(isIt(reference))),
      createOrRefuse: async (body: KubeObject) => {
        written.push(body);
        return { object: await put(body), created: true };
      },
      // Whoever lets go of an object that is being deleted as the last lets it go.
      apply: async (body: KubeObject) => {
        written.push(body);
        const applied = await put(body);
        if (applied?.metadata.deletionTimestamp !== undefined && applied.metadata.finalizers?.length === 0)
          objects = objects.filter((one) => one !== applied);
        return applied;
      },
      delete: (reference: ObjectReference) => {
        objects = objects.filter((one) => !isIt(reference)(one));
        return Promise.resolve();
      },
    },
    watches: {
      find: (reference: ObjectReference) => objects.find(isIt(reference)),
      of: (of: string) => [{ store: { list: () => objects.filter((one) => one.kind === of) } }],
      aboutStack: (of: string) =>
        objects.filter(
          (one) => one.kind === of && (one['spec'] as { stackRef?: { name: string } }).stackRef?.name === 'logs',
        ),
      ofStack: (of: string) =>
        objects.filter((one) => one.kind === of && one.metadata.labels?.[labels.stack] === 'logs'),
    },
  } as unknown as Runtime;
  /** Somebody else changes objects, or takes them away. */
  const change = (by: (object: KubeObject) => KubeObject | undefined): void => {
    objects = objects.flatMap((one) => by(one) ?? []);
  };
  return {
    runtime,
    clock,
    log,
    statuses,
    events,
    /** What was created or applied. */
    written,
    find: (reference: ObjectReference) => objects.find(isIt(reference)),
    put,
    change,
  };
}
