// Tests of what installs the operator: its permissions are the reviewed ones and no more, its pod is restricted, its configuration is valid.
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { operatorConfig } from '../../src/api/operator-config.ts';
import { restrictedViolations } from '../../src/core/pod-security.testing.ts';
import { resourceOf } from '../../src/kube/resources.ts';
import { definitions } from '../crd/definition.ts';
import { clusterManifests, namespacedManifests } from './index.ts';
import { forbiddenPermissions, goldenPermissions, permissionsOf, type Role } from './permissions.ts';
import type { Manifest } from './roles.ts';
import { clusterRules, filebeatRules, ownNamespaceRules, stackRules } from './rules.ts';

const variants: readonly (readonly [string, readonly Manifest[]])[] = [
  ['for all namespaces', clusterManifests()],
  ['for some namespaces', namespacedManifests()],
];
const rolesIn = (manifests: readonly Manifest[]) =>
  manifests.filter(({ kind }) => kind.endsWith('Role')).map((one) => one as unknown as Role);
const roleIn = (manifests: readonly Manifest[], name: string) => {
  const found = rolesIn(manifests).find(({ metadata }) => metadata.name === name);
  if (found === undefined) throw new Error(`no role ${name}`);
  return found;
};
const only = (manifests: readonly Manifest[], kind: string) => {
  const [found, ...more] = manifests.filter((one) => one.kind === kind);
  if (found === undefined || more.length > 0) throw new Error(`expected one ${kind}`);
  return found;
};

