// Integration: what is installed on a real API server lets the operator do what it needs and no more, and a tenant's attacks end there.
import { beforeAll, describe, expect, it } from 'vitest';
import { goldenPermissions, permissionsOf, type Role } from '../../tools/deploy/permissions.ts';
import { ownControlPlane } from '../integration/own-control-plane.ts';
import { attacks, type Ground, runAttacks, type RunKubectl } from './attacks.ts';
import { admitTenant, tenantUser } from './tenant.ts';

const own = ownControlPlane('privilege', { manifests: 'deploy/operator.yaml' });
let admin: RunKubectl;
let ground: Ground;

const operator = '--as=system:serviceaccount:loggingstack-system:loggingstack-operator';
const manifest = (object: object): string => JSON.stringify(object);

beforeAll(async () => {
  const { cluster } = own;
  admin = (args, input) => cluster.kubectl(args, input);
  for (const namespace of ['team', 'other']) await admin(['create', 'namespace', namespace]);
  await admitTenant(admin, 'team');
  const kubeconfig = await cluster.kubeconfigFor(tenantUser);
  const tenant: RunKubectl = (args, input) => cluster.kubectl(['--kubeconfig', kubeconfig, ...args], input);
  ground = {
    tenant,
    admin,
    namespace: 'team',
    stack: 'logs',
    otherNamespace: 'other',
    signal: AbortSignal.timeout(120_000),
  };
});

describe('the installation', () => {
  it('is taken again without a change, and so is the variant for some namespaces', async () => {
    expect(await admin(['apply', '--server-side', '-f', 'deploy/operator.yaml'])).toContain(
      'loggingstack-operator serverside-applied',
    );
    await admin(['create', 'namespace', 'logging']);
    await admin(['apply', '--server-side', '--dry-run=server', '-f', 'deploy/operator-namespaced.yaml']);
  });

  it('gives the operator and its Filebeats the reviewed permissions, on the server too', async () => {
    for (const [role, lines] of await goldenPermissions()) {
      const [kind = '', name = ''] = role.split(' ');
      const live = await admin(['get', kind, name, '-n', 'loggingstack-system', '-o', 'json']);
      expect(permissionsOf(JSON.parse(live) as Role), role).toEqual(lines);
    }
  });
});

describe('the operator', () => {
  const bindTo = (kind: 'RoleBinding' | 'ClusterRoleBinding', role: string) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind,
    metadata: { name: `to-${role}`, ...(kind === 'RoleBinding' ? { namespace: 'team' } : {}) },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'ServiceAccount', name: 'logs-fb', namespace: 'team' }],
  });

  it.each(['RoleBinding', 'ClusterRoleBinding'] as const)(
    'makes a %s to the role of Filebeat and to no other',
    async (kind) => {
      await admin(['create', operator, '-f', '-'], manifest(bindTo(kind, 'loggingstack-filebeat')));
      for (const role of ['view', 'edit', 'cluster-admin']) {
        const attempt = admin(['create', operator, '-f', '-'], manifest(bindTo(kind, role)));
        // The API server lists the rights that the operator would hand on and does not have.
        await expect(attempt, role).rejects.toThrow(/ended with 1:[^]*\{APIGroups:[^]*Verbs:/);
      }
    },
  );

  it.each([
    ['run commands in pods', ['create', '--raw', '/api/v1/namespaces/team/pods/x/exec?command=ls', '-f', '-']],
    ['get tokens of accounts', ['create', 'token', 'default', '-n', 'team']],
    ['make pods', ['run', 'x', '--image=x', '-n', 'team']],
    ['delete volumes', ['delete', 'pv', 'x']],
    ['make claims of volumes', ['create', '--raw', '/api/v1/namespaces/team/persistentvolumeclaims', '-f', '-']],
    ['change roles', ['create', 'clusterrole', 'x', '--verb=get', '--resource=pods']],
    ['delete stacks', ['delete', 'loggingstack', 'logs', '-n', 'team']],
    ['change namespaces', ['label', 'namespace', 'team', 'x=y']],
  ])('cannot %s', async (_what, args) => {
    await expect(admin([...args, operator], '{}')).rejects.toThrow(/forbidden/i);
  });
});

describe('a tenant who may only edit stacks', () => {
  it('may make, see and scale a stack: the attacks fail for what they are', async () => {
    const stack = {
      apiVersion: 'loggingstack.dev/v1alpha1',
      kind: 'LoggingStack',
      metadata: { name: 'logs', namespace: 'team' },
      spec: { version: '9.4.3' },
    };
    await ground.tenant(['create', '-f', '-'], manifest(stack));
    await ground.tenant(['scale', 'loggingstack/logs', '-n', 'team', '--replicas=3']);
    expect(await ground.tenant(['get', 'loggingstack', '-n', 'team', '-o', 'name'])).toContain('logs');
  });

  const withoutOperator = attacks.filter(({ refusedBy }) => refusedBy !== 'operator');
  it.each(withoutOperator.map((attack) => [attack.name, attack] as const))('is refused: %s', async (_name, attack) => {
    const [result] = await runAttacks([attack], ground);
    expect(result?.answer).toMatch(attack.refusal);
  });

  it('is refused for a lack of rights: an administrator is not', async () => {
    const byRights = attacks.filter(({ refusedBy }) => refusedBy === 'authorization');
    const results = await runAttacks(byRights, { ...ground, tenant: admin });
    expect(results.filter(({ refused }) => refused).map(({ attack }) => attack.name)).toEqual([]);
  });
});

it('there are fifteen attacks, each with a name of its own', () => {
  expect(new Set(attacks.map(({ name }) => name)).size).toBe(15);
});
