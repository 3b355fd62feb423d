// Makes the volumes of a pool larger (`expand-volume`): each claim asks for more, whatever state Elasticsearch is in; then the StatefulSet is made anew around its running pods, so that new nodes start with the larger size.
import type { KubeObject } from '../kubernetes.ts';
import { type ObjectAction, referenceOf } from '../objects.ts';
import { bytesOf } from '../quantities.ts';
import { describeRule, type Refusal } from '../refusal.ts';
import type { NodePool, ResolvedStack } from '../stack.ts';
import type { PlanContext } from './context.ts';
import { hasWantedTemplate } from './pool-set.ts';
import { identityOf } from './resize.ts';
import { mayGrow, templateStorage } from './rules/storage.ts';
import { ordinalOf, type SetView } from './view.ts';
import { asksForLess, claimsOfSet, isBound, isGrowing } from './volumes.ts';

/** Owns the size that claims ask for, and nothing else of them. */
const volumeFieldManager = 'loggingstack-elasticsearch-volumes';

export const volumeExpansionRule = describeRule({
  name: 'VolumeExpansionRefused',
  liftable: 'never',
  reason: 'Whether a volume can grow is for its storage class, and for quotas, to say.',
  remedy:
    'Let the storage class allow expansion, raise the quota that the refusal names, or add a further pool with larger volumes.',
});

/** Whether an action asks for a larger volume: the API server may refuse it for good, which holds nothing else up. */
export const isExpansion = (action: ObjectAction): boolean =>
  action.kind === 'apply' && action.fieldManager === volumeFieldManager;

/** Why the API server let a claim not grow. */
export const expansionRefused = (claim: string, why: string): Refusal => ({
  rule: volumeExpansionRule.name,
  subject: `PersistentVolumeClaim/${claim}`,
  message: `The volume of ${claim} cannot be made larger: ${why}`,
  remedy: 'Let its storage class allow expansion, raise the quota, or set the size of the pool back.',
});

export interface Expansion {
  /** To be carried out before all else: a full volume may be why other writes fail. */
  readonly growing: readonly ObjectAction[];
  /** To be carried out after all other writes of pools, which still find the StatefulSet. */
  readonly recreating: readonly ObjectAction[];
  readonly waiting: readonly string[];
}

export const noExpansion: Expansion = { growing: [], recreating: [], waiting: [] };

/** Plans the growth of every pool whose volumes are smaller than wanted. */
export function planExpansion(wanted: ResolvedStack, context: PlanContext): Expansion {
  const plans = wanted.elasticsearch.pools.flatMap((pool) => {
    const set = context.sets.find((one) => one.pool === pool.name);
    return set === undefined ? [] : [expand(pool, set, context)];
  });
  return {
    growing: plans.flatMap((plan) => plan.growing),
    // One at a time: what a pool is to be is known for certain only as long as others stand. And none while volumes without
    // a StatefulSet keep all pools from being made: this one could not be made again.
    recreating: context.startRefusals.length > 0 ? [] : plans.flatMap((plan) => plan.recreating).slice(0, 1),
    waiting: plans.flatMap((plan) => plan.waiting),
  };
}

function expand(pool: NodePool, set: SetView, context: PlanContext): Expansion {
  const { observed, stack } = context;
  if (!mayGrow(pool, set.object, observed, stack.identity.name)) return noExpansion;
  const { size } = pool.storage;
  const claims = claimsInUse(context, set);
  const small = claims.filter((claim) => isBound(claim) && asksForLess(claim, size));
  const waiting = [`The volumes of pool ${pool.name} grow to ${size}.`];
  if (small.length > 0) return { ...noExpansion, growing: small.map((claim) => asking(claim, size)), waiting };
  if (claims.some(isGrowing)) return { ...noExpansion, waiting };
  const isOld = bytesOf(templateStorage(set.object)?.size ?? size) < bytesOf(size);
  const mayRecreate = isOld && isUndisturbed(context, set) && keepsClaims(claims, set);
  return mayRecreate ? { ...noExpansion, recreating: [orphaning(set.object)], waiting } : noExpansion;
}

/** Claims of nodes that the StatefulSet asks for. Those of nodes that left grow when they are used again. */
const claimsInUse = ({ observed }: PlanContext, { object, replicas }: SetView): readonly KubeObject[] =>
  claimsOfSet(observed, object.metadata.name).filter(
    ({ metadata }) => ordinalOf(metadata.name) < replicas && metadata.deletionTimestamp === undefined,
  );

function asking({ apiVersion, kind, metadata }: KubeObject, storage: string): ObjectAction {
  const spec = { resources: { requests: { storage } } };
  return {
    kind: 'apply',
    object: { apiVersion, kind, metadata: identityOf(metadata), spec },
    fieldManager: volumeFieldManager,
  };
}

/**
 * Nothing of the StatefulSet is half done: a new one begins with no memory of rolls. Pods need not be ready, since a full
 * volume may be why they are not.
 */
function isUndisturbed(context: PlanContext, set: SetView): boolean {
  const pool = context.stack.elasticsearch.pools.find((one) => one.name === set.pool);
  return (
    pool !== undefined &&
    set.current &&
    set.complete &&
    set.rolledOut &&
    !set.onDelete &&
    set.partition === 0 &&
    set.replicas === pool.replicas &&
    set.pods.every((pod) => !pod.outdated) &&
    hasWantedTemplate(context, pool, set)
  );
}

/**
 * Claims that belong to the StatefulSet (`volumes.whenDeleted: Delete`) are never put at risk by deleting it, not even
 * with orphans: there the template stays as it is, and volumes of new nodes grow as soon as they are there.
 */
const keepsClaims = (claims: readonly KubeObject[], { object }: SetView): boolean =>
  claims.every(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === object.metadata.uid) !== true);

/** Pods and claims go on; the next look finds no StatefulSet and makes it, with the wanted size. */
function orphaning(object: KubeObject): ObjectAction {
  const { uid = '', resourceVersion = '' } = object.metadata;
  return { kind: 'delete', reference: referenceOf(object), uid, resourceVersion, propagationPolicy: 'Orphan' };
}
