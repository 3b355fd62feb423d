// Whether what annotations asked for has come about.
import { annotations } from '../names.ts';
import type { ResolvedStack } from '../stack.ts';
import type { Observed } from './observed.ts';
import { type SetView, setViews } from './view.ts';

interface SetSpec {
  readonly template?: { readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> } };
}

/** Whether every node of every wanted pool has been started anew since the roll was asked for. */
export function isRolled({ elasticsearch, requests }: ResolvedStack, observed: Observed): boolean {
  const { roll } = requests;
  if (roll === undefined) return false;
  const sets = setViews(observed);
  return elasticsearch.pools.every((pool) => {
    const set = sets.find((one) => one.pool === pool.name);
    return set !== undefined && carries(set, roll.value) && isSettled(set);
  });
}

const carries = ({ object }: SetView, value: string): boolean =>
  (object['spec'] as SetSpec).template?.metadata?.annotations?.[annotations.roll] === value;

const isSettled = ({ current, rolledOut, complete, pods }: SetView): boolean =>
  current && rolledOut && complete && pods.every((pod) => pod.ready && !pod.outdated);
