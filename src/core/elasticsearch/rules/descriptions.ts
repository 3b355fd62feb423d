// What people read about each rule of Elasticsearch; docs/rules.md is made from this list.
import { describeRule, type RuleDescription } from '../../refusal.ts';
import { volumeExpansionRule } from '../expansion.ts';
import { allocationOffRule } from './drain-allocation.ts';
import { lastOfTierRule, noPlaceForShardRule, pinnedIndexRule, tooManyCopiesRule } from './drain-places.ts';
import { lastMasterRule, quorumAtRiskRule } from './drain-quorum.ts';
import { diskTooSmallRule, tooManyShardsRule } from './drain-room.ts';
import { clusterUnknownRule, snapshotRunningRule, unassignedMayBeThereRule } from './drain-safety.ts';
import { podNotGoneRule } from './pod-not-gone.ts';
import { podsNotReadyRule } from './members.ts';
import { lastCopyRule, zeroReplicaRestartRule } from './restart-copies.ts';
import { deprecationsRule, downgradeRule, indicesTooOldRule, upgradePathRule } from './upgrade.ts';
import { noSuchNodeRule, replacementLosesDataRule } from './replacement.ts';
import { storageChangeRule } from './storage.ts';
import { volumeGoingRule } from './volume-going.ts';
import { writeRefusedRule } from './writes.ts';

const foreignClusterDataRule = describeRule({
  name: 'ForeignClusterData',
  liftable: 'never',
  reason:
    'Nodes that are started on volumes of another cluster, or without a part of the volumes of their own, could form a second cluster beside the first, or one that lacks its only copies.',
  remedy: 'Give the stack the volumes of one cluster: the refusal names those that do not fit.',
});

const poolRemovalRule = describeRule({
  name: 'PoolRemovalRefused',
  liftable: 'never',
  reason: 'Volumes of a pool that the spec does not have may hold the only copy of some logs.',
  remedy:
    'Set the spec back so that the pool has nodes, or delete the claims that the refusal names if nothing on them is needed.',
});

const roleChangeRule = describeRule({
  name: 'RoleChangeRefused',
  liftable: 'never',
  reason: 'Nodes keep data and votes that their roles stand for: a pool that runs cannot change its roles.',
  remedy: 'Set the roles (or the topology) back, or add a further pool with the roles that are wanted.',
});

export const elasticsearchRules: readonly RuleDescription[] = [
  allocationOffRule,
  clusterUnknownRule,
  deprecationsRule,
  diskTooSmallRule,
  downgradeRule,
  foreignClusterDataRule,
  indicesTooOldRule,
  lastCopyRule,
  lastMasterRule,
  lastOfTierRule,
  noPlaceForShardRule,
  noSuchNodeRule,
  pinnedIndexRule,
  podNotGoneRule,
  podsNotReadyRule,
  poolRemovalRule,
  quorumAtRiskRule,
  replacementLosesDataRule,
  roleChangeRule,
  snapshotRunningRule,
  storageChangeRule,
  tooManyCopiesRule,
  tooManyShardsRule,
  unassignedMayBeThereRule,
  upgradePathRule,
  volumeExpansionRule,
  volumeGoingRule,
  writeRefusedRule,
  zeroReplicaRestartRule,
];
