// Tests of the rules for the copies on a node that is to be restarted: which shards keep it where it is, and whose consent lets it go.
import { describe, expect, it } from 'vitest';
import type { ResolvedStack } from '../../stack.ts';
import type { AnsweredLook } from '../observed.ts';
import { stackWith } from '../plan.testing.ts';
import { hot, liveSet, situation, type SituationFacts } from '../situation.testing.ts';
import { holdCopies } from './restart-copies.ts';
import { contextOf } from './rules.testing.ts';

const node = 'logs-es-data-1';

/** The stack of three data nodes with these indices, as if it had just told all there is to tell. */
function judge(
  facts: SituationFacts,
  look: Partial<AnsweredLook> = {},
  own: Readonly<Record<string, number | undefined>> = {},
) {
  const stack = facts.stack ?? stackWith({ data: { replicas: 3 } });
  const sets = facts.sets ?? [liveSet('data', stack.elasticsearch.pools[0]?.replicas ?? 3, hot)];
  const made = situation({ ...facts, stack, sets });
  const { shards, nodes } = made.detail;
  const count = (name: string) => shards.filter((copy) => copy.node === name || copy.relocatingTo === name).length;
  const detail = {
    ...made.detail,
    nodes: nodes.map((one) => ({ ...one, ownShards: one.name in own ? own[one.name] : count(one.name) })),
  };
  const inState = (state: string) => shards.filter((copy) => copy.state === state).length;
  const health = {
    ...made.look.health,
    unassigned: inState('UNASSIGNED'),
    initializing: inState('INITIALIZING'),
    ...look.health,
  };
  const hold = holdCopies(contextOf(sets, { stack }), { ...made.look, health }, detail, node);
  return hold?.kind === 'refuse' ? hold.refusals.map(({ rule, subject }) => `${rule} ${subject}`) : hold?.kind;
}

const overridden = (rule: string, subject: string): ResolvedStack => ({
  ...stackWith({ data: { replicas: 3 } }),
  overrides: [{ rule, subject, until: '2027-01-01T00:00:00Z', reason: 'known' }] as ResolvedStack['overrides'],
});

/** It asks for one data node, and another is there that leaves when all run one version. */
const shrinking: ResolvedStack = (() => {
  const { elasticsearch, ...stack } = stackWith({ data: { replicas: 2 } });
  const pools = elasticsearch.pools.map((pool) => (pool.name === 'data' ? { ...pool, leaving: 1 } : pool));
  return { ...stack, elasticsearch: { ...elasticsearch, pools } };
})();

describe('the shards of a node that is to be restarted', () => {
  it.each<[string, SituationFacts, readonly string[] | undefined]>([
    ['each has another copy', { indices: { a: { on: ['data-1', 'data-0'] } } }, undefined],
    ['none is on it', { indices: { a: { on: ['data-0'] } } }, undefined],
    ['[upgrade-yellow] another index lacks a copy for good', { indices: { a: { on: ['data-0', '-'] } } }, undefined],
    [
      '[upgrade-yellow] one of three copies is missing',
      { indices: { a: { on: ['data-1', 'data-0', '-'] } } },
      undefined,
    ],
    ['[upgrade-yellow] it has the only one of two', { indices: { a: { on: ['data-1', '-'] } } }, ['LastCopy index/a']],
    ['[red-elsewhere] an index has no copy at all', { indices: { a: { on: ['-', '-'] } } }, undefined],
    [
      '[zero-replica-roll] an index has no copies',
      { indices: { a: { on: ['data-1'] } } },
      ['ZeroReplicaRestart index/a'],
    ],
    [
      'each that would be away is named',
      { indices: { a: { on: ['data-1'] }, b: { on: ['data-1', '-'] }, c: { on: ['data-0'] } } },
      ['ZeroReplicaRestart index/a', 'LastCopy index/b'],
    ],
    [
      '[upgrade-yellow] the only one of two moves to it',
      {
        indices: {
          a: { on: ['data-0'], replicas: 1, copy: { state: 'RELOCATING', relocatingTo: 'logs-es-data-1' } },
        },
      },
      ['LastCopy index/a'],
    ],
    [
      'the other copy is not in sync',
      { indices: { a: { on: ['data-1', 'data-0'], copy: { inSync: false } } } },
      ['LastCopy index/a'],
    ],
  ])('when %s', (_name, facts, expected) => {
    expect(judge(facts)).toEqual(expected);
  });

  it.each<[string, SituationFacts]>([
    ['on a single data node', { stack: stackWith({ data: { replicas: 1 } }), sets: [liveSet('data', 2, hot)] }],
    [
      'where the spec asks for no copies of its streams',
      { stack: stackWith({ data: { replicas: 3 }, redundancy: 'None' }) },
    ],
    ['where one of two nodes waits for its turn to leave', { stack: shrinking }],
    ['by an override', { stack: overridden('ZeroReplicaRestart', 'index/a') }],
  ])('[zero-replica-roll] the spec consents %s', (_name, facts) => {
    expect(judge({ ...facts, indices: { a: { on: ['data-1'], dataStream: 'logs-a-b' } } })).toBeUndefined();
  });

  it('[upgrade-yellow] a node that waits for its turn to leave may still get the second copy', () => {
    const indices = { a: { on: ['data-1', '-'], dataStream: 'logs-a-b' } };
    expect(judge({ stack: shrinking, indices })).toEqual(['LastCopy index/a']);
  });

  it('[zero-replica-roll] that the spec asks for no copies is no consent for indices of others', () => {
    const stack = stackWith({ data: { replicas: 3 }, redundancy: 'None' });
    expect(judge({ stack, indices: { a: { on: ['data-1'] } } })).toEqual(['ZeroReplicaRestart index/a']);
  });

  it.each([
    ['an override for it lifts the rule', 'LastCopy', undefined],
    ['an override of another rule does not', 'ZeroReplicaRestart', ['LastCopy index/a']],
  ])('[upgrade-yellow] %s', (_name, rule, expected) => {
    expect(judge({ stack: overridden(rule, 'index/a'), indices: { a: { on: ['data-1', '-'] } } })).toEqual(expected);
  });
});

describe('nothing is decided on what may be over', () => {
  const indices = { a: { on: ['data-1', 'data-0'] }, b: { on: ['data-2', 'data-0'] } };
  const health = { status: 'yellow', settled: true, relocating: 0 } as const;

  it.each<[string, Partial<AnsweredLook>, Readonly<Record<string, number | undefined>>]>([
    [
      '[drain-stale] health counts copies without a place that the table has',
      { health: { ...health, initializing: 0, unassigned: 1 } },
      {},
    ],
    [
      '[drain-stale] health counts recoveries that the table does not have',
      { health: { ...health, initializing: 1, unassigned: 0 } },
      {},
    ],
    ['[drain-orphans] a node counts fewer copies than the table', {}, { 'logs-es-data-0': 1 }],
    ['[drain-orphans] the node itself counts more', {}, { [node]: 2 }],
  ])('%s', (_name, look, own) => {
    expect(judge({ indices }, look, own)).toBe('wait');
  });

  it('a node that does not answer for itself serves no copy', () => {
    expect(judge({ indices }, {}, { 'logs-es-data-0': undefined })).toEqual(['LastCopy index/a']);
  });
});
