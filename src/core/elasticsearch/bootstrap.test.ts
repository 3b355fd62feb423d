// Tests of the one bootstrap of a stack, on looks made by hand: it happens while nothing says that a cluster formed, and never again.
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../kubernetes.ts';
import { annotations } from '../names.ts';
import { planBootstrap } from './bootstrap.ts';
import type { Observed } from './observed.ts';
import { stackWith } from './plan.testing.ts';
import { contextOf, pod, set } from './rules/rules.testing.ts';

interface Facts {
  /** Clusters that the masters' claims belong to, by ordinal; `''` is a claim without the annotation. */
  readonly claims?: readonly string[];
  readonly recorded?: string;
  /** The cluster that answers; absent when none does. */
  readonly running?: string;
}

const masters = ['logs-es-master-0', 'logs-es-master-1', 'logs-es-master-2'];

const claim = (uuid: string, ordinal: number): KubeObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: {
    name: `data-logs-es-master-${ordinal}`,
    namespace: 'team',
    annotations: uuid === '' ? {} : { [annotations.clusterUuid]: uuid },
  },
});

function look({ claims = [], recorded, running }: Facts): Observed {
  const sets = [
    set(
      'master',
      masters.map((name) => pod(name)),
    ),
  ];
  const { observed } = contextOf(sets, {
    answered: running !== undefined,
    ...(running === undefined ? {} : { look: { uuid: running } }),
  });
  const pods = running === undefined ? [] : sets.flatMap((one) => one.pods.map(({ object }) => object));
  return { ...observed, objects: [...claims.map(claim), ...pods], recordedUuid: recorded };
}

const bootstrap = (facts: Facts) => planBootstrap(stackWith(), look(facts), []);

describe('a stack', () => {
  it('of which nothing says that a cluster formed names its first masters, also on claims that are empty', () => {
    for (const facts of [{}, { claims: ['', '', ''] }]) {
      expect(bootstrap(facts)).toMatchObject({ formed: undefined, refusal: undefined, initialMasterNodes: masters });
    }
  });

  it.each<[string, Facts]>([
    ['volumes of its cluster, and no node that runs', { claims: ['one', 'one', 'one'] }],
    ['one volume of its cluster beside new ones', { claims: ['one', '', ''] }],
    ['volumes of its cluster, which its status knows', { claims: ['one', 'one', 'one'], recorded: 'one' }],
    ['volumes of the cluster that runs', { claims: ['one', 'one', 'one'], recorded: 'one', running: 'one' }],
  ])('[second-cluster] with %s never bootstraps again', (_name, facts) => {
    expect(bootstrap(facts)).toMatchObject({ formed: 'one', refusal: undefined, initialMasterNodes: undefined });
  });

  it.each<[string, Facts, string]>([
    ['volumes of two clusters', { claims: ['one', 'two', 'one'] }, 'one, two'],
    ['volumes of another cluster than the running one', { claims: ['one', 'one', 'one'], running: 'two' }, 'two'],
    ['another running cluster than the one in its status', { recorded: 'one', running: 'two' }, 'two'],
    ['a cluster in its status, and no volume of it', { claims: ['', '', ''], recorded: 'one' }, 'one'],
  ])('[second-cluster] with %s is refused, and does not bootstrap', (_name, facts, named) => {
    const { refusal, initialMasterNodes, actions } = bootstrap(facts);
    expect(refusal).toMatchObject({ rule: 'ForeignClusterData', subject: 'LoggingStack/logs' });
    expect(refusal?.message).toContain(named);
    expect([initialMasterNodes, actions]).toEqual([undefined, []]);
  });

  it("marks the claims of masters that joined, and leaves another cluster's mark alone", () => {
    const { actions } = bootstrap({ claims: ['one', '', 'one'], recorded: 'one', running: 'one' });
    expect(actions).toMatchObject([
      {
        kind: 'apply',
        object: { metadata: { name: 'data-logs-es-master-1', annotations: { [annotations.clusterUuid]: 'one' } } },
      },
    ]);
  });
});

describe('marks', () => {
  it('come to claims of masters that joined and that have one', () => {
    const marked = (members: readonly string[], claims: readonly string[]) => {
      const seen = look({ claims, recorded: 'one', running: 'one' });
      const { cluster } = seen;
      if (!cluster.answered) throw new Error('the cluster answers');
      const nodes = cluster.nodes.filter(({ name }) => members.includes(name));
      return planBootstrap(stackWith(), { ...seen, cluster: { ...cluster, nodes } }, []).actions.map((action) =>
        'object' in action ? action.object.metadata.name : '',
      );
    };
    expect(marked(['logs-es-master-1'], ['one', '', ''])).toEqual(['data-logs-es-master-1']);
    expect(marked(masters, ['one'])).toEqual([]);
  });

  it('[second-cluster] come to the volumes of the cluster that runs and is recorded, where none has one', () => {
    const { refusal, actions } = bootstrap({ claims: ['', '', ''], recorded: 'one', running: 'one' });
    expect(refusal).toBeUndefined();
    expect(actions).toHaveLength(3);
  });
});

describe('the first masters', () => {
  const config = (text: string | undefined): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'logs-es-master-config-1' },
    ...(text === undefined ? {} : { data: { 'elasticsearch.yml': text } }),
  });
  const named = (...texts: readonly (string | undefined)[]) =>
    planBootstrap(stackWith(), { ...look({}), objects: texts.map(config) }, []).initialMasterNodes;

  it('[second-cluster] are those of the first config that was written, whatever the spec became', () => {
    expect(named(undefined, 'node.name: a', 'cluster.initial_master_nodes: [a, b]')).toEqual(['a', 'b']);
  });

  it.each(['', 'node.name: a', 'cluster.initial_master_nodes: a', 'cluster.initial_master_nodes: [a, 1]'])(
    'are those of the spec where a config has no list of names: %s',
    (text) => {
      expect(named(text)).toEqual(masters);
    },
  );
});
