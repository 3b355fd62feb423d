// What writes are called for people: each kind once, and bookkeeping never.
import { describe, expect, it } from 'vitest';
import { runningStack, settle } from '../../simulator/simulator.testing.ts';
import { annotations } from '../names.ts';
import type { Action } from './actions.ts';
import type { AnsweredLook, ClusterDetail, Observed, ShardCopy } from './observed.ts';
import { plan } from './plan.ts';
import { changedConfig, stackWith, templates } from './plan.testing.ts';
import { indexOf } from './situation.testing.ts';
import { stepsOf } from './steps.ts';

const simulator = runningStack(stackWith());
const observed = simulator.observe({ detail: true });
const ofEdit = (edit: Parameters<typeof stackWith>[0]) => {
  const { actions } = plan(stackWith(edit), observed, templates);
  return stepsOf(actions, observed).map(({ action, subject }) => `${action} ${subject}`);
};

const reference = (kind: string, name: string) => ({ apiVersion: 'v1', kind, name, namespace: 'team' });
const deletion = (kind: string, name: string): Action => ({
  kind: 'delete',
  reference: reference(kind, name),
  uid: '',
  resourceVersion: '',
});
const object = (kind: string, name: string, spec?: object) => ({
  apiVersion: 'v1',
  kind,
  metadata: { name },
  ...(spec === undefined ? {} : { spec }),
});
const application = (kind: string, name: string, spec?: object): Action => ({
  kind: 'apply',
  object: object(kind, name, spec),
  fieldManager: 'test',
});

describe('the first steps of an edit', () => {
  it.each([
    ['nothing', {}, []],
    ['more nodes', { ingest: { replicas: 2 } }, ['ScaleUp StatefulSet/logs-es-ingest']],
    ['another config', { config: changedConfig }, ['ChangeTemplate StatefulSet/logs-es-data']],
    [
      'another pool',
      { pools: [{ name: 'warm', roles: ['data_warm' as const], replicas: 1 }] },
      ['CreatePool StatefulSet/logs-es-warm'],
    ],
  ])('%s', (_name, edit, expected) => {
    expect(ofEdit(edit)).toEqual(expected);
  });
});

const partition = (value: number) => ({
  updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: value } },
});

describe('single writes', () => {
  it.each<[string, Action, readonly string[]]>([
    ['a config is no step of its own', { kind: 'create', object: object('ConfigMap', 'a'), fieldManager: '' }, []],
    ['nor is its end', deletion('ConfigMap', 'a'), []],
    ['a mark on a claim is none', application('PersistentVolumeClaim', 'data-logs-es-data-0'), []],
    [
      'a larger claim',
      application('PersistentVolumeClaim', 'data-logs-es-data-0', { resources: { requests: { storage: '99Ti' } } }),
      ['ExpandVolume PersistentVolumeClaim/data-logs-es-data-0'],
    ],
    [
      'a StatefulSet that comes back around its pods is none',
      { kind: 'create', object: object('StatefulSet', 'logs-es-data'), fieldManager: '' },
      [],
    ],
    [
      'a StatefulSet without pods',
      { kind: 'create', object: object('StatefulSet', 'logs-es-warm'), fieldManager: '' },
      ['CreatePool StatefulSet/logs-es-warm'],
    ],
    ['another object', application('Service', 'logs-es-http'), ['Update Service/logs-es-http']],
    ['a smaller set', application('StatefulSet', 'logs-es-data', { replicas: 1 }), ['RemoveNode Pod/logs-es-data-1']],
    ['an equal partition is none', application('StatefulSet', 'logs-es-data', partition(0)), []],
    ['a deleted pod', deletion('Pod', 'logs-es-data-0'), ['Restart Pod/logs-es-data-0']],
    [
      'the claim of a pod that stays',
      deletion('PersistentVolumeClaim', 'data-logs-es-data-0'),
      ['ReplaceNode Pod/logs-es-data-0'],
    ],
    [
      'the claim of one that left',
      deletion('PersistentVolumeClaim', 'data-logs-es-data-7'),
      ['DeleteVolume PersistentVolumeClaim/data-logs-es-data-7'],
    ],
    ['a pool that is gone', deletion('StatefulSet', 'logs-es-warm'), ['RemovePool StatefulSet/logs-es-warm']],
    ['exclusions that end', { kind: 'setExclusions', names: [], marked: [] }, []],
    [
      'exclusions that begin',
      { kind: 'setExclusions', names: ['logs-es-data-1'], marked: ['logs-es-data-1', 'tier:data_warm'] },
      ['LeaveTier Tier/data_warm', 'Drain Pod/logs-es-data-1'],
    ],
    ['a vote', { kind: 'addVotingExclusions', nodes: ['logs-es-master-2'] }, ['TakeVote Pod/logs-es-master-2']],
    ['votes that are given back', { kind: 'clearVotingExclusions' }, []],
    ['copies of one index', { kind: 'setReplicas', indices: ['a'], replicas: 2 }, ['SetCopies Index/a']],
    ['copies of several', { kind: 'setReplicas', indices: ['a', 'b'], replicas: 2 }, ['SetCopies Indices/2']],
  ])('%s', (_name, action, expected) => {
    expect(stepsOf([action], observed).map(({ action: word, subject }) => `${word} ${subject}`)).toEqual(expected);
  });

  it('a partition that sinks restarts the pods of the old template above it', () => {
    const changed = stackWith({ config: changedConfig });
    const rolling = simulator.fork();
    const found: string[] = [];
    for (let look = 0; look < 12 && found.length === 0; look += 1) {
      const seen: Observed = rolling.observe({ detail: true });
      const { actions } = plan(changed, seen, templates);
      found.push(
        ...stepsOf(actions, seen)
          .filter(({ action }) => action === 'Restart')
          .map(({ subject }) => subject),
      );
      for (const action of actions) rolling.take(action);
      rolling.tick();
    }
    expect(found).toEqual(['Pod/logs-es-data-1']);
  });
});

