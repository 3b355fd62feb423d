// Steps of the components that follow Elasticsearch: they are rolled out by Kubernetes, from one look.
import { planFilebeat } from '../core/filebeat/plan.ts';
import { planKibana } from '../core/kibana/desired.ts';
import { planLogstash } from '../core/logstash/plan.ts';
import { foreseen } from '../core/logstash/scale-in.ts';
import type { LiveObjects, ObjectAction, ObjectPlan } from '../core/objects.ts';
import { referenceOf } from '../core/objects.ts';
import type { Refusal } from '../core/refusal.ts';
import type { ConfigTemplates } from '../core/rendering/templates.ts';
import type { ResolvedStack } from '../core/stack.ts';
import type { Step } from '../core/step-actions.ts';
import { workloadSteps } from '../core/workloads.ts';

export interface Follower {
  readonly steps: readonly Step[];
  readonly refusals: readonly Refusal[];
  /** Its image changes, and it waits until all nodes of Elasticsearch run the new version. */
  readonly waits: boolean;
}

/** Kibana, Logstash and Filebeat in the order in which logs depend on them. */
export function followerSteps(
  stack: ResolvedStack,
  templates: ConfigTemplates,
  live: LiveObjects,
): readonly Follower[] {
  const plans = [
    planKibana(stack, templates, live),
    planLogstash(stack, templates, live, foreseen(stack)),
    planFilebeat(stack, templates, live),
  ];
  return plans.map((planned) => followerOf(planned, live));
}

const followerOf = ({ actions, refusals }: ObjectPlan, live: LiveObjects): Follower => ({
  steps: workloadSteps(actions),
  refusals,
  waits: actions.some((action) => action.kind !== 'delete' && changesImage(action, live)),
});

interface Workload {
  readonly template?: { readonly spec?: { readonly containers?: readonly { readonly image?: string }[] } };
}

const imagesOf = (spec: unknown): string =>
  ((spec as Workload | undefined)?.template?.spec?.containers ?? []).map(({ image }) => image).join();

function changesImage(action: Exclude<ObjectAction, { kind: 'delete' }>, live: LiveObjects): boolean {
  const before = live(referenceOf(action.object))?.['spec'];
  return before !== undefined && imagesOf(before) !== imagesOf(action.object['spec']);
}
