// Tests of the rules for masters: one always stays, and a majority of those that vote is always there.
import { describe, expect, it } from 'vitest';
import { hot, leavingOf, liveSet, situation, type SituationFacts } from '../situation.testing.ts';
import type { DrainRule } from '../situation.ts';
import { stackWith } from '../plan.testing.ts';
import { lastMaster, quorumAtRisk } from './drain-quorum.ts';

const judge = (rule: DrainRule, facts: SituationFacts, pool = 'master') => {
  const made = situation(facts);
  return rule(made, leavingOf(made, pool));
};
const oneMaster = stackWith({ master: { replicas: 1 } });
const noMaster = {
  ...oneMaster,
  elasticsearch: {
    ...oneMaster.elasticsearch,
    pools: oneMaster.elasticsearch.pools.filter((pool) => pool.name !== 'master'),
  },
};
const data = liveSet('data', 2, hot);
const names = (...ordinals: readonly number[]) => ordinals.map((ordinal) => `logs-es-master-${ordinal}`);

describe('[masters-3-1-3] masters, before one of them leaves', () => {
  it('the last master never goes', () => {
    expect(judge(lastMaster, { stack: noMaster })).toMatchObject([
      { rule: 'LastMaster', subject: 'StatefulSet/logs-es-master' },
    ]);
    expect(judge(lastMaster, { stack: oneMaster })).toEqual([]);
  });

  it.each<[string, SituationFacts, number]>([
    ['all are there', { stack: oneMaster }, 0],
    ['one that stays is away', { stack: oneMaster, sets: [data, liveSet('master', 3, ['master'], [0])] }, 1],
    [
      'one that votes is away for good',
      { stack: oneMaster, voting: { configuration: [...names(0, 1, 2), 'id-7'] } },
      0,
    ],
    [
      'half of those that vote are away',
      { stack: oneMaster, voting: { configuration: [...names(0, 1), 'id-7', 'id-8'] } },
      1,
    ],
    [
      'one that leaves never joined, and has no vote',
      { stack: stackWith({ master: { replicas: 3 } }), sets: [data, liveSet('master', 5, ['master'], [3, 4])] },
      0,
    ],
    [
      'one that leaves is away for good, and still has a vote',
      {
        stack: stackWith({ master: { replicas: 3 } }),
        sets: [data, liveSet('master', 5, ['master'], [4])],
        voting: { configuration: [...names(0, 1, 2, 3), 'id-4'] },
      },
      0,
    ],
    ['a member that stays is no master', { stack: oneMaster, sets: [data, liveSet('master', 3, ['ingest'])] }, 0],
  ])('%s', (_name, facts, count) => {
    expect(judge(quorumAtRisk, facts)).toHaveLength(count);
  });

  it('names the node that is missing', () => {
    const sets = [data, liveSet('master', 3, ['master'], [0])];
    const [refusal] = judge(quorumAtRisk, { stack: oneMaster, sets });
    expect(refusal).toMatchObject({ rule: 'QuorumAtRisk', subject: 'StatefulSet/logs-es-master' });
    expect(refusal?.message).toContain('logs-es-master-0 has not joined');
    const [voter] = judge(quorumAtRisk, {
      stack: oneMaster,
      voting: { configuration: [...names(0, 1), 'id-7', 'id-8'] },
    });
    expect(voter?.message).toContain('id-7 is away and still has a vote');
  });

  it('does not concern data nodes', () => {
    const sets = [liveSet('data', 3, hot), liveSet('master', 3, ['master'], [0])];
    expect(judge(quorumAtRisk, { sets }, 'data')).toEqual([]);
    expect(judge(lastMaster, { stack: { ...noMaster }, sets: [liveSet('data', 3, hot)] }, 'data')).toEqual([]);
  });
});
