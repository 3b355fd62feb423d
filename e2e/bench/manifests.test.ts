// Tests of what is taken out of exported objects, and of what fresh volumes need again.
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { bareManifests, type Manifest, stripped, withInitialMasters, writableTemplate } from './manifests.ts';

const serverMetadata = {
  uid: 'u-1',
  resourceVersion: '7',
  generation: 2,
  creationTimestamp: '2026-01-01T00:00:00Z',
  managedFields: [{ manager: 'loggingstack-elasticsearch' }],
  ownerReferences: [{ kind: 'LoggingStack', name: 'logs', uid: 's-1' }],
};

const set = (name: string, config: string, replicas: number, podLabels: Record<string, string> = {}): Manifest => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name, namespace: 'logging', ...serverMetadata },
  spec: {
    replicas,
    template: {
      metadata: { labels: podLabels },
      spec: {
        volumes: [
          { name: 'config-files', configMap: { name: config } },
          { name: 'tmp', emptyDir: {} },
        ],
      },
    },
    volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: [] }, status: { phase: 'Pending' } }],
  },
  status: { readyReplicas: replicas },
});

const config = (name: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'logging' },
  data: { 'elasticsearch.yml': 'cluster.name: logs\n', 'jvm.options': '-Xms1m\n' },
});

const pools = [
  set('logs-es-master', 'master-config', 3, { 'loggingstack.dev/master': 'true' }),
  set('logs-es-data', 'data-config', 2),
  config('master-config'),
  config('data-config'),
];

const settingsOf = (manifests: readonly Manifest[], name: string): unknown => {
  const data = manifests.find(({ metadata }) => metadata.name === name)?.['data'] as Record<string, string>;
  return parse(data['elasticsearch.yml'] ?? '');
};

it('takes out what the API server filled in, and keeps labels and our annotations', () => {
  const annotations = {
    'deployment.kubernetes.io/revision': '1',
    'kubectl.kubernetes.io/last-applied-configuration': '{}',
    'deprecated.daemonset.template.generation': '1',
    'loggingstack.dev/version': '9.4.3',
  };
  const metadata = { name: 'a', namespace: 'b', labels: { c: 'd' }, annotations, ...serverMetadata };
  expect(stripped({ apiVersion: 'v1', kind: 'Secret', metadata, data: { x: 'eA==' }, status: {} })).toEqual({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'a', namespace: 'b', labels: { c: 'd' }, annotations: { 'loggingstack.dev/version': '9.4.3' } },
    data: { x: 'eA==' },
  });
});

it('takes the status out of claim templates', () => {
  expect(stripped(set('s', 'c', 1)).spec).toHaveProperty('volumeClaimTemplates', [
    { metadata: { name: 'data' }, spec: { accessModes: [] } },
  ]);
});

it.each([
  ['10.0.0.7', { ports: [] }],
  ['None', { ports: [], clusterIP: 'None' }],
])('of a Service with the address %s it keeps %j', (clusterIP, expected) => {
  const spec = { clusterIP, clusterIPs: [clusterIP], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack', ports: [] };
  expect(stripped({ apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec }).spec).toEqual(expected);
});

it('names the first masters in the configuration of the master pools only', () => {
  const manifests = withInitialMasters(pools);
  expect(settingsOf(manifests, 'master-config')).toEqual({
    'cluster.name': 'logs',
    'cluster.initial_master_nodes': ['logs-es-master-0', 'logs-es-master-1', 'logs-es-master-2'],
  });
  expect(settingsOf(manifests, 'data-config')).toEqual({ 'cluster.name': 'logs' });
});

it('refuses an export without masters', () => {
  expect(() => withInitialMasters([set('logs-ls', 'c', 1)])).toThrow('pool of master nodes');
});

it('puts what pods mount before the pods, and replaces the UID of the stack', () => {
  const secret: Manifest = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'folder-of-s-1' } };
  const manifests = bareManifests([...pools, secret], { former: 's-1', fresh: 's-2' });
  expect(manifests.map(({ kind }) => kind)).toEqual(['Secret', 'ConfigMap', 'ConfigMap', 'StatefulSet', 'StatefulSet']);
  expect(JSON.stringify(manifests)).not.toContain('s-1');
  expect(manifests[0]?.metadata.name).toBe('folder-of-s-2');
});

it('takes the dates of Elasticsearch out of an index template', () => {
  const wanted = { index_patterns: ['logs-*-*'], priority: 500 };
  expect(writableTemplate({ ...wanted, created_date_millis: 1, modified_date_millis: 2, created_date: 'x' })).toEqual(
    wanted,
  );
});
