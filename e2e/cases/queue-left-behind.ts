// A Logstash pod that is to leave while Elasticsearch takes nothing stays with its queue, and goes when that is empty: no line is lost.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { queueFigures } from '../../src/core/logstash/queue.ts';
import { type ElasticsearchUser, openElasticsearch } from '../environment/elasticsearch.ts';
import { askLogstash } from '../environment/logstash.ts';
import { restartOperator } from '../environment/operators.ts';
import { currentSite, type Site } from '../environment/site.ts';
import { deleteNamespace, ensureNamespace, getStack, patchSpec, waitForCondition } from '../environment/stacks.ts';
import { found, seen, waitFor } from '../environment/wait.ts';
import { readLedgers, startWriters } from '../environment/writers.ts';
import { findAll, linesOf, streams } from './first-log.ts';
import type { CaseContext, TestCase } from './registry.ts';
import { ensureSharedStack, sharedStack } from './shared-stack.ts';

const namespace = 'queues';
const plan = { namespace, writers: 2, linesEach: 6_000, rate: 20 };
const leaving = `${sharedStack.name}-ls-1`;
const claim = `queue-${leaving}`;

const setReplicas = (site: Site, replicas: number): Promise<string> =>
  patchSpec(site.run, sharedStack, { logstash: { replicas } });

/** Documents are refused one by one, and Logstash sends them again without end. */
const takeDocuments = (elasticsearch: ElasticsearchUser, takes: boolean): Promise<unknown> =>
  elasticsearch.ask('PUT', `/${streams}/_settings`, { 'index.blocks.write': takes ? null : true });

const isThere = async (site: Site, kind: string, name: string): Promise<boolean> =>
  (await site.run(['get', kind, name, '-n', sharedStack.namespace, '--ignore-not-found', '-o', 'name'])).trim() !== '';

/** Events that the leaving pod has and Elasticsearch has not. */
async function heldByLeaving(site: Site): Promise<number> {
  const figures = queueFigures(await askLogstash(site, sharedStack, leaving, '/_node/stats/pipelines/main'));
  return figures === undefined ? 0 : figures.unread + figures.inFlight;
}

/** Filebeat keeps one connection, to one of the pods: it is started anew until that is the one that leaves. */
async function leadLogsToLeaving(site: Site, { log, signal }: CaseContext): Promise<void> {
  const filebeat = [
    '-n',
    sharedStack.namespace,
    '-l',
    `loggingstack.dev/stack=${sharedStack.name},loggingstack.dev/component=filebeat`,
  ];
  for (let tries = 0; tries < 10; tries += 1) {
    const held = await heldByLeaving(site);
    if (held > 0) {
      log(`${leaving} holds ${held} events`);
      return;
    }
    await site.run(['delete', 'pods', ...filebeat, '--wait=true']);
    await pause(20_000, undefined, { signal });
  }
  throw new Error(`Filebeat sent nothing to ${leaving} in ten connections`);
}

async function untilRefused(site: Site, subject: string, signal: AbortSignal): Promise<string> {
  return waitFor(
    `QueueLeftBehind for ${subject}`,
    async () => {
      const { status } = await getStack(site.run, sharedStack.namespace, sharedStack.name);
      const blocked = status?.blocked ?? [];
      const refusal = blocked.find((one) => one.rule === 'QueueLeftBehind' && one.subject === subject);
      return refusal === undefined
        ? seen(blocked.map(({ rule }) => rule).join() || 'nothing is refused')
        : found(refusal.message);
    },
    { signal, seconds: 420, every: 2 },
  );
}

async function untilGone(site: Site, signal: AbortSignal): Promise<void> {
  await waitFor(
    `${leaving} and its volume to be gone`,
    async () => {
      const left = [(await isThere(site, 'pod', leaving)) && 'pod', (await isThere(site, 'pvc', claim)) && 'claim'];
      return left.some(Boolean) ? seen(left.filter(Boolean).join(' and ')) : found(undefined);
    },
    { signal, seconds: 420, every: 2 },
  );
}

async function queueLeftBehind(context: CaseContext): Promise<undefined> {
  const { log, seed, signal } = context;
  const site = currentSite(context);
  await ensureSharedStack(site, context);
  await setReplicas(site, 2);
  await waitForCondition(site.run, sharedStack, 'Ready', 420, context);
  await deleteNamespace(site.run, namespace);
  await ensureNamespace(site.run, namespace, 'baseline');
  await using elasticsearch = await openElasticsearch(site, sharedStack.namespace, sharedStack.name);
  const pods = await startWriters(site, { ...plan, seed }, signal);
  await waitFor(
    'the first lines',
    async () => {
      const answer = await elasticsearch.ask('POST', `/${streams}/_count`, { query: linesOf(pods) }, [404]);
      const { count = 0 } = answer.body as { count?: number };
      return count > 0 ? found(undefined) : seen('none yet');
    },
    { signal, seconds: 120, every: 2 },
  );
  await takeDocuments(elasticsearch, false);
  await leadLogsToLeaving(site, context);
  await setReplicas(site, 1);
  log(`refused: ${await untilRefused(site, `Pod/${leaving}`, signal)}`);
  await restartOperator(site, signal);
  await untilRefused(site, `Pod/${leaving}`, signal);
  assert.ok(await isThere(site, 'pod', leaving), 'the pod stays while its queue holds events');
  assert.ok(await isThere(site, 'pvc', claim), 'and so does its volume');

  await takeDocuments(elasticsearch, true);
  await untilGone(site, signal);
  const ledger = await readLedgers(site, namespace, pods, 420, signal);
  const result = await findAll(elasticsearch, linesOf(pods), ledger, context);
  log(`written ${result.written}, missing ${result.missing.length}, duplicates ${result.duplicates}`);
  assert.deepEqual(result.missing.slice(0, 10), [], 'lines that are missing');
  assert.deepEqual(result.different.slice(0, 10), [], 'lines with another text');
  await waitForCondition(site.run, sharedStack, 'Ready', 120, context);
  await deleteNamespace(site.run, namespace);
  return undefined;
}

export const queueLeftBehindCases: readonly TestCase[] = [
  {
    name: 'queue-left-behind',
    tier: 'deep',
    namespaces: [namespace],
    title:
      '[queue-left-behind] a Logstash pod that is to leave while Elasticsearch takes nothing stays until its queue is empty, and then goes with its volume: no line is lost',
    minutes: 30,
    run: queueLeftBehind,
  },
];
