// Whose a snapshot is: its deterministic name, and the identity in its metadata, by which it is known again whatever became of the object that asked for it.
import { createHash } from 'node:crypto';
import type { SnapshotInfo } from './observed.ts';

/** Names of Kubernetes objects, with their namespaces. */
interface Named {
  readonly namespace: string;
  readonly name: string;
}

/** What stands under `loggingstack` in the metadata of a snapshot of ours. Elasticsearch keeps 1 KiB at most. */
export interface SnapshotIdentity {
  /** `<namespace>/<name>` of the LoggingStack. */
  readonly stack: string;
  /** `<namespace>/<name>` of the StackSnapshotSchedule, of which nothing else is needed to know it again. */
  readonly schedule?: string;
  /** RFC 3339: the time by the calendar that it was taken for. */
  readonly slot?: string;
  /** Value of the annotation that asked for it. */
  readonly requested?: string;
  /** `<namespace>/<name>` and uid of the StackSnapshot. */
  readonly snapshot?: string;
  readonly uid?: string;
}

export const keyOf = ({ namespace, name }: Named): string => `${namespace}/${name}`;

const hashLength = 8;
const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, hashLength);

/** Most characters of the object's own name in a snapshot's name, which the schema of the status bounds at 200. */
const longestName = 150;

const named = (object: Named, ...parts: readonly string[]): string =>
  [object.name.slice(0, longestName), ...parts].join('-');

/** `20261122t013000z`: names of snapshots are lower case, and have no colons. */
const inName = (slot: string): string => slot.toLowerCase().replaceAll(/[-:]/g, '');

/** The snapshot of a schedule for one time by the calendar. @param slot RFC 3339, UTC, whole seconds */
export const slotSnapshotName = (schedule: Named, slot: string): string =>
  named(schedule, inName(slot), hash(keyOf(schedule)));

/** The snapshot of a schedule that somebody asked for. */
export const requestedSnapshotName = (schedule: Named, value: string): string =>
  named(schedule, 'now', hash(`${keyOf(schedule)} ${value}`));

/** The snapshot of a StackSnapshot: another object of the same name has another one. */
export const objectSnapshotName = (snapshot: Named, uid: string): string => named(snapshot, hash(uid));

/** Matches all names that snapshots of a schedule can have, and perhaps others: whose they are, their metadata says. */
export const scheduleNamePattern = (schedule: Named): string => `${schedule.name.slice(0, longestName)}-*`;

/** What Elasticsearch is to keep with the snapshot. */
export const metadataOf = (identity: SnapshotIdentity): Readonly<Record<string, unknown>> => ({
  loggingstack: identity,
});

const fields = ['stack', 'schedule', 'slot', 'requested', 'snapshot', 'uid'] as const;

/** Undefined for a snapshot that is none of ours, or whose metadata somebody made up otherwise. */
export function identityOf({ metadata }: Pick<SnapshotInfo, 'metadata'>): SnapshotIdentity | undefined {
  const found = (metadata as { readonly loggingstack?: unknown } | null | undefined)?.loggingstack;
  if (found === null || typeof found !== 'object') return undefined;
  const entries = Object.entries(found).filter(([field]) => (fields as readonly string[]).includes(field));
  if (entries.some(([, value]) => typeof value !== 'string')) return undefined;
  const identity = Object.fromEntries(entries) as Partial<SnapshotIdentity>;
  return identity.stack === undefined ? undefined : { ...identity, stack: identity.stack };
}

/** Whether a schedule took this snapshot, of this very stack: only such ones may it count and delete. */
export function isOfSchedule(info: Pick<SnapshotInfo, 'metadata'>, schedule: Named, stack: Named): boolean {
  const identity = identityOf(info);
  return identity?.schedule === keyOf(schedule) && identity.stack === keyOf(stack);
}

/** Whether a StackSnapshot took it. */
export const isOfObject = (info: Pick<SnapshotInfo, 'metadata'>, uid: string): boolean => identityOf(info)?.uid === uid;
