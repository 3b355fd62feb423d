// All cases that run on a node, by tier.
import { agreementHostCases } from './agreement.ts';
import { atRestCases } from './at-rest.ts';
import { chaosCases } from './chaos.ts';
import { closerLookCases } from './closer-look.ts';
import { cutLineCases } from './cut-line.ts';
import { deletionCases } from './deletion.ts';
import { firstLogCases } from './first-log.ts';
import { journeyCases } from './journeys.ts';
import { keptVolumesCases } from './kept-volumes.ts';
import { nodeCases } from './node.ts';
import { operatorDiesCases, operatorDiesOnNodeCases } from './operator-dies.ts';
import { operatorDiesDeepCases } from './operator-dies-in-changes.ts';
import { planAgreementCases } from './plan-agreement.ts';
import { privilegeCases } from './privilege.ts';
import { deepProgramCases } from './programs.ts';
import { queueLeftBehindCases } from './queue-left-behind.ts';
import type { TestCase } from './registry.ts';
import { rollingChangeCases } from './rolling-change.ts';
import { snapshotCases } from './snapshots.ts';

const onTheNode: readonly TestCase[] = [
  ...firstLogCases,
  ...cutLineCases,
  ...privilegeCases,
  ...deletionCases,
  ...atRestCases,
  ...keptVolumesCases,
  ...operatorDiesOnNodeCases,
  ...rollingChangeCases,
  ...closerLookCases,
  ...journeyCases,
  ...chaosCases,
  ...planAgreementCases,
  ...queueLeftBehindCases,
  ...snapshotCases,
];

/** Cases of `make test`. */
export const nodeTierCases = onTheNode.filter(({ tier }) => tier === 'e2e');

/** Cases of `make test-deep`. */
export const deepCases = onTheNode.filter(({ tier }) => tier === 'deep');

/** Cases that bring up nodes of their own, on the host. */
export const hostCases: readonly TestCase[] = [...nodeCases, ...operatorDiesCases];

/** Cases of `make test-deep` that need no node. */
export const deepHostCases: readonly TestCase[] = [
  ...agreementHostCases,
  ...operatorDiesDeepCases,
  ...deepProgramCases,
];
