// A stack that is deleted with `whenDeleted: Retain` and created again is the same cluster: identity, documents, password and keys.
import assert from 'node:assert/strict';
import { elasticsearchAccess, openElasticsearch } from '../environment/elasticsearch.ts';
import { isReady, type PodWithConditions } from '../environment/pods.ts';
import { currentSite, type Site } from '../environment/site.ts';
import {
  applyStack,
  conditionOf,
  deleteStack,
  ensureNamespace,
  getStack,
  waitForCondition,
} from '../environment/stacks.ts';
import { found, seen, waitFor } from '../environment/wait.ts';
import type { CaseContext, TestCase } from './registry.ts';
import { ensureSharedStack, sharedStack } from './shared-stack.ts';

const place = { namespace: 'kept', name: 'kept' } as const;
const index = 'kept-documents';
const documents = 200;

/** One small node with all roles: the quickest whole cluster that there is. */
const spec = {
  version: '9.4.3',
  elasticsearch: { topology: 'Combined', data: { replicas: 1, storage: { size: '1Gi' } }, redundancy: 'None' },
  volumes: { whenDeleted: 'Retain' },
};

interface Identity {
  readonly uuid: string;
  readonly password: string;
  readonly kibanaKeys: Readonly<Record<string, string>>;
  readonly documents: number;
}

async function identityOf(site: Site): Promise<Identity> {
  const access = await elasticsearchAccess(site.run, place.namespace, place.name);
  await using elasticsearch = await openElasticsearch(site, place.namespace, place.name);
  const root = await elasticsearch.ask('GET', '/');
  await elasticsearch.ask('POST', `/${index}/_refresh`);
  const count = await elasticsearch.ask('GET', `/${index}/_count`);
  const keys = await site.run.json<{ data: Record<string, string> }>([
    'get',
    'secret',
    `${place.name}-kb-keys`,
    '-n',
    place.namespace,
  ]);
  return {
    uuid: (root.body as { cluster_uuid: string }).cluster_uuid,
    password: access.password,
    kibanaKeys: keys.data,
    documents: (count.body as { count: number }).count,
  };
}

async function writeDocuments(site: Site): Promise<void> {
  await using elasticsearch = await openElasticsearch(site, place.namespace, place.name);
  const lines = Array.from({ length: documents }, (_, id) => `{"index":{"_id":"${id}"}}\n{"text":"document ${id}"}\n`);
  const settings = { settings: { number_of_replicas: 0 } };
  await elasticsearch.ask('PUT', `/${index}`, settings);
  const answer = await elasticsearch.ask('POST', `/${index}/_bulk?refresh=true`, lines.join(''));
  assert.equal((answer.body as { errors: boolean }).errors, false, 'every document was taken');
}

async function componentsReady(site: Site, context: CaseContext): Promise<void> {
  for (const type of ['ElasticsearchReady', 'KibanaReady', 'LogstashReady']) {
    await waitForCondition(site.run, place, type, 420, context);
  }
}

async function keptVolumes(context: CaseContext): Promise<undefined> {
  const site = currentSite(context);
  const { log, signal } = context;
  await ensureNamespace(site.run, place.namespace, 'restricted');
  await applyStack(site.run, place.namespace, place.name, spec);
  await componentsReady(site, context);
  const filebeat = conditionOf(await getStack(site.run, place.namespace, place.name), 'FilebeatReady');
  assert.equal(filebeat?.reason, 'FilebeatNotAdmitted', 'a namespace that refuses Filebeat is told about');
  log(`restricted Pod Security: ${filebeat.message}`);

  await writeDocuments(site);
  const before = await identityOf(site);
  await deleteStack(site.run, place.namespace, place.name, signal);
  const left = await site.run([
    'get',
    'statefulsets,deployments,daemonsets,services,configmaps,secrets,persistentvolumeclaims',
    '-n',
    place.namespace,
    '-l',
    `loggingstack.dev/stack=${place.name}`,
    '-o',
    'name',
  ]);
  log(`left after deletion:\n${left.trim()}`);
  const kinds = new Set(
    left
      .trim()
      .split('\n')
      .map((name) => name.split('/')[0]),
  );
  assert.deepEqual(
    [...kinds].toSorted(),
    ['persistentvolumeclaim', 'secret'],
    'only claims and their secrets are left',
  );

  await applyStack(site.run, place.namespace, place.name, spec);
  await componentsReady(site, context);
  const after = await identityOf(site);
  assert.deepEqual(after, before, 'the same cluster_uuid, documents, password and Kibana keys');
  assert.equal(after.documents, documents);
  log(`cluster ${after.uuid}: ${after.documents} documents after deletion and re-creation`);
  await deleteStack(site.run, place.namespace, place.name, signal);
  await site.run(['delete', 'namespace', place.namespace, '--wait=true', '--timeout=120s']);
  return undefined;
}

interface MasterPods {
  readonly items: readonly (PodWithConditions & { readonly metadata: { readonly uid: string } })[];
}

async function allMastersGone(context: CaseContext): Promise<undefined> {
  const site = currentSite(context);
  const { signal, log } = context;
  await ensureSharedStack(site, context);
  const { namespace, name } = sharedStack;
  const masters = ['pods', '-n', namespace, '-l', `loggingstack.dev/stack=${name},loggingstack.dev/master=true`];
  const uuid = (await getStack(site.run, namespace, name)).status?.elasticsearch?.clusterUUID;
  const old = new Set((await site.run.json<MasterPods>(['get', ...masters])).items.map(({ metadata }) => metadata.uid));
  // Not by force: on a cluster of several nodes the old pods must be known to be gone before new ones take their volumes.
  await site.run(['delete', ...masters, '--grace-period=1', '--wait=false']);
  const began = performance.now();
  await waitFor(
    'three new masters to be ready',
    async () => {
      const { items } = await site.run.json<MasterPods>(['get', ...masters]);
      const ready = items.filter((pod) => !old.has(pod.metadata.uid) && isReady(pod));
      return ready.length === 3 ? found(undefined) : seen(`${ready.length} new masters are ready`);
    },
    { signal, seconds: 300 },
  );
  await using elasticsearch = await openElasticsearch(site, namespace, name);
  await waitFor(
    'the cluster to be whole again',
    async () => {
      const { body } = await elasticsearch.ask('GET', '/_cluster/health?timeout=1s', undefined, [408, 503]);
      const { status, number_of_nodes: nodes } = body as { status?: string; number_of_nodes?: number };
      const whole = status === 'green' && nodes === 6;
      return whole ? found(undefined) : seen(`health ${status ?? 'unknown'}, ${nodes ?? 0} nodes`);
    },
    { signal, seconds: 300 },
  );
  log(`green ${Math.round((performance.now() - began) / 1000)} s after all masters were deleted at once`);
  const stack = await waitForCondition(site.run, sharedStack, 'Ready', 300, context);
  assert.equal(stack.status?.elasticsearch?.clusterUUID, uuid, 'it is the same cluster');
  return undefined;
}

export const keptVolumesCases: readonly TestCase[] = [
  {
    name: 'kept-volumes',
    tier: 'e2e',
    namespaces: [place.namespace],
    title: '[second-cluster] a stack created again over kept volumes is the same cluster',
    minutes: 15,
    run: keptVolumes,
  },
  {
    name: 'all-masters-gone',
    tier: 'e2e',
    title: '[all-masters-gone] all masters deleted at once: it recovers alone',
    minutes: 12,
    run: allMastersGone,
  },
];
