// Tests of what Elasticsearch consists of in Kubernetes: the facts that others and running clusters rely on.
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ownedConfigKeys } from '../../../api/elasticsearch.ts';
import { loadTemplates } from '../../../templates.ts';
import type { KubeObject } from '../../kubernetes.ts';
import { canonicalJson } from '../../objects.ts';
import { restrictedViolations } from '../../pod-security.testing.ts';
import type { ConfigTemplates } from '../../rendering/templates.ts';
import type { NodePool, ResolvedStack } from '../../stack.ts';
import { exampleStack } from '../../stack.testing.ts';
import { desiredPoolConfig, desiredShared, desiredStatefulSet, poolConfigName } from './index.ts';

let templates: ConfigTemplates;
beforeAll(async () => {
  templates = await loadTemplates(join(import.meta.dirname, '../../../../config-templates'));
});

interface PodTemplate {
  readonly metadata: { readonly labels: Record<string, string>; readonly annotations: Record<string, string> };
  readonly spec: {
    readonly containers: readonly [{ readonly env: readonly { name: string }[]; readonly resources: unknown }];
    readonly volumes: readonly { name: string; configMap?: { name: string } }[];
    readonly [field: string]: unknown;
  };
}
interface StatefulSetSpec {
  readonly template: PodTemplate;
  readonly [field: string]: unknown;
}

const poolOf = (stack: ResolvedStack, name: string): NodePool => {
  const found = stack.elasticsearch.pools.find((pool) => pool.name === name);
  if (found === undefined) throw new Error(`no pool ${name}`);
  return found;
};
const specOf = (stack: ResolvedStack, pool: string, partition = 0) =>
  desiredStatefulSet(stack, poolOf(stack, pool), { partition }, templates)['spec'] as StatefulSetSpec;
const configOf = (stack: ResolvedStack, pool: string, initialMasterNodes?: readonly string[]) => {
  const object = desiredPoolConfig(stack, poolOf(stack, pool), { initialMasterNodes }, templates);
  const data = object['data'] as Record<string, string>;
  const settings = parse(data['elasticsearch.yml'] ?? '') as Record<string, unknown>;
  return { object, settings, javaOptions: data['jvm.options'] ?? '' };
};
const everything = (stack: ResolvedStack): readonly KubeObject[] => [
  ...desiredShared(stack, templates),
  ...stack.elasticsearch.pools.flatMap((pool) => [
    desiredPoolConfig(stack, pool, { initialMasterNodes: ['logs-es-master-0'] }, templates),
    desiredStatefulSet(stack, pool, { partition: 0 }, templates),
  ]),
];
const sharedSpec = (kind: string, name: string) => {
  const found = desiredShared(exampleStack(), templates).find((one) => one.kind === kind && one.metadata.name === name);
  return (found?.['spec'] ?? {}) as Record<string, unknown>;
};

