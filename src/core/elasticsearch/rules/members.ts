// Rules for restarting a node that serves: the pods that went before must be back (`rejoin-before-next`), a majority of masters and a copy of each of its shards must stay.
import { liftedBy } from '../../overrides.ts';
import { describeRule, type Refusal } from '../../refusal.ts';
import { type AwayNode, nodesAway } from '../away.ts';
import type { PlanContext } from '../context.ts';
import { someOf } from '../figures.ts';
import { copiesAreDue } from '../index-template.ts';
import { isDataRole, rolesOf } from '../leaving.ts';
import type { AnsweredLook } from '../observed.ts';
import type { PodView } from '../view.ts';
import { quorumAtRiskRule } from './drain-quorum.ts';
import { clusterUnknownRule, snapshotRunningRule } from './drain-safety.ts';
import { type Hold, refuse, wait } from './hold.ts';
import { newestTemplateIsUnproven } from './non-members.ts';
import { holdCopies } from './restart-copies.ts';
import { volumeGoing } from './volume-going.ts';

export const podsNotReadyRule = describeRule({
  name: 'PodsNotReady',
  liftable: 'never',
  reason: 'While pods cannot start, one more node that goes could take the last copies or the majority of the masters.',
  remedy:
    'Look at kubectl describe pod and kubectl logs of those that do not start. A change of the spec that mends a pod is rolled out to it at once.',
});

/** All that the rules need, with a look that answered. */
interface Restart {
  readonly context: PlanContext;
  readonly look: AnsweredLook;
  readonly pod: PodView;
  readonly roles: readonly string[];
  readonly away: readonly AwayNode[];
}

type Rule = (restart: Restart) => Hold | undefined;

const refused = (pod: PodView, rule: string, message: string, remedy: string): Hold =>
  refuse([{ rule, subject: `Pod/${pod.name}`, message, remedy } satisfies Refusal]);

/** The first reason not to replace a pod that serves; undefined when it may go now. */
export function holdMember(context: PlanContext, pod: PodView): Hold | undefined {
  const { cluster } = context.observed;
  const set = context.sets.find((one) => one.pods.includes(pod));
  const roles = set === undefined ? [] : rolesOf(set);
  const away = nodesAway(context);
  const tooMany = budgetSpent(context, pod, away, roles);
  if (tooMany !== undefined) return tooMany;
  if (!cluster.answered) return unknown(pod, cluster);
  const restart: Restart = { context, look: cluster, pod, roles, away };
  for (const rule of [unfinished, quorumKept, copiesRecovered, copiesKept, volumeStays]) {
    const hold = rule(restart);
    if (hold !== undefined) return hold;
  }
  return undefined;
}

/**
 * Fewer nodes are away than the budget allows at a time, whoever took them away; never two masters; none of them because of
 * the very template that this pod is to get; and not this one, which is about to come back.
 */
function budgetSpent(
  context: PlanContext,
  pod: PodView,
  away: readonly AwayNode[],
  roles: readonly string[],
): Hold | undefined {
  const budget = context.stack.elasticsearch.changeBudget.maxUnavailable;
  const never =
    newestTemplateIsUnproven(context) ||
    away.some((node) => node.name === pod.name || (node.isMaster && roles.includes('master')));
  if (away.length === 0 || (away.length < budget && !never)) return undefined;
  const stuck = away.filter((node) => node.pod?.stuck === true).map((node) => node.name);
  if (stuck.length === 0)
    return wait(`Waiting for ${someOf(away.map(({ name }) => name))} before ${pod.name} is replaced.`);
  const listed = stuck.join(', ');
  return refused(
    pod,
    podsNotReadyRule.name,
    `It waits for its new template, because ${listed} cannot start: a second node down could cost copies or the quorum.`,
    `Look at kubectl describe pod and kubectl logs of ${listed}. A change of the spec that mends a pod is rolled out to it at once.`,
  );
}

/** Elasticsearch must have answered everything that was asked. */
const unknown = (pod: PodView, { code, message }: { readonly code: string; readonly message: string }): Hold =>
  refused(
    pod,
    clusterUnknownRule.name,
    `It waits for its new template, because Elasticsearch gave no answer (${code}): ${message}`,
    `Nothing, if this passes within minutes. Otherwise look at the logs of the Elasticsearch pods and of the operator.`,
  );

/** The master has nothing left to do, and streams have the copies that they are to have: until then, a node may hold the only one. */
const unfinished: Rule = ({ context, look, pod }) => {
  if (!look.health.settled) return wait(`Waiting for the master to finish its work before ${pod.name} is replaced.`);
  return copiesAreDue(context.stack, look)
    ? wait(`Waiting for the wanted copies before ${pod.name} is replaced.`)
    : undefined;
};

/**
 * Voters that are there without this one are a majority still. The only voter of all may go: nobody else could be elected
 * without it, whenever it is restarted (`single-master-roll`).
 */
const quorumKept: Rule = ({ look, pod }) => {
  const { configuration } = look.voting;
  if (!configuration.includes(pod.name) || configuration.length === 1) return undefined;
  const lost = configuration.filter((name) => name !== pod.name && !look.nodes.some((node) => node.name === name));
  const staying = configuration.length - 1 - lost.length;
  if (staying * 2 > configuration.length) return undefined;
  return refused(
    pod,
    quorumAtRiskRule.name,
    `It waits for its new template: ${someOf(lost)} ${lost.length === 1 ? 'is' : 'are'} away and still ${lost.length === 1 ? 'has a vote' : 'have votes'}, and without ${pod.name} no master could be elected.`,
    `Bring ${someOf(lost)} back.`,
  );
};

/** Even where no copy is at risk: whoever recovers now recovers from here, or to here. Needs no closer look, and may last for hours. */
const copiesRecovered: Rule = ({ look, pod, roles }) =>
  roles.some(isDataRole) && look.health.initializing > 0
    ? wait(`Waiting for copies to recover before ${pod.name} is replaced.`)
    : undefined;

/** Nothing is restarted without a closer look: a member that hangs shows there and nowhere else. */
const copiesKept: Rule = ({ context, look, pod, roles }) => {
  const { detail, detailFault } = look;
  if (detail === undefined) return detailFault === undefined ? { kind: 'look' } : unknown(pod, detailFault);
  if (!roles.some(isDataRole)) return undefined;
  return holdCopies(context, look, detail, pod.name) ?? snapshotDone(context, pod, detail.snapshotsInProgress);
};

/** The last of all: by then the look is a closer one, and shows whether another node may go instead. */
const volumeStays: Rule = ({ context, pod }) => {
  const going = volumeGoing(context, pod.name);
  return going === undefined ? undefined : refuse([going]);
};

/** A node that goes takes the copying of its shards with it, and the snapshot could end incomplete. */
function snapshotDone(context: PlanContext, pod: PodView, snapshots: readonly string[]): Hold | undefined {
  if (snapshots.length === 0) return undefined;
  const refusal: Refusal = {
    rule: snapshotRunningRule.name,
    subject: `Pod/${pod.name}`,
    message: `It gets its new template after the snapshot ${someOf(snapshots)}.`,
    remedy: 'Wait until the snapshot is done.',
  };
  const lifted = liftedBy(context.stack.overrides, refusal, context.observed.takenAt);
  return lifted === undefined ? refuse([refusal]) : undefined;
}
