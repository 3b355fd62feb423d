// Steps of the components that follow Elasticsearch: they are rolled out by Kubernetes, from one look, in the order in which they take a new version.
import { followers } from '../core/followers.ts';
import { planFilebeat } from '../core/filebeat/plan.ts';
import { planKibana } from '../core/kibana/desired.ts';
import { planLogstash } from '../core/logstash/plan.ts';
import type { KubeObject } from '../core/kubernetes.ts';
import { foreseen } from '../core/logstash/scale-in.ts';
import { annotations } from '../core/names.ts';
import type { LiveObjects, ObjectAction, ObjectPlan } from '../core/objects.ts';
import { referenceOf } from '../core/objects.ts';
import type { Refusal } from '../core/refusal.ts';
import type { ConfigTemplates } from '../core/rendering/templates.ts';
import type { ResolvedStack } from '../core/stack.ts';
import type { Step } from '../core/step-actions.ts';
import { workloadSteps } from '../core/workloads.ts';

export interface FollowerPlan {
  readonly steps: readonly Step[];
  readonly refusals: readonly Refusal[];
  /** Its version changes: it waits until all nodes of Elasticsearch run the new one, and those before it in the order. */
  readonly waits: boolean;
}

/** Kibana, Logstash and Filebeat in the order in which they take a new version. */
export function followerSteps(
  stack: ResolvedStack,
  templates: ConfigTemplates,
  live: LiveObjects,
): readonly FollowerPlan[] {
  const plans = {
    kibana: planKibana(stack, templates, live),
    logstash: planLogstash(stack, templates, live, foreseen(stack)),
    filebeat: planFilebeat(stack, templates, live),
  };
  return followers.map((follower) => followerOf(plans[follower], live));
}

const followerOf = ({ actions, refusals }: ObjectPlan, live: LiveObjects): FollowerPlan => ({
  steps: workloadSteps(actions),
  refusals,
  waits: actions.some((action) => action.kind !== 'delete' && changesVersion(action, live)),
});

interface Workload {
  readonly template?: { readonly spec?: { readonly containers?: readonly { readonly image?: string }[] } };
}

const imagesOf = (spec: unknown): string =>
  ((spec as Workload | undefined)?.template?.spec?.containers ?? []).map(({ image }) => image).join();

const versionOf = ({ metadata }: KubeObject): string | undefined => metadata.annotations?.[annotations.stackVersion];

/** Another version of the stack, and another image for it: where a version has the program of another, nothing rolls. */
function changesVersion({ object }: Exclude<ObjectAction, { kind: 'delete' }>, live: LiveObjects): boolean {
  const before = live(referenceOf(object));
  if (before === undefined || versionOf(before) === versionOf(object)) return false;
  return imagesOf(before['spec']) !== imagesOf(object['spec']);
}