describe('all objects', () => {
  it('belong to the stack: namespace, labels, owner', () => {
    for (const object of everything(exampleStack())) {
      expect(object.metadata, `${object.kind} ${object.metadata.name}`).toMatchObject({
        namespace: 'team',
        labels: { 'loggingstack.dev/stack': 'logs', 'app.kubernetes.io/managed-by': 'loggingstack-operator' },
        ownerReferences: [{ kind: 'LoggingStack', name: 'logs', uid: 'uid-1', controller: true }],
      });
    }
  });

  it('have no field that the API server would drop: no undefined value, no empty list', () => {
    const text = JSON.stringify(everything(exampleStack()), (_key, value: unknown) =>
      value === undefined || (Array.isArray(value) && value.length === 0) ? '<<dropped>>' : value,
    );
    expect(text).not.toContain('<<dropped>>');
  });

  it('are the same for the same stack', () => {
    expect(canonicalJson(everything(exampleStack()))).toBe(canonicalJson(everything(exampleStack())));
  });

  it('have names of their own within their kind', () => {
    const names = everything(exampleStack()).map((object) => `${object.kind}/${object.metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('the StatefulSet of a pool', () => {
  it.each(['master', 'data', 'ingest'])('of %s runs under restricted Pod Security', (pool) => {
    expect(restrictedViolations(specOf(exampleStack(), pool).template.spec)).toEqual([]);
  });

  it('lets the planner say from which ordinal on pods get the new template, and all masters start together', () => {
    expect(specOf(exampleStack(), 'master', 2)).toMatchObject({
      replicas: 3,
      serviceName: 'logs-es-nodes',
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } },
    });
  });

  it('keeps volumes as the stack says when it is deleted, and always when it shrinks', () => {
    expect(specOf(exampleStack(), 'data')['persistentVolumeClaimRetentionPolicy']).toEqual({
      whenDeleted: 'Retain',
      whenScaled: 'Retain',
    });
    const gone = exampleStack({ volumes: { whenDeleted: 'Delete' } });
    expect(specOf(gone, 'data')['persistentVolumeClaimRetentionPolicy']).toMatchObject({ whenDeleted: 'Delete' });
  });

  it('labels its pods by what they are for: clients reach data and ingest nodes, nodes find masters', () => {
    const purposes = (stack: ResolvedStack, pool: string) => {
      const { labels } = specOf(stack, pool).template.metadata;
      return [labels['loggingstack.dev/master'], labels['loggingstack.dev/http']];
    };
    expect(purposes(exampleStack(), 'master')).toEqual(['true', undefined]);
    expect(purposes(exampleStack(), 'data')).toEqual([undefined, 'true']);
    expect(purposes(exampleStack(), 'ingest')).toEqual([undefined, 'true']);
    expect(purposes(exampleStack({ elasticsearch: { topology: 'Combined' } }), 'combined')).toEqual(['true', 'true']);
  });

  it('selects pods by labels that its template has', () => {
    const spec = specOf(exampleStack(), 'data');
    const { matchLabels } = spec['selector'] as { matchLabels: Record<string, string> };
    expect(spec.template.metadata.labels).toMatchObject(matchLabels);
  });

  it('labels its claims, so that kept ones are found again', () => {
    const [claim] = specOf(exampleStack(), 'master')['volumeClaimTemplates'] as [{ metadata: object; spec: object }];
    expect(claim).toMatchObject({
      metadata: { name: 'data', labels: { 'loggingstack.dev/pool': 'master', 'loggingstack.dev/master': 'true' } },
      spec: { resources: { requests: { storage: '5Gi' } } },
    });
    expect(claim.spec).not.toHaveProperty('storageClassName');
  });

  it('writes quantities as the API server echoes them', () => {
    const stack = exampleStack({
      elasticsearch: {
        data: {
          storage: { size: '2048Gi', className: 'fast' },
          resources: { requests: { cpu: '1000m' }, limits: { cpu: '2000m', memory: '4096Mi' } },
        },
      },
    });
    const spec = specOf(stack, 'data');
    expect(spec.template.spec.containers[0].resources).toEqual({
      requests: { cpu: '1', memory: '4Gi' },
      limits: { cpu: '2', memory: '4Gi' },
    });
    expect(spec['volumeClaimTemplates']).toMatchObject([
      { spec: { storageClassName: 'fast', resources: { requests: { storage: '2Ti' } } } },
    ]);
  });

  it('takes over what users may say about pods, but not over its own labels', () => {
    const podFields = {
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ key: 'dedicated', operator: 'Exists' as const }],
      priorityClassName: 'high',
      imagePullSecrets: [{ name: 'registry' }],
    };
    const labels = { team: 'payments', 'loggingstack.dev/pool': 'stolen' };
    const data = { ...podFields, labels, annotations: { note: 'x' } };
    const { metadata, spec } = specOf(exampleStack({ elasticsearch: { data } }), 'data').template;
    expect(metadata.labels).toMatchObject({ team: 'payments', 'loggingstack.dev/pool': 'data' });
    expect(metadata.annotations).toMatchObject({ note: 'x' });
    expect(spec).toMatchObject(podFields);
  });

  it('mounts watched files as whole folders, never by subPath, and has no token of Kubernetes', () => {
    const spec = specOf(exampleStack(), 'data').template.spec;
    expect(JSON.stringify(spec)).not.toContain('subPath');
    expect(spec['automountServiceAccountToken']).toBe(false);
    expect(spec['terminationGracePeriodSeconds']).toBe(180);
  });

  it('has an environment variable for each one that the configuration names', () => {
    const { object } = configOf(exampleStack(), 'master');
    const named = [...canonicalJson(object['data']).matchAll(/\$\{(\w+)\}/g)].map((match) => match[1]);
    const given = specOf(exampleStack(), 'master').template.spec.containers[0].env.map((variable) => variable.name);
    expect(named.length).toBeGreaterThan(0);
    expect(given).toEqual(expect.arrayContaining(named));
  });
});

describe('the configuration of a pool', () => {
  it('has flat keys only, with the roles and name of its nodes', () => {
    const { settings } = configOf(exampleStack({}, { allowMemoryMap: false }), 'data');
    expect(settings).toMatchObject({
      'cluster.name': 'logs',
      'node.roles': ['data_hot', 'data_content'],
      'node.store.allow_mmap': false,
      'discovery.seed_hosts': ['logs-es-transport.team.svc'],
      'xpack.security.enabled': true,
      'xpack.security.transport.ssl.verification_mode': 'certificate',
      'xpack.security.authc.realms.file.file1.order': -100,
    });
    expect(Object.values(settings).filter((value) => typeof value === 'object' && !Array.isArray(value))).toEqual([]);
  });

  it('names the first masters only while the cluster forms, to masters only, and neither name nor hash changes with it', () => {
    const stack = exampleStack();
    const first = ['logs-es-master-0', 'logs-es-master-1', 'logs-es-master-2'];
    const forming = configOf(stack, 'master', first);
    const formed = configOf(stack, 'master', []);
    expect(forming.settings['cluster.initial_master_nodes']).toEqual(first);
    expect(formed.settings).not.toHaveProperty('cluster.initial_master_nodes');
    expect(configOf(stack, 'master').settings).not.toHaveProperty('cluster.initial_master_nodes');
    expect(configOf(stack, 'data', first).settings).not.toHaveProperty('cluster.initial_master_nodes');
    expect(forming.object.metadata.name).toBe(formed.object.metadata.name);
  });

  it('is mounted by the name that carries its hash, so that the old template finds the old configuration', () => {
    const before = exampleStack();
    const after = exampleStack({ elasticsearch: { config: { 'indices.memory.index_buffer_size': '20%' } } });
    const mounted = (stack: ResolvedStack) =>
      specOf(stack, 'data').template.spec.volumes.find((volume) => volume.name === 'config-files')?.configMap?.name;
    expect(mounted(before)).toBe(configOf(before, 'data').object.metadata.name);
    expect(mounted(after)).toBe(poolConfigName(after, poolOf(after, 'data'), templates));
    expect(mounted(after)).not.toBe(mounted(before));
    const hash = (stack: ResolvedStack) =>
      specOf(stack, 'data').template.metadata.annotations['loggingstack.dev/config-hash'];
    expect(hash(after)).not.toBe(hash(before));
  });

  it('takes over settings of users as text, also over the awareness of the template', () => {
    const config = {
      'indices.memory.index_buffer_size': '20%',
      'cluster.routing.allocation.awareness.attributes': 'zone',
      'thread_pool.write.queue_size': '1000',
      'action.auto_create_index': '+logs-*: no, "quoted" #text',
    };
    expect(configOf(exampleStack({ elasticsearch: { config } }), 'data').settings).toMatchObject(config);
  });

  it('cannot be made to switch off security, even if the API server let such a key through', () => {
    const config = { 'xpack.security.enabled': 'false', 'cluster.name': 'other', 'path.data': '/tmp' };
    const { settings } = configOf(exampleStack({ elasticsearch: { config } }), 'data');
    expect(settings).toMatchObject({ 'xpack.security.enabled': true, 'cluster.name': 'logs' });
    expect(settings).not.toHaveProperty('path.data');
  });

  it('sets no key that users may set too, but for the one that they may change', () => {
    const free = Object.keys(configOf(exampleStack(), 'master', ['a']).settings).filter(
      (key) => !new RegExp(ownedConfigKeys).test(key),
    );
    expect(free).toEqual(['cluster.routing.allocation.awareness.attributes']);
  });

  it('sizes the heap of small pods, and leaves it to Elasticsearch from 2 GiB on', () => {
    expect(configOf(exampleStack(), 'master').javaOptions).toMatch(/^-Xms409m\n-Xmx409m$/m);
    expect(configOf(exampleStack(), 'data').javaOptions).not.toMatch(/-Xm[sx]/);
  });
});

describe('the shared objects', () => {
  it('find masters before they are ready, and send clients to ready data and ingest nodes', () => {
    expect(sharedSpec('Service', 'logs-es-transport')).toMatchObject({
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector: { 'loggingstack.dev/master': 'true' },
      ports: [{ port: 9300 }],
    });
    const http = sharedSpec('Service', 'logs-es-http');
    expect(http).toMatchObject({ selector: { 'loggingstack.dev/http': 'true' }, ports: [{ port: 9200 }] });
    expect(http).not.toHaveProperty('publishNotReadyAddresses');
  });

  it('have a disruption budget that never blocks for ever', () => {
    expect(sharedSpec('PodDisruptionBudget', 'logs-es')).toEqual({
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: { 'loggingstack.dev/stack': 'logs', 'loggingstack.dev/component': 'elasticsearch' } },
    });
  });

  it.each([
    [1, 3, 1],
    [3, 3, 1],
    [3, 5, 2],
    [1, 1, 1],
    [5, 9, 4],
  ])('[kubectl-drain] a budget of %i with %i masters lets others evict %i at a time', (most, masters, expected) => {
    const elasticsearch = { changeBudget: { maxUnavailable: most }, master: { replicas: masters } };
    const shared = desiredShared(exampleStack({ elasticsearch }), templates);
    const budget = shared.find(({ kind }) => kind === 'PodDisruptionBudget');
    expect(budget).toMatchObject({ spec: { maxUnavailable: expected } });
  });

  it("give the operator's role neither documents to read nor users to change, and streams to delete only among its own", () => {
    const roles = desiredShared(exampleStack(), templates).find((one) => one.metadata.name === 'logs-es-roles');
    const { loggingstack_operator: role } = parse((roles?.['data'] as { 'roles.yml': string })['roles.yml']) as Record<
      string,
      { cluster: string[]; indices: { names: string[]; privileges: string[] }[] }
    >;
    expect(role?.cluster).toEqual([
      'monitor',
      'manage_index_templates',
      'manage_own_api_key',
      'monitor_snapshot',
      'cluster:admin/xpack/deprecation/info',
      'cluster:admin/settings/update',
      'cluster:admin/voting_config/add_exclusions',
      'cluster:admin/voting_config/clear_exclusions',
      'cluster:admin/repository/put',
      'cluster:admin/repository/verify',
      'cluster:admin/repository/delete',
      'cluster:admin/snapshot/create',
      'cluster:admin/snapshot/delete',
      'cluster:admin/snapshot/restore',
    ]);
    const granted = role?.indices.flatMap((one) => one.privileges);
    expect(role?.indices.flatMap(({ names }) => names)).toEqual(['logs-*-*']);
    for (const forbidden of ['all', 'manage', 'read', 'delete', 'write', 'index'])
      expect(granted).not.toContain(forbidden);
  });
});
