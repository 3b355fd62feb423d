// Rules for masters that leave: one always stays (`masters-3-1-3`), and those that stay can elect one of them at every moment.
import { describeRule } from '../../refusal.ts';
import { type DrainRule, namesOf, subjectOf } from '../situation.ts';
import { names } from '../../names.ts';
import type { DrainSituation } from '../situation.ts';

export const lastMasterRule = describeRule({
  name: 'LastMaster',
  liftable: 'never',
  reason: 'A cluster whose last master-eligible node goes is lost: no other node knows what is in it.',
  remedy: 'Add master-eligible nodes first. When they have joined, the old ones may go.',
});

export const quorumAtRiskRule = describeRule({
  name: 'QuorumAtRisk',
  liftable: 'never',
  reason:
    'A master is elected by a majority of the nodes that vote. While some of them are away, one more that goes could leave no majority, and the cluster would serve nobody.',
  remedy: 'Bring the master nodes that are away back first.',
});

/** Names of the master nodes that the spec asks for. */
const stayingMasters = ({ stack }: DrainSituation): readonly string[] =>
  stack.elasticsearch.pools
    .filter((pool) => pool.roles.includes('master'))
    .flatMap((pool) =>
      Array.from({ length: pool.replicas }, (_, ordinal) => `${names.pool(stack.identity.name, pool.name)}-${ordinal}`),
    );

const hasMasters = (pool: Parameters<DrainRule>[1]): boolean => pool.nodes.some((node) => node.isMaster);

export const lastMaster: DrainRule = (situation, pool) => {
  if (!hasMasters(pool) || stayingMasters(situation).length > 0) return [];
  return [
    {
      rule: lastMasterRule.name,
      subject: subjectOf(pool),
      message: `${namesOf(pool)} cannot go: no other master-eligible node would stay.`,
      remedy: `Add a pool with the role master first, or set pool ${pool.set.pool} back.`,
    },
  ];
};

/**
 * Every master that stays is a member with that role, and those that vote and are here are a majority. A voter that is
 * away for good holds up nothing: it takes no vote with it, and Elasticsearch drops it when others leave.
 */
export const quorumAtRisk: DrainRule = (situation, pool) => {
  const { look } = situation;
  const masters = new Set(look.nodes.filter((node) => node.roles.includes('master')).map((node) => node.name));
  const away = stayingMasters(situation).filter((name) => !masters.has(name));
  const voters = look.voting.configuration;
  const lostVoters = voters.filter((name) => !masters.has(name));
  // A master that never joined has no vote to lose.
  const mayHaveVotes = pool.nodes.some((node) => node.isMaster && (node.isMember || lostVoters.length > 0));
  if (!mayHaveVotes) return [];
  const lacksMajority = lostVoters.length * 2 >= voters.length;
  const missing = away[0] ?? (lacksMajority ? lostVoters[0] : undefined);
  if (missing === undefined) return [];
  const why = away.length > 0 ? 'has not joined as a master-eligible node' : 'is away and still has a vote';
  return [
    {
      rule: quorumAtRiskRule.name,
      subject: subjectOf(pool),
      message: `${namesOf(pool)} cannot go now: ${missing} ${why}, and the masters that stay could lose their majority.`,
      remedy: `Bring ${missing} back, or set pool ${pool.set.pool} back.`,
    },
  ];
};
