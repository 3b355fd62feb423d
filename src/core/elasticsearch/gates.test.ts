// Tests, through the planner on looks that are changed by hand, of what holds a change up or is told of, to the moment and to the node.
import { describe, expect, it } from 'vitest';
import { startedStack } from '../../simulator/simulator.testing.ts';
import type { KubeObject } from '../kubernetes.ts';
import { annotations, labels } from '../names.ts';
import type { ResolvedStack } from '../stack.ts';
import type { ClusterDetail, Observed } from './observed.ts';
import { plan } from './plan.ts';
import { changedConfig, stackWith, templates } from './plan.testing.ts';
import { copiesOf, indexOf } from './situation.testing.ts';

const seen = startedStack(stackWith({ data: { replicas: 3 } })).observe({ detail: true });
const three = stackWith({ data: { replicas: 3 } });

type Change = (object: KubeObject) => KubeObject;
const changed = (kind: string, name: string, change: Change, observed: Observed = seen): Observed => ({
  ...observed,
  objects: observed.objects.map((object) =>
    object.kind === kind && object.metadata.name === name ? change(object) : object,
  ),
});
const withStatus =
  (more: object): Change =>
  (object) => ({ ...object, status: { ...(object['status'] as object), ...more } });
const withMetadata =
  (more: Partial<KubeObject['metadata']>): Change =>
  (object) => ({ ...object, metadata: { ...object.metadata, ...more } });

/** Of a pod that no Kubernetes node takes. */
const noPlace = [
  { type: 'Ready', status: 'False' },
  { type: 'PodScheduled', status: 'False', reason: 'Unschedulable' },
];

/** The look without these nodes, by Elasticsearch's word. */
function without(names: readonly string[], observed: Observed = seen, more: Partial<ClusterDetail> = {}): Observed {
  const { cluster } = observed;
  if (!cluster.answered || cluster.detail === undefined) throw new Error('The look of a test is a closer one.');
  const stays = ({ name }: { readonly name: string }) => !names.includes(name);
  const detail = { ...cluster.detail, nodes: cluster.detail.nodes.filter(stays), ...more };
  return { ...observed, cluster: { ...cluster, nodes: cluster.nodes.filter(stays), detail } };
}

const rules = (stack: ResolvedStack, observed: Observed): readonly string[] =>
  plan(stack, observed, templates).refusals.map(({ rule, subject }) => `${rule} ${subject}`);

describe('the drain of one of three data nodes', () => {
  const begins = (observed: Observed, stack = stackWith()) =>
    plan(stack, observed, templates).actions.some(({ kind }) => kind === 'setExclusions');

  it('begins when everything serves', () => {
    expect(begins(seen)).toBe(true);
  });

  it.each<[string, Observed]>([
    [
      'the status of a StatefulSet is old',
      changed('StatefulSet', 'logs-es-master', withStatus({ observedGeneration: 0 })),
    ],
    ['a node that is ready has not joined', without(['logs-es-ingest-0'])],
    [
      'pods of a StatefulSet are replaced by hand',
      changed('StatefulSet', 'logs-es-master', (object) => ({
        ...object,
        spec: { ...(object['spec'] as object), updateStrategy: { type: 'OnDelete' } },
      })),
    ],
    [
      'a pod is on its way out that no StatefulSet asks for any more',
      {
        ...seen,
        objects: seen.objects.flatMap((object) =>
          object.kind === 'Pod' && object.metadata.name === 'logs-es-ingest-0'
            ? [object, withMetadata({ name: 'logs-es-ingest-1', deletionTimestamp: seen.takenAt })(object)]
            : [object],
        ),
      },
    ],
  ])('waits while %s', (_name, observed) => {
    expect(begins(observed)).toBe(false);
  });

  it.each<[string, Readonly<Record<string, string>>, boolean]>([
    ['also beside masters of an older version', { 'logs-es-master-0': '9.4.2' }, true],
    ['not of one that is newer than what stays', { 'logs-es-data-2': '9.4.4' }, false],
    ['not of several, one of them newer than what stays', { 'logs-es-data-1': '9.4.4' }, false],
  ])('begins %s', (_name, versions, expected) => {
    const { cluster } = seen;
    if (!cluster.answered) throw new Error('the cluster answers');
    const nodes = cluster.nodes.map(({ name, version, roles }) => ({
      name,
      version: versions[name] ?? version,
      roles: [...roles, 'ingest'],
    }));
    const observed = { ...seen, cluster: { ...cluster, nodes } };
    expect(begins(observed, stackWith({ data: { replicas: 1 } }))).toBe(expected);
  });

  it('waits for a node whose pod is missing, or not ready though the cluster counts it', () => {
    const isIngest = ({ kind, metadata }: KubeObject) => kind === 'Pod' && metadata.name === 'logs-es-ingest-0';
    expect(begins({ ...seen, objects: seen.objects.filter((object) => !isIngest(object)) })).toBe(false);
    expect(begins(changed('Pod', 'logs-es-ingest-0', withStatus({ conditions: noPlace.slice(0, 1) })))).toBe(false);
  });

  it('waits for a pod without a place only while the cluster lacks copies: what leaves may make room for it', () => {
    const homeless = without(
      ['logs-es-ingest-0'],
      changed('Pod', 'logs-es-ingest-0', withStatus({ conditions: noPlace, containerStatuses: [] })),
    );
    const { cluster } = homeless;
    if (!cluster.answered) throw new Error('the cluster answers');
    const yellow = { ...homeless, cluster: { ...cluster, health: { ...cluster.health, status: 'yellow' as const } } };
    expect([begins(homeless), begins(yellow)]).toEqual([true, false]);
  });

  it('waits for nodes of a pool that is rolled out, and not while it rolls: that one grows after the drains', () => {
    const two = stackWith({ ingest: { replicas: 2 } });
    expect(begins(seen, two)).toBe(false);
    const revisions = withStatus({ currentRevision: 'before', updateRevision: 'newest' });
    expect(begins(changed('StatefulSet', 'logs-es-ingest', revisions), two)).toBe(true);
  });

  it('[drain-impossible] is refused where the only one that would stay has no place and never joined', () => {
    const homeless = changed('Pod', 'logs-es-data-0', withStatus({ conditions: noPlace, containerStatuses: [] }));
    const index = { on: ['data-1', 'data-2'] };
    const held = without(['logs-es-data-0'], homeless, {
      shards: copiesOf('a', index),
      indices: [indexOf('a', index)],
    });
    const one = stackWith({ data: { replicas: 1 } });
    expect(rules(one, held)).toContain('LastOfTier StatefulSet/logs-es-data');
    expect(begins(held, one)).toBe(false);
  });
});

