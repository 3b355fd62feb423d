// Tests of the moment in which a StatefulSet is deleted around its pods: only when nothing of it is half done, and no claim depends on it.
import { describe, expect, it } from 'vitest';
import { runningStack, settle, step } from '../../simulator/simulator.testing.ts';
import type { KubeObject } from '../kubernetes.ts';
import { labels } from '../names.ts';
import { exampleStack } from '../stack.testing.ts';
import type { ResolvedStack } from '../stack.ts';
import { isExpansion } from './expansion.ts';
import type { Observed } from './observed.ts';
import { plan } from './plan.ts';
import { changedConfig, stackWith, templates } from './plan.testing.ts';
import { imageOf } from './versions.ts';

const large = { data: { replicas: 2, storage: { size: '80Gi' } } } as const;

/** What is seen when all volumes of the data nodes have grown, and their StatefulSet still asks for small ones. */
function grown(): Observed {
  const simulator = runningStack(stackWith());
  step(simulator, stackWith(large));
  simulator.tick();
  return simulator.observe({ detail: true });
}

const seen = grown();

/** What is seen, with this change of the StatefulSet of the data nodes and of their claims. */
const changed = (
  set: (object: KubeObject) => KubeObject,
  claim: (object: KubeObject, set: KubeObject) => KubeObject = (object) => object,
): Observed => {
  const isSet = ({ kind, metadata }: KubeObject) => kind === 'StatefulSet' && metadata.name === 'logs-es-data';
  const isClaim = ({ kind, metadata }: KubeObject) =>
    kind === 'PersistentVolumeClaim' && metadata.name.startsWith('data-logs-es-data-');
  const live = seen.objects.find(isSet);
  if (live === undefined) throw new Error('There is no StatefulSet of data nodes.');
  return {
    ...seen,
    objects: seen.objects.map((object) =>
      isSet(object) ? set(object) : isClaim(object) ? claim(object, live) : object,
    ),
  };
};

const spec = (object: KubeObject, fields: Readonly<Record<string, unknown>>): KubeObject => ({
  ...object,
  spec: { ...(object['spec'] as object), ...fields },
});
const status = (object: KubeObject, fields: Readonly<Record<string, unknown>>): KubeObject => ({
  ...object,
  status: { ...(object['status'] as object), ...fields },
});

const ownedBy = ({ apiVersion, kind, metadata: { name, uid = '' } }: KubeObject) => ({ apiVersion, kind, name, uid });

/** Names of StatefulSets that a plan deletes around their pods. */
const recreated = (observed: Observed, stack: ResolvedStack = stackWith(large)): readonly string[] =>
  plan(stack, observed, templates).actions.flatMap((action) =>
    action.kind === 'delete' && action.propagationPolicy === 'Orphan' ? [action.reference.name] : [],
  );

/** A claim like those of the data nodes, of a pool that has no StatefulSet. */
function keptClaim(set: string): KubeObject {
  const claim = seen.objects.find(({ metadata }) => metadata.name === 'data-logs-es-data-0');
  if (claim === undefined) throw new Error('There is no claim of a data node.');
  const { metadata } = claim;
  const kept = { ...metadata.labels, [labels.pool]: set.replace('logs-es-', '') };
  return { ...claim, metadata: { ...metadata, name: `data-${set}-0`, labels: kept } };
}

describe('[expand-volume] a StatefulSet whose volumes have all grown', () => {
  it('is made anew around its pods, and only that one', () => {
    expect(recreated(seen)).toEqual(['logs-es-data']);
    expect(recreated(seen, stackWith())).toEqual([]);
  });

  it.each<[string, Observed]>([
    ['its status is old', changed((set) => status(set, { observedGeneration: 0 }))],
    ['a roll is not over', changed((set) => status(set, { currentRevision: 'other' }))],
    [
      'a pod is missing',
      { ...seen, objects: seen.objects.filter(({ metadata }) => metadata.name !== 'logs-es-data-1') },
    ],
    [
      'a pod is of an older template',
      {
        ...seen,
        objects: seen.objects.map((object) =>
          object.metadata.name === 'logs-es-data-1'
            ? { ...object, metadata: { ...object.metadata, labels: { 'controller-revision-hash': 'older' } } }
            : object,
        ),
      },
    ],
    ['it rolls by hand', changed((set) => spec(set, { updateStrategy: { type: 'OnDelete' } }))],
    [
      'pods below a partition',
      changed((set) => spec(set, { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } } })),
    ],
    [
      'a claim has not grown',
      changed(
        (set) => set,
        (claim) => status(claim, { capacity: { storage: '50Gi' } }),
      ),
    ],
    [
      'its claims go with it',
      changed(
        (set) => set,
        (claim, set) => ({
          ...claim,
          metadata: {
            ...claim.metadata,
            ownerReferences: [{ apiVersion: 'v1', kind: 'Backup', name: 'nightly', uid: 'uid-backup' }, ownedBy(set)],
          },
        }),
      ),
    ],
    [
      'volumes of a pool that the spec lacks would keep it from being made again',
      { ...seen, objects: [...seen.objects, keptClaim('logs-es-combined')] },
    ],
    [
      'one of its claims goes with it',
      changed(
        (set) => set,
        (claim, set) => ({
          ...claim,
          metadata: {
            ...claim.metadata,
            ...(claim.metadata.name.endsWith('-1') ? { ownerReferences: [ownedBy(set)] } : {}),
          },
        }),
      ),
    ],
  ])('stays while %s', (_name, observed) => {
    expect(recreated(observed)).toEqual([]);
  });

  it('stays while a template or other nodes are wanted', () => {
    expect(recreated(seen, stackWith({ ...large, config: changedConfig }))).toEqual([]);
    expect(recreated(seen, stackWith({ data: { ...large.data, replicas: 1 } }))).toEqual([]);
    expect(recreated(seen, stackWith({ data: { ...large.data, replicas: 3 } }))).toEqual([]);
  });
});

