// What travellers do whose stack loses nodes: down, back half way, out of a tier, and with an operator that does not care.
import assert from 'node:assert/strict';
import { withOperatorImage } from '../environment/operators.ts';
import { found, seen, waitFor } from '../environment/wait.ts';
import { imageReference } from '../images/catalog.ts';
import { limitRecovery, writeBallast } from './ballast.ts';
import { journeyStreams } from './documents.ts';
import { nodeName, uidsOf } from './stack-pods.ts';
import { journeyPlace, journeySpec, smallPool, type Traveller } from './travel.ts';

const { name } = journeyPlace;

/** Edits, waits until it is so, and looks whether the cluster has just these data nodes. */
export async function dataNodes(
  { journey }: Traveller,
  count: number,
  redundancy: 'Single' | 'None' = 'Single',
): Promise<void> {
  await journey.edit(journeySpec({ data: count }, { redundancy }), `${count} data nodes are asked for`);
  await journey.settled();
  const nodes = (await journey.nodes()).filter((one) => one.startsWith(`${name}-es-data-`));
  assert.deepEqual(
    nodes,
    Array.from({ length: count }, (_, ordinal) => nodeName('data', ordinal)),
  );
}

/** Copies besides the primary of all indices of the journey, the highest number first. */
async function copiesOf({ journey }: Traveller): Promise<readonly number[]> {
  const { body } = await journey.admin.ask('GET', `/${journeyStreams}/_settings/index.number_of_replicas`);
  const indices = Object.values(body as Record<string, { settings: { index: { number_of_replicas: string } } }>);
  return indices.map(({ settings }) => Number(settings.index.number_of_replicas)).toSorted((one, other) => other - one);
}

/** Two nodes leave, and the one that stays can hold no copies: they are gone when the last drain begins, and not only in its course. */
export async function threeToOne(traveller: Traveller): Promise<void> {
  const { journey, context } = traveller;
  const copiesBefore = await copiesOf(traveller);
  assert.deepEqual([...new Set(copiesBefore)], [1], 'every index has a copy');
  await journey.edit(journeySpec({ data: 1 }), 'one data node is asked for');
  await waitFor(
    'the last drain to begin',
    async () => {
      const names = (await journey.settings())['cluster.routing.allocation.exclude._name'] ?? 'no node';
      return names.includes(nodeName('data', 1)) ? found(undefined) : seen(names);
    },
    { signal: context.signal, seconds: 600, every: 0.1 },
  );
  const copies = await copiesOf(traveller);
  assert.equal(copies[0], 0, 'copies are lowered before the drain that leaves no place for them');
  await dataNodes(traveller, 1);
  assert.deepEqual([...new Set(await copiesOf(traveller))], [0], 'no index wants a copy in the end');
}

export async function reversed({ journey, site, context }: Traveller): Promise<void> {
  await writeBallast(journey.admin, 4, 24);
  await limitRecovery(journey.admin, '1mb');
  const before = await uidsOf(site);
  await journey.edit(journeySpec({ data: 2 }), 'two data nodes are asked for');
  assert.deepEqual(await journey.draining(), [nodeName('data', 2)]);
  await waitFor(
    'shards to be under way',
    async () => {
      const { body } = await journey.admin.ask('GET', '/_cluster/health');
      const { relocating_shards: count } = body as { relocating_shards: number };
      return count > 0 ? found(undefined) : seen('nothing moves');
    },
    { signal: context.signal, seconds: 60, every: 0.5 },
  );
  await journey.edit(journeySpec({ data: 3 }), 'three data nodes are asked for again');
  await limitRecovery(journey.admin, undefined);
  await journey.settled();
  assert.deepEqual(await uidsOf(site), before, 'all pods are still the same');
}

export async function warmTier({ journey }: Traveller): Promise<void> {
  const warm = { pools: [smallPool('warm', ['data_warm'], 2)] };
  await journey.edit(journeySpec({}, warm), 'a warm tier is asked for');
  await journey.settled();
  const stream = 'logs-journey.0-default';
  const { body } = await journey.admin.ask('POST', `/${stream}/_rollover`);
  const { old_index: oldest } = body as { old_index: string };
  const preference = { 'index.routing.allocation.include._tier_preference': 'data_warm,data_hot' };
  await journey.admin.ask('PUT', `/${oldest}/_settings`, preference);
  const holders = async (): Promise<readonly string[]> => {
    const rows = (await journey.admin.ask('GET', `/_cat/shards/${oldest}?format=json&h=node`)).body;
    return (rows as readonly { node: string | null }[]).map((row) => row.node ?? 'unassigned').toSorted();
  };
  await waitFor(
    'the old index to be on the warm nodes',
    async () => {
      const now = await holders();
      return now.every((one) => one === nodeName('warm', 0) || one === nodeName('warm', 1))
        ? found(now)
        : seen(now.join());
    },
    { signal: AbortSignal.timeout(120_000), seconds: 110 },
  );
  await journey.edit(journeySpec({}), 'the warm tier is taken away');
  await journey.settled();
  for (const holder of await holders()) assert.match(holder, /-es-data-\d$/, 'the old index is on hot nodes');
}

/** First the real operator on a journey without copies, then one without the drain rule on the same. */
export async function carelessOperator({ journey, site, context }: Traveller): Promise<void> {
  const size = (data: number): Promise<void> =>
    journey.edit(journeySpec({ data }, { redundancy: 'None' }), `${data} data nodes are asked for`);
  await writeBallast(journey.admin, 4, 16);
  await limitRecovery(journey.admin, '4mb');
  await size(2);
  await journey.settled();
  await size(3);
  await journey.settled();
  assert.equal(journey.wasRed, false, 'the real operator lost nothing');
  await waitFor(
    'shards on the third node',
    async () => {
      const { body } = await journey.admin.ask('GET', '/_cat/shards?format=json&h=node,state');
      const rows = body as readonly { node: string | null; state: string }[];
      const own = rows.filter(
        ({ node: holder, state }) => holder === nodeName('data', 2) && state === 'STARTED',
      ).length;
      return own > 0 ? found(own) : seen('none yet');
    },
    { signal: context.signal, seconds: 180 },
  );
  await using careless = new AsyncDisposableStack();
  careless.use(await withOperatorImage(site, imageReference('operator-careless')));
  await limitRecovery(journey.admin, '256kb');
  await size(2);
  await waitFor('the cluster to be red', () => Promise.resolve(journey.wasRed ? found(undefined) : seen('not red')), {
    signal: context.signal,
    seconds: 300,
  });
  context.log('without the drain rule the cluster went red');
}
