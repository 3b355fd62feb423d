// Plans Filebeat's objects, the binding of its role, and says when a namespace does not let its pods in.
import { holdTemplates, inputsOf } from '../held-templates.ts';
import type { KubeObject } from '../kubernetes.ts';
import { names } from '../names.ts';
import {
  type LiveObjects,
  type ObjectAction,
  type ObjectPlan,
  planObjects,
  planRemovals,
  referenceOf,
} from '../objects.ts';
import { describeRule, type Refusal } from '../refusal.ts';
import type { ConfigTemplates } from '../rendering/templates.ts';
import { awaitedRestore } from '../snapshots/first-restore.ts';
import type { ResolvedStack } from '../stack.ts';
import { type StartSecret, startSecrets, type WorkloadPlan } from '../workloads.ts';
import { clusterBinding, desiredFilebeat, roleBinding } from './desired.ts';

/** Plans everything in the stack's namespace. The DaemonSet waits for the Secrets that its pods need, and for what a new stack begins with. */
export function planFilebeat(stack: ResolvedStack, templates: ConfigTemplates, live: LiveObjects): WorkloadPlan {
  const { identity } = stack;
  const { missing, fingerprint } = startSecrets(identity, secretsOfFilebeat(identity.name), live);
  const desired = desiredFilebeat(stack, templates, fingerprint);
  const awaited = awaitedRestore(stack, live);
  const possible =
    missing.length === 0 && awaited === undefined ? desired : desired.filter(({ kind }) => kind !== 'DaemonSet');
  const held = holdTemplates(possible, inputsOf(stack, 'filebeat', stack.filebeat.given, fingerprint), live);
  const { actions, refusals } = planObjects(identity, 'filebeat', held, live);
  const unwanted = stack.filebeat.collectEverywhere ? live(referenceOf(roleBinding(stack))) : undefined;
  return {
    actions: [...actions, ...planRemovals(identity, unwanted === undefined ? [] : [unwanted])],
    refusals: [...refusals, ...podSecurity(live({ apiVersion: 'v1', kind: 'Namespace', name: identity.namespace }))],
    missingSecrets: missing,
    awaited,
  };
}

const secretsOfFilebeat = (stack: string): readonly StartSecret[] => [
  { secret: names.filebeatCertificate(stack), key: 'tls.crt' },
  { secret: names.logstashCertificate(stack), key: 'ca.crt' },
];

const enforceLabel = 'pod-security.kubernetes.io/enforce';

export const filebeatNotAdmittedRule = describeRule({
  name: 'FilebeatNotAdmitted',
  liftable: 'never',
  reason:
    'Filebeat reads log files of the Kubernetes node, and a namespace that enforces baseline or restricted Pod Security admits no pod that does.',
  remedy: 'Have an administrator let the namespace admit it, or move the stack to one that does.',
});

/** Filebeat reads log files of the Kubernetes node, which baseline and restricted Pod Security do not allow. */
function podSecurity(namespace: KubeObject | undefined): readonly Refusal[] {
  const level = namespace?.metadata.labels?.[enforceLabel];
  if (namespace === undefined || (level !== 'baseline' && level !== 'restricted')) return [];
  const { name } = namespace.metadata;
  return [
    {
      rule: filebeatNotAdmittedRule.name,
      subject: `Namespace/${name}`,
      message: `Namespace ${name} enforces ${level} Pod Security, which does not admit Filebeat: it reads log files of the Kubernetes node. No logs are collected.`,
      remedy: `Have an administrator set the label ${enforceLabel}=privileged on namespace ${name}, or move the stack to a namespace that has it.`,
    },
  ];
}

/**
 * Plans the binding that lets a Filebeat read the Pods of all namespaces. It is cluster-scoped, so no owner reference
 * can take it away with its stack: `forgetClusterBinding` does, at the latest when the operator next starts. That needs no
 * finalizer, which would hold up the deletion of stack and namespace while no operator runs. Meanwhile the binding is
 * harmless: the ServiceAccount that it names is gone with the stack.
 */
export function planClusterBinding(stack: ResolvedStack, live: LiveObjects): ObjectPlan {
  const desired = clusterBinding(stack);
  if (stack.filebeat.collectEverywhere) return planObjects(stack.identity, 'filebeat', [desired], live);
  const found = live(referenceOf(desired));
  return { actions: planRemovals(stack.identity, found === undefined ? [] : [found]), refusals: [] };
}

/** Takes away the binding of a stack that is no more, if it was made by this operator for a stack of that name. */
export function forgetClusterBinding(
  gone: { namespace: string; name: string },
  live: LiveObjects,
): readonly ObjectAction[] {
  const found = live({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    name: names.filebeatClusterRoleBinding(gone.namespace, gone.name),
  });
  return found === undefined ? [] : planRemovals({ ...gone, uid: '', generation: 0 }, [found]);
}
