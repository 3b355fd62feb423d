// Carries out what the Elasticsearch planner decided, in its order.
import { actionWords } from '../../core/elasticsearch/action-words.ts';
import { type Action, type ElasticsearchAction, isElasticsearchAction } from '../../core/elasticsearch/actions.ts';
import type { StackConnection } from '../../elasticsearch/clients.ts';
import { type EsFault, isEsFault } from '../../elasticsearch/faults.ts';
import { carryOut } from '../../elasticsearch/writes.ts';
import type { Look } from '../framework.ts';

export interface FailedWrite {
  readonly action: ElasticsearchAction;
  readonly fault: EsFault;
}

/** Stops at the first write that Elasticsearch does not take, and returns why. What Kubernetes refuses is thrown. */
export async function act(
  look: Look,
  actions: readonly Action[],
  connection: StackConnection | undefined,
  signal: AbortSignal,
): Promise<FailedWrite | undefined> {
  for (const action of actions) {
    if (!isElasticsearchAction(action)) {
      await look.act([action], signal);
      continue;
    }
    if (connection === undefined) continue;
    if (look.heldBack !== undefined) {
      look.heldBack.push(actionWords(action));
      continue;
    }
    try {
      await carryOut(connection.client, action, signal);
    } catch (error) {
      if (isEsFault(error) && error.code !== 'EsAborted') return { action, fault: error };
      throw error;
    }
  }
  return undefined;
}
