// Who may do what: the operator's rights, a tenant's attacks, a Filebeat leaf on the transport port, and secrets where they must not be.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'node:tls';
import { layoutOf } from '../cluster/layout.ts';
import { clusterAt } from '../cluster/start.ts';
import { interposeProxy } from '../environment/elasticsearch-proxy.ts';
import { installOperator } from '../environment/install.ts';
import { operatorPods } from '../environment/pods.ts';
import { reach } from '../environment/reach.ts';
import { currentSite, type Site } from '../environment/site.ts';
import { applyStack, deleteStack, ensureNamespace, waitForCondition } from '../environment/stacks.ts';
import { found, seen, waitFor } from '../environment/wait.ts';
import { attacks, runAttacks } from '../privilege/attacks.ts';
import { findLeaks, type Place, secretValues, type SecretValue } from '../privilege/secret-search.ts';
import { admitTenant, tenantUser } from '../privilege/tenant.ts';
import type { CaseContext, TestCase } from './registry.ts';
import { ensureSharedStack, sharedStack } from './shared-stack.ts';

const tenant = { namespace: 'tenant', name: 'mine' } as const;

async function tenantIsRefused(context: CaseContext): Promise<undefined> {
  const { log, signal } = context;
  const site = currentSite(context);
  if (site.cluster === undefined)
    throw new Error('This case makes a user by a certificate: it runs on the local node only.');
  await ensureSharedStack(site, context);
  await ensureNamespace(site.run, tenant.namespace, 'restricted');
  const spec = { version: '9.4.3', elasticsearch: { topology: 'Combined', data: { replicas: 1 }, redundancy: 'None' } };
  await applyStack(site.run, tenant.namespace, tenant.name, spec);
  await waitForCondition(site.run, tenant, 'CredentialsReady', 120, context);
  await admitTenant(site.run, tenant.namespace);
  const node = clusterAt(layoutOf(site.cluster, 'node'));
  const results = await runAttacks(attacks, {
    admin: site.run,
    tenant: site.run.as(await node.kubeconfigFor(tenantUser, ['system:authenticated'])),
    namespace: tenant.namespace,
    stack: tenant.name,
    otherNamespace: sharedStack.namespace,
    signal,
  });
  for (const { attack, refused, answer } of results) {
    log(
      `${refused ? 'refused' : 'NOT REFUSED'} by ${attack.refusedBy}: ${attack.name}, for ${attack.gain}${refused ? '' : `: ${answer}`}`,
    );
  }
  assert.equal(results.length, 15);
  assert.deepEqual(
    results.filter(({ refused }) => !refused).map(({ attack }) => attack.name),
    [],
  );
  await deleteStack(site.run, tenant.namespace, tenant.name, signal);
  await site.run(['delete', 'namespace', tenant.namespace, '--wait=false']);
  return undefined;
}

interface SecretData {
  readonly data: Readonly<Record<string, string>>;
}

/** Tries to open a TLS connection to the transport port of a master with a leaf; says how it ended. */
async function knock(site: Site, secretName: string): Promise<'accepted' | 'refused'> {
  const { namespace, name } = sharedStack;
  await using way = reach(site, namespace, `pod/${name}-es-master-0`, 9300);
  const { data } = await site.run.json<SecretData>(['get', 'secret', secretName, '-n', namespace]);
  const decode = (key: string): string => Buffer.from(data[key] ?? '', 'base64').toString();
  const { promise, resolve } = Promise.withResolvers<'accepted' | 'refused'>();
  // Not who answers is tested here, but whom the port lets in: hence no check of the server.
  const socket = connect({
    ...(await way.address()),
    cert: decode('tls.crt'),
    key: decode('tls.key'),
    rejectUnauthorized: false,
  });
  socket.once('error', () => {
    resolve('refused');
  });
  socket.once('close', () => {
    resolve('refused');
  });
  // In TLS 1.3 the refusal of a client's certificate comes after the handshake.
  socket.once('secureConnect', () => {
    setTimeout(() => {
      resolve('accepted');
    }, 2000);
  });
  const result = await promise;
  socket.destroy();
  return result;
}

async function transportTakeover(context: CaseContext): Promise<undefined> {
  const site = currentSite(context);
  await ensureSharedStack(site, context);
  const { name } = sharedStack;
  assert.equal(
    await knock(site, `${name}-es-transport-certs`),
    'accepted',
    "a node's own leaf is let in: the port is open",
  );
  assert.equal(await knock(site, `${name}-fb-certs`), 'refused', "Filebeat's leaf is not");
  assert.equal(await knock(site, `${name}-es-http-certs`), 'refused', 'nor is the leaf of the HTTP endpoint');
  return undefined;
}

