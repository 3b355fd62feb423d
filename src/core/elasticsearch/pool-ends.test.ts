// Tests of what becomes of claims and pools after their nodes, on situations made by hand: nothing goes that somebody may need.
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../kubernetes.ts';
import { annotations, labels, managedBy } from '../names.ts';
import type { ObjectAction } from '../objects.ts';
import { exampleStack } from '../stack.testing.ts';
import { markDrained, planClaims, planPoolEnds } from './claims.ts';
import type { PlanContext } from './context.ts';
import { contextOf, pod, set } from './rules/rules.testing.ts';
import { isDeparting } from './leaving.ts';
import type { SetView } from './view.ts';

const keeping = exampleStack({ elasticsearch: { data: { replicas: 2 } }, volumes: { whenScaled: 'Retain' } });
const deleting = exampleStack({ elasticsearch: { data: { replicas: 2 } }, volumes: { whenScaled: 'Delete' } });

const ofPool = (pool: string) => ({
  'app.kubernetes.io/managed-by': managedBy,
  [labels.stack]: 'logs',
  [labels.pool]: pool,
});

/** The claim of a node of a pool, such as `warm-0`; `undefined`: nobody said whether it was drained. */
function claim(node: string, drained: boolean | undefined): KubeObject {
  const marks = drained === undefined ? {} : { annotations: { [annotations.drained]: String(drained) } };
  const pool = node.replace(/-\d+$/, '');
  const metadata = { name: `data-logs-es-${node}`, labels: ofPool(pool), ...marks };
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata };
}

const config = (pool: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: `logs-es-${pool}-config-1`, labels: ofPool(pool) },
});

/** A StatefulSet of this stack with so many nodes that serve. */
function live(pool: string, replicas: number, facts: Partial<SetView> = {}): SetView {
  const pods = Array.from({ length: replicas }, (_, index) => pod(`logs-es-${pool}-${replicas - 1 - index}`));
  const made = set(pool, pods, facts);
  const { object } = made;
  return { ...made, object: { ...object, metadata: { ...object.metadata, labels: ofPool(pool) } } };
}

/** A pod that was told to end, and whose node has left the cluster. */
const ending = (name: string) => pod(`logs-es-${name}`, { ready: false, terminating: true, joined: false });

interface Facts {
  readonly stack?: PlanContext['stack'];
  readonly objects?: readonly KubeObject[];
  /** Nodes that the cluster counts besides those of the pods, such as `warm-0`. */
  readonly members?: readonly string[];
  readonly answered?: boolean;
}

/** What is seen of these StatefulSets. */
function seen(sets: readonly SetView[], { stack = keeping, objects = [], members = [], answered }: Facts = {}) {
  const context = contextOf(sets, { stack, ...(answered === undefined ? {} : { answered }) });
  const { observed } = context;
  const { cluster } = observed;
  const others = members.map((name) => ({ name: `logs-es-${name}`, version: '9.4.3', roles: [] }));
  const look = cluster.answered ? { ...cluster, nodes: [...cluster.nodes, ...others] } : cluster;
  return { ...context, observed: { ...observed, objects, cluster: look } };
}

const said = (actions: readonly ObjectAction[]): readonly string[] =>
  actions.map((action) =>
    action.kind === 'delete'
      ? `delete ${action.reference.kind}/${action.reference.name}`
      : `mark ${action.object.metadata.name} ${action.object.metadata.annotations?.[annotations.drained] ?? ''}`,
  );

