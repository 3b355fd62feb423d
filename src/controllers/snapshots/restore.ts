// StackRestores: takes the steps that their planner names, one after the other, each upon looks that are younger than the one before.
import { apiVersion } from '../../api/logging-stack.ts';
import { stackRestoreKind, type StackRestoreStatus } from '../../api/stack-restore.ts';
import { completeCondition, stackSnapshotKind } from '../../api/stack-snapshot.ts';
import type { RestoreAction } from '../../core/snapshots/restore-actions.ts';
import { planRestore } from '../../core/snapshots/restore-plan.ts';
import type { SnapshotSource } from '../../core/snapshots/restore-selection.ts';
import type { StackRestore } from '../../core/snapshots/restore-status.ts';
import {
  hindered,
  type RestoreInput,
  type RestoreLooks,
  type RestoreNeed,
  unanswered,
} from '../../core/snapshots/restore-step.ts';
import type { SnapshotInfo } from '../../core/snapshots/observed.ts';
import type { Refused } from '../../core/snapshots/snapshot-view.ts';
import type { EsClient } from '../../elasticsearch/client.ts';
import { EsFault, isEsFault } from '../../elasticsearch/faults.ts';
import { carryOutRestore, readRestoreProgress, readStandingStreams } from '../../elasticsearch/snapshots/restores.ts';
import { getSnapshot, listSnapshots } from '../../elasticsearch/snapshots/snapshots.ts';
import { Fault } from '../../kube/errors.ts';
import { keyOf, referenceTo } from '../../kube/resources.ts';
import { lookAtCluster } from '../elasticsearch/observe.ts';
import {
  answerOf,
  nobodyReady,
  type ObjectController,
  type ObjectLook,
  type ObjectOutcome,
  type ObjectStatus,
} from './framework.ts';
import { Refusals } from './refusals.ts';

/** More than any restore takes without a rest: who gets so far goes round in circles. */
const mostSteps = 50;

/** What was planned cannot come about at once. */
const circleMs = 60_000;

export function restoreController(): ObjectController {
  const refusals = new Refusals();
  return {
    kind: stackRestoreKind,
    condition: completeCondition,
    reconcile: async (look, signal) => {
      if (look.object.metadata.deletionTimestamp === undefined) return takeSteps(look, refusals, signal);
      refusals.forget(look.object.metadata.uid ?? '');
      return { status: undefined, requeueAfterMs: undefined };
    },
  };
}

const inputOf = (look: ObjectLook, looks: RestoreLooks): RestoreInput => {
  const { namespace = '' } = look.object.metadata;
  return {
    object: look.object as StackRestore,
    stack: look.stack?.look.stack,
    repository: look.repository,
    snapshot: (name) => look.runtime.watches.find({ apiVersion, kind: stackSnapshotKind, namespace, name }),
    looks,
    now: look.now,
  };
};

async function takeSteps(look: ObjectLook, refusals: Refusals, signal: AbortSignal): Promise<ObjectOutcome> {
  let looks: RestoreLooks = {};
  for (let steps = 0; steps < mostSteps; steps += 1) {
    const input = inputOf(look, looks);
    const step = planRestore(input);
    switch (step.kind) {
      case 'look':
        looks = { ...looks, ...(await take(look, step.need, signal)) };
        continue;
      case 'write':
        await write(look, step.status, signal);
        break;
      case 'act': {
        const pauseMs = await act(input, { look, refusals, action: step.action }, signal);
        if (pauseMs !== undefined) return { status: undefined, requeueAfterMs: pauseMs };
        break;
      }
      case 'rest':
        await write(look, step.status, signal);
        return {
          status: undefined,
          requeueAfterMs: step.againAfterSeconds === undefined ? undefined : step.againAfterSeconds * 1000,
        };
    }
    looks = {};
  }
  look.runtime.log.error({ restore: keyOf(look.object.metadata) }, 'a restore goes round in circles');
  return { status: undefined, requeueAfterMs: circleMs };
}

/** As exactly as an intent, always: whoever saw an older object must not take back what a younger one says. */
const write = (look: ObjectLook, status: StackRestoreStatus, signal: AbortSignal): Promise<void> =>
  look.writeFirst(status as ObjectStatus, signal);

async function take(look: ObjectLook, need: RestoreNeed, signal: AbortSignal): Promise<RestoreLooks> {
  const { stack } = look;
  const connection = stack?.connection;
  if (stack === undefined || connection === undefined)
    return { [need.of]: nobodyReady };
  const { client } = connection;
  switch (need.of) {
    case 'cluster':
      return { cluster: await lookAtCluster(stack.look, connection, signal) };
    case 'snapshots':
      return { snapshots: await answerOf(snapshotsOf(client, need.source, signal)) };
    case 'streams':
      return { streams: await answerOf(readStandingStreams(client, need.names, signal)) };
    case 'progress':
      return { progress: await answerOf(readRestoreProgress(client, need.names, signal)) };
  }
}

async function snapshotsOf(
  client: EsClient,
  { repository, pattern, name }: SnapshotSource,
  signal: AbortSignal,
): Promise<readonly SnapshotInfo[]> {
  if (name === undefined) return listSnapshots(client, repository, pattern, signal);
  const found = await getSnapshot(client, repository, name, signal);
  return found === undefined ? [] : [found];
}

interface Acting {
  readonly look: ObjectLook;
  readonly refusals: Refusals;
  readonly action: RestoreAction;
}

/** Undefined when it was done; else how long to wait. What became of a request that got no answer, the next look tells. */
async function act(
  input: RestoreInput,
  { look, refusals, action }: Acting,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { uid = '' } = look.object.metadata;
  const now = look.runtime.clock.wall();
  const standing = refusals.of(uid);
  if (standing !== undefined && standing.until > now) return millisecondsLeft(standing, now);
  await confirm(look, signal);
  try {
    const client = look.stack?.connection?.client;
    if (client === undefined) throw new EsFault(nobodyReady.code, nobodyReady.message);
    await carryOutRestore(client, action, signal);
  } catch (error) {
    if (!isEsFault(error) || error.code === 'EsAborted') throw error;
    await tell(input, look, error, signal);
    return millisecondsLeft(refusals.refused(uid, error, now), now);
  }
  refusals.forget(uid);
  look.runtime.log.info(
    { restore: keyOf(look.object.metadata), action: action.kind, streams: action.streams.length },
    'step',
  );
  return undefined;
}

const millisecondsLeft = ({ until }: Refused, now: Date): number => until.getTime() - now.getTime();

/** Nothing is deleted or restored upon an object that was changed meanwhile, or that another operator has gone on with. */
async function confirm({ object, runtime }: ObjectLook, signal: AbortSignal): Promise<void> {
  const live = await runtime.client.get(referenceTo(object), signal);
  const { uid, resourceVersion } = object.metadata;
  if (live.metadata.uid !== uid || live.metadata.resourceVersion !== resourceVersion)
    throw new Fault('Conflict', `${stackRestoreKind} ${object.metadata.name} was changed since it was looked at`);
}

/** Of one that is over, its end stays what people read. */
async function tell(input: RestoreInput, look: ObjectLook, fault: EsFault, signal: AbortSignal): Promise<void> {
  look.runtime.log.warn({ restore: keyOf(look.object.metadata), code: fault.code, error: fault.message }, 'refused');
  if (input.object.status?.endedAt !== undefined) return;
  const said = hindered(input, unanswered(fault));
  if (said.kind === 'rest') await write(look, said.status, signal);
}
