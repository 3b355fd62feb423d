// What planners of snapshots want done. Each action may be done twice: its name makes the second time harmless.
import type { StackSnapshotScheduleSpec } from '../../api/stack-snapshot-schedule.ts';
import { metadataOf, type SnapshotIdentity } from './identity.ts';

/** What Elasticsearch is told about a snapshot that it is to take. */
export type SnapshotBody = Readonly<Record<string, unknown>>;

export type SnapshotAction =
  /** A snapshot of that name that is there already was taken by this very request, before somebody was killed. */
  | {
      readonly kind: 'createSnapshot';
      readonly repository: string;
      readonly name: string;
      readonly body: SnapshotBody;
    }
  /** One that is no longer there is as good as deleted. One that is still being taken is given up. */
  | { readonly kind: 'deleteSnapshots'; readonly repository: string; readonly names: readonly string[] };

export type FinalizerAction =
  | { readonly kind: 'addFinalizer' }
  /** `leftBehind` says, for an Event, what the object goes without. */
  | { readonly kind: 'releaseFinalizer'; readonly leftBehind?: string };

/** On objects whose snapshots go with them. */
export const snapshotsFinalizer = 'loggingstack.dev/snapshots';

type Content = NonNullable<StackSnapshotScheduleSpec['snapshot']>;

/**
 * Without names Elasticsearch takes all data streams and indices that are not its own. It is told about the global state
 * always, because it takes that, too, when nobody says otherwise.
 */
export function snapshotBody(content: Content, identity: SnapshotIdentity): SnapshotBody {
  const { dataStreams = [], indices = [], includeGlobalState = false, partial = false } = content;
  const named = [...dataStreams, ...indices];
  return {
    ...(named.length === 0 ? {} : { indices: named }),
    include_global_state: includeGlobalState,
    partial,
    metadata: metadataOf(identity),
  };
}

/** Elasticsearch deletes some at once about as quickly as one. */
const mostDeletions = 20;

/** Deletes the first of these, or nothing when there is none. */
export function deletionsOf(
  repository: string,
  snapshots: readonly { readonly name: string }[],
): readonly SnapshotAction[] {
  const names = snapshots.slice(0, mostDeletions).map(({ name }) => name);
  return names.length === 0 ? [] : [{ kind: 'deleteSnapshots', repository, names }];
}