describe('permissions', () => {
  it('are those of the reviewed list, no more and no less', async () => {
    const golden = await goldenPermissions();
    const people = ['loggingstack-view', 'loggingstack-edit', 'loggingstack-admin'];
    const roles = rolesIn(clusterManifests()).filter(({ metadata }) => !people.includes(metadata.name));
    const given = roles.map((role) => [`${role.kind} ${role.metadata.name}`, permissionsOf(role)] as const);
    expect(new Map(given)).toEqual(golden);
  });

  it.each(variants)('%s: none by which the operator could get others', (_name, manifests) => {
    for (const role of rolesIn(manifests)) expect(forbiddenPermissions(permissionsOf(role))).toEqual([]);
  });

  it.each([
    { apiGroups: ['*'], resources: ['pods'], verbs: ['get'] },
    { apiGroups: [''], resources: ['*'], verbs: ['get'] },
    { apiGroups: ['apps'], resources: ['deployments'], verbs: ['*'] },
    { apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterroles'], verbs: ['bind'] },
    { apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles'], verbs: ['escalate'] },
    { apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles'], resourceNames: ['x'], verbs: ['patch'] },
    { apiGroups: [''], resources: ['users'], verbs: ['impersonate'] },
    { apiGroups: [''], resources: ['pods/exec'], verbs: ['create'] },
    { apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] },
    { nonResourceURLs: ['*'], verbs: ['get'] },
  ])('a planted rule is found: %j', (rule) => {
    const role: Role = { kind: 'ClusterRole', metadata: { name: 'planted' }, rules: [rule] };
    expect(forbiddenPermissions(permissionsOf(role))).toHaveLength(1);
  });

  it("of Filebeat are part of the operator's in both variants: it can hand on only what it has", () => {
    const filebeat = permissionsOf(roleIn(clusterManifests(), 'loggingstack-filebeat'));
    for (const [, manifests] of variants)
      expect(permissionsOf(roleIn(manifests, 'loggingstack-operator'))).toEqual(expect.arrayContaining([...filebeat]));
  });

  it('in the namespaced variant are part of the others, and none is for the whole cluster', () => {
    const all = permissionsOf(roleIn(clusterManifests(), 'loggingstack-operator'));
    const some = roleIn(namespacedManifests(), 'loggingstack-operator');
    expect(some.kind).toBe('Role');
    expect(all).toEqual(expect.arrayContaining([...permissionsOf(some)]));
    const bound = namespacedManifests().filter(({ kind }) => kind === 'ClusterRoleBinding');
    expect(bound).toEqual([]);
  });

  it.each([
    'ConfigMap v1',
    'Secret v1',
    'Service v1',
    'ServiceAccount v1',
    'StatefulSet apps/v1',
    'Deployment apps/v1',
  ])('let the operator create, apply, list and watch each %s', (text) => {
    const [kind = '', apiVersion = ''] = text.split(' ');
    const { plural } = resourceOf({ apiVersion, kind });
    const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : 'core';
    const lines = permissionsOf(roleIn(clusterManifests(), 'loggingstack-operator'));
    for (const verb of ['get', 'list', 'watch', 'create', 'patch'])
      expect(lines).toContain(`${group}/${plural} ${verb}`);
  });

  it('let the operator write Events and not change those that are there', () => {
    const lines = permissionsOf(roleIn(clusterManifests(), 'loggingstack-operator'));
    expect(lines.filter((line) => line.includes('/events '))).toEqual(['events.k8s.io/events create']);
  });

  it.each(definitions.map(({ spec }) => spec.names.plural))(
    'let people see %s as viewers, make and delete them as editors, and all of a namespace as administrators',
    (plural) => {
      const of = (name: string) => permissionsOf(roleIn(clusterManifests(), `loggingstack-${name}`));
      const lines = (...verbs: readonly string[]) => verbs.map((verb) => `loggingstack.dev/${plural} ${verb}`);
      expect(of('view')).toEqual(expect.arrayContaining(lines('get', 'list', 'watch')));
      expect(of('edit')).toEqual(expect.arrayContaining(lines('create', 'update', 'patch', 'delete')));
      expect(of('admin')).toEqual(expect.arrayContaining(lines('deletecollection')));
    },
  );

  it('let the operator see each kind and tell in its status, and write no spec but for finalizers and first restores', () => {
    const lines = permissionsOf(roleIn(clusterManifests(), 'loggingstack-operator'));
    for (const { plural } of definitions.map(({ spec }) => spec.names)) {
      for (const verb of ['get', 'list', 'watch']) expect(lines).toContain(`loggingstack.dev/${plural} ${verb}`);
      expect(lines).toContain(`loggingstack.dev/${plural}/status patch`);
    }
    const creates = lines.filter((line) => line.startsWith('loggingstack.dev/') && line.endsWith(' create'));
    expect(creates).toEqual(['loggingstack.dev/stackrestores create']);
  });

  it('have a reason each', () => {
    for (const { reason } of [...stackRules, ...clusterRules, ...ownNamespaceRules, ...filebeatRules])
      expect(reason).toMatch(/^[A-Z].{10,}\.$/);
  });
});

it('in some namespaces, no stack collects from all', () => {
  const { data } = only(namespacedManifests(), 'ConfigMap') as unknown as { data: Record<string, string> };
  expect(parse(data['config.yaml'] ?? '')).toMatchObject({ watchNamespaces: ['logging'], collectEverywhereFrom: [] });
});

describe.each(variants)('the installation %s', (_name, manifests) => {
  it('has a configuration that the operator takes', () => {
    const { data } = only(manifests, 'ConfigMap') as unknown as { data: Record<string, string> };
    expect(operatorConfig.parse(parse(data['config.yaml'] ?? ''))).toMatchObject({ logLevel: 'info' });
  });

  it('maps index files into memory, and says what that needs', () => {
    const { data } = only(manifests, 'ConfigMap') as unknown as { data: Record<string, string> };
    expect(data['config.yaml']).toMatch(/^# .*vm\.max_map_count of 262144.*\nallowMemoryMap: true$/m);
  });

  it("runs the operator's pod under restricted Pod Security, which its namespace enforces", () => {
    const { spec } = only(manifests, 'Deployment') as unknown as { spec: { template: { spec: unknown } } };
    expect(restrictedViolations(spec.template.spec)).toEqual([]);
    expect(only(manifests, 'Namespace').metadata.labels).toMatchObject({
      'pod-security.kubernetes.io/enforce': 'restricted',
    });
  });

  it('makes each thing before what needs it', () => {
    const kinds = manifests.map(({ kind }) => kind);
    expect(kinds[0]).toBe('Namespace');
    expect(kinds.at(-1)).toBe('Deployment');
  });
});
