// Rules for the volumes of nodes: they grow, and nothing else about them can change (`expand-volume`).
import type { KubeObject } from '../../kubernetes.ts';
import { names } from '../../names.ts';
import { bytesOf } from '../../quantities.ts';
import { describeRule } from '../../refusal.ts';
import type { NodePool } from '../../stack.ts';
import type { Observed } from '../observed.ts';
import { claimsOfSet, requestedStorage } from '../volumes.ts';
import { isDrainedClaim } from '../view.ts';
import type { Judged } from './live-values.ts';

export const storageChangeRule = describeRule({
  name: 'StorageChangeRefused',
  liftable: 'never',
  reason: 'No volume can shrink, and none can move to another class.',
  remedy: 'Set the storage of the pool back, or add a further pool with the storage that is wanted.',
});

type Storage = NodePool['storage'];

interface ClaimTemplate {
  readonly spec?: {
    readonly storageClassName?: string;
    readonly resources?: { readonly requests?: { readonly storage?: string } };
  };
}

/** What the StatefulSet asks for each new node. */
export function templateStorage(set: KubeObject | undefined): Storage | undefined {
  const { volumeClaimTemplates } = (set?.['spec'] ?? {}) as { volumeClaimTemplates?: readonly ClaimTemplate[] };
  const spec = volumeClaimTemplates?.[0]?.spec;
  const size = spec?.resources?.requests?.storage;
  return size === undefined ? undefined : { size, className: spec?.storageClassName };
}

/** The largest volume that is claimed: claims of nodes that were seen empty before they left do not count. */
function claimedStorage(observed: Observed, set: string): string | undefined {
  return claimsOfSet(observed, set)
    .filter((claim) => !isDrainedClaim(claim))
    .flatMap((claim) => requestedStorage(claim) ?? [])
    .toSorted((first, second) => bytesOf(second) - bytesOf(first))[0];
}

/**
 * Judges the wanted storage. The value is what a StatefulSet can have now: while it lives, its claim template is what it
 * is, and volumes grow beside it. Claims that were kept name a class even where none was asked for: there only the size
 * is comparable.
 */
export function storageChangeRefused(
  pool: NodePool,
  set: KubeObject | undefined,
  observed: Observed,
  stack: string,
): Judged<Storage> {
  const name = names.pool(stack, pool.name);
  const template = templateStorage(set);
  const claimed = claimedStorage(observed, name);
  const sizes = [template?.size, claimed].filter((size) => size !== undefined);
  const size = sizes.toSorted((first, second) => bytesOf(second) - bytesOf(first))[0];
  if (size === undefined) return { value: pool.storage, refusals: [] };
  const live = { size, className: template === undefined ? pool.storage.className : template.className };
  const value = template ?? { ...pool.storage, size: isSmaller(pool.storage.size, size) ? size : pool.storage.size };
  const fits = !isSmaller(pool.storage.size, size) && live.className === pool.storage.className;
  if (fits) return { value, refusals: [] };
  return {
    value,
    refusals: [
      {
        rule: storageChangeRule.name,
        subject: `StatefulSet/${name}`,
        message: `The volumes of pool ${pool.name} are ${described(live)} and the spec asks for ${described(pool.storage)}: a volume can grow, but neither shrink nor move to another class; they stay as they are.`,
        remedy: `Set the storage of pool ${pool.name} back to ${described(live)}, or add a further pool with the storage that is wanted.`,
      },
    ],
  };
}

const isSmaller = (first: string, second: string): boolean => bytesOf(first) < bytesOf(second);

const described = (storage: Storage): string =>
  storage.className === undefined ? storage.size : `${storage.size} of class ${storage.className}`;

/** Whether volumes of a live StatefulSet are to be larger than its claim template says, and may. */
export const mayGrow = (pool: NodePool, set: KubeObject, observed: Observed, stack: string): boolean =>
  storageChangeRefused(pool, set, observed, stack).refusals.length === 0;
