// What the rules of a drain judge: the nodes that leave, those that stay, and what would have to move.
import type { Refusal } from '../refusal.ts';
import type { ResolvedStack } from '../stack.ts';
import type { LeavingNode } from './leaving.ts';
import type { ShardMove } from './moves.ts';
import type { AnsweredLook, ClusterDetail, NodeDetail } from './observed.ts';
import type { SetView } from './view.ts';

/** A look with everything that a drain needs to know. */
export interface DrainSituation {
  /** As the spec wants it: nodes that leave are not counted. */
  readonly stack: ResolvedStack;
  readonly takenAt: string;
  readonly look: AnsweredLook;
  readonly detail: ClusterDetail;
  /** All nodes of the stack that leave. */
  readonly leaving: readonly LeavingNode[];
  readonly receivers: readonly NodeDetail[];
  readonly moves: readonly ShardMove[];
}

/** The nodes of one pool that leave. */
export interface LeavingPool {
  readonly set: SetView;
  readonly nodes: readonly LeavingNode[];
}

/** Judges whether the nodes of a pool may leave: what speaks against it, or nothing. */
export type DrainRule = (situation: DrainSituation, pool: LeavingPool) => readonly Refusal[];

export const subjectOf = ({ set }: LeavingPool): string => `StatefulSet/${set.object.metadata.name}`;

export const namesOf = (pool: LeavingPool): string => pool.nodes.map((node) => node.name).join(', ');

/** The moves away from the nodes of a pool. */
export const movesFrom = ({ moves }: DrainSituation, pool: LeavingPool): readonly ShardMove[] =>
  moves.filter((move) => pool.nodes.some((node) => move.from.includes(node.name)));
