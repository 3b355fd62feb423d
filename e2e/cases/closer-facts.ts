// What plans and upgrades ask of a real Elasticsearch besides, as the operator's user: how fast copies came to a node last, and what will no longer work. Part of the case closer-look.
import assert from 'node:assert/strict';
import type { StackConnection } from '../../src/elasticsearch/clients.ts';
import { readDeprecations } from '../../src/elasticsearch/detail/deprecations.ts';
import { readRecoverySpeed } from '../../src/elasticsearch/recovery-speed.ts';
import type { ElasticsearchUser } from '../environment/elasticsearch.ts';
import { found, seen, waitFor } from '../environment/wait.ts';
import { limitRecovery, writeBallast } from '../journeys/ballast.ts';
import type { CaseContext } from './registry.ts';

export interface Facts {
  /** Elasticsearch as the operator's own program asks it. */
  readonly connection: StackConnection;
  readonly admin: ElasticsearchUser;
  /** The operator's user, with requests of our own. */
  readonly operator: ElasticsearchUser;
  readonly context: CaseContext;
}

const mebibyte = 1024 ** 2;
/** The stream that `writeBallast` fills first. It has one shard, and no copies in a stack without redundancy. */
const ballast = 'logs-ballast.0-default';

interface RealRecovery {
  readonly type: string;
  readonly stage: string;
  readonly total_time_in_millis: number;
  readonly index: { readonly size: { readonly recovered_in_bytes: number } };
}

/** Moves the only shard of the ballast to the other of two nodes; returns what Elasticsearch itself says of it. */
async function moved({ admin, context }: Facts, nodes: readonly [string, string]): Promise<RealRecovery> {
  const rows = (await admin.ask('GET', `/_cat/shards/${ballast}?format=json&h=index,node`)).body;
  const [{ index, node }] = rows as [{ readonly index: string; readonly node: string }];
  const to = nodes.find((name) => name !== node);
  const command = { move: { index, shard: 0, from_node: node, to_node: to } };
  await admin.ask('POST', '/_cluster/reroute', { commands: [command] });
  return waitFor(
    'the shard on the other node',
    async () => {
      const { body } = await admin.ask('GET', `/${ballast}/_recovery`);
      const shards = (body as Record<string, { readonly shards: readonly RealRecovery[] }>)[index]?.shards ?? [];
      const [done] = shards.filter(({ type, stage }) => type === 'PEER' && stage === 'DONE');
      return done === undefined ? seen(shards.map(({ type, stage }) => `${type} ${stage}`).join()) : found(done);
    },
    { signal: context.signal, seconds: 120 },
  );
}

/** The setting where nothing has moved yet, and what really moved from then on. */
export async function recoverySpeed(facts: Facts, nodes: readonly [string, string]): Promise<void> {
  const { connection, admin, context } = facts;
  const speed = () => readRecoverySpeed(connection.client, ballast, context.signal);
  await writeBallast(admin, 1, 128);
  assert.deepEqual(await speed(), { bytesPerSecond: 40 * mebibyte, measured: false }, "Elasticsearch's own limit");
  await limitRecovery(admin, '20mb');
  assert.deepEqual(await speed(), { bytesPerSecond: 20 * mebibyte, measured: false }, 'the limit that is set');
  const real = await moved(facts, nodes);
  const expected = real.index.size.recovered_in_bytes / (real.total_time_in_millis / 1000);
  const { bytesPerSecond, measured } = await speed();
  context.log(
    `recovery: ${Math.round(bytesPerSecond / 1024)} KiB a second, by its own word ${Math.round(expected / 1024)}`,
  );
  assert.equal(measured, true, `${real.index.size.recovered_in_bytes} bytes are enough to tell`);
  assert.ok(Math.abs(bytesPerSecond / expected - 1) < 0.05, `${bytesPerSecond} is about ${expected} bytes a second`);
  await limitRecovery(admin, undefined);
}

const path = '/_migration/deprecations';
/** What Elasticsearch answers where it has no such API. */
const unknown = [400, 404, 405];

/** The operator's user is told what an administrator is told; a distribution without the API says nothing to either. */
export async function deprecations({ connection, admin, operator, context }: Facts): Promise<void> {
  const privilege = { cluster: ['cluster:admin/xpack/deprecation/info'] };
  const has = (await operator.ask('POST', '/_security/user/_has_privileges', privilege)).body;
  assert.equal((has as { has_all_requested: boolean }).has_all_requested, true, 'the privilege is granted');
  const { status } = await admin.ask('GET', path, undefined, unknown);
  assert.equal((await operator.ask('GET', path, undefined, unknown)).status, status, 'no less than an administrator');
  const told = await readDeprecations(connection.client, context.signal);
  context.log(
    `GET ${path} is answered ${status}; critical: ${told.map(({ message }) => message).join(' | ') || 'none'}`,
  );
  if (status !== 200) assert.deepEqual(told, [], 'a distribution without the API has nothing to say');
}
