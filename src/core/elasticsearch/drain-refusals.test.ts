// Tests of what the planner refuses to drain, on looks of a settled stack in which one thing is changed by hand.
import { describe, expect, it } from 'vitest';
import { runningStack } from '../../simulator/simulator.testing.ts';
import type { ResolvedStack } from '../stack.ts';
import { usualLimits } from './look.testing.ts';
import type { AnsweredLook, ClusterDetail, Observed } from './observed.ts';
import { plan } from './plan.ts';
import { stackWith, templates } from './plan.testing.ts';
import { copiesOf, gib, type IndexFacts, indexOf } from './situation.testing.ts';

const stackOf = (data: number, ingest = 2): ResolvedStack =>
  stackWith({ data: { replicas: data }, ingest: { replicas: ingest } });

const seen: Observed = runningStack(stackOf(3)).observe({ detail: true });

interface Facts {
  readonly indices?: Readonly<Record<string, IndexFacts>>;
  /** Free gibibytes above the low watermark, of data-0 and data-1; 100 unless given. */
  readonly free?: readonly [number, number];
  readonly detail?: Partial<ClusterDetail>;
  readonly limits?: Partial<ClusterDetail['limits']>;
  readonly settings?: Partial<AnsweredLook['settings']>;
  readonly voters?: readonly string[];
  /** Nodes that are no members. */
  readonly absent?: readonly string[];
}

function lookWith({ indices = {}, free = [100, 100], absent = [], ...facts }: Facts): Observed {
  const { cluster } = seen;
  if (!cluster.answered || cluster.detail === undefined) throw new Error('The look of a test is a closer one.');
  const entries = Object.entries(indices);
  const shards = entries.flatMap(([name, index]) => copiesOf(name, index));
  const isThere = ({ name }: { readonly name: string }): boolean => !absent.includes(name);
  const detail: ClusterDetail = {
    ...cluster.detail,
    nodes: cluster.detail.nodes.filter(isThere).map((node) => ({
      ...node,
      ownShards: shards.filter((copy) => copy.node === node.name).length,
      disk: {
        totalBytes: 200 * gib,
        availableBytes: (30 + (free[Number(node.name.replace('logs-es-data-', ''))] ?? 100)) * gib,
      },
    })),
    shards,
    indices: entries.map(([name, index]) => indexOf(name, index)),
    limits: { ...usualLimits, ...facts.limits },
    ...facts.detail,
  };
  const settings = { ...cluster.settings, ...facts.settings };
  const voting = { ...cluster.voting, configuration: facts.voters ?? cluster.voting.configuration };
  return { ...seen, cluster: { ...cluster, nodes: cluster.nodes.filter(isThere), settings, voting, detail } };
}

const refusals = (facts: Facts, stack = stackOf(2)): readonly string[] =>
  plan(stack, lookWith(facts), templates).refusals.map(({ rule, subject }) => `${rule} ${subject}`);

const ofData = (rule: string): readonly string[] => [`${rule} StatefulSet/logs-es-data`];

