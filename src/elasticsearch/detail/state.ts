// Where every copy of every shard is and what holds for its index: one cluster state of the master, so that all of it speaks of one moment.
import { z } from 'zod';
import type { IndexState, NodeDetail, ShardCopy } from '../../core/elasticsearch/observed.ts';
import type { EsClient } from '../client.ts';
import { EsFault } from '../faults.ts';
import { masterTimeout } from '../requests.ts';
import { type IndexSettings, indexOf, indexSettings } from './index-settings.ts';
import { detailBytes } from './size.ts';

/** A copy of which the size is not known yet, with the id of its node. */
type PlacedCopy = Omit<ShardCopy, 'bytes'> & { readonly nodeId: string | undefined };

export interface StateDetail {
  readonly uuid: string;
  /** By id. */
  readonly nodes: ReadonlyMap<string, Pick<NodeDetail, 'name' | 'version' | 'roles'>>;
  readonly shards: readonly PlacedCopy[];
  readonly indices: readonly IndexState[];
}

const id = z.string().max(128);
const copy = z.object({
  state: z.enum(['STARTED', 'RELOCATING', 'INITIALIZING', 'UNASSIGNED']),
  primary: z.boolean(),
  node: id.nullish(),
  relocating_node: id.nullish(),
  allocation_id: z.object({ id }).optional(),
});

const stateAnswer = z.object({
  cluster_uuid: id,
  nodes: z.record(
    id,
    z.object({ name: z.string().max(253), version: z.string().max(32), roles: z.array(z.string().max(64)).max(32) }),
  ),
  // Both are absent when there is no index at all.
  routing_table: z
    .object({ indices: z.record(z.string(), z.object({ shards: z.record(z.string().regex(/^\d+$/), z.array(copy)) })) })
    .optional(),
  metadata: z
    .object({
      indices: z
        .record(
          z.string(),
          z.object({ in_sync_allocations: z.record(z.string(), z.array(id)), settings: indexSettings }),
        )
        .optional(),
      data_stream: z
        .object({
          data_stream: z
            .record(z.string(), z.object({ indices: z.array(z.object({ index_name: z.string() })).optional() }))
            .optional(),
        })
        .optional(),
    })
    .optional(),
});

type StateAnswer = z.infer<typeof stateAnswer>;

const path = '/_cluster/state/nodes,routing_table,metadata';
const fields = [
  'cluster_uuid,nodes.*.name,nodes.*.version,nodes.*.roles',
  ...['state', 'primary', 'node', 'relocating_node', 'allocation_id.id'].map(
    (field) => `routing_table.indices.*.shards.*.${field}`,
  ),
  'metadata.indices.*.in_sync_allocations',
  ...[
    'number_of_replicas',
    'auto_expand_replicas',
    'hidden',
    'version.created',
    'routing.allocation.include',
    'routing.allocation.exclude',
    'routing.allocation.require',
  ].map((field) => `metadata.indices.*.settings.index.${field}`),
  'metadata.data_stream.data_stream.*.indices.index_name',
].join();

/** Throws EsFault, also when one part of the answer lacks what another names. */
export async function readState(client: EsClient, signal: AbortSignal): Promise<StateDetail> {
  const query = { filter_path: fields, master_timeout: masterTimeout };
  const answer = await client.read({ method: 'GET', path, query, answerBytes: detailBytes }, stateAnswer, signal);
  const routing = answer.routing_table?.indices ?? {};
  const metadata = answer.metadata?.indices ?? {};
  const strangers = new Set(Object.keys(routing)).symmetricDifference(new Set(Object.keys(metadata)));
  for (const name of strangers) throw half(`index ${name} is named in one part of it only`);
  const streams = streamsByIndex(answer);
  return {
    uuid: answer.cluster_uuid,
    nodes: new Map(Object.entries(answer.nodes)),
    shards: Object.entries(metadata).flatMap(([name, index]) =>
      copiesOf(name, { ...index, shards: routing[name]?.shards ?? {} }, answer.nodes),
    ),
    indices: Object.entries(metadata).map(([name, { settings }]) => indexOf(name, settings, streams.get(name))),
  };
}

interface IndexParts {
  readonly shards: Readonly<Record<string, readonly z.infer<typeof copy>[]>>;
  readonly in_sync_allocations: Readonly<Record<string, readonly string[]>>;
  readonly settings: IndexSettings;
}

/** A shard has as many rows as the index wants copies, wherever they are: fewer are half an answer. */
function copiesOf(
  index: string,
  { shards, in_sync_allocations, settings }: IndexParts,
  nodes: StateAnswer['nodes'],
): readonly PlacedCopy[] {
  const wanted = Number(settings.index.number_of_replicas) + 1;
  const numbers = Object.keys(in_sync_allocations);
  if (numbers.length === 0 || numbers.length !== Object.keys(shards).length)
    throw half(`not every shard of index ${index} is in it`);
  return numbers.flatMap((number) => {
    const rows = shards[number] ?? [];
    if (rows.length !== wanted || rows.filter(({ primary }) => primary).length !== 1)
      throw half(`shard ${number} of index ${index} has ${rows.length} of ${wanted} copies`);
    return rows.map((row) => placed({ index, shard: Number(number) }, row, in_sync_allocations[number] ?? [], nodes));
  });
}

function placed(
  shard: Pick<ShardCopy, 'index' | 'shard'>,
  { state, primary, node, relocating_node, allocation_id }: z.infer<typeof copy>,
  inSync: readonly string[],
  nodes: StateAnswer['nodes'],
): PlacedCopy {
  const nameOf = (nodeId: string): string => {
    const found = nodes[nodeId];
    if (found === undefined) throw half(`index ${shard.index} has a shard on a node that is not in it`);
    return found.name;
  };
  const assigned = state !== 'UNASSIGNED';
  if (assigned !== (typeof node === 'string') || (assigned && allocation_id === undefined))
    throw half(`a shard of index ${shard.index} is ${state}, and its node does not fit that`);
  if (state === 'RELOCATING' && typeof relocating_node !== 'string')
    throw half(`a shard of index ${shard.index} moves to no node`);
  return {
    ...shard,
    primary,
    state,
    node: typeof node === 'string' ? nameOf(node) : undefined,
    relocatingTo: state === 'RELOCATING' && typeof relocating_node === 'string' ? nameOf(relocating_node) : undefined,
    inSync: allocation_id !== undefined && inSync.includes(allocation_id.id),
    nodeId: node ?? undefined,
  };
}

function streamsByIndex({ metadata }: StateAnswer): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(metadata?.data_stream?.data_stream ?? {}).flatMap(([stream, { indices = [] }]) =>
      indices.map(({ index_name }) => [index_name, stream] as const),
    ),
  );
}

const half = (what: string): EsFault => new EsFault('EsInvalidAnswer', `GET ${path}: half an answer: ${what}.`);
