// Changes of a stack under writes: every acknowledged document is read back, the cluster is never red, and no more nodes than allowed are away.
import assert from 'node:assert/strict';
import { elasticsearchUids } from '../environment/pods.ts';
import { currentSite } from '../environment/site.ts';
import { carelessOperator, dataNodes, reversed, threeToOne, warmTier } from '../journeys/drains.ts';
import { Journey } from '../journeys/journey.ts';
import { badThenGood, kubectlDrain, newest, upgrade, zeroReplicas } from '../journeys/rolls.ts';
import {
  killedMidRestart,
  neverJoined,
  noPlaceForShard,
  tooManyCopies,
  tooManyShards,
  tooSmallDisks,
} from '../journeys/refusals.ts';
import { bigger, uidsOf } from '../journeys/stack-pods.ts';
import { journeyCase, journeySpec } from '../journeys/travel.ts';
import type { CaseContext, TestCase } from './registry.ts';
import { ensureSharedStack, sharedStack } from './shared-stack.ts';

/** Of `make test`: on the six-line stack that other cases use, too. */
async function shortJourney(context: CaseContext): Promise<undefined> {
  const site = currentSite(context);
  await ensureSharedStack(site, context);
  const spec = (data: object): object => ({ version: '9.4.3', elasticsearch: { data } });
  const sees = ['drain', 'restart'] as const;
  await using journey = await Journey.begin(site, context, { place: sharedStack, condition: 'Ready', sees });
  await journey.edit(spec({ replicas: 3 }), 'a third data node is asked for');
  await journey.settled();
  assert.ok((await journey.nodes()).includes('logs-es-data-2'), 'the third data node has joined');
  await journey.edit(spec({ replicas: 2 }), 'two data nodes are asked for');
  assert.deepEqual(await journey.draining(), ['logs-es-data-2'], 'the highest ordinal is drained');
  await journey.killOperator();
  await journey.settled();
  assert.ok(!(await journey.nodes()).includes('logs-es-data-2'), 'the third data node has left');
  const before = await elasticsearchUids(site.run, sharedStack);
  await journey.edit(
    spec({ replicas: 2, annotations: { 'example.org/journey': String(context.seed) } }),
    'the data nodes get another annotation, so that they are rolled',
  );
  await journey.settled();
  const after = await elasticsearchUids(site.run, sharedStack);
  const rolled = [...before].filter(([pod, uid]) => after.get(pod) !== uid).map(([pod]) => pod);
  assert.deepEqual(rolled.toSorted(), ['logs-es-data-0', 'logs-es-data-1'], 'the pods of that pool were replaced');
  await journey.arrive();
  return undefined;
}

