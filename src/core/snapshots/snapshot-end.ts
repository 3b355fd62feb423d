// A StackSnapshot that is being deleted takes its snapshot along when its spec says so. What cannot be reached is left behind after a while, so that nothing waits for ever.
import { completeCondition, type StackSnapshotStatus } from '../../api/stack-snapshot.ts';
import { isOfObject } from './identity.ts';
import {
  goesAlong,
  hasFinalizer,
  nameOf,
  type SnapshotObjects,
  type SnapshotPlan,
  type SnapshotSituation,
  statusOf,
} from './snapshot-view.ts';
import { secondsOf } from '../status/time.ts';
import { conditionsOf, found } from './status.ts';

/** How long the snapshot is tried to be deleted. */
const patienceMs = 10 * 60_000;
const pauseMs = 10_000;
const soonMs = 1000;

const nothing: SnapshotPlan = { actions: [], status: undefined, requeueAfterMs: undefined };

const release = (leftBehind?: string): SnapshotPlan => ({
  ...nothing,
  actions: [{ kind: 'releaseFinalizer', ...(leftBehind === undefined ? {} : { leftBehind }) }],
});

export function planEnd(situation: SnapshotSituation): SnapshotPlan {
  const { stack, look, refused, now } = situation;
  if (!hasFinalizer(situation)) return nothing;
  // It was never due, so that nobody asked for it.
  if (!goesAlong(situation) || statusOf(situation).snapshotName === undefined) return release();
  if (stack === undefined || stack.metadata.deletionTimestamp !== undefined)
    return release(leftBehind(situation, 'the stack is gone, and nobody else can delete it'));
  if (look === undefined) return kept(situation, 'Nobody looked at the repository.');
  if (!look.answered) return kept(situation, look.message);
  if (look.value === undefined || !isOfObject(look.value, situation.object.metadata.uid ?? '')) return release();
  if (refused !== undefined && (refused.until > now || isTooLate(situation)))
    return kept(situation, refused.fault.message, refused.until.getTime() - now.getTime());
  const repository = repositoryOf(situation);
  return {
    actions: [{ kind: 'deleteSnapshots', repository, names: [look.value.name] }],
    status: deleting(situation, 'Its snapshot is being deleted.'),
    requeueAfterMs: soonMs,
  };
}

/** Until it is too late, why it is not deleted is told; then the object goes without it. */
function kept(situation: SnapshotSituation, why: string, pause = pauseMs): SnapshotPlan {
  if (isTooLate(situation)) return release(leftBehind(situation, `it could not be deleted for ten minutes: ${why}`));
  const until = secondsOf(deadlineOf(situation));
  return {
    ...nothing,
    status: deleting(situation, `Its snapshot is not deleted yet: ${why} The object goes without it at ${until}.`),
    requeueAfterMs: Math.max(soonMs, pause),
  };
}

const deadlineOf = ({ object: { metadata } }: SnapshotObjects): Date =>
  new Date(Date.parse(metadata.deletionTimestamp ?? '') + patienceMs);

const isTooLate = (objects: SnapshotObjects): boolean => !(objects.now < deadlineOf(objects));

const repositoryOf = ({ object }: SnapshotObjects): string =>
  (object['spec'] as { readonly repositoryRef: { readonly name: string } }).repositoryRef.name;

const leftBehind = (objects: SnapshotObjects, why: string): string =>
  `The snapshot ${nameOf(objects)}, if it was taken, stays in the repository ${repositoryOf(objects)}: ${why}.`.replace(
    '..',
    '.',
  );

function deleting(situation: SnapshotSituation, message: string): StackSnapshotStatus {
  const finding = found(completeCondition, 'False', 'Deleting', message);
  return { ...statusOf(situation), conditions: conditionsOf(situation.object, [finding], situation.now) };
}
