// A line that the container runtime cut, because its file was rotated while it wrote it: both pieces are found.
import assert from 'node:assert/strict';
import { appendFile, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type ElasticsearchUser, openElasticsearch } from '../environment/elasticsearch.ts';
import { currentSite } from '../environment/site.ts';
import { deleteNamespace, ensureNamespace } from '../environment/stacks.ts';
import { found, seen, waitFor } from '../environment/wait.ts';
import { logFolder, type Pod, startWriters } from '../environment/writers.ts';
import type { CaseContext, TestCase } from './registry.ts';
import { ensureSharedStack, sharedStack } from './shared-stack.ts';

const namespace = 'cuts';
/** A container that the pod does not have, so that nobody but this case writes its files. */
const container = 'cut';

interface Document {
  readonly message: string;
  readonly stream: string;
  readonly log: { readonly flags?: readonly string[] };
}

/** Waits until this many documents of the container are there, and returns them in the order of their lines. */
async function documents(
  elasticsearch: ElasticsearchUser,
  pod: Pod,
  count: number,
  signal: AbortSignal,
): Promise<readonly Document[]> {
  const filter = [
    { term: { 'kubernetes.pod.uid': pod.metadata.uid } },
    { term: { 'kubernetes.container.name': container } },
  ];
  const body = { size: 20, sort: ['@timestamp'], query: { bool: { filter } } };
  return waitFor(
    `${count} documents`,
    async () => {
      const answer = await elasticsearch.ask('POST', '/logs-kubernetes.container-default/_search', body, [404]);
      const hits = (answer.body as { hits?: { hits: readonly { _source: Document }[] } }).hits?.hits ?? [];
      return hits.length >= count ? found(hits.map((hit) => hit._source)) : seen(`${hits.length} documents`);
    },
    { signal, seconds: 120, every: 2 },
  );
}

/** Makes what the runtime writes: each piece with its time, its stream, and whether the line goes on. */
const entriesFrom =
  (start: number) =>
  (second: number, tag: 'P' | 'F', text: string | Buffer): Buffer => {
    const time = new Date(start + second * 1000).toISOString().replace('Z', '000000Z');
    return Buffer.concat([Buffer.from(`${time} stdout ${tag} `), Buffer.from(text), Buffer.from('\n')]);
  };

/** Cut in the middle of its last character, as the runtime does. */
const boxer = Buffer.from('größer 🥊');
const [boxerHead, boxerTail] = [boxer.subarray(0, -2), boxer.subarray(-2)];

async function cutLine(context: CaseContext): Promise<undefined> {
  const { seed, signal } = context;
  const site = currentSite(context);
  if (site.cluster === undefined)
    throw new Error('This case writes log files on the node: it runs on a local one only.');
  await ensureSharedStack(site, context);
  await deleteNamespace(site.run, namespace);
  await ensureNamespace(site.run, namespace, 'baseline');
  const [pod] = await startWriters(site, { namespace, writers: 1, linesEach: 1, rate: 1, seed }, signal);
  assert.ok(pod !== undefined);
  const folder = join(logFolder(site.cluster, namespace, pod), container);
  const file = join(folder, '0.log');
  await mkdir(folder);
  await using elasticsearch = await openElasticsearch(site, sharedStack.namespace, sharedStack.name);

  // Now, so that Filebeat does not take the file for one of an earlier run: it knows files by how they begin.
  const entry = entriesFrom(Date.now());
  const write = (...entries: readonly Buffer[]): Promise<void> => appendFile(file, Buffer.concat(entries));
  await write(entry(1, 'F', 'a line that is whole, and long enough to tell the file by its beginning'));
  await write(entry(2, 'P', 'one of '), entry(3, 'P', 'three '), entry(4, 'F', 'pieces'));
  await write(entry(5, 'P', boxerHead), entry(6, 'F', boxerTail), entry(7, 'F', ' "quoted" \\ '), entry(8, 'F', ''));
  await write(entry(9, 'P', 'the beginning, '));
  await documents(elasticsearch, pod, 6, signal);
  await rename(file, `${file}.20260101-000009`);
  await write(entry(10, 'P', 'the middle, '), entry(11, 'F', 'and the end'), entry(12, 'F', 'the next'));

  assert.deepEqual(
    (await documents(elasticsearch, pod, 8, signal)).map(({ message, log: { flags = [] } }) => [message, ...flags]),
    [
      ['a line that is whole, and long enough to tell the file by its beginning'],
      ['one of three pieces', 'multiline'],
      [boxer.toString(), 'multiline'],
      [' "quoted" \\ '],
      [''],
      ['the beginning, ', 'partial'],
      ['the middle, and the end', 'multiline'],
      ['the next'],
    ],
  );
  await deleteNamespace(site.run, namespace);
  return undefined;
}

export const cutLineCases: readonly TestCase[] = [
  {
    name: 'cut-line',
    tier: 'e2e',
    namespaces: [namespace],
    title: 'a line that is cut by the rotation of its file is found, in two documents',
    localOnly: 'it writes log files on the node',
    minutes: 20,
    run: cutLine,
  },
];
