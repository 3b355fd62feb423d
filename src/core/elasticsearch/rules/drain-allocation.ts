// Rule for settings of the cluster that keep shards from moving: a drain would begin and stand still (`drain-impossible`).
import { describeRule, type Refusal } from '../../refusal.ts';
import { isExcluded } from '../exclusions.ts';
import { preparedRestart } from '../protection.ts';
import { type DrainRule, type DrainSituation, type LeavingPool, namesOf, subjectOf } from '../situation.ts';

export const allocationOffRule = describeRule({
  name: 'AllocationOff',
  liftable: 'never',
  reason:
    'It is Elasticsearch that moves shards off a node. While a setting of the cluster keeps it from that, or lets shards come to the node again, a drain would begin and never end.',
  remedy: 'Take the setting that the refusal names back: PUT _cluster/settings with null for it.',
});

export const allocationOff: DrainRule = (situation, pool) => [
  ...switchedOff(situation, pool),
  ...overruled(situation, pool),
];

const refused = (pool: LeavingPool, why: string, setting: string): Refusal => ({
  rule: allocationOffRule.name,
  subject: subjectOf(pool),
  message: `${namesOf(pool)} cannot be drained: ${why}.`,
  remedy: `Unset ${setting} (PUT _cluster/settings with null), or set pool ${pool.set.pool} back.`,
});

/** What the operator itself holds for the time of a restart passes. */
function switchedOff({ look }: DrainSituation, pool: LeavingPool): readonly Refusal[] {
  const { allocationEnable, transient } = look.settings;
  const value = transient?.allocationEnable ?? allocationEnable ?? 'all';
  const isOurs = transient?.allocationEnable === undefined && preparedRestart(look)?.done.includes('copies') === true;
  if (value === 'all' || isOurs || !pool.nodes.some((node) => node.holdsData && node.isMember)) return [];
  const kind = transient?.allocationEnable === undefined ? 'persistent' : 'transient';
  const setting = `the ${kind} setting cluster.routing.allocation.enable`;
  return [refused(pool, `${setting} is ${value}, and no shard moves`, setting)];
}

/** A transient list wins over the one that the operator writes, which is no protection then. */
function overruled({ look }: DrainSituation, pool: LeavingPool): readonly Refusal[] {
  const { transient } = look.settings;
  if (transient?.excludedNames === undefined || pool.nodes.every((node) => isExcluded(look, node.name))) return [];
  const setting = 'the transient setting cluster.routing.allocation.exclude._name';
  return [refused(pool, `${setting} is ${transient.excludedNames.join(',')} and overrules the operator's`, setting)];
}
