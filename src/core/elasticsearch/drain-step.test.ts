// Tests of the next step of a drain: a node goes only when routing table, its own word, data elsewhere and votes all allow it.
import { describe, expect, it } from 'vitest';
import { nextStep } from './drain-step.ts';
import { stackWith } from './plan.testing.ts';
import { hot, leavingOf, liveSet, situation, type SituationFacts } from './situation.testing.ts';
import type { DrainSituation } from './situation.ts';
import type { PodView, SetView } from './view.ts';

const stepOf = (made: DrainSituation, pool = 'data') => {
  const [node] = leavingOf(made, pool).nodes;
  if (node === undefined) throw new Error('No node.');
  return nextStep(made, node);
};
const judge = (facts: SituationFacts, pool = 'data') => stepOf(situation(facts), pool);
const ownShards = (count: number | undefined): DrainSituation => {
  const made = situation();
  const nodes = made.detail.nodes.map((node) =>
    node.name === 'logs-es-data-2' ? { ...node, ownShards: count } : node,
  );
  return situation({ detail: { nodes } });
};

describe('a data node', () => {
  it('goes when nothing is on it', () => {
    expect(judge({ indices: { a: { on: ['data-0', 'data-1'] } } })).toEqual({ kind: 'remove' });
  });

  it('says what is left, rounded', () => {
    const left = { on: ['data-2'], bytes: 3.4321 * 1024 ** 3 };
    expect(judge({ indices: { a: left } })).toEqual({
      kind: 'wait',
      message: '1 shard, about 3.4 GiB left on logs-es-data-2.',
    });
  });

  it('says of copies whose size nobody knows how many there are', () => {
    expect(judge({ indices: { a: { on: ['data-2'], copy: { bytes: undefined } } } })).toEqual({
      kind: 'wait',
      message: '1 shard, about 0 B left on logs-es-data-2.',
    });
  });

  it.each([
    ['a copy is on its way to it', { on: ['data-0'], copy: { state: 'RELOCATING', relocatingTo: 'logs-es-data-2' } }],
    ['a copy is on its way from it', { on: ['data-2'], copy: { state: 'RELOCATING', relocatingTo: 'logs-es-data-0' } }],
    ['another index recovers', { on: ['data-0'], copy: { state: 'INITIALIZING' } }],
  ] as const)('waits while %s', (_name, index) => {
    expect(judge({ indices: { a: index } })).toMatchObject({ kind: 'wait' });
  });

  it.each([
    ['[drain-fails-open] says nothing', undefined],
    ['[drain-stale] still counts shards', 2],
    ['[drain-stale] still counts one', 1],
  ])('stays while it %s itself', (_name, count) => {
    expect(stepOf(ownShards(count))).toMatchObject({ kind: 'wait' });
    expect(stepOf(ownShards(0))).toEqual({ kind: 'remove' });
  });

  it('[drain-orphans] stays while the last copy of a shard may be on it, unless its loss was accepted', () => {
    const indices = { a: { on: ['-'] } };
    expect(judge({ indices })).toMatchObject({ kind: 'refuse', refusals: [{ subject: 'index/a' }] });
    const override = { rule: 'UnassignedMayBeThere', subject: 'index/a', until: '2026-01-02T00:00:00Z', reason: '' };
    expect(judge({ indices, stack: { ...stackWith(), overrides: [override] } })).toEqual({ kind: 'remove' });
    const over = { ...override, until: '2025-12-31T00:00:00Z' };
    expect(judge({ indices, stack: { ...stackWith(), overrides: [over] } })).toMatchObject({ kind: 'refuse' });
  });

  it('[never-joined] goes without a word of its own, but not when its pod serves', () => {
    const set = liveSet('data', 3, hot, [2]);
    expect(judge({ sets: [set] })).toEqual({ kind: 'remove' });
    const pods = set.pods.map((pod) => ({ ...pod, ready: true }));
    expect(judge({ sets: [{ ...set, pods }] })).toMatchObject({ kind: 'wait' });
  });

  it('[drain-orphans] that is away stays while another node recovers a shard whose last copy it may have', () => {
    const recovering = { on: ['data-0', '-'], copy: { state: 'INITIALIZING' } } as const;
    const sets = [liveSet('data', 3, hot, [2]), liveSet('master', 3, ['master'])];
    expect(judge({ sets, indices: { a: recovering } })).toEqual({
      kind: 'wait',
      message: 'Waiting for a to recover before logs-es-data-2 is removed.',
    });
  });

  it('[drain-orphans] waits for a shard that recovers beside a copy without a place', () => {
    const indices = { a: { on: ['data-0', '-'] } };
    const [primary, replica] = situation({ indices }).detail.shards;
    if (primary === undefined || replica === undefined) throw new Error('Two copies.');
    const shards = [{ ...primary, state: 'INITIALIZING' } as const, replica];
    expect(judge({ indices, detail: { shards } })).toEqual({
      kind: 'wait',
      message: 'Waiting for a to recover before logs-es-data-2 is removed.',
    });
  });

  describe('[drain-stale] that is away and was a member', () => {
    const sets = [liveSet('data', 3, hot, [2]), liveSet('master', 3, ['master'])];
    const was = { sets, joinedBefore: ['data-2'] };

    it('stays while the node of another copy says nothing of itself', () => {
      const indices = { a: { on: ['data-0'] } };
      expect(judge({ ...was, indices })).toEqual({ kind: 'remove' });
      const nodes = situation(was).detail.nodes.map((node) =>
        node.name === 'logs-es-data-0' ? { ...node, ownShards: undefined } : node,
      );
      expect(judge({ ...was, indices, detail: { nodes } })).toMatchObject({ kind: 'wait' });
    });

    it('[index-vanishes] goes although copies of an index are listed that is gone since', () => {
      expect(judge({ ...was, indices: { a: { on: ['data-0', '-'] } }, detail: { indices: [] } })).toEqual({
        kind: 'remove',
      });
    });
  });

  it.each<[string, NonNullable<SituationFacts['indices']>, 'wait' | 'remove']>([
    ['stays while a copy has no place', { a: { on: ['data-0', '-'] } }, 'wait'],
    ['stays while one of two indices lacks a copy', { a: { on: ['data-1'] }, b: { on: ['data-0', '-'] } }, 'wait'],
    ['stays while a copy lacks writes', { a: { on: ['data-0', 'data-1'], copy: { inSync: false } } }, 'wait'],
    ['goes when all copies are elsewhere', { a: { on: ['data-0'] }, b: { on: ['data-1', 'data-0'] } }, 'remove'],
  ])('[drain-stale] that is away and was a member %s', (_name, indices, kind) => {
    const sets = [liveSet('data', 3, hot, [2]), liveSet('master', 3, ['master'])];
    expect(judge({ sets, indices, joinedBefore: ['data-2'] }).kind).toBe(kind);
    expect(judge({ sets, indices }), 'it never joined').toEqual({ kind: 'remove' });
  });

  it('waits for the nodes above it, and while its StatefulSet changes', () => {
    const stack = stackWith({ data: { replicas: 1 } });
    const made = situation({ stack });
    const lower = leavingOf(made).nodes[1];
    expect(lower === undefined ? undefined : nextStep(made, lower)).toMatchObject({ kind: 'follow' });
    expect(judge({ sets: [{ ...liveSet('data', 3, hot), current: false }] })).toMatchObject({ kind: 'wait' });
  });
});

