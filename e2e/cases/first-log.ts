// Every line that ordinary pods print is found by a search, whole: 20,000 of them, of every difficult kind, across rotations.
import assert from 'node:assert/strict';
import { openElasticsearch, type ElasticsearchUser } from '../environment/elasticsearch.ts';
import { type Comparison, type Found, Search } from '../environment/ledger.ts';
import { currentSite, type Site } from '../environment/site.ts';
import { deleteNamespace, ensureNamespace, type Place } from '../environment/stacks.ts';
import { found, seen, waitFor } from '../environment/wait.ts';
import { type Pod, readLedgers, RotationCounter, startWriters } from '../environment/writers.ts';
import type { CaseContext, TestCase } from './registry.ts';
import { ensureSharedStack, ensureStack, sharedStack } from './shared-stack.ts';

const namespace = 'shop';
const leastRotations = 5;
const plan = { namespace, writers: 3, linesEach: 6_700, rate: 120 };
export const streams = 'logs-kubernetes.container-default';

interface Page {
  readonly _scroll_id: string;
  readonly hits: { readonly hits: readonly { readonly _source: Document }[] };
}

interface Document {
  readonly message: string;
  readonly log?: { readonly flags?: readonly string[] };
  readonly kubernetes: { readonly pod: { readonly name: string } };
}

const foundIn = ({ message, log, kubernetes }: Document): Found => ({
  text: message,
  partial: log?.flags?.includes('partial') === true,
  pod: kubernetes.pod.name,
});

/** Lines of these pods, and not of those that an earlier run made. */
export const linesOf = (pods: readonly Pod[]) => ({
  terms: { 'kubernetes.pod.uid': pods.map(({ metadata }) => metadata.uid) },
});

/** Reads every document of the query, page by page. */
async function searchAll(
  elasticsearch: ElasticsearchUser,
  query: object,
  ledger: ReadonlyMap<string, string>,
): Promise<Search> {
  const search = new Search(ledger);
  const body = { query, size: 500, _source: ['message', 'log.flags', 'kubernetes.pod.name'], sort: ['_doc'] };
  let page = (await elasticsearch.ask('POST', `/${streams}/_search?scroll=1m`, body)).body as Page;
  while (page.hits.hits.length > 0) {
    for (const { _source } of page.hits.hits) search.add(foundIn(_source));
    page = (await elasticsearch.ask('POST', '/_search/scroll', { scroll: '1m', scroll_id: page._scroll_id }))
      .body as Page;
  }
  await elasticsearch.ask('DELETE', '/_search/scroll', { scroll_id: page._scroll_id });
  return search;
}

/** Waits until as many documents are there as lines were written, or until no more come; then compares each. */
export async function findAll(
  elasticsearch: ElasticsearchUser,
  query: object,
  ledger: ReadonlyMap<string, string>,
  { log, signal }: CaseContext,
): Promise<Comparison> {
  await waitFor(
    `${ledger.size} documents`,
    async () => {
      await elasticsearch.ask('POST', `/${streams}/_refresh`, undefined, [404]);
      const answer = await elasticsearch.ask('POST', `/${streams}/_count`, { query }, [404]);
      const { count = 0 } = answer.body as { count?: number };
      log(`${count} of ${ledger.size} lines have arrived`);
      return count >= ledger.size ? found(count) : seen(`${count} documents`);
    },
    { signal, seconds: 300, every: 5 },
  ).catch((error: unknown) => {
    log(String(error));
  });
  return (await searchAll(elasticsearch, query, ledger)).compare();
}

interface OwnPod extends Pod {
  readonly metadata: Pod['metadata'] & { readonly labels: Readonly<Record<string, string>> };
}