export const journeyCases: readonly TestCase[] = [
  {
    name: 'journey',
    tier: 'e2e',
    title:
      '[drain-stale] [disk-precheck] [rejoin-before-next] data 2→3→2 under writes with the operator killed once, and one pool rolled',
    minutes: 20,
    run: shortJourney,
  },
  journeyCase({
    name: 'journey-data-2-4-2',
    title: '[drain-stale] [too-many-drains] data 2→4→2 under writes',
    start: journeySpec({ masters: 3, data: 2 }),
    options: { sees: ['drain'] },
    travel: async ({ journey }) => {
      await journey.edit(journeySpec({ masters: 3, data: 4 }), 'four data nodes are asked for');
      await journey.settled();
      await journey.edit(journeySpec({ masters: 3, data: 2 }), 'two data nodes are asked for');
      await journey.settled();
      assert.equal((await journey.nodes()).length, 5);
    },
  }),
  journeyCase({
    name: 'journey-data-3-1',
    title: '[replicas-precheck] data 3→1 with redundancy Single under writes: copies are lowered first',
    start: journeySpec({ data: 3 }),
    options: { sees: ['drain'] },
    travel: threeToOne,
  }),
  journeyCase({
    name: 'journey-masters-3-1-3',
    title: '[masters-3-1-3] masters 3→1→3 under writes',
    start: journeySpec({ masters: 3 }),
    options: { sees: ['drain'] },
    travel: async ({ journey }) => {
      for (const masters of [1, 3]) {
        await journey.edit(journeySpec({ masters }), `${masters} masters are asked for`);
        await journey.settled();
        assert.equal((await journey.nodes()).filter((one) => one.includes('-es-master-')).length, masters);
      }
    },
  }),
  journeyCase({
    name: 'journey-ingest-1-2-1',
    title: 'ingest 1→2→1 under writes',
    start: journeySpec({ ingest: 1 }),
    options: { sees: ['drain'] },
    travel: async ({ journey }) => {
      for (const ingest of [2, 1]) {
        await journey.edit(journeySpec({ ingest }), `${ingest} ingest nodes are asked for`);
        await journey.settled();
        assert.equal((await journey.nodes()).filter((one) => one.includes('-es-ingest-')).length, ingest);
      }
    },
  }),
  journeyCase({
    name: 'journey-warm-tier',
    title: '[tier-removal] [redundancy-tier] a warm tier is added, holds an index, and is taken away under writes',
    start: journeySpec({}),
    options: { sees: ['drain'] },
    travel: warmTier,
  }),
  journeyCase({
    name: 'journey-config-roll',
    title: '[rejoin-before-next] a changed config is rolled through all pools under writes',
    start: journeySpec({ masters: 3, ingest: 1 }),
    options: { sees: ['restart'] },
    travel: async ({ journey, site }) => {
      const before = await uidsOf(site);
      await journey.edit(journeySpec({ masters: 3, ingest: 1 }, { config: bigger }), 'a changed config');
      await journey.settled(1500);
      const after = await uidsOf(site);
      for (const [pod, uid] of before) assert.notEqual(after.get(pod), uid, `${pod} was replaced`);
    },
  }),
  journeyCase({
    name: 'journey-upgrade',
    title: '[upgrade-yellow] 8.19.8 → 9.4.3 with all components under writes',
    versions: ['8.19.8'],
    start: { ...newest, version: '8.19.8' },
    options: { condition: 'Ready', sees: ['restart', 'drain'] },
    level: 'privileged',
    travel: upgrade,
  }),
  journeyCase({
    name: 'journey-reversed',
    title: '[drain-impossible] a drain is taken back half way under writes',
    start: journeySpec({ data: 3 }),
    options: { sees: ['drain'] },
    travel: reversed,
  }),
  journeyCase({
    name: 'journey-bad-config',
    title: '[bad-config-roll] a bad config takes one node, and a good one mends it under writes',
    start: journeySpec({ masters: 3, data: 3 }),
    options: { sees: ['restart'] },
    travel: badThenGood,
  }),
  journeyCase({
    name: 'journey-zero-replica',
    title: '[zero-replica-roll] an index without copies holds a roll up, by name, until it has one',
    start: journeySpec({ masters: 3, data: 3 }),
    options: { sees: ['restart'] },
    travel: zeroReplicas,
  }),
  journeyCase({
    name: 'journey-refusals',
    title:
      '[disk-precheck] [replicas-precheck] [shard-limit] [drain-impossible] [never-joined] drains that cannot be are refused by name under writes, and go on when their reason is gone',
    localOnly: 'it cordons a node of Kubernetes',
    start: journeySpec({ data: 3 }),
    options: { sees: ['drain'] },
    travel: async (traveller) => {
      await tooManyShards(traveller);
      await noPlaceForShard(traveller);
      await tooSmallDisks(traveller);
      await dataNodes(traveller, 3);
      await tooManyCopies(traveller);
      await neverJoined(traveller);
    },
  }),
  journeyCase({
    name: 'journey-killed-mid-restart',
    title: '[killed-mid-restart] the operator is killed while allocation is held for a restart, and puts it back',
    localOnly: 'it kills a process of the node',
    start: journeySpec({ masters: 3 }),
    options: { sees: ['restart'] },
    travel: killedMidRestart,
  }),
  journeyCase({
    name: 'journey-careless',
    title: 'negative control: an operator that does not wait for drains makes the cluster red on the same journey',
    images: ['operator-careless'],
    localOnly: 'it runs another operator',
    start: journeySpec({ data: 3 }, { redundancy: 'None' }),
    options: { underFaults: true },
    travel: carelessOperator,
    // What is lost cannot be read back, and its writes will never be acknowledged.
    judge: () => Promise.resolve(),
  }),
  journeyCase({
    name: 'journey-kubectl-drain',
    title: '[kubectl-drain] kubectl drain during a roll under writes: one budget for both',
    localOnly: 'it drains a node of Kubernetes',
    start: journeySpec({ masters: 3 }),
    options: { sees: ['restart'] },
    travel: kubectlDrain,
  }),
];
