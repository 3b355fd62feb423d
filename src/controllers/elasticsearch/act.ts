// Carries out what the Elasticsearch planner decided, in its order.
import { actionWords } from '../../core/elasticsearch/action-words.ts';
import { type Action, type ElasticsearchAction, isElasticsearchAction } from '../../core/elasticsearch/actions.ts';
import { expansionRefused, isExpansion } from '../../core/elasticsearch/expansion.ts';
import type { ObjectAction } from '../../core/objects.ts';
import type { Refusal } from '../../core/refusal.ts';
import type { Observed } from '../../core/elasticsearch/observed.ts';
import { stepsOf } from '../../core/elasticsearch/steps.ts';
import type { StackConnection } from '../../elasticsearch/clients.ts';
import { type EsFault, isEsFault } from '../../elasticsearch/faults.ts';
import { carryOut } from '../../elasticsearch/writes.ts';
import { isFault } from '../../kube/errors.ts';
import type { Look } from '../framework.ts';

export interface FailedWrite {
  readonly action: ElasticsearchAction;
  readonly fault: EsFault;
}

export interface Acted {
  /** The write that Elasticsearch did not take. */
  readonly failed?: FailedWrite;
  /** Claims that may not grow. */
  readonly refused: readonly Refusal[];
}

/** Tells the log of each step that was taken, by the names that plans have for them. */
function tell({ runtime: { log }, stack: { identity } }: Look, done: readonly Action[], seen: Observed): void {
  const { namespace, name: stack } = identity;
  for (const step of stepsOf(done, seen)) log.info({ namespace, stack, ...step }, 'step');
}

/** Carries out what was planned upon `seen`, and logs it, also when it ends in the middle. See `carryOutAll`. */
export async function act(
  look: Look,
  { actions, seen }: { readonly actions: readonly Action[]; readonly seen: Observed },
  connection: StackConnection | undefined,
  signal: AbortSignal,
): Promise<Acted> {
  const done: Action[] = [];
  try {
    return await carryOutAll(look, actions, connection, { done, signal });
  } finally {
    tell(look, done, seen);
  }
}

/** Stops at the first write that Elasticsearch does not take. What Kubernetes refuses is thrown, but for volumes that cannot grow. */
async function carryOutAll(
  look: Look,
  actions: readonly Action[],
  connection: StackConnection | undefined,
  { done, signal }: { readonly done: Action[]; readonly signal: AbortSignal },
): Promise<Acted> {
  const refused: Refusal[] = [];
  for (const action of actions) {
    if (!isElasticsearchAction(action)) {
      const refusal = await actOnObject(look, action, signal);
      if (refusal !== undefined) refused.push(refusal);
      else if (look.heldBack === undefined) done.push(action);
      continue;
    }
    if (connection === undefined) continue;
    if (look.heldBack !== undefined) {
      look.heldBack.push(actionWords(action));
      continue;
    }
    try {
      await carryOut(connection.client, action, signal);
      done.push(action);
    } catch (error) {
      if (isEsFault(error) && error.code !== 'EsAborted') return { failed: { action, fault: error }, refused };
      throw error;
    }
  }
  return { refused };
}

/** A storage class or a quota may refuse a larger volume as often as it is asked for: that is told, and the rest goes on. */
async function actOnObject(look: Look, action: ObjectAction, signal: AbortSignal): Promise<Refusal | undefined> {
  try {
    await look.act([action], signal);
    return undefined;
  } catch (error) {
    if (!isExpansion(action) || action.kind === 'delete' || !isFault(error, 'Forbidden', 'Invalid')) throw error;
    return expansionRefused(action.object.metadata.name, error.message);
  }
}