describe('[disk-precheck] a drain begins only where its shards have room', () => {
  const ten: Facts['indices'] = { a: { on: ['data-2'], bytes: 10 * gib } };
  const unlike: Facts = {
    indices: { a: { on: ['data-2', 'data-0'] } },
    detail: { shards: [...copiesOf('a', { on: ['data-2'], bytes: 10 * gib }), ...copiesOf('a', { on: ['data-0'] })] },
  };

  it.each<[string, Facts, boolean]>([
    ['nothing is on it', { free: [-30, -30] }, true],
    ['an empty shard needs none', { indices: { a: { on: ['data-2'], bytes: 0 } }, free: [-30, -30] }, true],
    ['it fits with the spare', { indices: ten, free: [11.51, 0] }, true],
    ['it fits but for the spare', { indices: ten, free: [11.49, 0] }, false],
    ['the sum fits, the shard does not', { indices: ten, free: [8, 8] }, false],
    [
      'each of two shards on a disk of its own',
      { indices: { b: { on: ['data-2'], bytes: 6 * gib }, ...ten }, free: [8, 12] },
      true,
    ],
    [
      'one is on its way already, and another does not fit',
      {
        indices: {
          b: { on: ['data-2'], copy: { state: 'RELOCATING', relocatingTo: 'logs-es-data-0' } },
          ...ten,
        },
        free: [8, 8],
      },
      false,
    ],
    ['two shards on one disk', { indices: { ...ten, b: { on: ['data-2'], bytes: 9 * gib } }, free: [8, 14] }, false],
    ['an amount that stays free', { indices: ten, limits: { lowWatermark: '30gb' }, free: [11.51, 0] }, true],
    ['the same in megabytes', { indices: ten, limits: { lowWatermark: '30720mb' }, free: [11.51, 0] }, true],
    ['the same in bytes', { indices: ten, limits: { lowWatermark: '32212254720b' }, free: [11.51, 0] }, true],
    ['not beyond it', { indices: ten, limits: { lowWatermark: '30gb' }, free: [11.49, 0] }, false],
    ['a ratio', { indices: ten, limits: { lowWatermark: '0.85' }, free: [11.51, 0] }, true],
    ['not beyond the ratio', { indices: ten, limits: { lowWatermark: '0.85' }, free: [-10, -30] }, false],
    [
      'less is kept free of large disks',
      { indices: ten, limits: { lowMaxHeadroomBytes: 20 * gib }, free: [2, 0] },
      true,
    ],
    ['a copy that may grow to the size of the largest one', { ...unlike, free: [0, 11.51] }, true],
    ['not beyond that size, although another copy is smaller', { ...unlike, free: [0, 11.49] }, false],
    [
      'a mark that cannot be read lets nothing in',
      { indices: ten, limits: { lowWatermark: 'all', lowMaxHeadroomBytes: gib } },
      false,
    ],
  ])('%s', (_name, facts, fits) => {
    expect(refusals(facts)).toEqual(fits ? [] : ofData('DiskTooSmall'));
  });

  it('and says so in figures, whatever the watermark is', () => {
    const planned = plan(stackOf(2), lookWith({ indices: ten, limits: { lowWatermark: '1.2.3%' } }), templates);
    expect(planned.refusals).toMatchObject([{ rule: 'DiskTooSmall' }]);
    expect(planned.refusals[0]?.message).not.toContain('NaN');
  });

  it('and tells the room on the nodes that may take what leaves, not on others', () => {
    const indices = { a: { on: ['data-2', 'data-1'], bytes: 10 * gib }, b: { on: ['data-0'] } };
    const planned = plan(stackOf(2), lookWith({ indices, free: [0, 5] }), templates);
    expect(planned.refusals).toMatchObject([{ rule: 'DiskTooSmall' }]);
    expect(planned.refusals[0]?.message).toContain('the nodes that may take it have about 0 B');
  });
});

describe('[shard-limit] a drain begins only where the nodes that stay may hold all shards', () => {
  const shards: Facts['indices'] = { a: { on: ['data-0', 'data-1'] } };
  const limits = { maxShardsPerNode: 1 };

  it.each<[string, Facts, ResolvedStack, boolean]>([
    ['as many as they may hold', { indices: shards, limits }, stackOf(2), true],
    ['one too many', { indices: { ...shards, b: { on: ['data-0'] } }, limits }, stackOf(2), false],
    [
      'one too many, and the node that leaves is no member',
      { indices: { ...shards, b: { on: ['data-0'] } }, limits, absent: ['logs-es-data-2'] },
      stackOf(2),
      true,
    ],
    [
      'one too many, with the copy of an index that follows the nodes by itself',
      { indices: { a: { on: ['data-0'] }, b: { on: ['data-0', 'data-1'], autoExpand: true } }, limits },
      stackOf(2),
      false,
    ],
    [
      'one too many, less the copies that the policy gives up',
      { indices: { a: { on: ['data-0', 'data-1', 'data-2'], dataStream: 'logs-a-b' }, b: { on: ['data-0'] } }, limits },
      stackOf(2),
      false,
    ],
    [
      'too many, and the node that leaves holds none',
      { indices: { ...shards, b: { on: ['data-0', 'data-1', 'data-2'] } }, limits },
      stackOf(3, 1),
      true,
    ],
  ])('%s', (_name, facts, stack, fits) => {
    expect(refusals(facts, stack)).toEqual(fits ? [] : ofData('TooManyShards'));
  });
});

describe('[masters-3-1-3] a node that is no member goes only where it can take no vote along that is needed', () => {
  const absent = ['logs-es-master-2'];
  const twoMasters = stackWith({ data: { replicas: 3 }, ingest: { replicas: 2 }, master: { replicas: 2 } });

  it.each<[string, Facts, ResolvedStack, boolean]>([
    ['all that vote are there', { absent, voters: ['logs-es-master-0', 'logs-es-master-1'] }, twoMasters, true],
    ['half of those that vote are away', { absent, voters: ['logs-es-master-0', 'id-2'] }, twoMasters, false],
    [
      'a master that stays is away without a vote',
      { absent: [...absent, 'logs-es-master-1'], voters: ['logs-es-master-0'] },
      twoMasters,
      true,
    ],
    [
      'half of those that vote are away, and it is no master',
      { absent: ['logs-es-data-2'], voters: ['logs-es-master-0', 'id-2'] },
      stackOf(2),
      true,
    ],
  ])('%s', (_name, facts, stack, goes) => {
    expect(refusals(facts, stack)).toEqual(goes ? [] : ['QuorumAtRisk StatefulSet/logs-es-master']);
  });
});

