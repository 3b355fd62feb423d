// Each promise can be broken: a planner with a fault planted in it breaks it, and the real one keeps it in the same story.
import { describe, expect, it } from 'vitest';
import type { Action } from '../core/elasticsearch/actions.ts';
import type { AnsweredLook, ClusterDetail, Observed } from '../core/elasticsearch/observed.ts';
import { type ElasticsearchPlan, plan } from '../core/elasticsearch/plan.ts';
import type { KubeObject } from '../core/kubernetes.ts';
import { annotations } from '../core/names.ts';
import type { Happening, Story } from './happenings.testing.ts';
import type { Planner } from './simulator.testing.ts';
import { type Promised, tell } from './stories.testing.ts';

const usual = (...happenings: readonly Happening[]): Story => ({ from: 'usual', happenings });
const small = (...happenings: readonly Happening[]): Story => ({ from: 'small', happenings });
const edit = (change: Extract<Happening, { kind: 'edit' }>['edit']): Happening => ({ kind: 'edit', edit: change });
const wait = (ticks: number): Happening => ({ kind: 'wait', ticks });

/** The planner is shown something else than there is. */
const seeing =
  (change: (observed: Observed) => Observed): Planner =>
  (stack, observed, templates) =>
    plan(stack, change(observed), templates);

/** What the planner wants is changed. */
const wanting =
  (change: (planned: ElasticsearchPlan, observed: Observed) => readonly Action[]): Planner =>
  (stack, observed, templates) => {
    const planned = plan(stack, observed, templates);
    return planned.needsDetail ? planned : { ...planned, actions: change(planned, observed) };
  };

const answered = (change: (look: AnsweredLook) => AnsweredLook) =>
  seeing((observed) => (observed.cluster.answered ? { ...observed, cluster: change(observed.cluster) } : observed));

const detailed = (change: (detail: ClusterDetail) => ClusterDetail) =>
  answered((look) => (look.detail === undefined ? look : { ...look, detail: change(look.detail) }));

const deletionOf = ({ apiVersion, kind, metadata }: KubeObject): Action => ({
  kind: 'delete',
  reference: { apiVersion, kind, name: metadata.name },
  uid: metadata.uid ?? '',
  resourceVersion: metadata.resourceVersion ?? '',
});

const podsOf = ({ objects }: Observed, pool: string): readonly KubeObject[] =>
  objects.filter(({ kind, metadata }) => kind === 'Pod' && metadata.name.startsWith(`logs-es-${pool}-`));

/** While anything is done, all pods of a pool are deleted beside it. */
const alsoDeleting = (pool: string): Planner =>
  wanting(({ actions }, observed) =>
    actions.length === 0 ? actions : [...actions, ...podsOf(observed, pool).map(deletionOf)],
  );

/** No copy of any shard is seen, and every node says that it is empty. */
const blind = detailed((detail) => ({
  ...detail,
  shards: [],
  nodes: detail.nodes.map((node) => ({ ...node, ownShards: 0 })),
}));

/** The status of every StatefulSet is taken for one of its newest spec. */
const hasty = seeing((observed) => ({
  ...observed,
  objects: observed.objects.map((object) =>
    object.kind === 'StatefulSet'
      ? {
          ...object,
          status: { ...(object['status'] as object), observedGeneration: object.metadata.generation },
        }
      : object,
  ),
}));

/** No claim tells that a node ever joined with it. */
const forgetful = seeing((observed) => ({
  ...observed,
  objects: observed.objects.map((object) => {
    const notes = Object.entries(object.metadata.annotations ?? {});
    const others = Object.fromEntries(notes.filter(([key]) => key !== annotations.esVersion));
    return object.kind === 'PersistentVolumeClaim'
      ? { ...object, metadata: { ...object.metadata, annotations: others } }
      : object;
  }),
}));

const without = (isLeftOut: (action: Action) => boolean): Planner =>
  wanting(({ actions }) => actions.filter((action) => !isLeftOut(action)));

const many: Planner = (stack, observed, templates) =>
  plan(
    {
      ...stack,
      elasticsearch: { ...stack.elasticsearch, changeBudget: { maxUnavailable: 9, maxDrains: 9 } },
    },
    observed,
    templates,
  );

