// The stack as it can be now: where a rule refuses a part of the spec, the live value stands in for it, and the rest goes on.
import { names } from '../names.ts';
import type { Refusal } from '../refusal.ts';
import type { NodePool, ResolvedStack } from '../stack.ts';
import type { Observed } from './observed.ts';
import { keptVolumesLeftOut, replicasWithVolumes, roleChangeRefused } from './rules/live-values.ts';
import { storageChangeRefused } from './rules/storage.ts';
import { decideVersion } from './upgrade.ts';
import { isNew } from './versions.ts';
import { liveObject } from './view.ts';

export interface EffectiveStack {
  readonly stack: ResolvedStack;
  readonly refusals: readonly Refusal[];
  /** Those of the refusals for which no pool may be started anew. */
  readonly startRefusals: readonly Refusal[];
  /** The look lacks what a decision needs. */
  readonly needsDetail: boolean;
}

/** Applies every rule about live values. With nothing live, or nothing refused, the stack is returned as it was wanted. */
export function effectiveStack(wanted: ResolvedStack, observed: Observed): EffectiveStack {
  const version = decideVersion(wanted, observed);
  // Kept volumes of another version: no template lives that could go on with theirs.
  const starts = isNew(observed);
  const startRefusals = [...keptVolumesLeftOut(wanted, observed), ...(starts ? version.refusals : [])];
  const refusals: Refusal[] = [...startRefusals, ...(starts ? [] : version.refusals)];
  const pools = wanted.elasticsearch.pools.map((pool) => {
    const judged = effectivePool(pool, wanted, observed);
    refusals.push(...judged.refusals);
    return judged.pool;
  });
  const stack: ResolvedStack = {
    ...wanted,
    images: { ...wanted.images, elasticsearch: version.value },
    elasticsearch: { ...wanted.elasticsearch, pools },
  };
  return { stack, refusals, startRefusals, needsDetail: version.needsDetail };
}

function effectivePool(
  pool: NodePool,
  { identity }: ResolvedStack,
  observed: Observed,
): { readonly pool: NodePool; readonly refusals: readonly Refusal[] } {
  const set = liveObject(observed, 'StatefulSet', names.pool(identity.name, pool.name));
  const storage = storageChangeRefused(pool, set, observed, identity.name);
  const roles = roleChangeRefused(pool, set);
  return {
    pool: {
      ...pool,
      replicas: replicasWithVolumes(pool, set, observed, identity.name),
      storage: storage.value,
      roles: roles.value,
    },
    refusals: [...storage.refusals, ...roles.refusals],
  };
}
