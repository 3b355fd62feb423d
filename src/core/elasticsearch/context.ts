// What all steps of one planning run share.
import type { Refusal } from '../refusal.ts';
import type { ConfigTemplates } from '../rendering/templates.ts';
import type { ResolvedStack } from '../stack.ts';
import type { Bootstrap } from './bootstrap.ts';
import type { Observed } from './observed.ts';
import type { PodView, SetView } from './view.ts';

export interface PlanContext {
  /** The stack as it can be now: refused parts of the spec are replaced by live values. */
  readonly stack: ResolvedStack;
  readonly observed: Observed;
  readonly templates: ConfigTemplates;
  readonly bootstrap: Bootstrap;
  /** Why no pool may be started that does not run yet; empty when all may. */
  readonly startRefusals: readonly Refusal[];
  /** All StatefulSets, also of pools that the spec no longer has. */
  readonly sets: readonly SetView[];
  /** Nodes that are on their way out: they are never restarted, and nobody waits for them. */
  readonly leaving: ReadonlySet<string>;
}

export const allPods = (context: PlanContext): readonly PodView[] => context.sets.flatMap((set) => set.pods);

/** Whether a pod is not on its way out. */
export const stays =
  ({ leaving }: PlanContext) =>
  (pod: PodView): boolean =>
    !leaving.has(pod.name);

/** A pod is ready when its node knows a master: so none is ready exactly when the cluster serves nobody. */
export const servesNobody = (context: PlanContext): boolean => allPods(context).every((pod) => !pod.ready);
