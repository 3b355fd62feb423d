// The planner of a stack's Elasticsearch: from the wanted stack and one look, the next safe writes and the reasons for every wait.
import type { Refusal } from '../refusal.ts';
import type { ResolvedStack } from '../stack.ts';
import type { Finding } from '../status/conditions.ts';
import type { Action } from './actions.ts';
import type { Observed } from './observed.ts';

/** Nodes of a pool, as status shows them. */
export interface PoolStatus {
  readonly name: string;
  readonly ready: number;
  readonly desired: number;
}

/** `status.elasticsearch`. */
export interface ElasticsearchStatus {
  readonly clusterUuid?: string;
  /** The version that every node runs; absent while they differ or are unknown. */
  readonly version?: string;
  readonly health?: string;
  readonly pools: readonly PoolStatus[];
}

export interface ElasticsearchPlan {
  /** To be carried out in this order; any prefix is safe. */
  readonly actions: readonly Action[];
  readonly refusals: readonly Refusal[];
  /** Conditions `ElasticsearchReady` and `RetentionEffective`. */
  readonly findings: readonly Finding[];
  readonly section: ElasticsearchStatus;
  /** When to look again although nothing changed in Kubernetes. */
  readonly requeueAfterSeconds: number;
}

/** Texts of `/config-templates`, by file name. */
export type ConfigTemplates = Readonly<Record<string, string>>;

/** Plans one step. Pure: equal arguments give an equal plan. */
export function plan(_stack: ResolvedStack, _observed: Observed, _templates: ConfigTemplates): ElasticsearchPlan {
  return { actions: [], refusals: [], findings: [], section: { pools: [] }, requeueAfterSeconds: 60 };
}
