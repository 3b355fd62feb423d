// Tests of the rules for safety: half answers, last copies that may be on a node, snapshots under way.
import { describe, expect, it } from 'vitest';
import { hot, leavingOf, liveSet, situation, type SituationFacts } from '../situation.testing.ts';
import type { DrainRule } from '../situation.ts';
import type { ClusterDetail } from '../observed.ts';
import { stackWith } from '../plan.testing.ts';
import { halfAnswered, recoveringIndex, snapshotRunning, unassignedMayBeThere, unanswered } from './drain-safety.ts';

const judge = (rule: DrainRule, facts: SituationFacts, pool = 'data') => {
  const made = situation(facts);
  return rule(made, leavingOf(made, pool));
};
const without = (facts: SituationFacts, change: (detail: ClusterDetail) => Partial<ClusterDetail>) => {
  const made = situation(facts);
  return situation({ ...facts, detail: { ...made.detail, ...change(made.detail) } });
};

describe('[drain-fails-open] a look on which nodes leave', () => {
  const indices = { a: { on: ['data-2'] } };

  it.each<[string, (detail: ClusterDetail) => Partial<ClusterDetail>, string]>([
    [
      'the node that leaves',
      ({ nodes }) => ({ nodes: nodes.filter((node) => node.name !== 'logs-es-data-2') }),
      'logs-es-data-2',
    ],
    [
      'its own word',
      ({ nodes }) => ({
        nodes: nodes.map((node) => (node.name === 'logs-es-data-2' ? { ...node, ownShards: undefined } : node)),
      }),
      'logs-es-data-2',
    ],
    ['a disk', ({ nodes }) => ({ nodes: nodes.map((node) => ({ ...node, disk: undefined })) }), 'the disk of'],
    ['a size', ({ shards }) => ({ shards: shards.map((copy) => ({ ...copy, bytes: undefined })) }), 'the size of a'],
  ])('an answer without %s is none', (_name, change, told) => {
    const made = without({ indices }, change);
    const refusals = halfAnswered(made, leavingOf(made));
    expect(refusals).toMatchObject([{ rule: 'ClusterUnknown', subject: 'StatefulSet/logs-es-data' }]);
    expect(refusals[0]?.message).toContain(told);
  });

  it('a whole answer is one, and so is one without disks when nothing has to move', () => {
    expect(judge(halfAnswered, { indices })).toEqual([]);
    const made = without({}, ({ nodes }) => ({ nodes: nodes.map((node) => ({ ...node, disk: undefined })) }));
    expect(halfAnswered(made, leavingOf(made))).toEqual([]);
  });

  it('no answer is named with its code', () => {
    const refusal = unanswered(leavingOf(situation()), { code: 'EsTimeout', message: 'No answer in 10 s.' });
    expect(refusal).toMatchObject({ rule: 'ClusterUnknown', subject: 'StatefulSet/logs-es-data' });
    expect(refusal.message).toContain('logs-es-data-2');
    expect(refusal.message).toContain('(EsTimeout): No answer in 10 s.');
  });
});

describe('[drain-orphans] a shard that is on no node', () => {
  const absent = [liveSet('data', 3, hot, [2])];
  const warm = ['data_warm'];
  it.each<[string, SituationFacts, readonly string[]]>([
    ['all serve', { indices: { a: { on: ['data-2'] } } }, []],
    ['[red-elsewhere] a red index of another tier', { indices: { a: { on: ['-'], tierPreference: warm } } }, []],
    ['a yellow index', { indices: { a: { on: ['data-0', '-'] } } }, []],
    ['a red index', { indices: { a: { on: ['-'] } } }, ['index/a']],
    ['two red indices', { indices: { a: { on: ['-'] }, b: { on: ['-', '-'] } } }, ['index/a', 'index/b']],
    ['a red index without a tier', { indices: { a: { on: ['-'], tierPreference: [] } } }, ['index/a']],
    [
      'a red index that is tied to nodes',
      { indices: { a: { on: ['-'], tierPreference: warm, pinned: true } } },
      ['index/a'],
    ],
    [
      'the node is away: a red index of any tier',
      { sets: absent, indices: { a: { on: ['-'], tierPreference: warm } } },
      ['index/a'],
    ],
    ['the node is away: a yellow index', { sets: absent, indices: { a: { on: ['data-0', '-'] } } }, []],
    [
      'a red index that nothing else is known of',
      { indices: { a: { on: ['-'] } }, detail: { indices: [] } },
      ['index/a'],
    ],
    ['one that recovers', { indices: { a: { on: ['data-0'], copy: { state: 'INITIALIZING' } } } }, []],
  ])('%s', (_name, facts, subjects) => {
    const refusals = judge(unassignedMayBeThere, facts);
    expect(refusals.map((refusal) => refusal.subject)).toEqual(subjects);
    for (const refusal of refusals) expect(refusal.rule).toBe('UnassignedMayBeThere');
  });

  it('nodes without data can hold no copy', () => {
    const stack = stackWith({ data: { replicas: 3 }, master: { replicas: 1 } });
    expect(judge(unassignedMayBeThere, { stack, indices: { a: { on: ['-'] } } }, 'master')).toEqual([]);
  });

  it('a shard that recovers is waited for', () => {
    const recovering = { on: ['data-0'], copy: { state: 'INITIALIZING' } } as const;
    expect(recoveringIndex(situation({ indices: { a: recovering } }))).toBe('a');
    expect(recoveringIndex(situation({ indices: { a: { on: ['data-0', '-'] }, b: { on: ['-'] } } }))).toBeUndefined();
  });
});

describe('a snapshot under way', () => {
  const detail = { snapshotsInProgress: ['backups/nightly'] };
  it.each<[string, SituationFacts, string, number]>([
    ['holds data nodes', { detail }, 'data', 1],
    ['holds no data nodes when there is none', {}, 'data', 0],
    ['holds no node that never joined', { detail, sets: [liveSet('data', 3, hot, [2])] }, 'data', 0],
    ['holds no masters', { detail, stack: stackWith({ data: { replicas: 3 }, master: { replicas: 1 } }) }, 'master', 0],
  ])('%s', (_name, facts, pool, count) => {
    expect(judge(snapshotRunning, facts, pool)).toHaveLength(count);
  });

  it('is named', () => {
    expect(judge(snapshotRunning, { detail })[0]).toMatchObject({
      rule: 'SnapshotRunning',
      message: expect.stringContaining('backups/nightly') as string,
    });
  });
});
