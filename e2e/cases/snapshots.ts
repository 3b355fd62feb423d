// Snapshots by a real clock into a real repository: data that is destroyed comes back, and so does a whole stack whose volumes are gone.
import assert from 'node:assert/strict';
import { type ElasticsearchUser, openElasticsearch } from '../environment/elasticsearch.ts';
import { currentSite, type Site } from '../environment/site.ts';
import {
  applyStack,
  deleteNamespace,
  deleteStack,
  ensureNamespace,
  type Place,
  waitForCondition,
} from '../environment/stacks.ts';
import { found, seen, waitFor } from '../environment/wait.ts';
import { countLines, type LogLines, writeLines } from '../snapshots/log-lines.ts';
import { applyObject, applyRepository, awaitObject, awaitTrue, getObject } from '../snapshots/objects.ts';
import type { CaseContext, TestCase } from './registry.ts';

const namespace = 'snapshots';
const stack: Place = { namespace, name: 'logs' };
const repository: Place = { namespace, name: 'backups' };
const schedule: Place = { namespace, name: 'every-minute' };
const lineCount = 1500;

/** One small node with all roles, whose volume goes with it; no Kibana. */
const small = (version: string) => ({
  version,
  elasticsearch: { topology: 'Combined', data: { replicas: 1, storage: { size: '1Gi' } }, redundancy: 'None' },
  kibana: { replicas: 0 },
  volumes: { whenDeleted: 'Delete' },
});

const asked = async <T>(site: Site, use: (elasticsearch: ElasticsearchUser) => Promise<T>): Promise<T> => {
  await using elasticsearch = await openElasticsearch(site, stack.namespace, stack.name);
  return await use(elasticsearch);
};

/** The name of the first good snapshot that was begun after all lines were there. */
async function awaitGoodRun(site: Site, context: CaseContext, after: string): Promise<string> {
  const started = await awaitObject(site, 'StackSnapshotSchedule', schedule, context, 240, ({ status }) => {
    const good = (status?.runs ?? []).find(
      ({ state, startedAt }) => state === 'Success' && startedAt !== undefined && startedAt >= after,
    );
    return good;
  });
  context.log(`${started.snapshotName} is good: begun ${started.startedAt ?? ''} for ${started.slot}`);
  return started.snapshotName;
}

interface DataStreams {
  readonly data_streams: readonly { readonly indices: readonly { readonly index_name: string }[] }[];
}

/** As somebody does who deletes the wrong thing: a new index to write to, and the old one goes with all that is in it. */
async function destroy(elasticsearch: ElasticsearchUser, lines: LogLines): Promise<void> {
  const before = (await elasticsearch.ask('GET', `/_data_stream/${lines.stream}`)).body as DataStreams;
  await elasticsearch.ask('POST', `/${lines.stream}/_rollover`);
  for (const { index_name: name } of before.data_streams.flatMap(({ indices }) => indices))
    await elasticsearch.ask('DELETE', `/${name}`);
  assert.equal(await countLines(elasticsearch, lines), 0, 'the documents are gone');
}

async function restoreDestroyed(
  site: Site,
  context: CaseContext,
  lines: LogLines,
  snapshotName: string,
): Promise<void> {
  await asked(site, (elasticsearch) => destroy(elasticsearch, lines));
  const restore: Place = { namespace, name: 'after-the-mistake' };
  await applyObject(site, 'StackRestore', restore, {
    stackRef: { name: stack.name },
    source: { type: 'SnapshotName', snapshotName, repositoryRef: { name: repository.name } },
    conflict: 'Replace',
  });
  await awaitTrue(site, 'StackRestore', restore, 'Complete', context, 180);
  assert.equal(
    await asked(site, (elasticsearch) => countLines(elasticsearch, lines)),
    lines.count,
    'every document is back',
  );
  context.log(`${lines.count} documents are back through ${lines.stream}`);
}

/** The volumes are gone with the stack: nothing but the repository can bring the documents back. */
async function deleteWithVolumes(site: Site, { signal }: CaseContext): Promise<void> {
  await deleteStack(site.run, stack.namespace, stack.name, signal);
  await waitFor(
    'the volumes of the stack to be gone',
    async () => {
      const selector = `loggingstack.dev/stack=${stack.name}`;
      const claims = await site.run(['get', 'persistentvolumeclaims', '-n', namespace, '-l', selector, '-o', 'name']);
      return claims.trim() === '' ? found(undefined) : seen(claims.trim());
    },
    { signal, seconds: 120 },
  );
}

