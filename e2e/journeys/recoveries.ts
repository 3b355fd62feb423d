// What really moved: Elasticsearch's own record of how each copy came to its node.
import type { ElasticsearchUser } from '../environment/elasticsearch.ts';

interface Recovery {
  readonly type: string;
  readonly start_time_in_millis: number;
  readonly index: { readonly size: { readonly recovered_in_bytes: number } };
}

/**
 * Bytes that copies were given by other nodes. Each copy remembers how it came to its node, until it goes to the next.
 * @param since Elasticsearch's clock, milliseconds: that of the machine that both run on
 */
export async function bytesMoved(admin: ElasticsearchUser, since: number): Promise<number> {
  const shard = '*.shards';
  const fields = ['type', 'start_time_in_millis', 'index.size.recovered_in_bytes'];
  const path = `/_recovery?expand_wildcards=all&filter_path=${fields.map((field) => `${shard}.${field}`).join()}`;
  const { body } = await admin.ask('GET', path);
  return Object.values(body as Record<string, { readonly shards: readonly Recovery[] }>)
    .flatMap(({ shards }) => shards)
    .filter(({ type, start_time_in_millis: began }) => type === 'PEER' && began >= since)
    .reduce((sum, { index }) => sum + index.size.recovered_in_bytes, 0);
}

/** Waits until no copy moves. */
export async function untilNothingMoves(admin: ElasticsearchUser): Promise<void> {
  const quiet = 'wait_for_no_relocating_shards=true&wait_for_no_initializing_shards=true&wait_for_events=languid';
  await admin.ask('GET', `/_cluster/health?${quiet}&timeout=50s`);
}
