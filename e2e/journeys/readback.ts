// Reads back every document of a journey and compares it with what was acknowledged: by id, and by its whole content.
import type { ElasticsearchUser } from '../environment/elasticsearch.ts';
import { journeyStreams, printOf } from './documents.ts';

export interface Readback {
  readonly found: number;
  /** Acknowledged, and not there: some ids, and how many there are. */
  readonly missing: readonly string[];
  readonly missingCount: number;
  /** There with another content. */
  readonly different: readonly string[];
  /** There, but never acknowledged. */
  readonly unknown: readonly string[];
  /** There more often than once. */
  readonly duplicates: number;
}

interface Page {
  readonly _scroll_id: string;
  readonly hits: { readonly hits: readonly { readonly _id: string; readonly _source: unknown }[] };
  readonly _shards: { readonly total: number; readonly successful: number };
}

const pageSize = 5000;
/** So many ids are named. */
const named = 10;

/** A page that some shard did not take part in proves nothing. */
function wholePage(page: Page): Page {
  const { total, successful } = page._shards;
  if (successful < total) throw new Error(`${total - successful} of ${total} shards did not answer the readback`);
  return page;
}

export async function readBack(
  elasticsearch: ElasticsearchUser,
  seed: number,
  acknowledged: ReadonlyMap<string, string>,
): Promise<Readback> {
  const left = new Set(acknowledged.keys());
  const [different, unknown]: [string[], string[]] = [[], []];
  let [found, duplicates] = [0, 0];
  await elasticsearch.ask('POST', `/${journeyStreams}/_refresh`);
  const body = { size: pageSize, sort: ['_doc'], query: { match_all: {} } };
  const path = `/${journeyStreams}/_search?scroll=2m&allow_partial_search_results=false`;
  let page = wholePage((await elasticsearch.ask('POST', path, body)).body as Page);
  while (page.hits.hits.length > 0) {
    for (const { _id: id, _source: source } of page.hits.hits) {
      if (!id.startsWith(`${seed}-`)) continue; // of an earlier journey on the same cluster
      found += 1;
      const print = acknowledged.get(id);
      if (print === undefined) unknown.push(id);
      else if (print !== printOf(JSON.stringify(source))) different.push(id);
      if (print !== undefined && !left.delete(id)) duplicates += 1;
    }
    const next = { scroll: '2m', scroll_id: page._scroll_id };
    page = wholePage((await elasticsearch.ask('POST', '/_search/scroll', next)).body as Page);
  }
  await elasticsearch.ask('DELETE', '/_search/scroll', { scroll_id: page._scroll_id }, [404]);
  return { found, missing: [...left].slice(0, named), missingCount: left.size, different, unknown, duplicates };
}
