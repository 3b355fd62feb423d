// Documents of a data stream whose every id and content is known, so that each can be asked for after a restore.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { ElasticsearchUser } from '../environment/elasticsearch.ts';

export interface LogLines {
  readonly stream: string;
  readonly seed: number;
  readonly count: number;
}

const pageSize = 1000;

const sourceOf = ({ seed }: LogLines, number: number) => ({
  '@timestamp': '2026-01-01T00:00:00.000Z',
  message: `${number} größer 🥊 "quoted" ${createHash('sha256').update(`${seed} ${number}`).digest('hex')}`,
});

/** Writes them, and makes sure that every one was taken. */
export async function writeLines(elasticsearch: ElasticsearchUser, lines: LogLines): Promise<void> {
  const text = Array.from({ length: lines.count }, (_, number) => [
    JSON.stringify({ create: { _index: lines.stream, _id: String(number) } }),
    JSON.stringify(sourceOf(lines, number)),
  ]);
  const { body } = await elasticsearch.ask('POST', '/_bulk?refresh=true', `${text.flat().join('\n')}\n`);
  assert.equal((body as { errors: boolean }).errors, false, 'every document was taken');
}

interface Found {
  readonly hits: { readonly hits: readonly { readonly _id: string; readonly _source: unknown }[] };
  readonly _shards: { readonly total: number; readonly successful: number };
}

/** How many of them are there by id and whole content, asked for by the name of the data stream. Throws on one that differs. */
export async function countLines(
  elasticsearch: ElasticsearchUser,
  lines: LogLines,
  stream = lines.stream,
): Promise<number> {
  await elasticsearch.ask('POST', `/${stream}/_refresh`);
  let there = 0;
  for (let from = 0; from < lines.count; from += pageSize) {
    const ids = Array.from({ length: Math.min(pageSize, lines.count - from) }, (_, index) => String(from + index));
    const query = { size: pageSize, query: { ids: { values: ids } } };
    const path = `/${stream}/_search?allow_partial_search_results=false`;
    const { hits, _shards } = (await elasticsearch.ask('POST', path, query)).body as Found;
    assert.equal(_shards.successful, _shards.total, 'every shard answered');
    for (const { _id: id, _source: source } of hits.hits)
      assert.deepEqual(source, sourceOf(lines, Number(id)), `document ${id}`);
    there += new Set(hits.hits.map(({ _id: id }) => id)).size;
  }
  return there;
}
