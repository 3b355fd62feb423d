// A StackSnapshot and the objects that it is about, before and after Elasticsearch was asked: what there is to know, and whom to ask.
import { type StackSnapshotSpec, stackSnapshotSpec, type StackSnapshotStatus } from '../../api/stack-snapshot.ts';
import type { KubeObject } from '../kubernetes.ts';
import { type FinalizerAction, type SnapshotAction, snapshotsFinalizer } from './snapshot-actions.ts';
import { objectSnapshotName } from './identity.ts';
import { type NamedObjects, type Obstacle, obstacleTo } from './obstacles.ts';
import type { Answer, SnapshotInfo, SnapshotProgress, Unanswered } from './observed.ts';
import type { StartVerdict } from './start-time.ts';

/** What Kubernetes has. */
export interface SnapshotObjects extends NamedObjects {
  /** The StackSnapshot, as the cache has it. */
  readonly object: KubeObject;
  readonly now: Date;
}

/** A write that Elasticsearch refused. Whoever carries plans out remembers it: it is a matter of pace, and of nothing else. */
export interface Refused {
  readonly fault: Omit<Unanswered, 'answered'>;
  /** When it was refused first. */
  readonly since: Date;
  /** When it may be asked for again. */
  readonly until: Date;
}

export interface SnapshotSituation extends SnapshotObjects {
  /** What the repository has under the snapshot's name; undefined when nobody asked. */
  readonly look: Answer<SnapshotInfo | undefined> | undefined;
  /** Of one that is being taken. */
  readonly progress: Answer<SnapshotProgress> | undefined;
  /** Of one that is due. */
  readonly start: StartVerdict | undefined;
  readonly refused: Refused | undefined;
}

export interface SnapshotPlan {
  /** To be done in this order, before the status is written. */
  readonly actions: readonly (SnapshotAction | FinalizerAction)[];
  /** As it is to stand when all of that was done; undefined leaves it. */
  readonly status: StackSnapshotStatus | undefined;
  readonly requeueAfterMs: number | undefined;
}

export const statusOf = ({ object }: SnapshotObjects): StackSnapshotStatus => object['status'] ?? {};

export function nameOf({ object: { metadata } }: SnapshotObjects): string {
  const { namespace = '', name, uid = '' } = metadata;
  return objectSnapshotName({ namespace, name }, uid);
}

/** Without what the schema would refuse: the API server has checked the object by another version of it. */
export function specOf({ object }: SnapshotObjects): StackSnapshotSpec | Obstacle {
  const parsed = stackSnapshotSpec.safeParse(object['spec']);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map((issue) => `spec.${issue.path.join('.')}: ${issue.message}`).join('; ');
  const message = `This operator does not understand the spec: ${fields}. Apply the CRD that came with it.`;
  return { reason: 'Invalid', message };
}

/** Also of a spec that is not understood: what it asks for about deleting must not be overlooked. */
export const goesAlong = ({ object }: SnapshotObjects): boolean =>
  (object['spec'] as Partial<StackSnapshotSpec> | undefined)?.deletionPolicy === 'Delete';

export const hasFinalizer = ({ object }: SnapshotObjects): boolean =>
  object.metadata.finalizers?.includes(snapshotsFinalizer) === true;

export const isFinal = ({ state }: StackSnapshotStatus): boolean =>
  state === 'Success' || state === 'Partial' || state === 'Failed';

const stackIsThere = ({ stack }: SnapshotObjects): boolean =>
  stack !== undefined && stack.metadata.deletionTimestamp === undefined;

/** Whether the repository has to be looked at. One that has ended is never looked at again. */
export function needsLook(objects: SnapshotObjects): boolean {
  const { object } = objects;
  if (object.metadata.deletionTimestamp !== undefined)
    return hasFinalizer(objects) && goesAlong(objects) && stackIsThere(objects);
  const status = statusOf(objects);
  if (isFinal(status)) return false;
  return status.state === 'InProgress' ? stackIsThere(objects) : hindrance(objects) === undefined;
}

/** Whether it matters when the snapshot may begin: people were told that it is due, and it is not there. */
export function needsStart(
  objects: SnapshotObjects,
  look: Answer<SnapshotInfo | undefined>,
  refused: Refused | undefined,
): boolean {
  const { state, waitingSince } = statusOf(objects);
  const isThere = !look.answered || look.value !== undefined;
  const isDue = waitingSince !== undefined || refused !== undefined;
  return objects.object.metadata.deletionTimestamp === undefined && state !== 'InProgress' && !isThere && isDue;
}

/** Since when it has been due. */
export const dueSince = (objects: SnapshotObjects, refused: Refused | undefined): Date => {
  const { waitingSince } = statusOf(objects);
  return waitingSince === undefined ? (refused?.since ?? objects.now) : new Date(waitingSince);
};

/** What is in the way by the objects alone. */
export function hindrance(objects: SnapshotObjects): Obstacle | undefined {
  const spec = specOf(objects);
  return 'reason' in spec ? spec : obstacleTo(objects, spec);
}