describe('the drain of one of three data nodes that goes on', () => {
  const draining = (observed: Observed): Observed => {
    const { cluster } = without([], observed, {
      shards: copiesOf('a', { on: ['data-2', 'data-0'] }),
      indices: [indexOf('a', { on: ['data-2', 'data-0'] })],
    });
    if (!cluster.answered) throw new Error('the cluster answers');
    const name = 'logs-es-data-2';
    const settings = { ...cluster.settings, excludedNames: [name], marks: { drains: name } };
    return { ...observed, cluster: { ...cluster, settings } };
  };

  it('[upgrade-restarts-leaving] is over before a changed config comes to any pool', () => {
    const { actions, findings } = plan(stackWith({ config: changedConfig }), draining(seen), templates);
    expect(actions).toEqual([]);
    expect(findings.find(({ type }) => type === 'ElasticsearchReady')?.status).toBe('False');
  });
});

describe('a pod that was to have ended', () => {
  const ending = changed('Pod', 'logs-es-data-1', withMetadata({ deletionTimestamp: '2026-02-01T00:00:00Z' }));
  const at = (takenAt: string) => rules(three, { ...ending, takenAt });

  it('is told of after five minutes', () => {
    expect(at('2026-02-01T00:05:00.000Z')).toEqual([]);
    expect(at('2026-02-01T00:05:00.001Z')).toEqual(['PodNotGone Pod/logs-es-data-1']);
  });
});

describe('volumes', () => {
  it('that are going are told of where a node joined with them', () => {
    const going = { deletionTimestamp: '2026-01-01T00:00:00Z' };
    const claim = (notes: Readonly<Record<string, string>>) =>
      changed('PersistentVolumeClaim', 'data-logs-es-data-1', withMetadata({ ...going, annotations: notes }));
    expect(rules(three, claim({ [annotations.esVersion]: '9.4.3' }))).toEqual(['VolumeGoing Pod/logs-es-data-1']);
    expect(rules(three, claim({}))).toEqual([]);
  });

  it('that are going are not told of where their node leaves', () => {
    const going = { deletionTimestamp: '2026-01-01T00:00:00Z', annotations: { [annotations.esVersion]: '9.4.3' } };
    const observed = changed('PersistentVolumeClaim', 'data-logs-es-data-2', withMetadata(going));
    expect([rules(three, observed), rules(stackWith(), observed)]).toEqual([['VolumeGoing Pod/logs-es-data-2'], []]);
  });

  it('that were kept of a pool that the spec does not have hold its start up, unless they were drained', () => {
    const kept = (drained: boolean): KubeObject => ({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        name: 'data-logs-es-warm-0',
        labels: { [labels.pool]: 'warm' },
        annotations: { [annotations.drained]: String(drained) },
      },
    });
    const cluster = { answered: false, code: 'EsUnreachable', message: 'No connection.' } as const;
    const start = (drained: boolean) => {
      const observed = { ...seen, objects: [kept(drained)], recordedUuid: undefined, cluster };
      const { actions } = plan(three, observed, templates);
      const sets = actions.filter((action) => action.kind === 'create' && action.object.kind === 'StatefulSet');
      return [rules(three, observed), sets.length];
    };
    expect(start(false)).toEqual([['PoolRemovalRefused StatefulSet/logs-es-warm'], 0]);
    expect(start(true)).toEqual([[], 3]);
  });
});
