// Tests of what may leave by all rules together, on situations made by hand: half an answer, and pools whose nodes differ or that leave side by side.
import { describe, expect, it } from 'vitest';
import type { NodeDetail } from './observed.ts';
import { stackWith } from './plan.testing.ts';
import { startRefusals } from './rules/drain.ts';
import type { LeavingNode } from './leaving.ts';
import { gib, hot, leavingOf, liveSet, situation, type SituationFacts } from './situation.testing.ts';

/** The rules that speak against the start of a drain; some of its nodes may be otherwise. */
function rules(facts: SituationFacts, pool = 'data', otherwise: Readonly<Record<string, Partial<LeavingNode>>> = {}) {
  const made = situation(facts);
  const { set, nodes } = leavingOf(made, pool);
  const changed = nodes.map((node) => ({ ...node, ...otherwise[node.name] }));
  return startRefusals(made, { set, nodes: changed }).map(({ rule }) => rule);
}

const moving = { state: 'RELOCATING', relocatingTo: 'logs-es-data-0' } as const;

describe('[drain-fails-open] no drain begins where Elasticsearch did not say', () => {
  const unlike = (
    name: string,
    facts: Partial<NodeDetail>,
    indices: SituationFacts['indices'] = {},
  ): SituationFacts => {
    const nodes = situation().detail.nodes.map((node) => (node.name === name ? { ...node, ...facts } : node));
    return { indices, detail: { nodes } };
  };
  const noDisk = (indices: SituationFacts['indices']) => unlike('logs-es-data-0', { disk: undefined }, indices);

  it.each<[string, SituationFacts, boolean]>([
    ['what the node counts itself', unlike('logs-es-data-2', { ownShards: undefined }), false],
    ['what room another one has', noDisk({ a: { on: ['data-2'] } }), false],
    ['that, and nothing has to move', noDisk({ a: { on: ['data-1'] } }), true],
    ['that, and all is on its way already', noDisk({ a: { on: ['data-2'], copy: moving } }), true],
    ['how large a shard is', { indices: { a: { on: ['data-2'], copy: { bytes: undefined } } } }, false],
    ['that, and it is on its way', { indices: { a: { on: ['data-2'], copy: { ...moving, bytes: undefined } } } }, true],
  ])('%s', (_name, facts, begins) => {
    expect(rules(facts)).toEqual(begins ? [] : ['ClusterUnknown']);
  });
});

describe('of a pool of which one node is a member and one is none', () => {
  const stack = stackWith({ data: { replicas: 1 } });
  const sets = [liveSet('data', 3, hot, [1]), liveSet('master', 3, ['master'])];

  it.each<[string, SituationFacts, string]>([
    ['snapshots are waited for', { detail: { snapshotsInProgress: ['backups/daily'] } }, 'SnapshotRunning'],
    [
      '[shard-limit] shards are counted',
      { indices: { a: { on: ['data-0'] }, b: { on: ['data-0'] } }, limits: { maxShardsPerNode: 1 } },
      'TooManyShards',
    ],
  ])('%s', (_name, facts, rule) => {
    expect(rules({ stack, sets, ...facts })).toEqual([rule]);
  });

  it('[masters-3-1-3] votes are counted', () => {
    const one = stackWith({ data: { replicas: 3 }, master: { replicas: 1 } });
    const masters = (...absent: readonly number[]) => [
      liveSet('data', 3, hot),
      liveSet('master', 3, ['master'], absent),
    ];
    const judge = (absent: readonly number[], configuration: readonly string[]) =>
      rules({ stack: one, sets: masters(...absent), voting: { configuration } }, 'master');
    expect(judge([0, 1], ['logs-es-master-2'])).toEqual(['QuorumAtRisk']);
    expect(judge([0], ['logs-es-master-1', 'logs-es-master-2'])).toEqual(['QuorumAtRisk']);
    expect(judge([1], ['logs-es-master-0', 'logs-es-master-2'])).toEqual([]);
  });
});

it('a pool of which one node holds data is judged by what that one holds', () => {
  const indices = { a: { on: ['warm-1'], tierPreference: ['data_warm'] } };
  const sets = [liveSet('data', 2, hot), liveSet('warm', 2, ['data_warm'])];
  const judged = rules({ sets, indices }, 'warm', { 'logs-es-warm-0': { holdsData: false } });
  expect(judged).toContain('LastOfTier');
});

describe('[disk-precheck] where two pools leave side by side', () => {
  const warm = { on: ['warm-1'], bytes: 500 * gib, tierPreference: ['data_warm'] };
  const stack = stackWith({ pools: [{ name: 'warm', roles: ['data_warm'], replicas: 1 }] });
  const sets = [liveSet('data', 3, hot), liveSet('warm', 2, ['data_warm'])];

  it.each<[string, NonNullable<SituationFacts['indices']>, readonly string[]]>([
    ['one holds nothing', { warm }, []],
    ['all that one holds is on its way already', { warm, a: { on: ['data-2'], copy: moving } }, []],
    ['one has something to move as well', { warm, a: { on: ['data-2'] } }, ['DiskTooSmall']],
  ])('only those are refused that draw on disks: %s', (_name, indices, expected) => {
    expect(rules({ stack, sets, indices }, 'warm')).toEqual(['DiskTooSmall']);
    expect(rules({ stack, sets, indices })).toEqual(expected);
  });
});