describe('[expand-volume] the moment without a StatefulSet', () => {
  const combined = (version: string, size: string) =>
    exampleStack({
      version,
      elasticsearch: { topology: 'Combined', data: { replicas: 3, storage: { size } } },
    });

  it.each([
    ['a version that is refused', '9.4.3', '9.4.2', '9.4.3', ['DowngradeRefused']],
    ['another major version', '8.19.8', '9.4.3', '9.4.3', []],
  ])('ends also in a stack of one pool of which %s is wanted', (_name, runs, wanted, comes, rules) => {
    const simulator = runningStack(combined(runs, '50Gi'));
    const sets = () => simulator.observe().objects.filter(({ kind }) => kind === 'StatefulSet');
    const isOrphaned = () => {
      step(simulator, combined(runs, '80Gi'));
      simulator.tick();
      return sets().length === 0;
    };
    for (let round = 0; !isOrphaned(); round += 1) if (round > 50) throw new Error('It is never made anew.');
    const { refusals } = step(simulator, combined(wanted, '80Gi'));
    expect(refusals.map(({ rule }) => rule)).toEqual(rules);
    expect(sets().map(imageOf)).toEqual([`example.test/elasticsearch:${comes}`]);
    expect(simulator.records.restarts).toEqual([]);
    settle(simulator, combined(wanted, '80Gi'));
    expect(simulator.records.quorumLosses).toEqual([]);
  });

  it.each<[string, (pod: KubeObject) => KubeObject]>([
    ['have no owner any more', ({ metadata: { ownerReferences: _, ...metadata }, ...pod }) => ({ ...pod, metadata })],
    ['still name the one that is gone as theirs', (pod) => pod],
  ])('ends with none of the pods restarted, which %s', (_name, seenAs) => {
    const objects = seen.objects
      .filter(({ kind, metadata }) => kind !== 'StatefulSet' || metadata.name !== 'logs-es-data')
      .map((object) => (object.kind === 'Pod' ? seenAs(object) : object));
    const { actions } = plan(stackWith({ ...large, config: changedConfig }), { ...seen, objects }, templates);
    const made = actions.flatMap((action) => (action.kind === 'create' ? [action.object] : []));
    expect(made.filter(({ kind }) => kind === 'StatefulSet')).toMatchObject([
      { metadata: { name: 'logs-es-data' }, spec: { updateStrategy: { rollingUpdate: { partition: 2 } } } },
    ]);
  });

  it.each([
    ['50Gi', '80Gi', ['StorageChangeRefused']],
    ['80Gi', '80Gi', []],
    ['100Gi', '100Gi', []],
  ])('ends with a size that no volume is larger than, where %s are wanted', (size, made, refused) => {
    const objects = seen.objects.filter(
      ({ kind, metadata }) => kind !== 'StatefulSet' || metadata.name !== 'logs-es-data',
    );
    const wanted = stackWith({ data: { replicas: 2, storage: { size } } });
    const { actions, refusals } = plan(wanted, { ...seen, objects }, templates);
    const sets = actions.flatMap((action) =>
      action.kind === 'create' && action.object.kind === 'StatefulSet' ? [action.object['spec']] : [],
    );
    expect(sets).toMatchObject([{ volumeClaimTemplates: [{ spec: { resources: { requests: { storage: made } } } }] }]);
    expect(refusals.map(({ rule }) => rule)).toEqual(refused);
  });

  it('comes to one pool at a time', () => {
    const all = { data: { replicas: 2, storage: { size: '80Gi' } }, master: { replicas: 3, storage: { size: '8Gi' } } };
    const simulator = runningStack(stackWith());
    const gone: number[] = [];
    for (let round = 0; round < 30; round += 1) {
      step(simulator, stackWith(all));
      gone.push(3 - simulator.observe().objects.filter(({ kind }) => kind === 'StatefulSet').length);
      simulator.tick();
    }
    expect(new Set(gone)).toEqual(new Set([0, 1]));
    expect(gone.filter((count) => count === 1)).toHaveLength(2);
  });
});

