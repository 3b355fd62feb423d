// The files that an Elasticsearch node reads at its start: elasticsearch.yml and its Java options.
import { stringify } from 'yaml';
import { ownedConfigKeys } from '../../../api/elasticsearch.ts';
import type { KubeObject } from '../../kubernetes.ts';
import { names, ownerReference } from '../../names.ts';
import { hashOf } from '../../objects.ts';
import { bytesOf } from '../../quantities.ts';
import { type ConfigTemplates, templateData, templateText } from '../../rendering/templates.ts';
import { claimsOf, mountPathOf, takesSnapshots } from '../../snapshots/repositories.ts';
import type { NodePool, ResolvedStack } from '../../stack.ts';
import { isMasterEligible, poolLabels } from './pool-labels.ts';

/** What the planner decides about a pool's configuration. */
interface PoolConfigFacts {
  /** Names of the nodes that form the cluster for the first time; undefined or empty once it has formed. */
  readonly initialMasterNodes: readonly string[] | undefined;
}

/**
 * The ConfigMap of a pool. Its name carries the hash of its content, so that a pod that comes back on the old template
 * finds the old configuration. `cluster.initial_master_nodes` is not part of the hash: taking it out restarts nothing.
 */
export function desiredPoolConfig(
  stack: ResolvedStack,
  pool: NodePool,
  facts: PoolConfigFacts,
  templates: ConfigTemplates,
): KubeObject {
  const { identity } = stack;
  const files = poolFiles(stack, pool, templates);
  const initial = isMasterEligible(pool) ? (facts.initialMasterNodes ?? []) : [];
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: poolConfigName(stack, pool, templates),
      namespace: identity.namespace,
      labels: poolLabels(stack, pool),
      ownerReferences: [ownerReference(identity)],
    },
    data: {
      'elasticsearch.yml':
        initial.length === 0 ? files.text : stringify({ ...files.settings, 'cluster.initial_master_nodes': initial }),
      'jvm.options': files.javaOptions,
    },
  };
}

/** Hash of the files that the pods of a pool read at their start, less `cluster.initial_master_nodes`. */
export function poolConfigHash(stack: ResolvedStack, pool: NodePool, templates: ConfigTemplates): string {
  return poolFiles(stack, pool, templates).hash;
}

export function poolConfigName(stack: ResolvedStack, pool: NodePool, templates: ConfigTemplates): string {
  return `${names.poolConfig(stack.identity.name, pool.name)}-${poolConfigHash(stack, pool, templates)}`;
}

interface PoolFiles {
  /** elasticsearch.yml as flat keys: Elasticsearch refuses a setting that is given twice, once nested and once flat. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly javaOptions: string;
}

interface RenderedFiles extends PoolFiles {
  readonly hash: string;
  /** elasticsearch.yml without first masters. */
  readonly text: string;
}

/** Files by all that they depend on. Every plan needs those of each pool several times, and most plans need the same again. */
const rendered = new WeakMap<ConfigTemplates, Map<string, RenderedFiles>>();
const mostRendered = 1000;

function poolFiles(stack: ResolvedStack, pool: NodePool, templates: ConfigTemplates): RenderedFiles {
  const { identity, elasticsearch, allowMemoryMap } = stack;
  const { memory } = pool.pod.resources.limits;
  const { name, namespace } = identity;
  const { config } = elasticsearch;
  const forSnapshots = repositorySettings(stack, pool);
  const key = JSON.stringify([name, namespace, config, allowMemoryMap, pool.roles, memory, forSnapshots]);
  const known = rendered.get(templates) ?? new Map<string, RenderedFiles>();
  rendered.set(templates, known);
  const found = known.get(key);
  if (found !== undefined) return found;
  const files = renderFiles(stack, pool, templates);
  const made = { ...files, hash: hashOf(files), text: stringify(files.settings) };
  if (known.size >= mostRendered) known.clear();
  known.set(key, made);
  return made;
}

function renderFiles(stack: ResolvedStack, pool: NodePool, templates: ConfigTemplates): PoolFiles {
  const { identity, elasticsearch, allowMemoryMap } = stack;
  const owned = new RegExp(ownedConfigKeys);
  const settings = {
    ...flatten(templateData(templates, 'elasticsearch/elasticsearch.yml')),
    // The API server refuses keys that the operator owns. Should it not, they still cannot switch off security.
    ...Object.fromEntries(Object.entries(elasticsearch.config).filter(([key]) => !owned.test(key))),
    'cluster.name': identity.name,
    'node.roles': pool.roles,
    'node.store.allow_mmap': allowMemoryMap,
    'discovery.seed_hosts': [`${names.elasticsearchTransport(identity.name)}.${identity.namespace}.svc`],
    ...repositorySettings(stack, pool),
  };
  const template = templateText(templates, 'elasticsearch/jvm.options').trimEnd();
  return { settings, javaOptions: [template, ...heapOptions(pool), ''].join('\n') };
}

/**
 * For the StackRepositories. Users may add settings to their clients, such as retries, and have clients of their own: so
 * these keys are not the operator's, but what a StackRepository says of its own client holds.
 */
function repositorySettings({ repositories }: ResolvedStack, pool: NodePool): Readonly<Record<string, unknown>> {
  if (!takesSnapshots(pool)) return {};
  const paths = claimsOf(repositories).map(mountPathOf);
  return {
    ...(paths.length === 0 ? {} : { 'path.repo': paths }),
    ...Object.fromEntries(repositories.flatMap(({ settings }) => Object.entries(settings))),
  };
}

/** Nested maps as flat keys with dots. Lists and other values stay. */
function flatten(data: Readonly<Record<string, unknown>>, prefix = ''): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(data).flatMap(([key, value]) =>
      value !== null && typeof value === 'object' && !Array.isArray(value)
        ? Object.entries(flatten(value as Record<string, unknown>, `${prefix}${key}.`))
        : [[`${prefix}${key}`, value]],
    ),
  );
}

const mebibyte = 1024 ** 2;

/** From this limit of memory on, Elasticsearch sizes its heap itself, by roles and memory, as its makers recommend. */
const ownSizingFrom = 2048 * mebibyte;

/** What Elasticsearch itself takes of so little memory, except on dedicated masters. */
const heapShareOfSmallPods = 0.4;

/**
 * The heap of pods with little memory. Elasticsearch would give a dedicated master 60 % of it and touch all of that at
 * once, but Java needs some 350 MiB besides the heap: with a limit of 1 GiB the kernel would kill the pod.
 */
function heapOptions(pool: NodePool): readonly string[] {
  const memory = bytesOf(pool.pod.resources.limits.memory);
  if (memory >= ownSizingFrom) return [];
  const heap = Math.floor((memory * heapShareOfSmallPods) / mebibyte);
  return ['', '# The heap of a pod with little memory.', `-Xms${heap}m`, `-Xmx${heap}m`];
}
