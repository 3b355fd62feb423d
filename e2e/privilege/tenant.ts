// A tenant as attacks need one: a user who may see, make, edit and scale LoggingStacks in one namespace, by the roles that are shipped.
import type { RunKubectl } from './attacks.ts';

export const tenantUser = 'mallory';

/** Gives the tenant the shipped roles in a namespace. */
export async function admitTenant(admin: RunKubectl, namespace: string): Promise<void> {
  const bindings = ['loggingstack-view', 'loggingstack-edit'].map((name) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: `${name}-of-tenant`, namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: tenantUser }],
  }));
  await admin(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: bindings }));
}