describe('[masters-3-1-3] a master that leaves', () => {
  const names = (...ordinals: readonly number[]) => ordinals.map((ordinal) => `logs-es-master-${ordinal}`);
  const masters = (count: number, wanted: number, voting: SituationFacts['voting']) =>
    judge(
      {
        stack: stackWith({ master: { replicas: wanted } }),
        sets: [liveSet('data', 2, hot), liveSet('master', count, ['master'])],
        ...(voting === undefined ? {} : { voting }),
      },
      'master',
    );

  it.each([
    ['five, with a vote', 5, 3, { configuration: names(0, 1, 2, 3, 4) }, 'remove'],
    ['four voters', 5, 3, { configuration: names(0, 1, 2, 4) }, 'remove'],
    ['three, with a vote', 3, 1, { configuration: names(0, 1, 2) }, 'takeVote'],
    ['two, with a vote', 2, 1, { configuration: names(0, 1) }, 'takeVote'],
    ['its vote is being taken', 3, 1, { configuration: names(0, 1, 2), excluded: names(2) }, 'wait'],
    ['its vote is taken', 3, 1, { configuration: names(0), excluded: names(2) }, 'remove'],
    ['it has no vote, but could be given one', 2, 1, { configuration: names(0) }, 'takeVote'],
    ['it has no vote, and others of three stay', 5, 3, { configuration: names(0, 1, 2) }, 'remove'],
    ['it has no vote, and one that leaves has one', 5, 1, { configuration: names(0, 1, 2) }, 'takeVote'],
    ['a voter is away for good', 3, 1, { configuration: [...names(0, 1, 2), 'id-9'] }, 'takeVote'],
    ['five voters, one of them away', 5, 3, { configuration: [...names(0, 1, 2, 4), 'id-9'] }, 'remove'],
    ['five voters, two of them away', 5, 3, { configuration: [...names(0, 1, 4), 'id-8', 'id-9'] }, 'takeVote'],
    [
      'seven, of which the three that stay are no majority',
      7,
      3,
      { configuration: names(0, 1, 2, 3, 4, 5, 6) },
      'takeVote',
    ],
    ['six voters, of which the three that stay are half', 7, 3, { configuration: names(0, 1, 2, 4, 5, 6) }, 'takeVote'],
    ['most voters are away', 3, 1, { configuration: [...names(0, 2), 'id-7', 'id-8'] }, 'refuse'],
  ])('%s', (_name, count, wanted, voting, kind) => {
    expect(masters(count, wanted, voting).kind).toBe(kind);
  });

  it.each<[string, Partial<PodView>]>([
    ['ends', { terminating: true, ready: false }],
    ['does not serve', { ready: false }],
  ])('gives its vote up when another one %s that the cluster still counts', (_name, facts) => {
    const five = liveSet('master', 5, ['master']);
    const failing = (...ordinals: readonly number[]): SetView => ({
      ...five,
      pods: five.pods.map((one) => (ordinals.includes(one.ordinal) ? { ...one, ...facts } : one)),
    });
    const kind = (set: SetView) =>
      judge(
        {
          stack: stackWith({ master: { replicas: 3 } }),
          sets: [liveSet('data', 2, hot), set],
          voting: { configuration: names(0, 1, 2, 3, 4) },
        },
        'master',
      ).kind;
    expect(kind(failing())).toBe('remove');
    expect(kind(failing(1))).toBe('takeVote');
    expect(kind(failing(4)), 'it is the one that leaves itself').toBe('remove');
  });

  it('is waited for while it is away for a moment, because its vote shows by its id only then', () => {
    const away = (configuration: readonly string[]) =>
      judge(
        {
          stack: stackWith({ master: { replicas: 1 } }),
          sets: [liveSet('data', 2, hot), liveSet('master', 3, ['master'], [2])],
          voting: { configuration },
        },
        'master',
      );
    expect(away([...names(0, 1), 'id-2'])).toMatchObject({ kind: 'wait' });
    expect(away(names(0)), 'it may join in its last moment').toEqual({ kind: 'takeVote' });
  });

  it('is not waited for when it cannot start: it will not come back to tell', () => {
    const set = liveSet('master', 3, ['master'], [2]);
    const pods = set.pods.map((one) => (one.ordinal === 2 ? { ...one, stuck: true } : one));
    const stack = stackWith({ master: { replicas: 1 } });
    const sets = [liveSet('data', 2, hot), { ...set, pods }];
    const voting = { configuration: [...names(0, 1), 'id-2'] };
    expect(judge({ stack, sets, voting }, 'master')).toEqual({ kind: 'takeVote' });
    // Elasticsearch does not find the vote by its name, and without it the others could not restart.
    const named = { ...voting, excluded: names(2) };
    expect(judge({ stack, sets, voting: named }, 'master')).toEqual({ kind: 'takeLostVotes', ids: ['id-2'] });
  });

  it('that is away holds no copies: it does not wait for an index that lacks some', () => {
    const stack = stackWith({ master: { replicas: 1 } });
    const sets = [liveSet('data', 2, hot), liveSet('master', 3, ['master'], [2])];
    const facts = { voting: { configuration: names(0) }, joinedBefore: ['master-2'] };
    const indices = { a: { on: ['data-0', '-'] } };
    expect(judge({ stack, sets, indices, ...facts }, 'master')).toEqual({ kind: 'takeVote' });
  });

  it('the last one is refused, even when its vote is gone', () => {
    const stack = stackWith();
    const pools = stack.elasticsearch.pools.filter((pool) => pool.name !== 'master');
    const none = { ...stack, elasticsearch: { ...stack.elasticsearch, pools } };
    expect(judge({ stack: none, voting: { configuration: [] } }, 'master')).toMatchObject({
      kind: 'refuse',
      refusals: [{ rule: 'LastMaster' }],
    });
  });
});