describe('a pool that the spec does not have', () => {
  const empty = live('warm', 0);
  const data = live('data', 2);
  const own = [config('data'), config('warm')];
  const ends = (sets: readonly SetView[], facts: Facts = {}) =>
    planPoolEnds(seen(sets, { ...facts, objects: [...own, ...(facts.objects ?? [])] }));
  const gone = ['delete StatefulSet/logs-es-warm', 'delete ConfigMap/logs-es-warm-config-1'];

  it('goes with its config when all its nodes are gone, and no other', () => {
    const { actions, refusals } = ends([data, empty]);
    expect([said(actions), refusals]).toEqual([gone, []]);
    expect(said(ends([data, live('warm', 0, { current: true })]).actions)).toEqual(gone);
    expect(said(ends([live('data', 0)]).actions)).toEqual(['delete ConfigMap/logs-es-warm-config-1']);
  });

  it.each<[string, SetView, Facts]>([
    ['it asks for a node', live('warm', 0, { replicas: 1 }), {}],
    ['a pod of it is there', live('warm', 0, { pods: [ending('warm-0')] }), {}],
    ['its status speaks of an earlier change', live('warm', 0, { current: false }), {}],
    ['Elasticsearch gives no answer', empty, { answered: false }],
    ['the cluster still counts a node of it', empty, { members: ['warm-0'] }],
  ])('stays with its config while %s', (_name, warm, facts) => {
    const { actions, refusals } = ends([data, warm], facts);
    expect([actions, refusals]).toEqual([[], []]);
  });

  it.each<[string, readonly SetView[], Facts]>([
    ['a node of another pool is on its way out', [data, empty], { members: ['data-2'] }],
    ['nodes serve in a pool whose name only begins like its own', [data, empty, live('warm-b', 1)], {}],
  ])('goes while %s', (_name, sets, facts) => {
    const stack = exampleStack({
      elasticsearch: {
        data: { replicas: 2 },
        pools: [{ name: 'warm-b', roles: ['data_warm'], replicas: 1 }],
      },
      volumes: { whenScaled: 'Retain' },
    });
    expect(said(ends(sets, { stack, ...facts }).actions)).toEqual(gone);
  });

  it('stays, and says why, while a claim of it was not seen empty', () => {
    for (const stack of [keeping, deleting]) {
      const objects = [claim('warm-0', true), claim('warm-1', undefined)];
      const { actions, refusals } = ends([data, empty], { stack, objects });
      expect(actions).toEqual([]);
      expect(refusals).toMatchObject([{ rule: 'PoolRemovalRefused', subject: 'StatefulSet/logs-es-warm' }]);
      expect(refusals[0]?.message).toContain('(data-logs-es-warm-1)');
    }
  });

  it('goes after its drained claims, where these are deleted, and leaves them where they are kept', () => {
    const objects = [claim('warm-0', true)];
    expect(ends([data, empty], { stack: deleting, objects })).toEqual({ actions: [], refusals: [] });
    expect(said(ends([data, empty], { stack: deleting }).actions)).toEqual(gone);
    const { actions, refusals } = ends([data, empty], { stack: keeping, objects });
    expect([said(actions), refusals]).toEqual([gone, []]);
  });
});

describe('the claim of a node', () => {
  const three = exampleStack({ elasticsearch: { data: { replicas: 3 } }, volumes: { whenScaled: 'Delete' } });
  const claims = (set: SetView, object: KubeObject, facts: Facts = {}, removing: readonly string[] = []) =>
    said(planClaims(seen([set], { stack: deleting, ...facts, objects: [object] }), removing));

  it('that left empty is deleted, or kept where the spec says so', () => {
    const drained = claim('data-2', true);
    expect(claims(live('data', 2), drained)).toEqual(['delete PersistentVolumeClaim/data-logs-es-data-2']);
    expect(claims(live('data', 2), drained, { stack: keeping })).toEqual([]);
  });

  it.each<[string, SetView, KubeObject, Facts]>([
    ['nobody saw it empty', live('data', 2), claim('data-2', undefined), {}],
    ['it was in use again since', live('data', 2), claim('data-2', false), {}],
    ['the cluster still counts its node', live('data', 2), claim('data-2', true), { members: ['data-2'] }],
    ['Elasticsearch gives no answer', live('data', 2), claim('data-2', true), { answered: false }],
    ['its pod is there', live('data', 2, { pods: [ending('data-2')] }), claim('data-2', true), {}],
    ['the StatefulSet changes', live('data', 2, { current: false }), claim('data-2', true), {}],
    ['the spec asks for its node again', live('data', 2), claim('data-2', true), { stack: three }],
    ['its StatefulSet is not there', live('data', 2), claim('warm-0', true), {}],
  ])('stays as it is while %s', (_name, one, object, facts) => {
    expect(claims(one, object, facts)).toEqual([]);
  });

  it('that serves loses its mark, unless the node is being removed', () => {
    const drained = claim('data-1', true);
    expect(claims(live('data', 2), drained)).toEqual(['mark data-logs-es-data-1 false']);
    expect(claims(live('data', 2), drained, {}, ['logs-es-data-0'])).toEqual(['mark data-logs-es-data-1 false']);
    expect(claims(live('data', 2), drained, {}, ['logs-es-data-1'])).toEqual([]);
  });

  it('is marked once, and where there is none, none is', () => {
    const marks = (drained: boolean | undefined, wanted: boolean) =>
      said(markDrained(seen([live('data', 2)], { objects: [claim('data-1', drained)] }), 'logs-es-data-1', wanted));
    expect(marks(undefined, true)).toEqual(['mark data-logs-es-data-1 true']);
    expect(marks(true, true)).toEqual([]);
    expect(marks(undefined, false)).toEqual([]);
    expect(markDrained(seen([live('data', 2)]), 'logs-es-data-1', true)).toEqual([]);
  });
});

it('a node of a StatefulSet that is not there departs as long as the cluster counts it', () => {
  const { sets, observed } = seen([live('data', 2)], { members: ['warm-0'] });
  const departs = (name: string) => isDeparting(name, sets, observed.cluster);
  expect([departs('logs-es-warm-0'), departs('logs-es-warm-1'), departs('logs-es-data-1')]).toEqual([
    true,
    false,
    false,
  ]);
});
