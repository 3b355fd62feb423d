// For tests of single rules: a planning context made by hand, with one pool or more and pods in any state.
import { closerLook, untouched } from '../look.testing.ts';
import type { PlanContext } from '../context.ts';
import { copiesInTier } from '../copies.ts';
import type { AnsweredLook, ClusterDetail, ClusterHealth, ClusterLook, IndexTemplateState } from '../observed.ts';
import { stackWith, templates } from '../plan.testing.ts';
import type { PodView, SetView } from '../view.ts';
import { labels } from '../../names.ts';
import type { ResolvedStack } from '../../stack.ts';

type PodFacts = Partial<Omit<PodView, 'name' | 'object' | 'ordinal'>> & { readonly joined?: boolean };

/** A pod that serves, unless told otherwise. */
export function pod(name: string, facts: PodFacts = {}): PodView & { readonly joined: boolean } {
  const master = name.includes('master') ? { [labels.master]: 'true' } : {};
  return {
    name,
    ordinal: Number(name.split('-').at(-1)),
    object: { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: master } },
    ready: true,
    terminating: false,
    stopped: false,
    stuck: false,
    outdated: false,
    abandoned: false,
    joined: true,
    ...facts,
  };
}

/** A StatefulSet with these pods, from the highest ordinal down. */
export function set(pool: string, pods: readonly PodView[], facts: Partial<SetView> = {}): SetView {
  return {
    pool,
    object: { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: `logs-es-${pool}` } },
    replicas: pods.length,
    partition: 0,
    onDelete: false,
    current: true,
    rolledOut: true,
    complete: pods.every((one) => !one.terminating),
    pods,
    ...facts,
  };
}

const green: ClusterHealth = {
  status: 'green',
  settled: true,
  initializing: 0,
  relocating: 0,
  unassigned: 0,
};

export interface ContextFacts {
  readonly stack?: ResolvedStack;
  readonly health?: Partial<ClusterHealth>;
  readonly answered?: boolean;
  readonly version?: string;
  readonly formed?: string | undefined;
  /** What a closer look found besides the nodes; `missing` when nobody looked closer. */
  readonly detail?: Partial<ClusterDetail> | 'missing';
  readonly look?: Partial<AnsweredLook>;
}

/** A template that was written, with streams brought to it. */
const upToDate = (stack: ResolvedStack): IndexTemplateState => ({
  template: { settings: { 'index.number_of_replicas': String(copiesInTier(stack, 'data_hot')) } },
  _meta: { existing_streams: 'updated' },
});

/** The context of these sets; pods that have `joined` are nodes of the cluster. */
export function contextOf(sets: readonly SetView[], facts: ContextFacts = {}): PlanContext {
  const pods = sets.flatMap((one) => one.pods) as (PodView & { joined: boolean })[];
  const nodes = pods
    .filter((one) => one.joined)
    .map(({ name }) => ({ name, version: facts.version ?? '9.4.3', roles: [] }));
  const cluster: ClusterLook =
    facts.answered === false
      ? { answered: false, code: 'EsTimeout', message: 'No answer in time.' }
      : {
          answered: true,
          uuid: 'uuid-1',
          nodes,
          health: { ...green, ...facts.health },
          capabilities: { streamLifecycle: false, componentTemplates: [], matchOnlyText: false },
          indexTemplate: upToDate(facts.stack ?? stackWith()),
          ...untouched,
          detail: facts.detail === 'missing' ? undefined : { ...closerLook(nodes), ...facts.detail },
          ...facts.look,
        };
  return {
    stack: facts.stack ?? stackWith(),
    observed: { takenAt: '2026-01-01T00:00:00Z', objects: [], secrets: [], recordedUuid: undefined, cluster },
    templates,
    startRefusals: [],
    bootstrap: {
      formed: 'formed' in facts ? facts.formed : 'uuid-1',
      initialMasterNodes: undefined,
      actions: [],
      refusal: undefined,
      leftovers: [],
    },
    sets,
    leaving: new Set(),
  };
}
