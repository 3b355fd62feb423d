// What travellers do whose stack must refuse: each refusal is named, passes when its reason does, and costs nothing meanwhile.
import assert from 'node:assert/strict';
import { found, seen, waitFor } from '../environment/wait.ts';
import { bigger, nodeName, uidsOf, unreadyPods } from './stack-pods.ts';
import { journeySpec, type Traveller } from './travel.ts';

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

/** The operator dies between what it sets for a restart and what takes that back. */
export async function killedMidRestart({ journey, context }: Traveller): Promise<void> {
  await journey.edit(journeySpec({ masters: 3 }, { config: bigger }), 'a changed config');
  await waitFor(
    'allocation to be held for a restart',
    async () => {
      const settings = await journey.settings();
      const value = settings['cluster.routing.allocation.enable'];
      return value === undefined ? seen('nothing is set') : found(value);
    },
    { signal: context.signal, seconds: 300, every: 0.1 },
  );
  await journey.killOperator();
  await journey.settled();
}
