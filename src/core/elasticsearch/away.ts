// Nodes that should serve and do not, whoever took them away: our restarts and the evictions of others share one budget.
import { annotations } from '../names.ts';
import { type PlanContext, stays } from './context.ts';
import { nodeName, rolesOf } from './leaving.ts';
import { hasJoined, type PodView, type SetView } from './view.ts';

export interface AwayNode {
  readonly name: string;
  /** Undefined when it does not exist. */
  readonly pod: PodView | undefined;
  readonly isMaster: boolean;
}

/**
 * The version that a pod's node must run to count as the one that was started last. One that is still of an older
 * template may run whatever it ran before.
 */
export const expectedVersion = (set: SetView, pod: PodView): string | undefined =>
  pod.outdated ? undefined : set.object.metadata.annotations?.[annotations.version];

/** Every node that does not serve, but for those that are on their way out. Pods that end count as long as they are there. */
export function nodesAway(context: PlanContext): readonly AwayNode[] {
  return context.sets.flatMap((set) => {
    const isMaster = rolesOf(set).includes('master');
    const wanted = Array.from({ length: set.replicas }, (_, ordinal) => nodeName(set, ordinal));
    const names = new Set([...wanted, ...set.pods.map((pod) => pod.name)]);
    return [...names]
      .map((name) => ({ name, isMaster, pod: set.pods.find((pod) => pod.name === name) }))
      .filter(({ pod }) => pod === undefined || (stays(context)(pod) && !serves(context, set, pod)));
  });
}

/**
 * Ready by the kubelet's word and a member by Elasticsearch's; and where somebody looked closer, one that answered for
 * itself. Without any answer the kubelet's word is all there is.
 */
function serves({ observed: { cluster } }: PlanContext, set: SetView, pod: PodView): boolean {
  if (!pod.ready) return false;
  if (!cluster.answered) return true;
  const isSilent = cluster.detail?.nodes.some((node) => node.name === pod.name && node.ownShards === undefined);
  return isSilent !== true && hasJoined(cluster, pod.name, expectedVersion(set, pod));
}
