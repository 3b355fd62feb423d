// Which pod that serves is replaced next, of those of one pool that have an older template.
import { type PlanContext, stays } from './context.ts';
import { isPrepared, preparedRestart } from './protection.ts';
import { type Hold, wait } from './rules/hold.ts';
import { holdMember } from './rules/members.ts';
import type { PodView, SetView } from './view.ts';

export interface NextMember {
  readonly pod: PodView;
  /** Why it is not replaced now. */
  readonly hold: Hold | undefined;
  /** Nothing but its preparation is missing, or not even that. */
  readonly isDue: boolean;
}

/**
 * The one whose restart is prepared; else the first, or one that may go while the first is refused: that may hold copies
 * which cannot come back before the other has its new version (`upgrade-yellow`). `outdated` runs from the highest ordinal
 * down.
 */
export function nextMember(context: PlanContext, set: SetView, outdated: readonly PodView[]): NextMember | undefined {
  const [first] = outdated;
  if (first === undefined) return undefined;
  const { cluster } = context.observed;
  const prepared = cluster.answered ? preparedRestart(cluster)?.node : undefined;
  const mayGo = (pod: PodView): boolean => holdOf(context, set, first, pod) === undefined;
  const begun = outdated.find((pod) => pod.name === prepared && mayGo(pod));
  if (begun !== undefined) return due(context, begun);
  const hold = holdOf(context, set, first, first);
  const other = hold?.kind === 'refuse' ? outdated.find((pod) => pod !== first && mayGo(pod)) : undefined;
  if (other !== undefined) return due(context, other);
  return hold === undefined ? due(context, first) : { pod: first, hold, isDue: false };
}

const holdOf = (context: PlanContext, set: SetView, first: PodView, pod: PodView): Hold | undefined =>
  holdMember(context, pod) ?? (pod === first ? holdAbove(context, set, pod) : undefined);

/** Kubernetes waits for pods above the partition, and would go on by itself, unasked, as soon as they are ready. */
function holdAbove(context: PlanContext, set: SetView, pod: PodView): Hold | undefined {
  const above = set.pods.filter(stays(context)).find((other) => other.ordinal > pod.ordinal && !other.ready);
  return above === undefined ? undefined : wait(`Waiting for ${above.name} before ${pod.name} is replaced.`);
}

/** It goes when everything that its restart needs has come about. */
function due({ observed: { cluster } }: PlanContext, pod: PodView): NextMember {
  const mayGo = cluster.answered && cluster.detail !== undefined && isPrepared(cluster, cluster.detail, pod);
  return { pod, hold: mayGo ? undefined : wait(`${pod.name} is about to be replaced.`), isDue: true };
}
