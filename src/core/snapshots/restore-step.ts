// One step of a StackRestore, and what its planner is given: looks, the objects that it refers to, and the time.
import type { StackRestoreStatus } from '../../api/stack-restore.ts';
import type { ClusterLook } from '../elasticsearch/observed.ts';
import type { KubeObject } from '../kubernetes.ts';
import type { ResolvedStack } from '../stack.ts';
import type { RestoreAction } from './restore-actions.ts';
import { type Hindrance, waits } from './hindrance.ts';
import type { Answer, RestoreProgress, SnapshotInfo, StandingStream } from './observed.ts';
import type { SnapshotSource } from './restore-selection.ts';
import { hinderedFinding, type StackRestore, statusWith } from './restore-status.ts';

/** What can be looked at. None of it is older than the last write. */
export interface RestoreLooks {
  readonly cluster?: ClusterLook;
  /** Those of the source: the one that is named, or all that may be it. */
  readonly snapshots?: Answer<readonly SnapshotInfo[]>;
  /** What stands under the names that were asked for. */
  readonly streams?: Answer<readonly StandingStream[]>;
  readonly progress?: Answer<RestoreProgress>;
}

export type RestoreNeed =
  | { readonly of: 'cluster' }
  | { readonly of: 'snapshots'; readonly source: SnapshotSource }
  | { readonly of: 'streams'; readonly names: readonly string[] }
  | { readonly of: 'progress'; readonly names: readonly string[] };

export interface RestoreInput {
  readonly object: StackRestore;
  /** Undefined when there is none, or it is on its way out. */
  readonly stack: ResolvedStack | undefined;
  /** StackRepositories of the namespace. */
  readonly repository: (name: string) => KubeObject | undefined;
  /** StackSnapshots of the namespace. */
  readonly snapshot: (name: string) => KubeObject | undefined;
  readonly looks: RestoreLooks;
  readonly now: Date;
}

/** One step. After each but the last, the next is planned upon fresh looks. */
export type RestoreStep =
  | { readonly kind: 'look'; readonly need: RestoreNeed }
  /** Before anything is done that must not be done without it, and only as the object was looked at. */
  | { readonly kind: 'write'; readonly status: StackRestoreStatus }
  | { readonly kind: 'act'; readonly action: RestoreAction }
  | { readonly kind: 'rest'; readonly status: StackRestoreStatus; readonly againAfterSeconds: number | undefined };

const secondsWaiting = 10;
export const secondsRefused = 60;

/** Nothing is done for now, and the status says why. */
export function hindered({ object, now }: RestoreInput, hindrance: Hindrance): RestoreStep {
  const hasBegun = object.status?.startedAt !== undefined;
  const seconds = { waits: secondsWaiting, refused: secondsRefused, wrong: undefined }[hindrance.kind];
  return {
    kind: 'rest',
    status: statusWith(object, hinderedFinding(hindrance, hasBegun), now),
    againAfterSeconds: seconds,
  };
}

export const lookAt = (need: RestoreNeed): RestoreStep => ({ kind: 'look', need });

export const unanswered = ({ code, message }: { readonly code: string; readonly message: string }): Hindrance =>
  waits(code, message);

export const noStack = ({ object }: RestoreInput): Hindrance =>
  waits('NoSuchStack', `Waiting for LoggingStack ${object.spec.stackRef.name}, which is not in this namespace.`);