describe('[expand-volume] claims that ask for more', () => {
  const asking = (observed: Observed, stack = stackWith(large)): readonly string[] =>
    plan(stack, observed, templates).actions.flatMap((action) =>
      action.kind === 'apply' && action.fieldManager === 'loggingstack-elasticsearch-volumes'
        ? [action.object.metadata.name]
        : [],
    );
  const small = { resources: { requests: { storage: '50Gi' } } };

  it('are those that are smaller than wanted', () => {
    expect(asking(seen)).toEqual([]);
    const behind = changed(
      (set) => set,
      (claim) => (claim.metadata.name.endsWith('-1') ? spec(claim, small) : claim),
    );
    expect(asking(behind)).toEqual(['data-logs-es-data-1']);
  });

  it('have a volume: others cannot ask yet', () => {
    const unbound = changed(
      (set) => set,
      (claim) => status(spec(claim, small), { phase: 'Pending' }),
    );
    expect(asking(unbound)).toEqual([]);
  });

  it('are not on their way out', () => {
    const going = changed(
      (set) => set,
      (claim) => ({
        ...spec(claim, small),
        metadata: {
          ...claim.metadata,
          ...(claim.metadata.name.endsWith('-1') ? { deletionTimestamp: seen.takenAt } : {}),
        },
      }),
    );
    expect(asking(going)).toEqual(['data-logs-es-data-0']);
  });

  it('are none where another class is wanted as well: that is refused, and the volumes stay as they are', () => {
    const behind = changed(
      (set) => set,
      (claim) => spec(claim, small),
    );
    const faster = stackWith({ data: { replicas: 2, storage: { size: '80Gi', className: 'fast' } } });
    expect(asking(behind)).toHaveLength(2);
    expect(asking(behind, faster)).toEqual([]);
  });

  it('may be smaller than one of a node that was seen empty before it left', () => {
    const left = (drained: boolean): Observed => {
      const [claim] = seen.objects.filter(({ metadata }) => metadata.name === 'data-logs-es-data-1');
      if (claim === undefined) throw new Error('There is no claim.');
      const marks = { 'loggingstack.dev/drained': String(drained) };
      const metadata = { ...claim.metadata, name: 'data-logs-es-data-2', annotations: marks };
      const other = { ...spec(claim, { resources: { requests: { storage: '200Gi' } } }), metadata };
      return { ...seen, objects: [...seen.objects, other] };
    };
    const rules = (drained: boolean) =>
      plan(stackWith(large), left(drained), templates).refusals.map(({ rule }) => rule);
    expect([rules(true), rules(false)]).toEqual([[], ['StorageChangeRefused']]);
  });

  it('belong to nodes that are wanted: those of nodes that left grow when they are used again', () => {
    const [claim] = seen.objects.filter(({ metadata }) => metadata.name === 'data-logs-es-data-1');
    if (claim === undefined) throw new Error('There is no claim.');
    const left = { ...spec(claim, small), metadata: { ...claim.metadata, name: 'data-logs-es-data-2' } };
    const drained = { ...left, metadata: { ...left.metadata, annotations: { 'loggingstack.dev/drained': 'true' } } };
    expect(asking({ ...seen, objects: [...seen.objects, drained] })).toEqual([]);
  });
});

describe('[expand-volume] a write that may be refused without holding others up', () => {
  it('is that of a larger claim, and no other', () => {
    const simulator = runningStack(stackWith());
    const both = stackWith({
      ...large,
      ingest: { replicas: 2 },
      pools: [{ name: 'warm', roles: ['data_warm'], replicas: 1 }],
    });
    const { actions } = plan(both, simulator.observe({ detail: true }), templates);
    const written = actions.filter((action) => 'object' in action);
    expect(written.filter(isExpansion).map(({ object }) => object.metadata.name)).toEqual([
      'data-logs-es-data-0',
      'data-logs-es-data-1',
    ]);
    expect(written.filter((action) => !isExpansion(action) && action.kind === 'apply')).not.toEqual([]);
    const created = written.find(({ kind }) => kind === 'create');
    const grow = written.find(isExpansion);
    expect(created !== undefined && grow !== undefined).toBe(true);
    if (created?.kind === 'create' && grow?.kind === 'apply')
      expect(isExpansion({ ...created, fieldManager: grow.fieldManager })).toBe(false);
  });
});
