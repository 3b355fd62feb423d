// For tests of drains: what is planned for them, on a situation made by hand and with what the operator did before.
import { type DrainPlan, planDrains } from './drains.ts';
import { stackWith } from './plan.testing.ts';
import { contextOf } from './rules/rules.testing.ts';
import { hot, liveSet, situation, type SituationFacts } from './situation.testing.ts';
import type { PodView, SetView } from './view.ts';

export interface DrainFacts extends Omit<SituationFacts, 'excludedNames' | 'settings'> {
  /** What the operator's mark names. */
  readonly mark?: readonly string[];
  /** The exclusion list; what the mark names unless given. */
  readonly excluded?: readonly string[];
  /** Versions of nodes that do not run the usual one. */
  readonly versions?: Readonly<Record<string, string>>;
  /** Roles that the cluster knows of nodes, where they are not those of their StatefulSet. */
  readonly roles?: Readonly<Record<string, readonly string[]>>;
  /** Nobody looked closer yet, or a closer look was asked for and could not be had. */
  readonly closer?: 'not yet' | 'failed';
}

/** Besides data nodes. */
export const others = [liveSet('ingest', 1, ['ingest']), liveSet('master', 3, ['master'])];

const unseen = {
  'not yet': { detail: undefined },
  failed: { detail: undefined, detailFault: { code: 'EsTimeout', message: 'No answer in time.' } },
} as const;

/** Of three data nodes, of which the spec asks for two, unless told otherwise. */
export function drains({
  mark = [],
  excluded = mark,
  versions = {},
  roles = {},
  closer,
  ...facts
}: DrainFacts): DrainPlan {
  const stack = facts.stack ?? stackWith();
  const sets = facts.sets ?? [liveSet('data', 3, hot), ...others];
  const { look } = situation({ ...facts, stack, sets, excludedNames: excluded });
  const nodes = look.nodes.map((node) => ({
    ...node,
    version: versions[node.name] ?? node.version,
    roles: roles[node.name] ?? node.roles,
  }));
  const marks = mark.length === 0 ? {} : { drains: mark.join() };
  const context = contextOf(sets, { stack });
  const seen = closer === undefined ? {} : unseen[closer];
  const cluster = { ...look, nodes, settings: { ...look.settings, marks }, ...seen };
  return planDrains({ ...context, observed: { ...context.observed, cluster } });
}

export const data = (...ordinals: readonly number[]): readonly string[] =>
  ordinals.map((ordinal) => `logs-es-data-${ordinal}`);

/** The exclusion lists that are set; none when nothing is to be changed. */
export const excluded = ({ actions }: DrainPlan): readonly (readonly string[])[] =>
  actions.flatMap((action) => (action.kind === 'setExclusions' ? [action.names] : []));

export const withPod = (set: SetView, ordinal: number, facts: Partial<PodView>): SetView => ({
  ...set,
  pods: set.pods.map((one) => (one.ordinal === ordinal ? { ...one, ...facts } : one)),
});
