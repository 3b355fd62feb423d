// Rule for the start of a drain: everything that stays is there and serves, and no change of it is half done.
import type { PlanContext } from '../context.ts';
import { isAtLeast } from '../../versions.ts';
import { isDataRole, isInSpec, leavingNodes, nodeName, wantedNodes } from '../leaving.ts';
import { restartingNode } from '../protection.ts';
import { oldest } from '../versions.ts';
import { hasJoined, isUnschedulable, type SetView } from '../view.ts';

/** What a drain has to wait for before it starts; undefined when nothing. Nodes that leave are not waited for. */
export function notSettled(context: PlanContext): string | undefined {
  const { sets, stack } = context;
  const missing = stack.elasticsearch.pools.find((pool) => {
    const set = sets.find((one) => one.pool === pool.name);
    // One in the middle of a roll grows after the drains.
    return set === undefined || (set.replicas < pool.replicas && set.rolledOut);
  });
  if (missing !== undefined) return `pool ${missing.name} to have all its nodes`;
  for (const set of sets) {
    const unsettled = unsettledIn(context, set);
    if (unsettled !== undefined) return unsettled;
  }
  if (leavesOlderNodes(context)) return 'all nodes to run one version';
  // It may come back with another version than those that stay have, which could take nothing from it.
  const restarting = restartingNode(context);
  return restarting === undefined ? undefined : `the restart of ${restarting} to be over`;
}

/** Copies never go to a node of an older version than their primary's: one that leaves could not be emptied. */
export function leavesOlderNodes({ stack, sets, observed }: PlanContext): boolean {
  const { cluster } = observed;
  const leaving = new Set(leavingNodes(stack, sets, observed).map((node) => node.name));
  const versions = (isLeaving: boolean): readonly string[] =>
    cluster.answered
      ? cluster.nodes
          .filter(({ name, roles }) => leaving.has(name) === isLeaving && roles.some(isDataRole))
          .map(({ version }) => version)
      : [];
  const eldest = oldest(versions(false));
  return eldest !== undefined && versions(true).some((version) => !isAtLeast(eldest, version));
}

function unsettledIn(context: PlanContext, set: SetView): string | undefined {
  // The window of a pool that the spec no longer has stays open: nobody rolls it any more.
  if (!set.current || (set.onDelete && isInSpec(context.stack, set))) return `the change of pool ${set.pool}`;
  const going = set.pods.find((pod) => pod.ordinal >= set.replicas);
  if (going !== undefined) return `pod ${going.name} to be gone`;
  const expected = Array.from({ length: Math.min(set.replicas, wantedNodes(context.stack, set)) }, (_, ordinal) =>
    nodeName(set, ordinal),
  );
  const { cluster } = context.observed;
  const isWhole = cluster.answered && cluster.health.status === 'green';
  const away = expected.find((name) => {
    const pod = set.pods.find((one) => one.name === name);
    // What leaves may be what it lacks the room for; and a cluster without it lacks no copy.
    if (pod !== undefined && isUnschedulable(pod.object) && isWhole) return false;
    return pod?.ready !== true || !hasJoined(cluster, name);
  });
  return away === undefined ? undefined : `node ${away} to serve`;
}
