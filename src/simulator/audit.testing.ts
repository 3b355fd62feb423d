// For tests: judges a planner's actions by what it saw, without the planner's own code: nothing upon an old status, no drain too many.
import type { Action, SetExclusions } from '../core/elasticsearch/actions.ts';
import type { ClusterDetail, ClusterLook, Observed } from '../core/elasticsearch/observed.ts';
import type { KubeObject } from '../core/kubernetes.ts';

interface Spec {
  readonly replicas?: number;
  readonly updateStrategy?: { readonly type?: string; readonly rollingUpdate?: { readonly partition?: number } };
}

interface Status {
  readonly observedGeneration?: number;
}

const specOf = (object: KubeObject): Spec => object['spec'] ?? {};
const partitionOf = ({ updateStrategy }: Spec): number | undefined => updateStrategy?.rollingUpdate?.partition;

const isSeen = (set: KubeObject): boolean =>
  ((set['status'] ?? {}) as Status).observedGeneration === set.metadata.generation;

/** Whether Kubernetes would end a pod for this write: fewer replicas, or a partition that is lower and below them. */
function endsPods(live: KubeObject, written: KubeObject): boolean {
  const [before, after] = [specOf(live), specOf(written)];
  const { replicas = 1 } = before;
  const fewer = after.replicas !== undefined && after.replicas < replicas;
  const kept = Math.min(partitionOf(before) ?? 0, after.replicas ?? replicas);
  const lower = after.updateStrategy !== undefined && (partitionOf(after) ?? 0) < kept;
  return fewer || (lower && after.updateStrategy.type === 'RollingUpdate');
}

/** Writes that end pods although the StatefulSet's status is older than its last write. */
export function actsOnOldStatus(observed: Observed, actions: readonly Action[]): readonly string[] {
  const sets = observed.objects.filter((object) => object.kind === 'StatefulSet');
  return actions.flatMap((action) => {
    if ('reference' in action) {
      const pod = observed.objects.find((one) => one.kind === 'Pod' && one.metadata.name === action.reference.name);
      const owner = pod?.metadata.ownerReferences?.[0]?.uid;
      const set = sets.find((one) => one.metadata.uid === owner);
      return action.reference.kind === 'Pod' && set !== undefined && !isSeen(set) ? [action.reference.name] : [];
    }
    if (!('object' in action) || action.object.kind !== 'StatefulSet') return [];
    const live = sets.find((one) => one.metadata.name === action.object.metadata.name);
    return live !== undefined && !isSeen(live) && endsPods(live, action.object) ? [live.metadata.name] : [];
  });
}

const holdsShards = (detail: ClusterDetail | undefined, name: string): boolean =>
  detail?.shards.some((copy) => copy.node === name || copy.relocatingTo === name) !== false;

const isExclusion = (action: Action): action is SetExclusions => 'marked' in action;

/** Members that begin to be drained although as many are already as may be at once. Emptied ones may wait for others. */
export function drainsTooMany(cluster: ClusterLook, actions: readonly Action[], maxDrains: number): readonly string[] {
  if (!cluster.answered) return [];
  const members = new Set(cluster.nodes.map((node) => node.name));
  const before = (cluster.settings.marks['drains'] ?? '').split(',').filter((name) => members.has(name));
  return actions.filter(isExclusion).flatMap(({ marked }) => {
    const after = marked.filter((name) => members.has(name));
    const added = after.filter((name) => !before.includes(name));
    const busy = before.filter((name) => after.includes(name) && holdsShards(cluster.detail, name));
    return added.length > 0 && added.length + busy.length > maxDrains ? added : [];
  });
}