describe('pods that are of an older template', () => {
  /** What is seen of data nodes of which the lower one is outdated, under this strategy. */
  const half = (updateStrategy: object): Observed => ({
    ...observed,
    objects: observed.objects.map((one) => {
      const { kind, metadata } = one;
      if (kind === 'StatefulSet' && metadata.name === 'logs-es-data')
        return { ...one, spec: { ...(one['spec'] as object), updateStrategy } };
      if (kind !== 'Pod' || metadata.name !== 'logs-es-data-0') return one;
      return { ...one, metadata: { ...metadata, labels: { 'controller-revision-hash': 'older' } } };
    }),
  });
  const restart = ['Restart Pod/logs-es-data-0'];
  const rolledTo = (value: number) => application('StatefulSet', 'logs-es-data', partition(value));

  it('restart when the partition sinks to them, and no pod of the newest one does', () => {
    expect(said([rolledTo(0)], half(partition(2).updateStrategy))).toEqual(restart);
    expect(said([rolledTo(1)], half(partition(2).updateStrategy))).toEqual([]);
  });

  it('restart when a window of OnDelete ends without a partition', () => {
    expect(said([rolledTo(0)], half({ type: 'OnDelete' }))).toEqual(restart);
    expect(said([rolledTo(0)], half(partition(0).updateStrategy))).toEqual([]);
  });

  it('are not told of beside another template, of which the next look tells', () => {
    const write = {
      kind: 'apply',
      object: {
        ...object('StatefulSet', 'logs-es-data', partition(0)),
        metadata: { name: 'logs-es-data', annotations: { [annotations.templateHash]: 'another' } },
      },
      fieldManager: 'test',
    } as const;
    expect(said([write], half(partition(2).updateStrategy))).toEqual(['ChangeTemplate StatefulSet/logs-es-data']);
  });
});

/** What is seen, with these marks, votes and copies. */
function seenWith(change: (look: AnsweredLook, detail: ClusterDetail) => Partial<AnsweredLook>): Observed {
  const { cluster } = observed;
  if (!cluster.answered || cluster.detail === undefined) throw new Error('The look of a test is a closer one.');
  return { ...observed, cluster: { ...cluster, ...change(cluster, cluster.detail) } };
}

const said = (actions: readonly Action[], seen: Observed) =>
  stepsOf(actions, seen).map(({ action, subject }) => `${action} ${subject}`);

describe('drains that have begun', () => {
  const seen = seenWith(({ settings }) => ({
    settings: { ...settings, marks: { drains: 'logs-es-data-1,logs-es-warm-9,tier:data_warm' } },
    voting: { configuration: [], excluded: ['logs-es-master-0'] },
  }));
  it.each<[string, readonly string[], readonly string[]]>([
    ['are told once', ['logs-es-data-1', 'tier:data_warm'], []],
    [
      'are told of nodes and tiers that follow, not of indices that are left alone',
      ['logs-es-data-1', 'logs-es-data-0', 'tier:data_warm', 'tier:data_cold', 'spared:a'],
      ['LeaveTier Tier/data_cold', 'Drain Pod/logs-es-data-0'],
    ],
    ['end, with no word of nodes that are gone', [], ['StopDrain Pod/logs-es-data-1']],
  ])('%s', (_name, marked, expected) => {
    expect(said([{ kind: 'setExclusions', names: [], marked }], seen)).toEqual(expected);
  });

  it('take a vote once', () => {
    const nodes = ['logs-es-master-0', 'logs-es-master-1'];
    expect(said([{ kind: 'addVotingExclusions', nodes }], seen)).toEqual(['TakeVote Pod/logs-es-master-1']);
  });
});

