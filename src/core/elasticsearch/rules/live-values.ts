// Rules for what a running Elasticsearch cannot change yet: each refuses by name and keeps the value that is live.
import type { KubeObject } from '../../kubernetes.ts';
import { annotations, labels, names } from '../../names.ts';
import type { Refusal } from '../../refusal.ts';
import type { NodePool, ResolvedStack } from '../../stack.ts';
import type { Observed } from '../observed.ts';
import { claimedSize, isDrainedClaim, ofKind, poolOf } from '../view.ts';

/** A wanted value after a rule looked at it: the value to go on with, and the refusal if it is not the wanted one. */
export interface Judged<T> {
  readonly value: T;
  readonly refusals: readonly Refusal[];
}

const accepted = <T>(value: T): Judged<T> => ({ value, refusals: [] });
const refused = <T>(value: T, refusal: Refusal): Judged<T> => ({ value, refusals: [refusal] });

/**
 * Volumes that no drain emptied, beyond the nodes that run: kept ones of a deleted stack, or of a StatefulSet that
 * somebody scaled down by hand. They may hold the only copy of a shard, or the majority of the votes, so their nodes
 * start first, whatever the spec asks for, and are then drained like all others.
 */
export function replicasWithVolumes(
  pool: NodePool,
  set: KubeObject | undefined,
  observed: Observed,
  stack: string,
): number {
  const running = (set?.['spec'] as { replicas?: number } | undefined)?.replicas ?? 0;
  const claimed = claimedSize(observed, names.pool(stack, pool.name));
  return claimed > running ? Math.max(pool.replicas, claimed) : pool.replicas;
}

/** Nodes keep data and votes that their roles stand for: a running pool keeps its roles. */
export function roleChangeRefused(pool: NodePool, set: KubeObject | undefined): Judged<readonly string[]> {
  const live = set?.metadata.annotations?.[annotations.nodeRoles]?.split(',');
  if (live === undefined || live.toSorted().join() === pool.roles.toSorted().join()) return accepted(pool.roles);
  return refused(live, {
    rule: 'RoleChangeRefused',
    subject: `StatefulSet/${set?.metadata.name ?? ''}`,
    message: `Pool ${pool.name} runs with the roles ${live.join(', ')} and the spec asks for ${pool.roles.join(', ')}: a running pool cannot change its roles; it keeps them.`,
    remedy: `Set the roles (or the topology) back, or add a further pool with the roles that are wanted.`,
  });
}

/**
 * Kept volumes of a deleted stack that the spec has no nodes for: of a pool that is missing, or of masters in a pool that
 * has none now. Started without them, the cluster could lack the only copy of a shard, or the majority of the votes.
 */
export function keptVolumesLeftOut(stack: ResolvedStack, observed: Observed): readonly Refusal[] {
  const running = new Set(ofKind(observed, 'StatefulSet').map(poolOf));
  const kept = ofKind(observed, 'PersistentVolumeClaim').filter(
    (claim) => !['', ...running].includes(poolOf(claim)) && !isDrainedClaim(claim),
  );
  return [...new Set(kept.map(poolOf))].flatMap((name) => {
    const claims = kept.filter((claim) => poolOf(claim) === name);
    const pool = stack.elasticsearch.pools.find((one) => one.name === name);
    if (pool === undefined) return [keptPoolRemoved(stack, name, claims)];
    const masters = claims.filter((claim) => claim.metadata.labels?.[labels.master] === 'true');
    return masters.length === 0 || pool.roles.includes('master') ? [] : [keptMastersRemoved(stack, name, masters)];
  });
}

const listed = (claims: readonly KubeObject[]): string => claims.map((claim) => claim.metadata.name).join(', ');

const keptPoolRemoved = (stack: ResolvedStack, pool: string, claims: readonly KubeObject[]): Refusal => ({
  rule: 'PoolRemovalRefused',
  subject: `StatefulSet/${names.pool(stack.identity.name, pool)}`,
  message: `The spec has no nodes of the pool ${pool}, but its volumes were kept (${listed(claims)}): no node is started without them, because they may hold the only copy of some logs.`,
  remedy: `Set the spec back so that the pool ${pool} has nodes, or delete these claims if nothing on them is needed.`,
});

const keptMastersRemoved = (stack: ResolvedStack, pool: string, claims: readonly KubeObject[]): Refusal => ({
  rule: 'RoleChangeRefused',
  subject: `StatefulSet/${names.pool(stack.identity.name, pool)}`,
  message: `The kept volumes of pool ${pool} belong to master nodes (${listed(claims)}), and the spec gives that pool no role master: no node is started without them, because they hold the cluster's state.`,
  remedy: `Set the roles of pool ${pool} (or the topology) back, or delete the claims of all pools to start with no data.`,
});
