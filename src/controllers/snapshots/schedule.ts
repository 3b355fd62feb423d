// StackSnapshotSchedules: looks at a schedule's snapshots in their repository when there is something to do, plans, acts.
import {
  scheduleReadyCondition,
  stackSnapshotScheduleKind,
  type StackSnapshotScheduleSpec,
} from '../../api/stack-snapshot-schedule.ts';
import type { SnapshotAction } from '../../core/snapshots/snapshot-actions.ts';
import { scheduleNamePattern } from '../../core/snapshots/identity.ts';
import type { Answer, SnapshotInfo } from '../../core/snapshots/observed.ts';
import { type RefusedWrite, withRefusedWrites } from '../../core/snapshots/refused-writes.ts';
import { unknownEnds, withEnds } from '../../core/snapshots/schedule-ends.ts';
import { planSchedule, type ScheduleInput } from '../../core/snapshots/schedule-plan.ts';
import { needsLook, type ScheduleObjects, waitingSince } from '../../core/snapshots/schedule-view.ts';
import type { EsClient } from '../../elasticsearch/client.ts';
import { getSnapshot, listSnapshots } from '../../elasticsearch/snapshots/snapshots.ts';
import { carryOut } from './act.ts';
import {
  answerOf,
  nobodyReady,
  type ObjectController,
  type ObjectLook,
  type ObjectOutcome,
  stackObject,
} from './framework.ts';
import { startVerdict } from './start.ts';

type Creation = Extract<SnapshotAction, { readonly kind: 'createSnapshot' }>;

/**
 * Requests that were accepted, by the uid of the schedule. A snapshot that is not in the repository at the next look could
 * not be written there: asked for again at once, it would be so for ever.
 */
type Accepted = Map<string, readonly Creation[]>;

export function scheduleController(): ObjectController {
  const accepted: Accepted = new Map();
  return {
    kind: stackSnapshotScheduleKind,
    condition: scheduleReadyCondition,
    reconcile: (look, signal) => step(look, accepted, signal),
  };
}

const refusedMs = 10_000;

async function step(look: ObjectLook, accepted: Accepted, signal: AbortSignal): Promise<ObjectOutcome> {
  const { uid = '', generation = 0 } = look.object.metadata;
  const input = await observe(look, signal);
  const plan = planSchedule(input);
  const afterRefusal = (refused: readonly RefusedWrite[]): ObjectOutcome => ({
    status: withRefusedWrites(plan.status, refused, generation, look.now),
    requeueAfterMs: refusedMs,
  });
  const lost = lostOf(accepted.get(uid) ?? [], input.look);
  if (input.look?.answered === true) accepted.delete(uid);
  if (lost.length > 0) return afterRefusal(lost);
  const { refused, released } = await carryOut(look, plan.actions, signal);
  if (released) return { status: undefined, requeueAfterMs: undefined };
  const begun = plan.actions
    .filter((action) => action.kind === 'createSnapshot')
    .filter((action) => !refused.some((one) => one.action === action));
  if (begun.length > 0) accepted.set(uid, begun);
  if (refused.length > 0) return afterRefusal(refused);
  return { status: plan.status, requeueAfterMs: plan.requeueAfterSeconds * 1000 };
}

const vanished = {
  code: 'Vanished',
  message: 'it was begun, and the repository does not have it: Elasticsearch could not write its end.',
};

function lostOf(accepted: readonly Creation[], look: ScheduleInput['look']): readonly RefusedWrite[] {
  if (look?.answered !== true) return [];
  const { snapshots } = look.value;
  return accepted
    .filter(({ name }) => !snapshots.some((one) => one.name === name))
    .map((action) => ({ action, fault: vanished }));
}

async function observe(look: ObjectLook, signal: AbortSignal): Promise<ScheduleInput> {
  const { object, now, stack } = look;
  const { repositoryRef } = object['spec'] as StackSnapshotScheduleSpec;
  const objects: ScheduleObjects = {
    object,
    stack: stackObject(look),
    repository: look.repository(repositoryRef.name),
    now,
  };
  if (!needsLook(objects) || stack === undefined) return { ...objects, look: undefined, mayStart: undefined };
  if (stack.connection === undefined) return { ...objects, look: nobodyReady, mayStart: undefined };
  const found: ScheduleInput['look'] = await answerOf(lookAt(stack.connection.client, look, signal));
  const since = waitingSince(object);
  const start = found.answered && since !== undefined ? await startVerdict(stack, since, signal) : undefined;
  return { ...objects, look: found, mayStart: start };
}

/** All snapshots that have names of the schedule's; of those that ended newly, all that is known of them. */
async function lookAt(client: EsClient, { object }: ObjectLook, signal: AbortSignal) {
  const { namespace = '', name } = object.metadata;
  const repository = (object['spec'] as StackSnapshotScheduleSpec).repositoryRef.name;
  const snapshots = await listSnapshots(client, repository, scheduleNamePattern({ namespace, name }), signal);
  const lookedUp: SnapshotInfo[] = [];
  for (const one of unknownEnds(object, snapshots)) {
    // What only adds to the words of a status holds nothing up.
    const found: Answer<SnapshotInfo | undefined> = await answerOf(getSnapshot(client, repository, one, signal));
    if (found.answered && found.value !== undefined) lookedUp.push(found.value);
  }
  return { snapshots: withEnds(object, snapshots, lookedUp) };
}
