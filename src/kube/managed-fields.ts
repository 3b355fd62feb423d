// The hand-over from create to server-side apply, in the API server's book of who owns which field.
import type { KubeObject } from '../core/kubernetes.ts';

interface ManagedFieldsEntry {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
}

/**
 * We create by POST (an apply would seize a foreign object), and the API server books that under operation `Update`.
 * A later apply by the same manager is booked beside it, so that what we no longer want would stay, still owned by the
 * POST: an old port beside the new one, say. This gives the book with the POST's entry turned into an apply's, to be
 * written before the first apply; undefined when that has been done. kubectl and client-go migrate objects the same way.
 */
export function adoptedFields(live: KubeObject, manager: string): ManagedFieldsEntry[] | undefined {
  const entries = (live.metadata['managedFields'] ?? []) as ManagedFieldsEntry[];
  const mine = (entry: ManagedFieldsEntry, operation: string): boolean =>
    entry.manager === manager && entry.operation === operation && entry.subresource === undefined;
  if (!entries.some((entry) => mine(entry, 'Update'))) return undefined;
  return entries
    .filter((entry) => !mine(entry, 'Apply'))
    .map((entry) => (mine(entry, 'Update') ? { ...entry, operation: 'Apply' } : entry));
}