let count = 0;
const moody: Planner = (stack, observed, templates) => {
  count += 1;
  return { ...plan(stack, observed, templates), requeueAfterSeconds: count };
};

const scribbling: Planner = (stack, observed, templates) => {
  const planned = plan(stack, observed, templates);
  if (!Object.isFrozen(observed)) (observed.objects as KubeObject[]).reverse();
  else return { ...planned, actions: [] };
  return { ...planned, actions: [...planned.actions, { kind: 'clearVotingExclusions' }] };
};

const ready = (pod: KubeObject): KubeObject => ({
  ...pod,
  status: { conditions: [{ type: 'Ready', status: 'True' }], containerStatuses: [] },
});

/** Every pod is taken for ready and for a member that answers. */
const credulous = seeing(({ objects, cluster, ...observed }) => {
  const names = objects.filter(({ kind }) => kind === 'Pod').map(({ metadata }) => metadata.name);
  const versions = { version: '9.4.3', roles: [] } as const;
  const shown = objects.map((object) => (object.kind === 'Pod' ? ready(object) : object));
  if (!cluster.answered) return { ...observed, objects: shown, cluster };
  const missing = names.filter((name) => !cluster.nodes.some((node) => node.name === name));
  const nodes = [...cluster.nodes, ...missing.map((name) => ({ name, ...versions }))];
  return { ...observed, objects: shown, cluster: { ...cluster, nodes } };
});

/** Indices on all nodes, each of which takes some time to move. */
const bursts: readonly Happening[] = [1, 2, 3].flatMap(() => [{ kind: 'rollover' }, { kind: 'burst' }] as const);

const roll = edit({ config: 'changed' });

describe('a planted fault breaks', () => {
  it.each<[Promised, string, Planner, Story]>([
    ['quorum', 'all masters are deleted', alsoDeleting('master'), usual(roll, wait(4))],
    ['last copy', 'all data nodes are deleted', alsoDeleting('data'), small(roll, wait(4))],
    [
      'last copy',
      'a node that is not empty is taken for empty',
      blind,
      small(edit({ data: 4 }), wait(8), { kind: 'burst' }, wait(4), edit({ data: 1, redundancy: 'None' }), wait(8)),
    ],
    [
      'data',
      'a node that is not empty is taken for empty',
      blind,
      small(edit({ redundancy: 'None' }), wait(3), ...bursts, edit({ data: 1 }), wait(8)),
    ],
    [
      'copies',
      'a node that is away is taken for one that never joined',
      forgetful,
      small(
        edit({ data: 3 }),
        wait(12),
        ...bursts,
        wait(1),
        edit({ data: 2 }),
        wait(2),
        { kind: 'cordon', node: 2 },
        wait(6),
      ),
    ],
    [
      'budget',
      'all ingest nodes are deleted',
      alsoDeleting('ingest'),
      usual(edit({ ingest: 2 }), wait(5), roll, wait(3)),
    ],
    ['drains', 'the budget is not looked at', many, small(edit({ data: 4 }), wait(8), edit({ data: 1 }), wait(4))],
    [
      'old status',
      'a status is taken for one of the newest spec',
      hasty,
      usual(wait(6), roll, { kind: 'slowWatch', ticks: 5 }),
    ],
    ['pure', 'a plan depends on how many there were', moody, small(wait(8))],
    ['pure', 'a plan changes what it was given', scribbling, small(wait(8))],
    [
      'rest',
      'the index template is written again and again',
      wanting(({ actions }) => [...actions, { kind: 'clearVotingExclusions' }]),
      small(),
    ],
    [
      'as wanted',
      'no StatefulSet is written',
      without((action) => 'object' in action && action.object.kind === 'StatefulSet'),
      small(roll),
    ],
    [
      'nothing left',
      'claims are never deleted',
      without((action) => 'reference' in action && action.reference.kind === 'PersistentVolumeClaim'),
      small(edit({ data: 3 }), wait(6), edit({ data: 2 })),
    ],
    [
      'bad config',
      'pods that do not start are taken for members',
      credulous,
      usual(edit({ data: 1 }), wait(12), edit({ config: 'bad' }), wait(12)),
    ],
  ])('%s: %s', (promise, _name, planner, story) => {
    expect(tell(story, planner).map((broken) => broken.promise)).toContain(promise);
    expect(tell(story)).toEqual([]);
  });
});
