// Carries out what the planners of snapshots and schedules want done, in its order; a write that Elasticsearch refuses is no error here, but part of what came of it.
import type { FinalizerAction, SnapshotAction } from '../../core/snapshots/snapshot-actions.ts';
import type { RefusedWrite } from '../../core/snapshots/refused-writes.ts';
import { EsFault, isEsFault } from '../../elasticsearch/faults.ts';
import { createSnapshot, deleteSnapshots } from '../../elasticsearch/snapshots/snapshot-writes.ts';
import { nobodyReady, type ObjectLook } from './framework.ts';

export interface Done {
  readonly refused: readonly RefusedWrite[];
  /** The object's last word is said: it may be gone by now. */
  readonly released: boolean;
}

/** Nothing is asked of Elasticsearch any more after what shows that it does not answer. */
const isGone = ({ fault }: RefusedWrite): boolean => ['EsUnreachable', 'EsTimeout', 'EsNoMaster'].includes(fault.code);

/** Each by itself. What Kubernetes refuses is thrown. */
export async function carryOut(
  look: ObjectLook,
  actions: readonly (SnapshotAction | FinalizerAction)[],
  signal: AbortSignal,
): Promise<Done> {
  const refused: RefusedWrite[] = [];
  for (const action of actions) {
    if (action.kind === 'addFinalizer') await look.setFinalizer(true, signal);
    else if (action.kind === 'releaseFinalizer') await release(look, action.leftBehind, signal);
    else if (!refused.some(isGone)) refused.push(...(await ask(look, action, signal)));
  }
  const { deletionTimestamp } = look.object.metadata;
  const isReleased = actions.some(({ kind }) => kind === 'releaseFinalizer');
  return { refused, released: deletionTimestamp !== undefined && isReleased };
}

async function ask(
  { stack }: ObjectLook,
  action: SnapshotAction,
  signal: AbortSignal,
): Promise<readonly RefusedWrite[]> {
  try {
    const client = stack?.connection?.client;
    if (client === undefined) throw new EsFault(nobodyReady.code, nobodyReady.message);
    if (action.kind === 'createSnapshot')
      await createSnapshot(client, action.repository, action.name, action.body, signal);
    else await deleteSnapshots(client, action.repository, action.names, signal);
    return [];
  } catch (error) {
    if (!isEsFault(error) || error.code === 'EsAborted') throw error;
    return [{ action, fault: { code: error.code, message: error.message } }];
  }
}

/** The Event comes first: there is nothing left to tell of when the object is gone. */
async function release(look: ObjectLook, leftBehind: string | undefined, signal: AbortSignal): Promise<void> {
  const { object, runtime } = look;
  if (leftBehind !== undefined) {
    const { namespace = '', name, uid = '' } = object.metadata;
    runtime.log.warn({ kind: object.kind, object: `${namespace}/${name}` }, leftBehind);
    const event = { type: 'Warning', reason: 'SnapshotsLeftBehind', note: leftBehind, occurrence: uid } as const;
    await runtime.recorder.record({ regarding: object, action: 'Reconcile', ...event }, signal);
  }
  await look.setFinalizer(false, signal);
}
