// A new version of the operator restarts no pod by itself (`operator-upgrade-rolls`): what it would render differently waits until the spec changes or a roll is asked for.
import type { KubeObject } from './kubernetes.ts';
import { annotations } from './names.ts';
import { hashOf, type LiveObjects, referenceOf } from './objects.ts';
import type { ResolvedStack } from './stack.ts';
import { isWorkload } from './workloads.ts';

const templateOf = (object: KubeObject): unknown => (object['spec'] as { readonly template?: unknown }).template;

/**
 * From what the pods of a component are rendered, less the operator's own version and where it takes images from: `given`
 * is what the spec says of them, and `facts` are what else they follow, such as Secrets that they read at their start.
 */
export const inputsOf = (
  { images, requests }: ResolvedStack,
  component: keyof ResolvedStack['images'],
  given: string,
  ...facts: readonly unknown[]
): string => hashOf([given, images[component].version, requests.roll?.value, ...facts]);

export interface HeldTemplate {
  readonly object: KubeObject;
  /** It keeps the template of an earlier version of the operator. */
  readonly isHeld: boolean;
}

/**
 * A workload that says from what it was rendered. While `inputs` are those of the live one, the live template stands in
 * for one that the operator renders differently by now. An edit of the live template is told from that by the hash of
 * what was rendered then: where that is the same, the edit is repaired.
 */
export function holdTemplate(desired: KubeObject, inputs: string, live: KubeObject | undefined): HeldTemplate {
  const rendered = hashOf(templateOf(desired));
  const before = live?.metadata.annotations ?? {};
  const was = before[annotations.templateHash];
  const isHeld = before[annotations.inputs] === inputs && was !== undefined && was !== rendered;
  const { metadata } = desired;
  const records = { [annotations.inputs]: inputs, [annotations.templateHash]: isHeld ? was : rendered };
  const object = { ...desired, metadata: { ...metadata, annotations: { ...metadata.annotations, ...records } } };
  if (!isHeld || live === undefined) return { object, isHeld: false };
  return { object: { ...object, spec: { ...(desired['spec'] as object), template: templateOf(live) } }, isHeld };
}

/** All objects of a component with one workload: while its template is held, so are the files that its pods read. */
export function holdTemplates(
  desired: readonly KubeObject[],
  inputs: string,
  live: LiveObjects,
): readonly KubeObject[] {
  const workload = desired.find(isWorkload);
  if (workload === undefined) return desired;
  const { object: held, isHeld } = holdTemplate(workload, inputs, live(referenceOf(workload)));
  return desired.map((object) => {
    if (object === workload) return held;
    const before = isHeld && object.kind === 'ConfigMap' ? live(referenceOf(object)) : undefined;
    return before === undefined ? object : { ...object, data: before['data'] };
  });
}