describe('no drain of data begins beside a snapshot', () => {
  const facts: Facts = { detail: { snapshotsInProgress: ['repository/nightly'] } };
  it.each<[string, Facts, ResolvedStack, readonly string[]]>([
    ['a data node waits', facts, stackOf(2), ofData('SnapshotRunning')],
    ['one that is no member does not', { ...facts, absent: ['logs-es-data-2'] }, stackOf(2), []],
    ['nor does a node without data', facts, stackOf(3, 1), []],
  ])('%s', (_name, given, stack, expected) => {
    expect(refusals(given, stack)).toEqual(expected);
  });
});

describe('[drain-orphans] a shard that is on no node may be on the volume that goes', () => {
  const lost = (facts: Partial<IndexFacts> = {}): Facts => ({ indices: { a: { on: ['-'], ...facts } } });
  const refused = ['UnassignedMayBeThere index/a'];
  it.each<[string, Facts, readonly string[]]>([
    ['of the tier of the node', lost(), refused],
    ['of another tier', lost({ tierPreference: ['data_cold'] }), []],
    [
      'of another tier, and the node is no member',
      { ...lost({ tierPreference: ['data_cold'] }), absent: ['logs-es-data-2'] },
      refused,
    ],
    ['of another tier, which a user tied to nodes', lost({ tierPreference: ['data_cold'], pinned: true }), refused],
    ['of several tiers, one of them its own', lost({ tierPreference: ['data_cold', 'data_hot'] }), refused],
    [
      'of another tier, beside an index of its own',
      { indices: { b: { on: ['data-0'] }, a: { on: ['-'], tierPreference: ['data_cold'] } } },
      [],
    ],
    ['of no tier', lost({ tierPreference: [] }), refused],
    [
      'of an index that nothing is known of',
      { detail: { shards: copiesOf('a', { on: ['-'] }), indices: [] } },
      refused,
    ],
  ])('%s', (_name, facts, expected) => {
    expect(refusals(facts)).toEqual(expected);
  });
});

describe('[drain-impossible] no drain begins that allocation would keep from ending', () => {
  const name = 'logs-es-data-1';
  const pod = seen.objects.find(({ kind, metadata }) => kind === 'Pod' && metadata.name === name);
  const restart = `${name} ${pod?.metadata.uid ?? ''} ${seen.takenAt} copies`;
  const off = { allocationEnable: 'none' } as const;
  const overruled = (...names: readonly string[]) => ({ transient: { excludedNames: names } });

  it.each<[string, Facts, ResolvedStack, boolean]>([
    ['all may be allocated', { settings: { allocationEnable: 'all' } }, stackOf(2), true],
    ['nothing is', { settings: off }, stackOf(2), false],
    ['it is switched on for now', { settings: { ...off, transient: { allocationEnable: 'all' } } }, stackOf(2), true],
    ['it is switched off for now', { settings: { transient: { allocationEnable: 'none' } } }, stackOf(2), false],
    [
      'it is switched off for now, beside a restart',
      { settings: { marks: { restart }, transient: { allocationEnable: 'none' } } },
      stackOf(2),
      false,
    ],
    [
      'the operator holds it for a restart',
      { settings: { allocationEnable: 'primaries', marks: { restart } } },
      stackOf(2),
      true,
    ],
    ['a node without data leaves', { settings: off }, stackOf(3, 1), true],
    ['a node that is no member leaves', { settings: off, absent: ['logs-es-data-2'] }, stackOf(2), true],
    ['one of two that leave is no member', { settings: off, absent: ['logs-es-data-1'] }, stackOf(1), false],
    ['a transient list has other nodes', { settings: overruled('other') }, stackOf(2), false],
    ['a transient list has the node', { settings: overruled('logs-es-data-2') }, stackOf(2), true],
    ['a transient list has one of two', { settings: overruled('logs-es-data-2') }, stackOf(1), false],
  ])('%s', (_name, facts, stack, begins) => {
    expect(refusals(facts, stack)).toEqual(begins ? [] : ofData('AllocationOff'));
  });

  it('and it is told which setting it is', () => {
    const said = (settings: Facts['settings'] = {}): string =>
      plan(stackOf(2), lookWith({ settings }), templates).refusals[0]?.remedy ?? '';
    expect(said(off)).toContain('the persistent setting');
    expect(said({ transient: { allocationEnable: 'none' } })).toContain('the transient setting');
  });
});
