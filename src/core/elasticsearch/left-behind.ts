// Pods that lost their StatefulSet while it was made anew around them (see expansion.ts), of a stack that was deleted in that moment: no owner reference takes them away.
import type { KubeObject } from '../kubernetes.ts';
import { labels } from '../names.ts';
import { type ObjectAction, planRemovals } from '../objects.ts';
import type { StackIdentity } from '../stack.ts';

/** @param pods those with the label of the stack that is gone, or on its way. Their claims stay: they are kept, or Kubernetes' to delete. */
export const removeLeftBehind = (gone: StackIdentity, pods: readonly KubeObject[]): readonly ObjectAction[] =>
  planRemovals(
    gone,
    pods.filter(
      ({ metadata }) =>
        metadata.labels?.[labels.component] === 'elasticsearch' && (metadata.ownerReferences ?? []).length === 0,
    ),
  );
