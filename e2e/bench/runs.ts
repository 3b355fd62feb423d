// The two kinds of runs: the operator makes the stack of deploy/samples/minimal.yaml, or kubectl applies the same objects bare.
import { randomUUID } from 'node:crypto';
import { loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { labels, names } from '../../src/core/names.ts';
import { apiKeyName } from '../../src/core/logstash/api-key.ts';
import { connectElasticsearch, elasticsearchAccess } from '../environment/elasticsearch.ts';
import type { Site } from '../environment/site.ts';
import { deleteNamespace, deleteStack, ensureNamespace, getStack } from '../environment/stacks.ts';
import { found, seen, waitFor } from '../environment/wait.ts';
import type { Run } from './figures.ts';
import { Judge, patienceSeconds, type Surroundings } from './judge.ts';
import { bareManifests, listOf, type Manifest, writableTemplate } from './manifests.ts';

const place = { namespace: 'logging', name: 'logs' } as const;
const sample = 'deploy/samples/minimal.yaml';
const operator = { namespace: 'loggingstack-system', name: 'loggingstack-operator' } as const;
const binding = names.filebeatClusterRoleBinding(place.namespace, place.name);

/** So that the end of what was there before does not slow the start of what comes. */
const settleMilliseconds = 5_000;

/** What a bare run needs of the operator's run before it. */
export interface Exported {
  readonly uid: string;
  readonly objects: readonly Manifest[];
  /** What lives in Elasticsearch, and no manifest can hold. */
  readonly indexTemplate: unknown;
  readonly roleDescriptors: unknown;
}

export async function operatorRun(around: Surroundings): Promise<Run & { readonly exported: Exported }> {
  const { site, signal } = around;
  await startOperator(around);
  await ensureNamespace(site.run, place.namespace, 'privileged');
  await pause(settleMilliseconds, undefined, { signal });
  const judge = new Judge(place, around);
  const loadBefore = loadavg()[0] ?? 0;
  const began = performance.now();
  const judging = judge.untilReady(began, true);
  const [verdict] = await Promise.all([judging, site.run(['apply', '-n', place.namespace, '-f', sample])]);
  const exported = await exportStack(site);
  await deleteStack(site.run, place.namespace, place.name, signal);
  await cleanUp(around);
  return { kind: 'operator', ...verdict, loadBefore, exported };
}

export async function bareRun(exported: Exported, around: Surroundings): Promise<Run> {
  const { site, signal } = around;
  await stopOperator(site);
  await ensureNamespace(site.run, place.namespace, 'privileged');
  const manifests = bareManifests(exported.objects, { former: exported.uid, fresh: randomUUID() });
  const isLogstash = ({ kind, metadata }: Manifest): boolean =>
    kind === 'StatefulSet' && metadata.labels?.[labels.component] === 'logstash';
  await pause(settleMilliseconds, undefined, { signal });
  const judge = new Judge(place, around);
  const loadBefore = loadavg()[0] ?? 0;
  const began = performance.now();
  const apply = async (): Promise<void> => {
    await site.run(['apply', '-f', '-'], listOf(manifests.filter((one) => !isLogstash(one))));
    const secret = await apiKeySecret(exported, around);
    // Logstash comes with its key. Earlier, its pod would find no key, and the kubelet looks again only after a while.
    await site.run(['apply', '-f', '-'], listOf([secret, ...manifests.filter(isLogstash)]));
  };
  const [verdict] = await Promise.all([judge.untilReady(began, false), apply()]);
  await cleanUp(around);
  return { kind: 'bare', ...verdict, loadBefore };
}

/** The step that no manifest can do: as soon as Elasticsearch answers, the index template, and a key for Logstash. */
async function apiKeySecret(
  { indexTemplate, roleDescriptors }: Exported,
  { site, signal }: Surroundings,
): Promise<Manifest> {
  await using elasticsearch = connectElasticsearch(await elasticsearchAccess(site.run, place.namespace, place.name));
  const path = `/_index_template/${names.indexTemplate(place.name)}`;
  // A refusal ends the run; anything else is asked again.
  const { status, body: told } = await waitFor(
    'Elasticsearch to take the index template',
    async () => found(await elasticsearch.ask('PUT', path, indexTemplate, [400, 403, 404, 405])),
    { signal, seconds: patienceSeconds, every: 0.5 },
  );
  if (status >= 300) throw new Error(`PUT ${path} was answered ${status}: ${JSON.stringify(told).slice(0, 1000)}`);
  const { body } = await elasticsearch.ask('POST', '/_security/api_key', {
    name: apiKeyName({ ...place, uid: '', generation: 0 }),
    role_descriptors: roleDescriptors,
  });
  const { id, api_key: key } = body as { id: string; api_key: string };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: names.logstashApiKey(place.name), namespace: place.namespace },
    stringData: { api_key: `${id}:${key}` },
  };
}

