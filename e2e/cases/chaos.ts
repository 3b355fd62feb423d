// Faults in the middle of a drain under writes: a proxy that breaks answers, nodes that die or freeze, an API server and an operator that are gone for a while. The same end, nothing lost, nothing left behind.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { kubernetesBinaries } from '../cluster/binaries.ts';
import { apiServerProgram } from '../cluster/control-plane.ts';
import { layoutOf } from '../cluster/layout.ts';
import { networkPrefix } from '../cluster/namespaces.ts';
import { ensureRunning, processesOf, stopProcesses } from '../cluster/process.ts';
import { interposeProxy } from '../environment/elasticsearch-proxy.ts';
import { restartOperator } from '../environment/operators.ts';
import type { Site } from '../environment/site.ts';
import { conditionOf, getStack } from '../environment/stacks.ts';
import { found, seen, waitFor } from '../environment/wait.ts';
import type { FaultAction } from '../faults/faults.ts';
import { signalPod } from '../faults/pod-processes.ts';
import type { FaultProxy } from '../faults/proxy.ts';
import { limitRecovery, writeBallast } from '../journeys/ballast.ts';
import type { Journey } from '../journeys/journey.ts';
import { killingAtEachStep } from '../journeys/steps.ts';
import { journeyCase, journeyPlace, journeySpec, type Traveller } from '../journeys/travel.ts';
import type { TestCase } from './registry.ts';

