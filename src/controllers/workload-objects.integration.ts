// Integration: objects of Kibana, Logstash and Filebeat on a real API server: after its defaults they still equal what we
// want, so that a second look writes nothing; restricted Pod Security takes the pods of Kibana and Logstash, and not Filebeat's.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { clusterBinding, desiredFilebeat } from '../core/filebeat/desired.ts';
import { planFilebeat } from '../core/filebeat/plan.ts';
import { desiredKibana } from '../core/kibana/desired.ts';
import type { KubeObject } from '../core/kubernetes.ts';
import { desiredLogstash, pipelines } from '../core/logstash/desired.ts';
import { planLogstash } from '../core/logstash/plan.ts';
import { referenceOf } from '../core/objects.ts';
import type { ResolvedStack } from '../core/stack.ts';
import { exampleStack } from '../core/stack.testing.ts';
import { podTemplateOf } from '../core/workloads.testing.ts';
import { KubeClient } from '../kube/client.ts';
import { freshNamespace, freshStack, make, never, transportFor } from '../kube/integration-helpers.ts';
import { loadTemplates } from '../templates.ts';
import { createThenApply } from './integration-helpers.ts';

const transport = transportFor(inject('kubeconfig'));
const client = new KubeClient(transport);
const templates = await loadTemplates(join(import.meta.dirname, '../../config-templates'));
const everySetting = {
  resources: { requests: { cpu: '1000m', memory: '1024Mi' }, limits: { cpu: '2000m', memory: '4096Mi' } },
  labels: { team: 'payments' },
  annotations: { note: 'x' },
  nodeSelector: { disk: 'ssd' },
  tolerations: [{ key: 'dedicated', operator: 'Exists' as const, effect: 'NoExecute' as const, tolerationSeconds: 30 }],
  imagePullSecrets: [{ name: 'registry' }],
};
let stack: ResolvedStack;
let restricted: string;

beforeAll(async () => {
  const spec = { kibana: everySetting, logstash: { ...everySetting, queue: { size: '2048Mi' } } };
  const example = exampleStack(spec, { collectEverywhereFrom: ['everywhere'] });
  stack = { ...example, identity: { ...example.identity, ...(await freshStack(transport)) } };
  restricted = await freshNamespace(transport);
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: restricted, labels } };
  const { uid = '' } = (await client.get(referenceOf(namespace), never)).metadata;
  await client.apply(namespace, { manager: 'test', uid, force: true }, never);
});
afterAll(() => transport.close());

const logstashFacts = { replicas: 1, queueSize: '2Gi', secrets: 'x' };
const seen = { takenAt: '2026-01-01T00:00:00Z', queue: undefined };
const onePod = [{ name: 'logs-ls-0', closed: false }];
const parts = [
  ['kibana', () => desiredKibana(stack, templates, 'x')],
  ['logstash', () => [pipelines(stack, templates, onePod), ...desiredLogstash(stack, templates, logstashFacts)]],
  ['filebeat', () => [...desiredFilebeat(stack, templates, 'x'), clusterBinding(stack)]],
] as const;

describe('objects', () => {
  it.each(parts)('of %s equal the live ones after creation and after apply', async (component, desiredObjects) => {
    await createThenApply(transport, stack.identity, component, desiredObjects());
  });
});

describe('restricted Pod Security', () => {
  /** Makes a pod of a workload's template, as its controller would, in the restricted namespace. */
  const makePod = async (objects: readonly KubeObject[], kind: string) => {
    const workload = objects.find((object) => object.kind === kind);
    if (workload === undefined) throw new Error(`no ${kind}`);
    const { spec } = podTemplateOf(workload);
    const { name } = workload.metadata;
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: restricted } };
    await make(transport, account);
    const volumes = kind === 'StatefulSet' ? [...spec.volumes, { name: 'queue', emptyDir: {} }] : spec.volumes;
    const metadata = { name, namespace: restricted };
    return make(transport, { apiVersion: 'v1', kind: 'Pod', metadata, spec: { ...spec, volumes } });
  };

  it('takes pods of Kibana and Logstash', async () => {
    expect((await makePod(desiredKibana(stack, templates, 'x'), 'Deployment')).metadata.uid).toBeDefined();
    const logstash = desiredLogstash(stack, templates, logstashFacts);
    expect((await makePod(logstash, 'StatefulSet')).metadata.uid).toBeDefined();
  });

  it('does not take those of Filebeat, and the plan says so', async () => {
    await expect(makePod(desiredFilebeat(stack, templates, 'x'), 'DaemonSet')).rejects.toThrow(/restricted/);
    const namespace = await client.get({ apiVersion: 'v1', kind: 'Namespace', name: restricted }, never);
    const there = { ...stack, identity: { ...stack.identity, namespace: restricted } };
    const plan = planFilebeat(there, templates, ({ kind }) => (kind === 'Namespace' ? namespace : undefined));
    expect(plan.refusals.map(({ rule }) => rule)).toEqual(['FilebeatNotAdmitted']);
  });
});

it('a queue of a size written otherwise is no other size', async () => {
  const reference = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    namespace: stack.identity.namespace,
    name: 'logs-ls',
  };
  const live = await client.get(reference, never);
  const plan = planLogstash(stack, templates, ({ kind }) => (kind === 'StatefulSet' ? live : undefined), seen);
  expect(plan.refusals).toEqual([]);
});
