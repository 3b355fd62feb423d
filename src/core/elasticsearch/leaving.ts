// Nodes that leave: those that the spec no longer asks for, and those that are on their way out already.
import { annotations } from '../names.ts';
import type { ResolvedStack } from '../stack.ts';
import type { ClusterLook, Observed } from './observed.ts';
import { claimOf, hasJoined, liveObject, type PodView, type SetView } from './view.ts';

/** A node that the spec no longer asks for, while its StatefulSet still does. */
export interface LeavingNode {
  /** Name of the node and of its pod. */
  readonly name: string;
  readonly ordinal: number;
  readonly set: SetView;
  /** Undefined while the StatefulSet has not made it. */
  readonly pod: PodView | undefined;
  /** Those of its StatefulSet, and those that the cluster knows of. */
  readonly roles: readonly string[];
  readonly isMaster: boolean;
  readonly holdsData: boolean;
  /** Elasticsearch says so; without an answer it is none. */
  readonly isMember: boolean;
  /** A node ran on its volume and was a member: one that is away now may have the only valid copies of some shards there. */
  readonly wasMember: boolean;
}

export const isDataRole = (role: string): boolean => role === 'data' || role.startsWith('data_');

/** How many nodes of a StatefulSet the spec asks for: none when it has no such pool. */
export const wantedNodes = (stack: ResolvedStack, set: SetView): number =>
  stack.elasticsearch.pools.find((pool) => pool.name === set.pool)?.replicas ?? 0;

/** Whether the spec has the pool of a StatefulSet. */
export const isInSpec = (stack: ResolvedStack, set: SetView): boolean =>
  stack.elasticsearch.pools.some((pool) => pool.name === set.pool);

export const nodeName = (set: SetView, ordinal: number): string => `${set.object.metadata.name}-${ordinal}`;

/** The roles that a StatefulSet's nodes have. Where nobody wrote them down, those that need the most care. */
export function rolesOf(set: SetView): readonly string[] {
  return set.object.metadata.annotations?.[annotations.nodeRoles]?.split(',') ?? ['master', 'data'];
}

/** All nodes that leave, in the order in which they go: others before masters, and of each pool the highest ordinal first. */
export function leavingNodes(
  stack: ResolvedStack,
  sets: readonly SetView[],
  observed: Observed,
): readonly LeavingNode[] {
  const nodes = sets.flatMap((set) => leavingOf(set, wantedNodes(stack, set), observed));
  return [...nodes.filter((node) => !node.isMaster), ...nodes.filter((node) => node.isMaster)];
}

function leavingOf(set: SetView, wanted: number, observed: Observed): readonly LeavingNode[] {
  const { cluster } = observed;
  const count = Math.max(0, set.replicas - wanted);
  return Array.from({ length: count }, (_, index) => {
    const ordinal = set.replicas - 1 - index;
    const name = nodeName(set, ordinal);
    const member = cluster.answered ? cluster.nodes.find((node) => node.name === name) : undefined;
    const roles = [...rolesOf(set), ...(member?.roles ?? [])];
    const claim = liveObject(observed, 'PersistentVolumeClaim', claimOf(name));
    return {
      name,
      ordinal,
      set,
      pod: set.pods.find((pod) => pod.name === name),
      roles,
      isMaster: roles.includes('master'),
      holdsData: roles.some(isDataRole),
      isMember: hasJoined(cluster, name),
      wasMember: claim?.metadata.annotations?.[annotations.esVersion] !== undefined,
    };
  });
}

/**
 * Whether a node that its StatefulSet no longer asks for is not gone yet: its pod exists, or the cluster still counts it.
 * One that is asked for again departs as long as the pod that was taken away still ends: nothing must move onto it.
 */
export function isDeparting(name: string, sets: readonly SetView[], cluster: ClusterLook): boolean {
  const set = sets.find((one) => setOwns(one, name));
  const pod = set?.pods.find((one) => one.name === name);
  if (set !== undefined && ordinalIn(set, name) < set.replicas) return pod?.terminating === true;
  return hasJoined(cluster, name) || pod !== undefined;
}

const ordinalIn = (set: SetView, name: string): number => Number(name.slice(set.object.metadata.name.length + 1));

const setOwns = (set: SetView, name: string): boolean =>
  name.startsWith(`${set.object.metadata.name}-`) && Number.isInteger(ordinalIn(set, name));
