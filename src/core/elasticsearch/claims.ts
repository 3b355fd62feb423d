// Claims of nodes that left: marked as drained before the node goes, deleted by `volumes.whenScaled` afterwards; and the end of pools without nodes.
import type { KubeObject } from '../kubernetes.ts';
import { annotations, names } from '../names.ts';
import { type ObjectAction, planRemovals } from '../objects.ts';
import type { Refusal } from '../refusal.ts';
import type { PlanContext } from './context.ts';
import { isDeparting, isInSpec, nodeName, wantedNodes } from './leaving.ts';
import { drainFieldManager, identityOf } from './resize.ts';
import { claimOf, isDrainedClaim, liveObject, ofKind, ordinalOf, poolOf, type SetView, setOfClaim } from './view.ts';
import { claimsOfSet } from './volumes.ts';

/**
 * Says whether a claim was seen to be needed by nobody just before its node was taken away: the node was empty, or away
 * while every shard had all its copies elsewhere. Only such claims are ever deleted.
 */
export function markDrained(context: PlanContext, node: string, drained: boolean): readonly ObjectAction[] {
  const claim = liveObject(context.observed, 'PersistentVolumeClaim', claimOf(node));
  if (claim === undefined || isDrainedClaim(claim) === drained) return [];
  const { apiVersion, kind, metadata } = claim;
  const object: KubeObject = {
    apiVersion,
    kind,
    metadata: {
      ...identityOf(metadata),
      annotations: { [annotations.drained]: String(drained) },
    },
  };
  return [{ kind: 'apply', object, fieldManager: drainFieldManager }];
}

/** Takes the mark off claims that are in use again, and deletes those of nodes that left. */
export function planClaims(context: PlanContext, removing: readonly string[]): readonly ObjectAction[] {
  const { stack, observed, sets } = context;
  return ofKind(observed, 'PersistentVolumeClaim').flatMap((claim) => {
    const set = sets.find((one) => one.object.metadata.name === setOfClaim(claim.metadata.name));
    if (set === undefined || !isDrainedClaim(claim)) return [];
    const ordinal = ordinalOf(claim.metadata.name);
    const node = nodeName(set, ordinal);
    if (ordinal < set.replicas) return removing.includes(node) ? [] : markDrained(context, node, false);
    const isGone = observed.cluster.answered && !isDeparting(node, sets, observed.cluster);
    const isFree = isGone && set.current && ordinal >= wantedNodes(stack, set);
    return isFree && stack.volumes.whenScaled === 'Delete' ? planRemovals(stack.identity, [claim]) : [];
  });
}

export interface PoolEnds {
  readonly actions: readonly ObjectAction[];
  readonly refusals: readonly Refusal[];
}

/** Removes the StatefulSets of pools that the spec does not have and whose nodes are all gone, and configs of pools that are gone. */
export function planPoolEnds(context: PlanContext): PoolEnds {
  const { stack, observed, sets } = context;
  const empty = sets.filter((set) => isOver(context, set));
  const refusals = empty.flatMap((set) => undrainedClaims(context, set));
  const over = empty.filter((set) => undrainedClaims(context, set).length === 0 && !claimsToDelete(context, set));
  const wanted = new Set(stack.elasticsearch.pools.map((pool) => pool.name));
  const running = new Set(sets.filter((set) => !over.includes(set)).map((set) => set.pool));
  const configs = ofKind(observed, 'ConfigMap').filter(
    (config) => ![...wanted, ...running, ''].includes(poolOf(config)),
  );
  const unwanted = [...over.map((set) => set.object), ...configs];
  return { actions: planRemovals(stack.identity, unwanted), refusals };
}

function isOver({ stack, observed, sets }: PlanContext, set: SetView): boolean {
  if (isInSpec(stack, set)) return false;
  if (set.replicas > 0 || set.pods.length > 0 || !set.current || !observed.cluster.answered) return false;
  const { name } = set.object.metadata;
  return !observed.cluster.nodes.some(
    (node) => node.name.startsWith(`${name}-`) && isDeparting(node.name, sets, observed.cluster),
  );
}

const claimsToDelete = (context: PlanContext, set: SetView): boolean =>
  context.stack.volumes.whenScaled === 'Delete' && claimsOfSet(context.observed, set.object.metadata.name).length > 0;

/** Claims that no drain emptied, as after a StatefulSet that somebody scaled down by hand: nobody knows what is on them. */
function undrainedClaims(context: PlanContext, set: SetView): readonly Refusal[] {
  const claims = claimsOfSet(context.observed, set.object.metadata.name).filter((claim) => !isDrainedClaim(claim));
  if (claims.length === 0) return [];
  return [
    {
      rule: 'PoolRemovalRefused',
      subject: `StatefulSet/${names.pool(context.stack.identity.name, set.pool)}`,
      message: `The pool ${set.pool} is not removed: the nodes of its volumes (${claims.map((claim) => claim.metadata.name).join(', ')}) were not seen empty before they went, and these may hold the only copy of some logs.`,
      remedy: `Set the spec back so that the pool ${set.pool} has nodes, or delete these claims if nothing on them is needed.`,
    },
  ];
}
