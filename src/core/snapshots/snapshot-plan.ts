// The planner of one StackSnapshot: waits until it may begin, has Elasticsearch begin, follows it to its end. Whoever died in between finds it again by its name and its metadata.
import { completeCondition, type StackSnapshotStatus } from '../../api/stack-snapshot.ts';
import type { Finding } from '../status/conditions.ts';
import { secondsOf } from '../status/time.ts';
import { type FinalizerAction, snapshotBody } from './snapshot-actions.ts';
import { isOfObject, keyOf } from './identity.ts';
import type { SnapshotInfo, Unanswered } from './observed.ts';
import { planEnd } from './snapshot-end.ts';
import { ended, factsOfEnded, factsOfRunning, isEnded } from './snapshot-facts.ts';
import {
  goesAlong,
  hasFinalizer,
  hindrance,
  isFinal,
  nameOf,
  type Refused,
  type SnapshotObjects,
  type SnapshotPlan,
  type SnapshotSituation,
  specOf,
  statusOf,
} from './snapshot-view.ts';
import { conditionsOf, found, standingCondition } from './status.ts';

/** Plans one step. Pure: equal arguments give an equal plan. */
export function planSnapshot(situation: SnapshotSituation): SnapshotPlan {
  const { object, look } = situation;
  if (object.metadata.deletionTimestamp !== undefined) return planEnd(situation);
  const status = statusOf(situation);
  if (isFinal(status)) return atRest(situation, status);
  if (look === undefined) return hindered(situation);
  if (!look.answered) return unanswered(situation, look);
  if (look.value !== undefined) return followed(situation, look.value);
  if (status.state === 'InProgress') return failed(situation, 'Vanished', vanished);
  return toBegin(situation);
}

const vanished =
  'It was begun, and the repository does not have it: Elasticsearch could not write its end, or somebody deleted it. Look at the StackRepository, and make another StackSnapshot.';

const longPauseMs = 5 * 60_000;
const pauseMs = 10_000;
const shortPauseMs = 2000;

const complete = (status: Finding['status'], reason: string, message: string): Finding =>
  found(completeCondition, status, reason, message);

/** The whole status, from what is known and one finding. */
const said = ({ object, now }: SnapshotObjects, facts: StackSnapshotStatus, finding: Finding): StackSnapshotStatus => ({
  ...facts,
  conditions: conditionsOf(object, [finding], now),
});

/** The finalizer is there before the snapshot is, and as long as the spec asks for it. */
function finalizers(objects: SnapshotObjects): readonly FinalizerAction[] {
  if (goesAlong(objects) === hasFinalizer(objects)) return [];
  return [{ kind: goesAlong(objects) ? 'addFinalizer' : 'releaseFinalizer' }];
}

/** Nothing is to be done any more but to follow the spec in what may still change. */
function atRest(objects: SnapshotObjects, status: StackSnapshotStatus): SnapshotPlan {
  const stands = standingCondition(objects.object, completeCondition) ?? lostWords(status);
  return {
    actions: finalizers(objects),
    status: said(objects, status, complete(stands.status, stands.reason, stands.message)),
    requeueAfterMs: undefined,
  };
}

/** Somebody took the condition away. */
const lostWords = ({ state = 'Failed' }: StackSnapshotStatus): Finding =>
  complete(state === 'Success' ? 'True' : 'False', state, 'It has ended.');

/** What stays known of a snapshot while nobody can look. One that only waits must hold no change up meanwhile. */
function known(objects: SnapshotObjects): StackSnapshotStatus {
  const status = statusOf(objects);
  if (status.state === 'InProgress') return status;
  return status.snapshotName === undefined ? {} : { snapshotName: status.snapshotName };
}

/** By the objects alone. What changes in them wakes whoever looks. */
function hindered(objects: SnapshotObjects): SnapshotPlan {
  const { reason, message } = hindrance(objects) ?? { reason: 'StackDeleting', message: 'The stack is being deleted.' };
  const value = reason === 'ReadOnlyRepository' ? 'False' : 'Unknown';
  return {
    actions: [],
    status: said(objects, known(objects), complete(value, reason, message)),
    requeueAfterMs: longPauseMs,
  };
}

/** No answer decides nothing. */
const unanswered = (objects: SnapshotObjects, { code, message }: Unanswered): SnapshotPlan => ({
  actions: [],
  status: said(objects, known(objects), complete('Unknown', code, message)),
  requeueAfterMs: slower(objects),
});

