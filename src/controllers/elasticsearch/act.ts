// Carries out what the Elasticsearch planner decided, in its order; what is refused holds up nothing but its own chain.
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
  /** The writes that Elasticsearch did not take. */
  readonly failed: readonly FailedWrite[];
  /** Claims that may not grow. */
  readonly refused: readonly Refusal[];
}

/** Tells the log of each step that was taken, by the names that plans have for them. */
function tell({ runtime: { log }, stack: { identity } }: Look, done: readonly Action[], seen: Observed): void {
  const { namespace, name: stack } = identity;
  for (const step of stepsOf(done, seen)) log.info({ namespace, stack, ...step }, 'step');
}

/** Carries out what was planned upon `seen`, and logs it, also when it ends in the middle. A refusal ends its chain only. */
export async function act(
  look: Look,
  { chains, seen }: { readonly chains: readonly (readonly Action[])[]; readonly seen: Observed },
  connection: StackConnection | undefined,
  signal: AbortSignal,
): Promise<Acted> {
  const work: Work = { look, connection, signal, done: [], failed: [], refused: [] };
  const denied: unknown[] = [];
  try {
    for (const chain of chains) {
      try {
        await carryOutChain(work, chain);
      } catch (error) {
        if (!isFault(error, ...forGood)) throw error;
        denied.push(error);
      }
    }
  } finally {
    tell(look, work.done, seen);
  }
  if (denied.length > 0) throw denied[0];
  return { failed: work.failed, refused: work.refused };
}

/** What the API server may say as often as it is asked, for instance because of a quota: other chains need not wait for it. */
const forGood = ['Forbidden', 'Invalid'] as const;

/** Elasticsearch cannot be asked for anything more, for now. */
const isGone = ({ fault }: FailedWrite): boolean =>
  isEsFault(fault, 'EsUnreachable', 'EsTimeout', 'EsNoMaster', 'EsBusy');

interface Work {
  readonly look: Look;
  readonly connection: StackConnection | undefined;
  readonly signal: AbortSignal;
  readonly done: Action[];
  readonly failed: FailedWrite[];
  readonly refused: Refusal[];
}

/** Ends at the first write that Elasticsearch does not take. What Kubernetes refuses is thrown, but for volumes that cannot grow. */
async function carryOutChain(work: Work, chain: readonly Action[]): Promise<void> {
  const { look, connection, signal, done, failed, refused } = work;
  for (const action of chain) {
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
    if (failed.some(isGone)) return;
    try {
      await carryOut(connection.client, action, signal);
      done.push(action);
    } catch (error) {
      if (!isEsFault(error) || error.code === 'EsAborted') throw error;
      failed.push({ action, fault: error });
      return;
    }
  }
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
