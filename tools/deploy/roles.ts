// Roles and bindings as Kubernetes objects, made from the reviewed rules.
import { names } from '../../src/core/names.ts';
import { clusterRules, filebeatRules, ownNamespaceRules, peopleRules, type ReasonedRule, stackRules } from './rules.ts';

export const operatorNamespace = 'loggingstack-system';
export const operatorName = 'loggingstack-operator';

export const operatorLabels = {
  'app.kubernetes.io/name': operatorName,
  'app.kubernetes.io/part-of': 'loggingstack',
} as const;

const rbac = 'rbac.authorization.k8s.io';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Record<string, string> };
  readonly [field: string]: unknown;
}

const policyRules = (rules: readonly ReasonedRule[]): readonly unknown[] =>
  rules.map(({ apiGroup, resources, verbs }) => ({ apiGroups: [apiGroup], resources, verbs }));

function role(name: string, rules: readonly ReasonedRule[], namespace?: string, labels = {}): Manifest {
  return {
    apiVersion: `${rbac}/v1`,
    kind: namespace === undefined ? 'ClusterRole' : 'Role',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), labels: { ...operatorLabels, ...labels } },
    rules: policyRules(rules),
  };
}

/** Gives a role to the operator's account. */
function binding({ kind, metadata: { name, namespace } }: Manifest): Manifest {
  return {
    apiVersion: `${rbac}/v1`,
    kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), labels: operatorLabels },
    roleRef: { apiGroup: rbac, kind, name },
    subjects: [{ kind: 'ServiceAccount', name: operatorName, namespace: operatorNamespace }],
  };
}

/** Roles of the operator: in the watched namespaces, or in all of the cluster when none are given. */
export function operatorRoles(watched?: readonly string[]): readonly Manifest[] {
  const roles = [
    ...(watched?.map((namespace) => role(operatorName, stackRules, namespace)) ?? [
      role(operatorName, [...stackRules, ...clusterRules]),
    ]),
    role(`${operatorName}-lease`, ownNamespaceRules, operatorNamespace),
  ];
  return roles.flatMap((one) => [one, binding(one)]);
}

/** The role that the operator binds for each Filebeat. */
export const filebeatRole = (): Manifest => role(names.filebeatClusterRole, filebeatRules);

const aggregated: Readonly<Record<keyof typeof peopleRules, readonly string[]>> = {
  view: ['view', 'edit', 'admin'],
  edit: ['edit', 'admin'],
  admin: ['admin'],
};

/** Roles for people: Kubernetes adds them to its own view, edit and admin. */
export const peopleRoles = (): readonly Manifest[] =>
  (['view', 'edit', 'admin'] as const).map((name) => {
    const labels = aggregated[name].map((target) => [`rbac.authorization.k8s.io/aggregate-to-${target}`, 'true']);
    return role(`loggingstack-${name}`, peopleRules[name], undefined, Object.fromEntries(labels) as object);
  });
