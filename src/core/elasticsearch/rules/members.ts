// Rules for restarting a node that serves: everything must be well first, and the pod that went before must be back (`rejoin-before-next`).
import type { Refusal } from '../../refusal.ts';
import type { ResolvedStack } from '../../stack.ts';
import { allPods, type PlanContext, stays } from '../context.ts';
import { copiesAreDue } from '../index-template.ts';
import type { ClusterHealth } from '../observed.ts';
import { hasJoined, type PodView } from '../view.ts';

/** Why a pod that serves is not replaced now: `wait` passes by itself, a refusal needs somebody. */
export type Hold =
  { readonly kind: 'wait'; readonly message: string } | { readonly kind: 'refuse'; readonly refusal: Refusal };

type Rule = (context: PlanContext, pod: PodView) => Hold | undefined;

const wait = (message: string): Hold => ({ kind: 'wait', message });
const refuse = (rule: string, pod: PodView, message: string, remedy: string): Hold => ({
  kind: 'refuse',
  refusal: { rule, subject: `Pod/${pod.name}`, message, remedy },
});

/** Every pod of every pool exists and is ready, but for those that are on their way out. */
const podsNotReady: Rule = (context, pod) => {
  const stuck = allPods(context)
    .filter(stays(context))
    .filter((other) => other.stuck);
  if (stuck.length > 0) {
    const listed = stuck.map((other) => other.name).join(', ');
    return refuse(
      'PodsNotReady',
      pod,
      `It waits for its new template, because ${listed} cannot start: a second node down could cost copies or the quorum.`,
      `Look at kubectl describe pod and kubectl logs of ${listed}. A change of the spec that mends a pod is rolled out to it at once.`,
    );
  }
  const isUnready = (other: PodView): boolean => !other.ready && stays(context)(other);
  const waiting = context.sets.find((set) => !set.complete || set.pods.some(isUnready));
  if (waiting === undefined) return undefined;
  const unready = waiting.pods.find(isUnready)?.name ?? `the pods of ${waiting.object.metadata.name}`;
  return wait(`Waiting for ${unready} before ${pod.name} is replaced.`);
};

/** Elasticsearch must have answered everything that was asked. */
const clusterUnknown: Rule = ({ observed: { cluster } }, pod) =>
  cluster.answered
    ? undefined
    : refuse(
        'ClusterUnknown',
        pod,
        `It waits for its new template, because Elasticsearch gave no answer (${cluster.code}): ${cluster.message}`,
        `Nothing, if this passes within minutes. Otherwise look at the logs of the Elasticsearch pods and of the operator.`,
      );

/** Every pod's node is part of the cluster, with the version that it should have. */
const nodeNotJoined: Rule = (context, pod) => {
  const { version } = context.stack.images.elasticsearch;
  const missing = allPods(context)
    .filter(stays(context))
    .find((other) => !hasJoined(context.observed.cluster, other.name, version));
  return missing === undefined
    ? undefined
    : wait(`Waiting for node ${missing.name} to join before ${pod.name} is replaced.`);
};

/** Enough copies are there for one node to be away. */
const clusterNotGreen: Rule = ({ stack, observed: { cluster } }, pod) => {
  if (!cluster.answered) return undefined;
  const { health } = cluster;
  // Green says that every copy is there that was asked for, not that enough were.
  if (isHealthyEnough(stack, health))
    return copiesAreDue(stack, cluster) ? wait(`Waiting for the wanted copies before ${pod.name} is replaced.`) : undefined;
  if (!health.settled) return wait(`Waiting for the master to finish its work before ${pod.name} is replaced.`);
  if (health.status !== 'red' && health.initializing > 0)
    return wait(`Waiting for copies to recover before ${pod.name} is replaced.`);
  return refuse(
    'ClusterNotGreen',
    pod,
    `It waits for its new template, because the cluster is ${health.status}: some shards have ${health.status === 'red' ? 'no copy at all' : 'too few copies'}, and a restart could take the last one away.`,
    `GET _cluster/allocation/explain says which shard it is and why. The roll goes on as soon as the cluster is green.`,
  );
};

/**
 * Green, and nothing about to change. Yellow is enough where no second copy can exist: on a single data node, and
 * where the spec asks for none (`single-master-roll`).
 */
export function isHealthyEnough(stack: ResolvedStack, health: ClusterHealth): boolean {
  if (!health.settled) return false;
  if (health.status === 'green') return true;
  const mayLackCopies = dataNodes(stack) <= 1 || stack.elasticsearch.redundancy === 'None';
  return health.status === 'yellow' && mayLackCopies && health.initializing === 0;
}

const dataNodes = (stack: ResolvedStack): number =>
  stack.elasticsearch.pools
    .filter((pool) => pool.roles.some((role) => role.startsWith('data')))
    .reduce((sum, pool) => sum + pool.replicas, 0);

const rules: readonly Rule[] = [podsNotReady, clusterUnknown, nodeNotJoined, clusterNotGreen];

/** The first reason, in the order of the rules, not to replace a pod that serves; undefined when it may go now. */
export function holdMember(context: PlanContext, pod: PodView): Hold | undefined {
  for (const rule of rules) {
    const hold = rule(context, pod);
    if (hold !== undefined) return hold;
  }
  return undefined;
}
