// The hand-over from create to server-side apply, in the API server's book of who owns which field.
import type { KubeObject } from '../core/kubernetes.ts';

/** A set of fields, as `fieldsV1` writes it: a tree whose keys are fields and list items. */
interface FieldSet {
  readonly [path: string]: FieldSet;
}

interface ManagedFieldsEntry {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly fieldsV1?: FieldSet;
}

const union = (first: FieldSet, second: FieldSet): FieldSet =>
  Object.fromEntries(
    Object.keys({ ...first, ...second }).map((path) => [path, union(first[path] ?? {}, second[path] ?? {})]),
  );

/**
 * We create by POST (an apply would seize a foreign object) and replace lists by merge, and the API server books both
 * under operation `Update`. An apply by the same manager is booked beside it, so that what we no longer want would stay,
 * still owned by the POST: an old port beside the new one, say. This gives the book with both in one entry of an apply,
 * to be written before an apply; undefined when that has been done. kubectl and client-go migrate objects the same way.
 */
export function adoptedFields(live: KubeObject, manager: string): ManagedFieldsEntry[] | undefined {
  const entries = (live.metadata['managedFields'] ?? []) as ManagedFieldsEntry[];
  const mine = (entry: ManagedFieldsEntry, operation: string): boolean =>
    entry.manager === manager && entry.operation === operation && entry.subresource === undefined;
  const updated = entries.find((entry) => mine(entry, 'Update'));
  if (updated === undefined) return undefined;
  const applied = entries.find((entry) => mine(entry, 'Apply'));
  const fieldsV1 = union(applied?.fieldsV1 ?? {}, updated.fieldsV1 ?? {});
  const others = entries.filter((entry) => entry !== updated && entry !== applied);
  return [...others, { ...updated, operation: 'Apply', fieldsV1 }];
}