async function exportStack(site: Site): Promise<Exported> {
  const kinds =
    'serviceaccounts,secrets,configmaps,rolebindings,services,poddisruptionbudgets,daemonsets,deployments,statefulsets';
  const selector = `${labels.stack}=${place.name}`;
  const { items } = await site.run.json<{ items: readonly Manifest[] }>([
    'get',
    kinds,
    '-n',
    place.namespace,
    '-l',
    selector,
  ]);
  const bound = await site.run.json<Manifest>(['get', 'clusterrolebinding', binding]);
  await using elasticsearch = connectElasticsearch(await elasticsearchAccess(site.run, place.namespace, place.name));
  const templates = await elasticsearch.ask('GET', `/_index_template/${names.indexTemplate(place.name)}`);
  const keys = await elasticsearch.ask(
    'GET',
    `/_security/api_key?name=${apiKeyName({ ...place, uid: '', generation: 0 })}`,
  );
  const { index_templates: [template] = [] } = templates.body as {
    index_templates?: readonly { index_template: object }[];
  };
  const { api_keys: [key] = [] } = keys.body as { api_keys?: readonly { role_descriptors: unknown }[] };
  if (template === undefined || key === undefined)
    throw new Error('the operator left no index template or no API key in Elasticsearch');
  return {
    uid: (await getStack(site.run, place.namespace, place.name)).metadata.uid,
    // The key of volumes that are gone is worth nothing.
    objects: [...items.filter(({ metadata }) => metadata.name !== names.logstashApiKey(place.name)), bound],
    indexTemplate: writableTemplate(template.index_template),
    roleDescriptors: key.role_descriptors,
  };
}

const scale = (site: Site, replicas: 0 | 1): Promise<string> =>
  site.run(['scale', `deployment/${operator.name}`, '-n', operator.namespace, `--replicas=${replicas}`]);

const podsOfOperator = (site: Site): Promise<string> =>
  site.run(['get', 'pods', '-n', operator.namespace, '-o', 'name']);

/** Waits until the operator leads: an operator that still waits for its Lease would be measured as slow. */
async function startOperator({ site, signal }: Surroundings): Promise<void> {
  await scale(site, 1);
  await site.run(['rollout', 'status', `deployment/${operator.name}`, '-n', operator.namespace, '--timeout=180s']);
  await waitFor(
    'the operator to hold its Lease',
    async () => {
      const pods = await podsOfOperator(site);
      const leases = await site.run.json<{ items: readonly { spec: { holderIdentity?: string } }[] }>([
        'get',
        'leases',
        '-n',
        operator.namespace,
      ]);
      const holders = leases.items.map(({ spec }) => spec.holderIdentity ?? '').filter((holder) => holder !== '');
      return holders.some((holder) => pods.includes(`pod/${holder}\n`))
        ? found(undefined)
        : seen(`held by ${holders.join(', ') || 'nobody'}`);
    },
    { signal, seconds: 120 },
  );
}

async function stopOperator(site: Site): Promise<void> {
  await scale(site, 0);
  await site.run(['wait', '--for=delete', 'pods', '--all', '-n', operator.namespace, '--timeout=120s']);
}

/** Deletes the namespace with all in it, and waits until its volumes are gone too. */
async function cleanUp({ site, log, signal }: Surroundings): Promise<void> {
  await deleteNamespace(site.run, place.namespace, 300);
  await site.run(['delete', 'clusterrolebinding', binding, '--ignore-not-found']);
  await waitFor(
    'the volumes to be gone',
    async () => {
      const { items } = await site.run.json<{ items: readonly { spec: { claimRef?: { namespace?: string } } }[] }>([
        'get',
        'persistentvolumes',
      ]);
      const left = items.filter(({ spec }) => spec.claimRef?.namespace === place.namespace).length;
      return left === 0 ? found(undefined) : seen(`${left} volumes`);
    },
    { signal, seconds: 180 },
  );
  log('       taken down: namespace, volumes and binding are gone');
}
