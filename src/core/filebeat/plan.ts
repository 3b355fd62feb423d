// Plans Filebeat's objects, the binding of its role, and says when a namespace does not let its pods in.
import type { KubeObject } from '../kubernetes.ts';
import { names } from '../names.ts';
import { isOurs, type LiveObjects, type ObjectAction, planObjects, planRemovals, referenceOf } from '../objects.ts';
import type { Refusal } from '../refusal.ts';
import type { ConfigTemplates } from '../rendering/templates.ts';
import type { ResolvedStack } from '../stack.ts';
import { type StartSecret, startSecrets, type WorkloadPlan } from '../workloads.ts';
import { clusterBinding, desiredFilebeat, roleBinding } from './desired.ts';

/** Plans everything in the stack's namespace. The DaemonSet waits for the Secrets that its pods need. */
export function planFilebeat(stack: ResolvedStack, templates: ConfigTemplates, live: LiveObjects): WorkloadPlan {
  const { identity } = stack;
  const { missing, fingerprint } = startSecrets(identity, secretsOfFilebeat(identity.name), live);
  const desired = desiredFilebeat(stack, templates, fingerprint);
  const possible = missing.length === 0 ? desired : desired.filter(({ kind }) => kind !== 'DaemonSet');
  const { actions, refusals } = planObjects(identity, 'filebeat', possible, live);
  const unwanted = stack.filebeat.collectEverywhere ? live(referenceOf(roleBinding(stack))) : undefined;
  return {
    actions: [...actions, ...planRemovals(identity, unwanted === undefined ? [] : [unwanted])],
    refusals: [...refusals, ...podSecurity(live({ apiVersion: 'v1', kind: 'Namespace', name: identity.namespace }))],
    missingSecrets: missing,
  };
}

const secretsOfFilebeat = (stack: string): readonly StartSecret[] => [
  { secret: names.filebeatCertificate(stack), key: 'tls.crt' },
  { secret: names.logstashCertificate(stack), key: 'ca.crt' },
];

const enforceLabel = 'pod-security.kubernetes.io/enforce';

/** Filebeat reads log files of the Kubernetes node, which baseline and restricted Pod Security do not allow. */
function podSecurity(namespace: KubeObject | undefined): readonly Refusal[] {
  const level = namespace?.metadata.labels?.[enforceLabel];
  if (namespace === undefined || (level !== 'baseline' && level !== 'restricted')) return [];
  const { name } = namespace.metadata;
  return [
    {
      rule: 'FilebeatNotAdmitted',
      subject: `Namespace/${name}`,
      message: `Namespace ${name} enforces ${level} Pod Security, which does not admit Filebeat: it reads log files of the Kubernetes node. No logs are collected.`,
      remedy: `Have an administrator set the label ${enforceLabel}=privileged on namespace ${name}, or move the stack to a namespace that has it.`,
    },
  ];
}

/** On a stack whose ClusterRoleBinding must be taken away before it may go. */
export const clusterBindingFinalizer = 'loggingstack.dev/cluster-binding';

export interface ClusterBindingPlan {
  /** What to do with the finalizer of the stack before anything else. */
  readonly finalizer: 'keep' | 'add' | 'remove';
  readonly actions: readonly ObjectAction[];
  readonly refusals: readonly Refusal[];
}

/**
 * Plans one step with the binding that lets a Filebeat read the Pods of all namespaces. The finalizer comes before the
 * binding and goes after it, so that an operator that dies in between leaves no binding that nobody would take away.
 *
 * `deleting` says that the stack is on its way; `finalizers` are those that it has now.
 */
export function planClusterBinding(
  stack: ResolvedStack,
  now: { readonly deleting: boolean; readonly finalizers: readonly string[] },
  live: LiveObjects,
): ClusterBindingPlan {
  const { identity } = stack;
  const desired = clusterBinding(stack);
  const found = live(referenceOf(desired));
  const marked = now.finalizers.includes(clusterBindingFinalizer);
  if (stack.filebeat.collectEverywhere && !now.deleting) {
    if (!marked) return { finalizer: 'add', actions: [], refusals: [] };
    return { finalizer: 'keep', ...planObjects(identity, 'filebeat', [desired], live) };
  }
  const removals = found !== undefined && isOurs(found, identity) ? planRemovals(identity, [found]) : [];
  const done = found === undefined || !isOurs(found, identity);
  return { finalizer: marked && done ? 'remove' : 'keep', actions: removals, refusals: [] };
}