describe('writes that say the same', () => {
  const ofPod = (name: string) => deletion('Pod', name);
  const claim = deletion('PersistentVolumeClaim', 'data-logs-es-master-0');
  it('have no size unless something is moved', () => {
    expect(stepsOf([ofPod('a')], observed)).toEqual([{ action: 'Restart', subject: 'Pod/a' }]);
  });

  it('are one step, others are not', () => {
    expect(said([ofPod('a'), ofPod('a')], observed)).toEqual(['Restart Pod/a']);
    expect(said([ofPod('a'), ofPod('b')], observed)).toEqual(['Restart Pod/a', 'Restart Pod/b']);
    expect(said([claim, ofPod('logs-es-master-0')], observed)).toEqual([
      'ReplaceNode Pod/logs-es-master-0',
      'Restart Pod/logs-es-master-0',
    ]);
  });

  it('as what there is, are none', () => {
    const spec = observed.objects.find(({ kind }) => kind === 'PersistentVolumeClaim')?.['spec'];
    expect(said([application('PersistentVolumeClaim', 'data-logs-es-data-0', spec as object)], observed)).toEqual([]);
    const template = { kind: 'putIndexTemplate', name: 'logs', body: { priority: 9 } } as const;
    expect(said([template], observed)).toEqual(['UpdateTemplate IndexTemplate/logs']);
    const live = seenWith(() => ({ indexTemplate: { priority: 9, _meta: { existing_streams: 'behind' } } }));
    expect(said([{ ...template, body: { priority: 9, _meta: { existing_streams: 'updated' } } }], live)).toEqual([]);
  });

  it('the claim of a node that is going is one that left', () => {
    const smaller: Observed = {
      ...observed,
      objects: observed.objects.map((one) =>
        one.kind === 'StatefulSet' && one.metadata.name === 'logs-es-data'
          ? { ...one, spec: { ...(one['spec'] as object), replicas: 1 } }
          : one,
      ),
    };
    expect(said([deletion('PersistentVolumeClaim', 'data-logs-es-data-1')], smaller)).toEqual([
      'DeleteVolume PersistentVolumeClaim/data-logs-es-data-1',
    ]);
  });
});

describe('sizes', () => {
  it('a drain moves what is on the node, copies take what they copy', () => {
    const filled = simulator.fork();
    filled.elasticsearch.write('logs-app-default', 1, 1000);
    settle(filled, stackWith());
    const seen = filled.observe({ detail: true });
    const { cluster } = seen;
    const shards = (cluster.answered ? cluster.detail?.shards : undefined) ?? [];
    const on = shards.filter(({ node }) => node === 'logs-es-data-1').reduce((sum, { bytes = 0 }) => sum + bytes, 0);
    expect(on).toBeGreaterThanOrEqual(1000);
    const drain: Action = { kind: 'setExclusions', names: ['logs-es-data-1'], marked: ['logs-es-data-1'] };
    expect(stepsOf([drain], seen)).toMatchObject([{ sizeBytes: on }]);
    const [first] = shards;
    const [index, bytes] = [first?.index ?? '', first?.bytes ?? 0];
    const copies: Action = { kind: 'setReplicas', indices: [index], replicas: 3 };
    expect(stepsOf([copies], seen)).toMatchObject([{ sizeBytes: 2 * bytes }]);
    expect(stepsOf([{ ...copies, replicas: 0 }], seen)[0]).not.toHaveProperty('sizeBytes');
  });

  it('are those of each index by itself, and none where nobody knows', () => {
    const copy = (index: string, bytes: number | undefined, node: string): ShardCopy => ({
      index,
      shard: 0,
      primary: true,
      state: 'STARTED',
      node,
      relocatingTo: undefined,
      inSync: true,
      bytes,
    });
    const seen = seenWith((_look, detail) => ({
      detail: {
        ...detail,
        shards: [
          copy('a', 10, 'logs-es-data-0'),
          copy('b', 7, 'logs-es-data-0'),
          copy('c', undefined, 'logs-es-data-1'),
        ],
        indices: ['a', 'b', 'c'].map((name, replicas) => indexOf(name, { on: [], replicas })),
      },
    }));
    const copies: Action = { kind: 'setReplicas', indices: ['a', 'b'], replicas: 2 };
    expect(stepsOf([copies], seen)).toMatchObject([{ sizeBytes: 2 * 10 + 7 }]);
    const drain = (node: string): Action => ({ kind: 'setExclusions', names: [node], marked: [node] });
    expect(stepsOf([drain('logs-es-data-1')], seen)[0]).not.toHaveProperty('sizeBytes');
    expect(stepsOf([{ ...copies, indices: ['c'], replicas: 3 }], seen)[0]).not.toHaveProperty('sizeBytes');
  });
});
