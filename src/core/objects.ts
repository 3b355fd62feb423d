// Plans writes of Kubernetes objects: what to create, apply or delete so that live objects match desired ones, and what to leave alone.
import { createHash } from 'node:crypto';
import type { KubeObject, ObjectReference } from './kubernetes.ts';
import { annotations, fieldManager, labels, managedBy, type ReconciledComponent } from './names.ts';
import { describeRule, type Refusal } from './refusal.ts';
import type { StackIdentity } from './stack.ts';

export type ObjectAction =
  | { readonly kind: 'create'; readonly object: KubeObject; readonly fieldManager: string }
  | { readonly kind: 'apply'; readonly object: KubeObject; readonly fieldManager: string }
  | {
      readonly kind: 'delete';
      readonly reference: ObjectReference;
      readonly uid: string;
      readonly resourceVersion: string;
      /** What the object owns goes with it, unless this says otherwise. */
      readonly propagationPolicy?: 'Orphan';
    };

export interface ObjectPlan {
  readonly actions: readonly ObjectAction[];
  readonly refusals: readonly Refusal[];
}

/** JSON with sorted keys, so that equal values have equal text. What JSON leaves out is left out. */
export function canonicalJson(value: unknown): string {
  if (value === undefined) return 'null';
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`;
  const fields = value as Readonly<Record<string, unknown>>;
  const entries = keysInOrder(fields).flatMap((key) =>
    fields[key] === undefined ? [] : [`${JSON.stringify(key)}:${canonicalJson(fields[key])}`],
  );
  return `{${entries.join()}}`;
}

/** Sorted; whole numbers first, in their order, as JavaScript itself keeps them: hashes that were written before stay as they are. */
function keysInOrder(fields: Readonly<Record<string, unknown>>): readonly string[] {
  const keys = Object.keys(fields).toSorted();
  return keys.some((key) => /^\d/.test(key)) ? Object.keys(Object.fromEntries(keys.map((key) => [key, 0]))) : keys;
}

/** A short fingerprint of a value, for annotations. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 16);
}

/**
 * Whether `live` has every field of `desired` with the same value. Fields that only `live` has (server defaults, other
 * managers' fields) do not count. Lists of objects with a `name` are compared by name, other lists item by item.
 */
export function contains(live: unknown, desired: unknown): boolean {
  if (desired === undefined) return true;
  if (Array.isArray(desired)) return Array.isArray(live) && containsList(live, desired);
  if (desired !== null && typeof desired === 'object') {
    if (live === null || typeof live !== 'object' || Array.isArray(live))
      return Object.keys(desired).length === 0 && live === undefined;
    const fields = live as Record<string, unknown>;
    return Object.entries(desired).every(([key, value]) => contains(fields[key], value));
  }
  return live === desired;
}

function containsList(live: readonly unknown[], desired: readonly unknown[]): boolean {
  // Several volume mounts may have the name of one volume: such a list has no keys to compare by.
  const named = desired.every(hasName) && new Set(desired.map(({ name }) => name)).size === desired.length;
  if (named)
    return desired.every((item) =>
      contains(
        live.find((other) => hasName(other) && other.name === item.name),
        item,
      ),
    );
  return live.length === desired.length && desired.every((item, index) => contains(live[index], item));
}

function hasName(item: unknown): item is { name: string } {
  return item !== null && typeof item === 'object' && 'name' in item && typeof item.name === 'string';
}

/** The object with the annotation that tells later looks which desired state was written last. */
export function withDesiredHash(object: KubeObject): KubeObject {
  const { metadata } = object;
  return {
    ...object,
    metadata: {
      ...metadata,
      annotations: { ...metadata.annotations, [annotations.desiredHash]: hashOf(withoutTemplate(object)) },
    },
  };
}

/** A pod template has a hash of its own beside it, and one that is held is as the API server has it, defaults and all. */
function withoutTemplate(object: KubeObject): KubeObject {
  if (object.metadata.annotations?.[annotations.templateHash] === undefined) return object;
  return { ...object, spec: { ...(object['spec'] as object), template: undefined } };
}

/**
 * Whether a live object belongs to this stack: it is managed by this operator for a stack of this name, and if a stack
 * controls it, then it is this very one. Kept objects of a deleted stack have no controller and are taken over by the
 * next stack of the same name. With `whenDeleted: Delete` Kubernetes makes a StatefulSet the controller of its claims:
 * they are the stack's all the same.
 */
export function isOurs(live: KubeObject, stack: StackIdentity): boolean {
  const given = live.metadata.labels ?? {};
  const isClaim = live.kind === 'PersistentVolumeClaim';
  const controller = live.metadata.ownerReferences?.find(
    (owner) => owner.controller === true && !(isClaim && owner.kind === 'StatefulSet'),
  );
  return (
    given['app.kubernetes.io/managed-by'] === managedBy &&
    given[labels.stack] === stack.name &&
    (controller === undefined || controller.uid === stack.uid)
  );
}

export const referenceOf = (object: KubeObject): ObjectReference => ({
  apiVersion: object.apiVersion,
  kind: object.kind,
  name: object.metadata.name,
  ...(object.metadata.namespace === undefined ? {} : { namespace: object.metadata.namespace }),
});

export const foreignObjectRule = describeRule({
  name: 'ForeignObject',
  liftable: 'never',
  reason:
    'An object of the name that the operator needs was made by somebody else, who may depend on it. It is never overwritten or taken over.',
  remedy: 'Delete or rename that object, or give the LoggingStack another name.',
});

export function foreignObject(reference: ObjectReference): Refusal {
  return {
    rule: foreignObjectRule.name,
    subject: `${reference.kind}/${reference.name}`,
    message: `${reference.kind} ${reference.name} exists and was not made by this stack; it is left untouched.`,
    remedy: `Delete or rename ${reference.kind} ${reference.name}, or give the LoggingStack another name.`,
  };
}

/** Finds the live object that a reference names, in whatever the observation holds. */
export type LiveObjects = (reference: ObjectReference) => KubeObject | undefined;

/** Plans one component's objects. Objects whose live fields already match cause no action. */
export function planObjects(
  stack: StackIdentity,
  component: ReconciledComponent,
  desired: readonly KubeObject[],
  live: LiveObjects,
): ObjectPlan {
  const actions: ObjectAction[] = [];
  const refusals: Refusal[] = [];
  for (const wanted of desired.map(withDesiredHash)) {
    const found = live(referenceOf(wanted));
    if (found === undefined) actions.push({ kind: 'create', object: wanted, fieldManager: fieldManager(component) });
    else if (!isOurs(found, stack)) refusals.push(foreignObject(referenceOf(wanted)));
    else if (!contains(found, wanted))
      actions.push({ kind: 'apply', object: wanted, fieldManager: fieldManager(component) });
  }
  return { actions, refusals };
}

/** Plans the removal of objects that this component made and no longer wants. */
export function planRemovals(stack: StackIdentity, unwanted: readonly KubeObject[]): readonly ObjectAction[] {
  return unwanted
    .filter((object) => isOurs(object, stack) && object.metadata.deletionTimestamp === undefined)
    .map((object) => ({
      kind: 'delete',
      reference: referenceOf(object),
      uid: object.metadata.uid ?? '',
      resourceVersion: object.metadata.resourceVersion ?? '',
    }));
}
