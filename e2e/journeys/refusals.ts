// What travellers do whose stack must refuse: each refusal is named, passes when its reason does, and costs nothing meanwhile.
import assert from 'node:assert/strict';
import { operatorMetrics } from '../environment/operators.ts';
import { conditionOf, getStack } from '../environment/stacks.ts';
import { operatorPods } from '../environment/pods.ts';
import { found, seen, waitFor } from '../environment/wait.ts';
import { signalPod } from '../faults/pod-processes.ts';
import { bigger, nodeName, uidsOf, unreadyPods } from './stack-pods.ts';
import { journeyPlace, journeySpec, type Traveller } from './travel.ts';

const low = 'cluster.routing.allocation.disk.watermark.low';

/** The other nodes cannot take what is on the one that is to leave, by a watermark that a user set. */
export async function tooSmallDisks({ journey, context }: Traveller): Promise<void> {
  const set = (value: string | null) =>
    journey.admin.ask('PUT', '/_cluster/settings', { persistent: { [low]: value } });
  await set('2%');
  await journey.edit(
    journeySpec({ data: 2 }),
    'two data nodes are asked for, with disks that are full by their watermark',
  );
  context.log(await journey.blockedBy('DiskTooSmall'));
  assert.equal((await journey.settings())['cluster.routing.allocation.exclude._name'], undefined, 'nothing was begun');
  await set(null);
  await journey.settled();
}

const shardLimit = 'cluster.max_shards_per_node';

/** The nodes that stay may open no more shards: after the next roll-over logs would wait for ever. The edit is taken back. */
export async function tooManyShards({ journey, site, context }: Traveller): Promise<void> {
  const set = (value: number | null) =>
    journey.admin.ask('PUT', '/_cluster/settings', { persistent: { [shardLimit]: value } });
  await set(1);
  await journey.edit(journeySpec({ data: 2 }), 'two data nodes are asked for, which may not hold all shards');
  context.log(await journey.blockedBy('TooManyShards'));
  assert.equal((await journey.settings())['cluster.routing.allocation.exclude._name'], undefined, 'nothing was begun');
  const stack = await getStack(site.run, journeyPlace.namespace, journeyPlace.name);
  assert.equal(conditionOf(stack, 'Blocked')?.status, 'True');
  const metric = (await operatorMetrics(site))
    .split('\n')
    .find((line) => line.startsWith('loggingstack_blocked_seconds{') && line.includes('rule="TooManyShards"'));
  assert.match(metric ?? 'none', new RegExp(`stack="${journeyPlace.name}"`), 'the metric of the rule is there');
  await journey.edit(journeySpec({ data: 3 }), 'three data nodes are asked for again');
  await journey.settled();
  await set(null);
}

/** A limit of a user's own index that no rule foresees: the drain begins, stands still, and is told in Elasticsearch's words. */
export async function noPlaceForShard({ journey, context }: Traveller): Promise<void> {
  await journey.admin.ask('PUT', '/spread', {
    settings: {
      number_of_shards: 3,
      number_of_replicas: 0,
      'index.routing.allocation.total_shards_per_node': 1,
    },
  });
  await journey.edit(journeySpec({ data: 2 }), 'two data nodes are asked for, with an index that needs three');
  const said = await journey.blockedBy('NoPlaceForShard');
  assert.match(said, /spread.*too many shards/, 'the refusal names the index and the limit');
  context.log(said);
  await journey.edit(journeySpec({ data: 3 }), 'three data nodes are asked for again');
  await journey.settled();
  await journey.admin.ask('DELETE', '/spread');
}

/** An index of a user that wants more copies than the nodes that stay can hold. */
export async function tooManyCopies({ journey, context }: Traveller): Promise<void> {
  await journey.admin.ask('PUT', '/own', { settings: { number_of_replicas: 2 } });
  await journey.edit(journeySpec({ data: 2 }), 'two data nodes are asked for, with an index of three copies');
  const said = await journey.blockedBy('TooManyCopies');
  assert.match(said, /own/, 'the refusal names the index');
  context.log(said);
  await journey.admin.ask('PUT', '/own/_settings', { index: { number_of_replicas: 1 } });
  await journey.settled();
}

/** A node that never joined, because its pod finds no place, goes at once. */
export async function neverJoined({ journey, site, context }: Traveller): Promise<void> {
  const [kubernetesNode = ''] = (await site.run(['get', 'nodes', '-o', 'name'])).trim().split('\n');
  await site.run(['cordon', kubernetesNode]);
  try {
    await journey.edit(journeySpec({ data: 3 }), 'a third data node is asked for, and there is no place for it');
    await waitFor(
      'a pod that waits for a place',
      async () => {
        const unready = await unreadyPods(site);
        return unready.includes(nodeName('data', 2)) ? found(undefined) : seen(unready.join());
      },
      { signal: context.signal, seconds: 120 },
    );
    await journey.edit(journeySpec({ data: 2 }), 'two data nodes are asked for');
    await journey.settled(120);
  } finally {
    await site.run(['uncordon', kubernetesNode]);
  }
  assert.ok(!(await uidsOf(site)).has(nodeName('data', 2)), 'it is gone');
}

const held = 'cluster.routing.allocation.enable';

/** Kills the operator's process, without a warning, and takes its pod away, which would be started later and later. */
async function killProcess({ site, context }: Traveller): Promise<void> {
  const { cluster } = site;
  if (cluster === undefined) throw new Error('The process of the operator is killed on a local node only.');
  const { items } = await site.run.json<{ items: readonly { metadata: { name: string; uid: string } }[] }>([
    'get',
    'pods',
    ...operatorPods,
  ]);
  for (const { metadata } of items) await signalPod(cluster, metadata.uid, 'SIGKILL');
  context.log('killed the operator');
  for (const { metadata } of items)
    await site.run(['delete', 'pod', metadata.name, '-n', 'loggingstack-system', '--grace-period=0', '--force']);
}

/** The operator dies between what it sets for a restart and what takes that back. */
export async function killedMidRestart(traveller: Traveller): Promise<void> {
  const { journey, context } = traveller;
  const value = async (): Promise<string | undefined> => (await journey.settings())[held];
  await journey.edit(journeySpec({ masters: 3 }, { config: bigger }), 'a changed config');
  await waitFor(
    'the operator to be dead while allocation is held for a restart',
    async () => {
      if ((await value()) === undefined) return seen('nothing is set');
      await killProcess(traveller);
      // It may have put the setting back before it died: then there is the next restart.
      return (await value()) === undefined ? seen('the setting was put back before the kill') : found(undefined);
    },
    { signal: context.signal, seconds: 600, every: 0.1 },
  );
  await journey.settled();
  assert.equal(await value(), undefined, 'allocation is free again');
}