const { namespace, name } = journeyPlace;
const leaving = `${name}-es-data-2`;
const localOnly = 'it reaches into the processes and the network of the node';
/** Without the name of the product the operator would not even read an answer. */
const json = { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' };

/** Each of them goes on for a while, over every request that the operator makes to Elasticsearch. */
const faults: readonly FaultAction[] = [
  { kind: 'answer', status: 500, body: '{"error":"by the fault proxy"}', headers: json },
  { kind: 'answer', status: 429, body: '{"error":"by the fault proxy"}', headers: json },
  { kind: 'answer', status: 200, body: '{}', headers: json },
  { kind: 'reset' },
  { kind: 'lost-answer' },
  { kind: 'truncate', afterBytes: 40 },
  { kind: 'cut', afterBytes: 40 },
  { kind: 'stall', afterBytes: 40 },
  { kind: 'delay', milliseconds: 20_000 },
];

/** A drain that takes a while: three data nodes, one of which is to leave, with data that moves slowly. */
async function slowDrain({ journey }: Traveller, redundancy: 'None' | 'Single'): Promise<void> {
  await writeBallast(journey.admin, 4, 20);
  await limitRecovery(journey.admin, '512kb');
  await journey.edit(journeySpec({ data: 2 }, { redundancy }), 'two data nodes are asked for');
  assert.deepEqual(await journey.draining(), [leaving]);
}

async function endsWithTwoNodes(journey: Journey): Promise<void> {
  await limitRecovery(journey.admin, undefined);
  await journey.settled();
  assert.ok(!(await journey.nodes()).includes(leaving), `${leaving} has left`);
}

async function brokenAnswers(traveller: Traveller): Promise<void> {
  const { journey, site, context } = traveller;
  await using interposed = await interposeProxy(site.run, namespace, name);
  await restartOperator(site, context.signal);
  await slowDrain(traveller, 'None');
  for (const action of faults) {
    using rule = interposed.proxy.inject({ userAgent: /./ }, action);
    await pause(action.kind === 'delay' ? 25_000 : 8000, undefined, { signal: context.signal });
    context.log(`${action.kind}: ${rule.hits} requests`);
    assert.ok(rule.hits > 0, `the operator asked while answers were broken by ${action.kind}`);
    assert.ok((await journey.nodes()).includes(leaving), `${leaving} stays while answers are broken`);
  }
  await endsWithTwoNodes(journey);
}

/** The closer look asks so for where every copy is; the usual look asks for members and votes, and goes through. */
const routingTable = /^\/_cluster\/state\/[^?]*routing_table/;

/** The answer that the operator would get now to the question that it asked for the routing table. */
async function routingTableNow(journey: Journey, proxy: FaultProxy): Promise<FaultAction> {
  const asked = proxy.requests.findLast(({ url }) => routingTable.test(url));
  assert.ok(asked !== undefined, 'the operator has asked for the routing table before');
  const { status, body } = await journey.admin.ask('GET', asked.url);
  return { kind: 'answer', status, body: JSON.stringify(body), headers: json };
}

/** The node itself still counts shards while an old routing table has none on it: one look alone must not be believed. */
async function staleRoutingTable(traveller: Traveller): Promise<void> {
  const { journey, site, context } = traveller;
  await using interposed = await interposeProxy(site.run, namespace, name);
  await restartOperator(site, context.signal);
  await writeBallast(journey.admin, 4, 20);
  // A first drain, taken back: it shows how the operator asks.
  await limitRecovery(journey.admin, '256kb');
  await journey.edit(journeySpec({ data: 2 }, { redundancy: 'None' }), 'two data nodes are asked for');
  await journey.draining();
  await journey.edit(journeySpec({ data: 3 }, { redundancy: 'None' }), 'three data nodes are asked for again');
  await limitRecovery(journey.admin, undefined);
  await journey.settled();
  const users = (names: string | null) =>
    journey.admin.ask('PUT', '/_cluster/settings', {
      persistent: { 'cluster.routing.allocation.exclude._name': names },
    });
  await users(leaving);
  await untilShards(traveller, (count) => count === 0);
  const old = await routingTableNow(journey, interposed.proxy);
  await users(null);
  await untilShards(traveller, (count) => count > 0);
  {
    using rule = interposed.proxy.inject({ url: routingTable }, old);
    await limitRecovery(journey.admin, '256kb');
    await journey.edit(journeySpec({ data: 2 }, { redundancy: 'None' }), 'two data nodes are asked for');
    assert.deepEqual(await journey.draining(), [leaving], 'the drain has begun');
    // By the old table alone the node would go now. What holds it is its own word, again and again.
    const said = `${leaving} itself still counts`;
    await untilSaid(traveller, said);
    const before = rule.hits;
    await pause(20_000, undefined, { signal: context.signal });
    await untilSaid(traveller, said);
    context.log(`an old routing table was given ${rule.hits} times`);
    assert.ok(rule.hits > before, 'the operator was given the old routing table while it waited');
    assert.ok((await journey.nodes()).includes(leaving), `${leaving} stays while it counts shards itself`);
  }
  await endsWithTwoNodes(journey);
}

/** Waits until Elasticsearch's condition says why it is not ready in these words. */
async function untilSaid({ site, context: { signal, log } }: Traveller, words: string): Promise<void> {
  const message = await waitFor(
    `the words "${words}"`,
    async () => {
      const condition = conditionOf(await getStack(site.run, namespace, name), 'ElasticsearchReady');
      return condition?.message.includes(words) === true
        ? found(condition.message)
        : seen(condition?.message ?? 'no condition');
    },
    { signal, seconds: 60 },
  );
  log(`says: ${message}`);
}

async function untilShards({ journey, context }: Traveller, enough: (count: number) => boolean): Promise<void> {
  await waitFor(
    `shards on ${leaving}`,
    async () => {
      const { body } = await journey.admin.ask('GET', '/_cat/shards?format=json&h=node,state');
      const rows = (body as readonly { node: string | null; state: string }[]).filter(
        ({ node }) => node?.split(' ')[0] === leaving,
      );
      const moving = rows.some(({ state }) => state !== 'STARTED');
      return enough(rows.length) && !moving ? found(undefined) : seen(`${rows.length} shards`);
    },
    { signal: context.signal, seconds: 180 },
  );
}

async function uidOf(site: Site, pod: string): Promise<string> {
  const { metadata } = await site.run.json<{ metadata: { uid: string } }>(['get', 'pod', pod, '-n', namespace]);
  return metadata.uid;
}

const clusterOf = (site: Site): string => {
  if (site.cluster === undefined) throw new Error(`This case runs on a local node only: ${localOnly}.`);
  return site.cluster;
};

async function nodeDies(traveller: Traveller): Promise<void> {
  const { journey, site, context } = traveller;
  await slowDrain(traveller, 'Single');
  for (const pod of [`${name}-es-data-0`, leaving]) {
    const count = await signalPod(clusterOf(site), await uidOf(site, pod), 'SIGKILL');
    context.log(`killed ${count} processes of ${pod}`);
    assert.ok(count > 0);
    await pause(45_000, undefined, { signal: context.signal });
  }
  await endsWithTwoNodes(journey);
}

async function nodeFreezes(traveller: Traveller): Promise<void> {
  const { journey, site, context } = traveller;
  await slowDrain(traveller, 'Single');
  for (const pod of [`${name}-es-data-1`, leaving]) {
    const uid = await uidOf(site, pod);
    const count = await signalPod(clusterOf(site), uid, 'SIGSTOP');
    context.log(`froze ${count} processes of ${pod} for 60 s`);
    assert.ok(count > 0);
    try {
      await pause(60_000, undefined, { signal: context.signal });
      assert.equal(await uidOf(site, pod), uid, 'a frozen node is not replaced');
    } finally {
      await signalPod(clusterOf(site), uid, 'SIGCONT');
    }
    await pause(20_000, undefined, { signal: context.signal });
  }
  await endsWithTwoNodes(journey);
}

async function apiServerRestarts(traveller: Traveller): Promise<void> {
  const { journey, site, context } = traveller;
  await slowDrain(traveller, 'None');
  const layout = layoutOf(clusterOf(site), 'node');
  const running = (await processesOf(layout.directory)).filter(({ part }) => part === 'kube-apiserver');
  assert.equal(running.length, 1, 'one API server runs');
  await stopProcesses(running, 5000);
  context.log('stopped the API server for 30 s');
  await pause(30_000, undefined, { signal: context.signal });
  await ensureRunning(
    layout.directory,
    apiServerProgram(layout, await kubernetesBinaries()),
    await networkPrefix(layout),
  );
  await waitFor(
    'the API server to be ready',
    async () => ((await site.run(['get', '--raw', '/readyz'])) === 'ok' ? found(undefined) : seen('not ready')),
    { signal: context.signal, seconds: 120 },
  );
  await endsWithTwoNodes(journey);
}

/** Where the operator must have been killed; it does more than that, and is killed there, too. */
const boundaries = {
  upgrade: ['ChangeTemplate', 'Restart'],
  scaleDown: ['Drain', 'RemoveNode', 'DeleteVolume', 'TakeVote'],
} as const;

async function operatorDiesAtEachStep(traveller: Traveller): Promise<void> {
  const { journey } = traveller;
  const travel = async (spec: object, why: string, actions: readonly string[]): Promise<void> => {
    const steps = await killingAtEachStep(traveller, async () => {
      await journey.edit(spec, why);
      await journey.settled(1500);
    });
    for (const action of actions)
      assert.ok(
        steps.some((step) => step.action === action),
        `the operator was killed at a step ${action}`,
      );
  };
  await travel(journeySpec({ masters: 3, data: 3 }), 'version 9.4.3 is asked for', boundaries.upgrade);
  await travel(
    journeySpec({ masters: 1, data: 2 }),
    'one master and two data nodes are asked for',
    boundaries.scaleDown,
  );
  assert.equal((await journey.nodes()).length, 3);
}

export const chaosCases: readonly TestCase[] = [
  journeyCase({
    name: 'chaos-broken-answers',
    title: '[drain-fails-open] a proxy before Elasticsearch breaks answers in nine ways in the middle of a drain',
    localOnly,
    start: journeySpec({ data: 3 }, { redundancy: 'None' }),
    options: { underFaults: true },
    travel: brokenAnswers,
  }),
  journeyCase({
    name: 'chaos-stale-routing-table',
    title: '[drain-orphans] [drain-stale] an old routing table alone takes no node away',
    localOnly,
    start: journeySpec({ data: 3 }, { redundancy: 'None' }),
    options: { underFaults: true },
    travel: staleRoutingTable,
  }),
  journeyCase({
    name: 'chaos-node-dies',
    title: '[drain-stale] data nodes are killed in the middle of a drain, also the one that leaves',
    localOnly,
    start: journeySpec({ data: 3 }),
    options: { underFaults: true },
    travel: nodeDies,
  }),
  journeyCase({
    name: 'chaos-node-freezes',
    title: '[drain-fails-open] data nodes freeze in the middle of a drain, also the one that leaves',
    localOnly,
    start: journeySpec({ data: 3 }),
    options: { underFaults: true },
    travel: nodeFreezes,
  }),
  journeyCase({
    name: 'chaos-api-server',
    title: 'the API server is gone for 30 s in the middle of a drain',
    localOnly,
    start: journeySpec({ data: 3 }, { redundancy: 'None' }),
    options: { underFaults: true },
    travel: apiServerRestarts,
  }),
  journeyCase({
    name: 'chaos-operator',
    title:
      '[upgrade-yellow] [masters-3-1-3] the operator is killed at each step of 8.19.8 → 9.4.3, and of data 3→2 with masters 3→1',
    localOnly,
    versions: ['8.19.8'],
    start: journeySpec({ masters: 3, data: 3 }, { version: '8.19.8' }),
    travel: operatorDiesAtEachStep,
  }),
];