/** Who has waited for long is not in a hurry. */
function slower({ object, now }: SnapshotObjects): number {
  const { lastTransitionTime } = standingCondition(object, completeCondition) ?? { lastTransitionTime: secondsOf(now) };
  return Math.min(Math.max(pauseMs, (now.getTime() - Date.parse(lastTransitionTime)) / 10), 6 * pauseMs);
}

function followed(situation: SnapshotSituation, info: SnapshotInfo): SnapshotPlan {
  if (!isOfObject(info, situation.object.metadata.uid ?? ''))
    return failed(
      situation,
      'NameTaken',
      `The repository has a snapshot of the name ${info.name} that is not of this StackSnapshot. It stays untouched; make another StackSnapshot.`,
    );
  if (isEnded(info))
    return {
      actions: finalizers(situation),
      status: said(situation, factsOfEnded(info), ended(info)),
      requeueAfterMs: undefined,
    };
  return {
    actions: finalizers(situation),
    status: said(
      situation,
      factsOfRunning(info, situation.progress, statusOf(situation)),
      complete('Unknown', 'InProgress', beingTaken),
    ),
    requeueAfterMs: pollMs(info, situation.now),
  };
}

const beingTaken = 'It is being taken.';

/** What takes long is looked at less often. */
const pollMs = ({ startedAt }: SnapshotInfo, now: Date): number =>
  Math.min(Math.max(shortPauseMs, (now.getTime() - Date.parse(startedAt)) / 30), pauseMs);

const failed = (objects: SnapshotObjects, reason: string, message: string): SnapshotPlan => {
  const { startedAt } = statusOf(objects);
  const facts = {
    snapshotName: nameOf(objects),
    state: 'Failed',
    ...(startedAt === undefined ? {} : { startedAt }),
  } as const;
  return {
    actions: finalizers(objects),
    status: said(objects, facts, complete('False', reason, message)),
    requeueAfterMs: undefined,
  };
};

/** It is due and not there: first that is written, then it begins when it may. */
function toBegin(situation: SnapshotSituation): SnapshotPlan {
  const { refused, start, now } = situation;
  const { waitingSince } = statusOf(situation);
  if (refused !== undefined && (refused.until > now || start?.allowed !== true)) return refusedFor(situation, refused);
  if (refused === undefined && (waitingSince === undefined || start?.allowed !== true))
    return waiting(situation, waitingSince ?? secondsOf(now));
  return begun(situation);
}

/** The times in a status have no fractions of a second. */
function waiting(situation: SnapshotSituation, waitingSince: string): SnapshotPlan {
  const { start } = situation;
  const { reason, message } =
    start?.allowed === false ? start : { reason: 'Waiting', message: 'It is due, and begins in a moment.' };
  const facts = { snapshotName: nameOf(situation), state: 'Waiting', waitingSince } as const;
  return {
    actions: [],
    status: said(situation, facts, complete('Unknown', reason, message)),
    requeueAfterMs: reason === 'Waiting' ? shortPauseMs : pauseMs / 2,
  };
}

/** It holds no change up until it is asked for again. */
function refusedFor(situation: SnapshotSituation, { fault, until }: Refused): SnapshotPlan {
  const message = `Elasticsearch did not begin it: ${fault.message} It is asked again, in pauses that grow to five minutes.`;
  const left = until.getTime() - situation.now.getTime();
  return {
    actions: [],
    status: said(situation, known(situation), complete('Unknown', 'WriteRefused', message)),
    requeueAfterMs: left > 0 ? left : pauseMs,
  };
}

function begun(situation: SnapshotSituation): SnapshotPlan {
  const { object } = situation;
  const spec = specOf(situation);
  if ('reason' in spec) return hindered(situation);
  const { namespace = '', name, uid = '' } = object.metadata;
  const [snapshot, repository] = [nameOf(situation), spec.repositoryRef.name];
  const stack = keyOf({ namespace, name: spec.stackRef.name });
  const body = snapshotBody(spec, { stack, snapshot: keyOf({ namespace, name }), uid });
  return {
    actions: [...finalizers(situation), { kind: 'createSnapshot', repository, name: snapshot, body }],
    // When it is not there at the next look, it was begun all the same.
    status: said(
      situation,
      { snapshotName: snapshot, state: 'InProgress' },
      complete('Unknown', 'InProgress', beingTaken),
    ),
    requeueAfterMs: shortPauseMs / 2,
  };
}