/** The stack's own pods print lines, and none of them is in the stack: one about an error would make the next. */
async function nothingOfItsOwn(elasticsearch: ElasticsearchUser, { run }: Site, place: Place): Promise<string> {
  const { namespace, name } = place;
  const { items } = await run.json<{ items: readonly OwnPod[] }>([
    ...['get', 'pods', '-n', namespace, '-l', `loggingstack.dev/stack=${name}`],
  ]);
  const printing = new Set<string>();
  for (const { metadata } of items) {
    const printed = await run(['logs', metadata.name, '-n', namespace, '--all-containers', '--limit-bytes=1000']);
    if (printed.trim() !== '') printing.add(metadata.labels['loggingstack.dev/component'] ?? '');
  }
  for (const component of ['elasticsearch', 'logstash', 'filebeat'])
    assert.ok(printing.has(component), `pods of ${component} print lines, which could have been collected`);
  const answer = await elasticsearch.ask('POST', `/${streams}/_search`, { query: linesOf(items), size: 3 });
  const { hits } = answer.body as Pick<Page, 'hits'>;
  assert.deepEqual(
    hits.hits.map(({ _source }) => `${_source.kubernetes.pod.name}: ${_source.message}`),
    [],
    "lines of the stack's own pods",
  );
  return `none of the lines that ${items.length} pods of the stack itself print is there`;
}

async function firstLog(context: CaseContext, place: Place): Promise<undefined> {
  const { log, signal, seed } = context;
  const site = currentSite(context);
  await deleteNamespace(site.run, namespace); // those of a run that failed: their files are half rotated away
  await ensureNamespace(site.run, namespace, 'baseline');
  const pods = await startWriters(site, { ...plan, seed }, signal);
  await using rotations = site.cluster === undefined ? undefined : new RotationCounter(site.cluster, namespace, pods);
  const ledger = await readLedgers(site, namespace, pods, 300, signal);
  log(`${pods.length} pods wrote ${ledger.size} lines`);

  await using elasticsearch = await openElasticsearch(site, place.namespace, place.name);
  const result = await findAll(elasticsearch, linesOf(pods), ledger, context);
  log(await nothingOfItsOwn(elasticsearch, site, place));
  log(
    `written ${result.written}, missing ${result.missing.length}, with another text ${result.different.length}, duplicates ${result.duplicates}, in two documents because of a rotation ${result.inTwo} (in ${result.cutCharacters} a character was cut), of unknown text ${result.unknown.length}`,
  );
  for (const text of result.unknown.slice(0, 10)) log(`unknown text: ${text}`);
  for (const [name, count] of rotations?.counts ?? []) log(`the log of ${name} was rotated ${count} times`);
  assert.deepEqual(result.missing.slice(0, 10), [], 'lines that are missing');
  assert.deepEqual(result.different.slice(0, 10), [], 'lines with another text');
  assert.ok(ledger.size >= 20_000, `${ledger.size} lines`);
  for (const [name, count] of rotations?.counts ?? []) {
    assert.ok(
      count >= leastRotations,
      `the log of ${name} was rotated ${count} times, at least ${leastRotations} are wanted`,
    );
  }
  await deleteNamespace(site.run, namespace);
  return undefined;
}

const older = { namespace: 'logging', name: 'older' } as const;

export const firstLogCases: readonly TestCase[] = [
  {
    name: 'first-log',
    tier: 'e2e',
    namespaces: [namespace],
    title:
      "[feedback-loop] 20,000 lines of every difficult kind are found whole, across rotations, and none of the stack's own",
    minutes: 20,
    run: async (context) => {
      await ensureSharedStack(currentSite(context), context);
      return firstLog(context, sharedStack);
    },
  },
  {
    name: 'first-log-8.19',
    tier: 'deep',
    namespaces: [namespace],
    title: 'the same on Elasticsearch 8.19.8',
    versions: ['8.19.8'],
    minutes: 35,
    run: async (context) => {
      await ensureStack(currentSite(context), context, older, { version: '8.19.8' });
      return firstLog(context, older);
    },
  },
];
