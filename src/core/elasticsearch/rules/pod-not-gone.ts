// Rule for pods that do not end: nobody replaces them as long as Kubernetes does not know whether they still run (`dead-node-local-volume`).
import { annotations } from '../../names.ts';
import { describeRule, type Refusal } from '../../refusal.ts';
import { allPods, type PlanContext } from '../context.ts';

export const podNotGoneRule = describeRule({
  name: 'PodNotGone',
  liftable: 'never',
  reason:
    'The kubelet of a dead Kubernetes node cannot say that a pod has ended. While it might still run, a second node on the same volume or with the same name could cost data: Kubernetes starts none, and the operator forces nothing.',
  remedy:
    'See with kubectl get nodes whether the Kubernetes node is there. If it is gone for good, delete it (kubectl delete node) or taint it with node.kubernetes.io/out-of-service: its pods end then, and start elsewhere.',
});

/** After the time that the pod was given to end: a kubelet that is there needs seconds. */
const longestEndMs = 5 * 60_000;

/** Every pod that should have ended some minutes ago. */
export const podsNotGone = (context: PlanContext): readonly Refusal[] =>
  allPods(context).flatMap(({ name, object }) => {
    // Kubernetes writes there when the pod has to be gone, not when somebody asked for it.
    const { deletionTimestamp } = object.metadata;
    if (deletionTimestamp === undefined) return [];
    if (!(Date.parse(context.observed.takenAt) - Date.parse(deletionTimestamp) > longestEndMs)) return [];
    const { nodeName = 'its Kubernetes node' } = (object['spec'] ?? {}) as { readonly nodeName?: string };
    return [
      {
        rule: podNotGoneRule.name,
        subject: `Pod/${name}`,
        message: `${name} was to have ended at ${deletionTimestamp} and has not: ${nodeName} does not say that it has.`,
        remedy: `See kubectl get nodes. If ${nodeName} is gone for good, kubectl delete node ${nodeName}, or taint it with node.kubernetes.io/out-of-service=nodeshutdown:NoExecute; if the volume was on it, annotate the LoggingStack with ${annotations.replaceNode}=${name} then.`,
      },
    ];
  });
