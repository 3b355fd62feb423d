// Integration: Elasticsearch's objects on a real API server: after its defaults they still equal what we
// want, so that a second look writes nothing, and a namespace that enforces restricted Pod Security takes the pods.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { KubeClient } from '../kube/client.ts';
import { freshNamespace, freshStack, make, never, transportFor } from '../kube/integration-helpers.ts';
import { loadTemplates } from '../templates.ts';
import type { KubeObject } from '../core/kubernetes.ts';
import { referenceOf } from '../core/objects.ts';
import type { ResolvedStack } from '../core/stack.ts';
import { exampleStack } from '../core/stack.testing.ts';
import { desiredPoolConfig, desiredShared, desiredStatefulSet } from '../core/elasticsearch/desired/index.ts';
import { createThenApply } from './integration-helpers.ts';

const transport = transportFor(inject('kubeconfig'));
const client = new KubeClient(transport);
const templates = await loadTemplates(join(import.meta.dirname, '../../config-templates'));
let stack: ResolvedStack;

/** A stack that uses every field that a user may set, in forms that the API server writes otherwise. */
beforeAll(async () => {
  const amounts = { requests: { cpu: '1000m', memory: '1024Mi' }, limits: { cpu: '2000m', memory: '4096Mi' } };
  const example = exampleStack({
    elasticsearch: {
      data: {
        storage: { size: '2048Gi', className: 'fast' },
        resources: amounts,
        labels: { team: 'payments' },
        annotations: { note: 'x' },
        nodeSelector: { disk: 'ssd' },
        tolerations: [{ key: 'dedicated', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 30 }],
        imagePullSecrets: [{ name: 'registry' }],
      },
      pools: [
        { name: 'warm', roles: ['data_warm'], resources: { requests: { cpu: '2000' }, limits: { cpu: '2000' } } },
      ],
    },
  });
  stack = { ...example, identity: { ...example.identity, ...(await freshStack(transport)) } };
});
afterAll(() => transport.close());

const poolObjects = (): readonly KubeObject[] =>
  stack.elasticsearch.pools.flatMap((pool) => [
    desiredPoolConfig(stack, pool, { initialMasterNodes: ['logs-es-master-0'] }, templates),
    desiredStatefulSet(stack, pool, { partition: 1 }, templates),
  ]);

describe("Elasticsearch's objects", () => {
  it('[policy-rewritten] equal the live ones after creation and after apply: a second look plans nothing, a second apply writes nothing', async () => {
    const desired = [...desiredShared(stack, templates), ...poolObjects()];
    await createThenApply(transport, stack.identity, 'elasticsearch', desired);
  });

  it('run in a namespace that enforces restricted Pod Security', async () => {
    const namespace = await freshNamespace(transport);
    const enforce = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    const labelled = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: enforce } };
    const { uid = '' } = (await client.get(referenceOf(labelled), never)).metadata;
    await client.apply(labelled, { manager: 'test', uid, force: true }, never);
    await make(transport, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'logs-es', namespace },
    });
    for (const set of poolObjects().filter((object) => object.kind === 'StatefulSet')) {
      const { template } = set['spec'] as { template: { spec: object & { volumes: object[] } } };
      const volumes = [...template.spec.volumes, { name: 'data', emptyDir: {} }];
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: set.metadata.name, namespace } };
      const made = await make(transport, { ...pod, spec: { ...template.spec, volumes } });
      expect(made.metadata.uid, set.metadata.name).toBeDefined();
    }
    const loose = { containers: [{ name: 'main', image: 'example.test/x' }] };
    const refused = make(transport, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'loose', namespace },
      spec: loose,
    });
    await expect(refused).rejects.toThrow(/restricted/);
  });
});
