// A stack at rest costs nothing: no writes, no reads besides open watches and the Lease, hardly a request to Elasticsearch; and yet an edit is acted on at once.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { auditEvents, auditPosition, auditTable, byAgent, isWrite } from '../environment/audit.ts';
import { interposeProxy } from '../environment/elasticsearch-proxy.ts';
import { restartOperator } from '../environment/operators.ts';
import { currentSite, type Site } from '../environment/site.ts';
import { patchSpec, waitForCondition } from '../environment/stacks.ts';
import { found, seen, waitFor } from '../environment/wait.ts';
import type { CaseContext, TestCase } from './registry.ts';
import { ensureSharedStack, sharedStack } from './shared-stack.ts';

const agent = 'loggingstack-operator';

/** Edits the spec, and waits for the write by which the operator follows. */
async function editIsActedOn(site: Site, auditLog: string, signal: AbortSignal): Promise<number> {
  const from = await auditPosition(auditLog);
  const began = performance.now();
  const patch = (exclude: readonly string[]) =>
    patchSpec(site.run, sharedStack, { filebeat: { namespaces: { exclude } } });
  await patch(['kube-public']);
  await waitFor(
    'the operator to write the new configuration of Filebeat',
    async () => {
      const events = await auditEvents(auditLog, from, await auditPosition(auditLog));
      const followed = events.some(
        (event) => byAgent(agent)(event) && isWrite(event) && event.objectRef?.resource === 'configmaps',
      );
      return followed ? found(undefined) : seen('no write of a ConfigMap');
    },
    { signal, seconds: 5, every: 0.1 },
  );
  const seconds = (performance.now() - began) / 1000;
  await patch([]);
  return seconds;
}

async function atRest(context: CaseContext, seconds: number): Promise<undefined> {
  const { log, signal } = context;
  const site = currentSite(context);
  const { auditLog } = site;
  if (auditLog === undefined)
    throw new Error('This case reads the audit log of the API server: it runs on the local node only.');
  await ensureSharedStack(site, context);
  await using interposed = await interposeProxy(site.run, sharedStack.namespace, sharedStack.name);
  const started = await auditPosition(auditLog);
  const address = await restartOperator(site, signal);
  await waitForCondition(site.run, sharedStack, 'Ready', 300, context);
  log(`at rest: 60 s of quiet, then ${seconds} s of counting`);
  await pause(60_000, undefined, { signal });
  const from = await auditPosition(auditLog);
  const before = interposed.proxy.requests.length;
  await pause(seconds * 1000, undefined, { signal });
  const to = await auditPosition(auditLog);
  const requests = interposed.proxy.requests.slice(before).filter(({ client }) => client.endsWith(address));

  const events = await auditEvents(auditLog, from, to);
  log(`requests to Kubernetes in ${seconds} s, by user agent, verb and resource:\n${auditTable(events)}`);
  const own = events.filter(byAgent(agent)).filter((event) => event.objectRef?.resource !== 'leases');
  assert.deepEqual(
    own.filter(isWrite).map(({ requestURI }) => requestURI),
    [],
    'writes at rest',
  );
  assert.deepEqual(
    own.filter(({ verb }) => verb === 'get' || verb === 'list').map(({ requestURI }) => requestURI),
    [],
    'reads at rest',
  );
  const watches = (await auditEvents(auditLog, started, to))
    .filter(byAgent(agent))
    .filter(({ verb }) => verb === 'watch');
  assert.ok(watches.length > 0, 'the operator watches');

  const perMinute = (requests.length * 60) / seconds;
  log(
    `requests to Elasticsearch: ${requests.length} in ${seconds} s (${perMinute.toFixed(1)} a minute): ${[...new Set(requests.map(({ method, url }) => `${method} ${url}`))].join(', ')}`,
  );
  assert.ok(requests.length > 0, 'the operator looks at Elasticsearch through the proxy');
  assert.ok(perMinute <= 6, `at most 6 requests a minute to Elasticsearch, not ${perMinute}`);
  assert.deepEqual(
    requests.filter(({ mutating }) => mutating).map(({ url }) => url),
    [],
    'writes to Elasticsearch at rest',
  );

  log(`an edit was acted on after ${(await editIsActedOn(site, auditLog, signal)).toFixed(1)} s`);
  await waitForCondition(site.run, sharedStack, 'Ready', 300, context);
  return undefined;
}

export const atRestCases: readonly TestCase[] = [
  {
    name: 'at-rest',
    tier: 'e2e',
    localOnly: 'it reads the audit log of the API server and puts a proxy into the network of the node',
    title: '[policy-rewritten] a stack at rest causes no writes and no reads',
    minutes: 10,
    // Two whole periods of what is looked at once a minute: of a part of one, the moment of the start would decide.
    run: (context) => atRest(context, 120),
  },
  {
    name: 'at-rest-long',
    tier: 'deep',
    localOnly: 'it reads the audit log of the API server and puts a proxy into the network of the node',
    title: 'a stack at rest for 15 minutes, past the expiry of watches',
    minutes: 35,
    run: (context) => atRest(context, 900),
  },
];
