// StackSnapshots: looks at the snapshot in its repository, plans, acts.
import { completeCondition, type StackSnapshotSpec, stackSnapshotKind } from '../../api/stack-snapshot.ts';
import type { Answer, SnapshotInfo, SnapshotProgress } from '../../core/snapshots/observed.ts';
import { planSnapshot } from '../../core/snapshots/snapshot-plan.ts';
import {
  dueSince,
  nameOf,
  needsLook,
  needsStart,
  type Refused,
  type SnapshotObjects,
  type SnapshotSituation,
} from '../../core/snapshots/snapshot-view.ts';
import { getSnapshot, snapshotProgress } from '../../elasticsearch/snapshots/snapshots.ts';
import { carryOut } from './act.ts';
import {
  answerOf,
  nobodyReady,
  type ObjectController,
  type ObjectLook,
  type ObjectOutcome,
  stackObject,
} from './framework.ts';
import { Refusals } from './refusals.ts';
import { startVerdict } from './start.ts';

export function snapshotController(): ObjectController {
  const refusals = new Refusals();
  return {
    kind: stackSnapshotKind,
    condition: completeCondition,
    reconcile: (look, signal) => step(look, refusals, signal),
  };
}

async function step(look: ObjectLook, refusals: Refusals, signal: AbortSignal): Promise<ObjectOutcome> {
  const { uid = '' } = look.object.metadata;
  const situation = await observe(look, refusals.of(uid), signal);
  const plan = planSnapshot(situation);
  const { refused, released } = await carryOut(look, plan.actions, signal);
  if (released) return { status: undefined, requeueAfterMs: undefined };
  const [first] = refused;
  if (first !== undefined) return planSnapshot({ ...situation, refused: refusals.refused(uid, first.fault, look.now) });
  if (plan.actions.some(({ kind }) => kind === 'createSnapshot' || kind === 'deleteSnapshots')) refusals.forget(uid);
  return plan;
}

async function observe(
  look: ObjectLook,
  refused: Refused | undefined,
  signal: AbortSignal,
): Promise<SnapshotSituation> {
  const { object, now, stack } = look;
  const { repositoryRef } = object['spec'] as StackSnapshotSpec;
  const objects: SnapshotObjects = {
    object,
    stack: stackObject(look),
    repository: look.repository(repositoryRef.name),
    now,
  };
  const none = { ...objects, look: undefined, progress: undefined, start: undefined, refused };
  if (!needsLook(objects) || stack === undefined) return none;
  if (stack.connection === undefined) return { ...none, look: nobodyReady };
  const { client } = stack.connection;
  const [repository, name] = [repositoryRef.name, nameOf(objects)];
  const found: Answer<SnapshotInfo | undefined> = await answerOf(getSnapshot(client, repository, name, signal));
  const isRunning = found.answered && found.value?.state === 'InProgress';
  const progress: Answer<SnapshotProgress> | undefined = isRunning
    ? await answerOf(snapshotProgress(client, repository, name, signal))
    : undefined;
  const start = needsStart(objects, found, refused)
    ? await startVerdict(stack, dueSince(objects, refused), signal)
    : undefined;
  return { ...none, look: found, progress, start };
}