interface Made {
  readonly metadata: { readonly creationTimestamp: string };
}

async function lostAndRestored(site: Site, context: CaseContext, lines: LogLines, version: string): Promise<void> {
  await deleteWithVolumes(site, context);
  await getObject(site, 'StackRepository', repository);
  const restoreFrom = { type: 'LatestGood', repositoryRef: { name: repository.name } };
  await applyStack(site.run, stack.namespace, stack.name, { ...small(version), restoreFrom });
  const first = await awaitTrue(
    site,
    'StackRestore',
    { namespace, name: `${stack.name}-first` },
    'Complete',
    context,
    420,
  );
  const ended = first.status?.endedAt ?? '';
  await waitForCondition(site.run, stack, 'LogstashReady', 300, context);
  const logstash = await site.run.json<Made>(['get', 'statefulset', `${stack.name}-ls`, '-n', namespace]);
  assert.ok(
    logstash.metadata.creationTimestamp >= ended,
    `logs are taken in only after the restore: Logstash was made at ${logstash.metadata.creationTimestamp}, the restore ended at ${ended}`,
  );
  assert.equal(
    await asked(site, (elasticsearch) => countLines(elasticsearch, lines)),
    lines.count,
    'every document is back',
  );
  context.log(
    `${lines.count} documents are back in a new cluster; Logstash was made at ${logstash.metadata.creationTimestamp}`,
  );
}

/** @param versions of the stack that takes the snapshot, and of the new one that begins with it */
async function snapshots(
  context: CaseContext,
  versions: { readonly from: string; readonly to: string },
): Promise<undefined> {
  const site = currentSite(context);
  const lines: LogLines = { stream: 'logs-e2e.kept-default', seed: context.seed, count: lineCount };
  await ensureNamespace(site.run, namespace, 'restricted');
  await applyRepository(site, repository, stack.name);
  await applyStack(site.run, stack.namespace, stack.name, small(versions.from));
  await waitForCondition(site.run, stack, 'LogstashReady', 600, context);
  await awaitTrue(site, 'StackRepository', repository, 'Ready', context, 120);
  await asked(site, (elasticsearch) => writeLines(elasticsearch, lines));
  const written = new Date().toISOString();
  const spec = { stackRef: { name: stack.name }, repositoryRef: { name: repository.name }, schedule: '* * * * *' };
  await applyObject(site, 'StackSnapshotSchedule', schedule, { ...spec, retention: { keepLast: 5 } });
  const snapshotName = await awaitGoodRun(site, context, written);
  // What is destroyed below must not be in the newest snapshot, from which the whole stack is restored.
  await applyObject(site, 'StackSnapshotSchedule', schedule, { ...spec, retention: { keepLast: 5 }, suspend: true });
  await restoreDestroyed(site, context, lines, snapshotName);
  await lostAndRestored(site, context, lines, versions.to);
  await deleteStack(site.run, stack.namespace, stack.name, context.signal);
  await deleteNamespace(site.run, namespace);
  return undefined;
}

export const snapshotCases: readonly TestCase[] = [
  {
    name: 'snapshots',
    tier: 'e2e',
    localOnly: 'it needs a volume that many nodes can share',
    namespaces: [namespace],
    title:
      '[backups-die] [restore-races] [restored-then-deleted] destroyed data and a lost stack come back from a snapshot by schedule',
    minutes: 20,
    run: (context) => snapshots(context, { from: '9.4.3', to: '9.4.3' }),
  },
  {
    name: 'snapshots-8.19',
    tier: 'deep',
    localOnly: 'it needs a volume that many nodes can share',
    namespaces: [namespace],
    versions: ['8.19.8'],
    title: 'destroyed data and a lost stack come back on 8.19.8',
    minutes: 25,
    run: (context) => snapshots(context, { from: '8.19.8', to: '8.19.8' }),
  },
  {
    name: 'snapshots-into-9.4',
    tier: 'deep',
    localOnly: 'it needs a volume that many nodes can share',
    namespaces: [namespace],
    versions: ['8.19.8'],
    title: 'a snapshot that was taken on 8.19.8 is restored into a new stack of 9.4.3',
    minutes: 25,
    run: (context) => snapshots(context, { from: '8.19.8', to: '9.4.3' }),
  },
];