/** Everything that people with few rights get to see. */
async function placesToSearch(site: Site): Promise<readonly Place[]> {
  const { namespace } = sharedStack;
  const places: Place[] = [];
  for (const space of [namespace, 'loggingstack-system']) {
    for (const kinds of ['events', 'configmaps', 'pods', 'statefulsets,deployments,daemonsets', 'services']) {
      places.push({ name: `${kinds} of ${space}`, text: await site.run(['get', kinds, '-n', space, '-o', 'json']) });
    }
    const pods = (await site.run(['get', 'pods', '-n', space, '-o', 'name'])).trim().split('\n');
    for (const pod of pods) {
      places.push({
        name: `log of ${pod}`,
        text: await site.run(['logs', pod, '-n', space, '--all-containers', '--prefix']),
      });
    }
  }
  places.push({ name: 'LoggingStack', text: await site.run(['get', 'loggingstacks', '-A', '-o', 'json']) });
  const processes = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const lines = await Promise.all(processes.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')));
  places.push({ name: 'arguments of processes', text: lines.join('\n').replaceAll('\0', ' ') });
  return places;
}

/** Lets Elasticsearch answer the operator with errors for a while, as its log tells the most then. */
async function annoyOperator(site: Site, signal: AbortSignal): Promise<readonly Place[]> {
  const logs: Place[] = [];
  await using interposed = await interposeProxy(site.run, sharedStack.namespace, sharedStack.name);
  const body = JSON.stringify({ error: { type: 'security_exception', reason: 'by the fault proxy' }, status: 401 });
  const headers = { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' };
  for (const status of [401, 500]) {
    using rule = interposed.proxy.inject({}, { kind: 'answer', status, headers, body });
    await site.run(['rollout', 'restart', 'deployment/loggingstack-operator', '-n', 'loggingstack-system']);
    await site.run([
      'rollout',
      'status',
      'deployment/loggingstack-operator',
      '-n',
      'loggingstack-system',
      '--timeout=120s',
    ]);
    await waitFor(
      `the operator to be answered ${status} again and again`,
      () => Promise.resolve(rule.hits >= 4 ? found(undefined) : seen(`${rule.hits} requests`)),
      { signal, seconds: 60 },
    );
    await pause(10_000, undefined, { signal }); // until it has told of them
    // Now, because the next round replaces the pod; of all pods, because one may still be on its way out.
    const text = await site.run(['logs', ...operatorPods, '--tail=-1']);
    assert.match(text, /this process leads/, 'the log of the operator that was answered so');
    logs.push({ name: `log of the operator after answers of ${status}`, text });
  }
  return logs;
}

async function noSecretLeaks(context: CaseContext): Promise<undefined> {
  const { log, signal } = context;
  const site = currentSite(context);
  await ensureSharedStack(site, context);
  const quiet = (): void => undefined;
  await installOperator(site, { images: 'local', logLevel: 'debug' }, [], quiet, signal);
  const annoyed = await annoyOperator(site, signal);
  await waitForCondition(site.run, sharedStack, 'Ready', 300, context);

  const { items } = await site.run.json<{ items: Parameters<typeof secretValues>[0] }>([
    'get',
    'secrets',
    '-n',
    sharedStack.namespace,
  ]);
  const values: readonly SecretValue[] = secretValues(items);
  const [planted] = values;
  assert.ok(planted !== undefined && values.length > 30, `${values.length} secret values are known`);
  const places = [...annoyed, ...(await placesToSearch(site))];
  log(
    `${values.length} values of ${items.length} Secrets are looked for in ${places.length} places, ${places.reduce((sum, { text }) => sum + text.length, 0)} characters`,
  );
  assert.deepEqual(findLeaks(values, places), [], 'secrets where they must not be');

  await site.run([
    'create',
    'configmap',
    'planted',
    '-n',
    sharedStack.namespace,
    `--from-literal=planted=${planted.value}`,
  ]);
  const leaks = findLeaks(values, await placesToSearch(site));
  await site.run(['delete', 'configmap', 'planted', '-n', sharedStack.namespace]);
  assert.deepEqual(
    leaks.map(({ source, place }) => `${source} in ${place}`),
    [`${planted.source} in configmaps of ${sharedStack.namespace}`],
    'a planted secret is found',
  );
  await installOperator(site, { images: 'local' }, [], quiet, signal);
  return undefined;
}

export const privilegeCases: readonly TestCase[] = [
  {
    name: 'tenant-attacks',
    tier: 'e2e',
    localOnly: "it makes a user by a certificate of the cluster's own authority",
    title: 'fifteen attacks of a tenant who may only edit LoggingStacks are refused',
    minutes: 12,
    run: tenantIsRefused,
  },
  {
    name: 'transport-takeover',
    tier: 'e2e',
    title: "[transport-takeover] Filebeat's leaf cannot join the cluster as a node",
    minutes: 5,
    run: transportTakeover,
  },
  {
    name: 'secret-search',
    tier: 'e2e',
    localOnly: 'it puts a proxy into the network of the node and reads the arguments of its processes',
    title: 'no generated secret is in logs, Events, status, ConfigMaps, pod specs or arguments',
    minutes: 10,
    run: noSecretLeaks,
  },
];
