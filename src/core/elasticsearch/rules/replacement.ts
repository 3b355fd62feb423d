// Rules for replacing a node with its volume (`dead-node-local-volume`): no shard is lost with it, and the masters that stay are a majority.
import { describeRule, type Refusal } from '../../refusal.ts';
import { isOn, reliable, shardGroups } from '../moves.ts';
import type { AnsweredLook, ClusterDetail, ShardCopy } from '../observed.ts';
import { quorumAtRiskRule } from './drain-quorum.ts';

export const replacementLosesDataRule = describeRule({
  name: 'ReplacementLosesData',
  liftable: 'override',
  reason: 'A node that is replaced loses its volume: a shard that has no other copy would be lost with it.',
  remedy:
    'Wait until the index has another copy, restore it, or delete it; or override the rule for the index, which accepts its loss.',
});

export const noSuchNodeRule = describeRule({
  name: 'NoSuchNode',
  liftable: 'never',
  reason: 'Only a node that the spec asks for can be replaced: one that leaves is emptied and goes by itself.',
  remedy: 'Set the annotation to the name of a pod of a pool that the spec has, or take it away.',
});

/** A copy that has every acknowledged document and stays whatever becomes of the node: on another one that answers for itself. */
function isElsewhere(detail: ClusterDetail, node: string): (copy: ShardCopy) => boolean {
  const isReliable = reliable(detail);
  return (copy) => isReliable(copy) && !isOn(node)(copy);
}

/**
 * Indices with a shard that may have its last copy on the node's volume: its only copies are there, or none serves at all,
 * so that nobody knows where the last one is.
 */
export function indicesOnlyOn(detail: ClusterDetail, node: string): readonly string[] {
  const elsewhere = isElsewhere(detail, node);
  const unsafe = [...shardGroups(detail.shards).values()].filter(
    (copies) =>
      !copies.some(elsewhere) &&
      (copies.some(isOn(node)) || copies.every(({ state }) => state === 'UNASSIGNED' || state === 'INITIALIZING')),
  );
  return [...new Set(unsafe.flatMap((copies) => copies.map(({ index }) => index)))];
}

/** One refusal for each index, so that the loss of each can be accepted by its name. */
export const replacementLosesData = (detail: ClusterDetail, node: string): readonly Refusal[] =>
  indicesOnlyOn(detail, node).map((index) => ({
    rule: replacementLosesDataRule.name,
    subject: `index/${index}`,
    message: `${node} is not replaced: a shard of ${index} has no other copy that serves, and may be lost with its volume.`,
    remedy: `Wait until ${index} has another copy, restore or delete it, or accept its loss by an override for index/${index}.`,
  }));

/** The voters that serve without this node must be a majority: its vote is lost, because a new node is another voter. */
export function replacementRisksQuorum({ voting, nodes }: AnsweredLook, node: string): readonly Refusal[] {
  const serving = voting.configuration.filter(
    (voter) => voter !== node && nodes.some(({ name, roles }) => name === voter && roles.includes('master')),
  );
  if (serving.length * 2 > voting.configuration.length) return [];
  return [
    {
      rule: quorumAtRiskRule.name,
      subject: `Pod/${node}`,
      message: `${node} is not replaced: of ${voting.configuration.length} master nodes that vote only ${serving.length} would be there without it, which is no majority.`,
      remedy: 'Bring the other master nodes back, or add some, before this one is replaced.',
    },
  ];
}
