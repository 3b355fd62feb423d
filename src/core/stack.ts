// Resolves a LoggingStack spec and the operator's configuration into one complete value: every default is decided here.
import type { LoggingStackSpec } from '../api/logging-stack.ts';
import type { ComponentName, OperatorConfig } from '../api/operator-config.ts';
import type { Override } from '../api/overrides.ts';
import type { Toleration } from '../api/pod-settings.ts';
import type { RestoreFrom } from '../api/stack-restore.ts';
import { hashOf } from './objects.ts';
import { canonicalQuantity } from './quantities.ts';
import type { Requests } from './requests.ts';
import type { StackRepositoryUse } from './snapshots/repositories.ts';

/** Who a stack is: enough to name, label and own its objects. */
export interface StackIdentity {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly generation: number;
}

/** An image and the version of the program that is really in it (not always the version of the stack). */
export interface ComponentImage {
  readonly image: string;
  readonly version: string;
}

/** Pod settings that a user may give, with nothing left to decide. Resources are complete and canonical: request and limit of memory are equal. */
export interface PodSettings {
  readonly resources: { readonly requests: Amounts; readonly limits: Partial<Amounts> & { readonly memory: string } };
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations: readonly Toleration[];
  readonly priorityClassName: string | undefined;
  readonly imagePullSecrets: readonly { readonly name: string }[];
}

interface Amounts {
  readonly cpu: string;
  readonly memory: string;
}

/** One set of Elasticsearch nodes of the same kind: one StatefulSet. */
export interface NodePool {
  readonly name: string;
  readonly roles: readonly string[];
  readonly replicas: number;
  /** How many of them, the highest ordinals, only wait for their turn to leave: nothing is arranged for them any more. */
  readonly leaving: number;
  readonly storage: { readonly size: string; readonly className: string | undefined };
  readonly pod: PodSettings;
  /** Hash of what the spec says that concerns its pods: equal as long as nobody edits that. */
  readonly given: string;
}

export type Redundancy = 'None' | 'Single' | 'Double' | 'Full';

/** How many nodes, over all pools, may be down or be drained at a time. */
export interface ChangeBudget {
  readonly maxUnavailable: number;
  readonly maxDrains: number;
}

/** A LoggingStack with every default resolved. All desired objects are built from this value alone. */
export interface ResolvedStack {
  readonly identity: StackIdentity;
  readonly version: string;
  readonly images: Readonly<Record<ComponentName, ComponentImage>>;
  readonly allowMemoryMap: boolean;
  readonly elasticsearch: {
    readonly topology: 'Dedicated' | 'Combined';
    /** In the order in which they are rolled: data tiers from cold to hot, then ingest, masters last. */
    readonly pools: readonly NodePool[];
    readonly redundancy: Redundancy;
    readonly changeBudget: ChangeBudget;
    readonly config: Readonly<Record<string, string>>;
  };
  readonly kibana: { readonly replicas: number; readonly pod: PodSettings; readonly given: string };
  readonly logstash: {
    readonly replicas: number;
    readonly queueSize: string;
    readonly pod: PodSettings;
    readonly given: string;
  };
  readonly filebeat: {
    readonly collectEverywhere: boolean;
    readonly excludedNamespaces: readonly string[];
    readonly given: string;
  };
  readonly retention: { readonly maxAge: string };
  readonly volumes: { readonly whenDeleted: 'Retain' | 'Delete'; readonly whenScaled: 'Retain' | 'Delete' };
  /** What a new stack begins with; undefined: with nothing. */
  readonly restoreFrom: RestoreFrom | undefined;
  /** Nothing is done then but to say what would be. */
  readonly paused: boolean;
  /** What Elasticsearch nodes need for the StackRepositories of the stack: sorted, and each once. */
  readonly repositories: readonly StackRepositoryUse[];
  readonly overrides: readonly Override[];
  /** From the annotations of the stack. */
  readonly requests: Requests;
}

type PodInput = NonNullable<LoggingStackSpec['kibana']>;
type PoolInput = NonNullable<NonNullable<LoggingStackSpec['elasticsearch']>['data']>;

interface PoolDefaults {
  readonly name: string;
  readonly roles: readonly string[];
  readonly replicas: number;
  readonly size: string;
  readonly cpu: string;
  readonly memory: string;
}

/**
 * The only pool of the topology Combined. It has a name of its own: so another topology is pools that come and pools that
 * go, with all the care that this takes.
 */
const combinedPool = { name: 'combined', roles: ['master', 'data_hot', 'data_content', 'ingest'] } as const;

/** The pool that `kubectl scale` scales, by `spec.elasticsearch.data.replicas`. */
export const scaledPool = ({ elasticsearch }: ResolvedStack): string =>
  elasticsearch.topology === 'Combined' ? combinedPool.name : poolDefaults.data.name;

/** Amounts that put the six-line stack at 9.25 GiB of memory limits: 3 masters, 2 data, 1 ingest, Kibana, Logstash, Filebeat. */
const poolDefaults: Readonly<Record<'master' | 'data' | 'ingest', PoolDefaults>> = {
  master: { name: 'master', roles: ['master'], replicas: 3, size: '5Gi', cpu: '100m', memory: '1Gi' },
  data: { name: 'data', roles: ['data_hot', 'data_content'], replicas: 2, size: '50Gi', cpu: '200m', memory: '2Gi' },
  ingest: { name: 'ingest', roles: ['ingest'], replicas: 1, size: '1Gi', cpu: '100m', memory: '1Gi' },
};

function resolvePod(given: PodInput, cpu: string, memory: string): PodSettings {
  const limits = given.resources?.limits ?? {};
  const requests = given.resources?.requests ?? {};
  const memoryLimit = limits.memory ?? requests.memory ?? memory;
  return {
    resources: {
      requests: {
        cpu: canonicalQuantity(requests.cpu ?? limits.cpu ?? cpu),
        memory: canonicalQuantity(requests.memory ?? memoryLimit),
      },
      limits: {
        ...(limits.cpu === undefined ? {} : { cpu: canonicalQuantity(limits.cpu) }),
        memory: canonicalQuantity(memoryLimit),
      },
    },
    labels: given.labels ?? {},
    annotations: given.annotations ?? {},
    nodeSelector: given.nodeSelector ?? {},
    tolerations: given.tolerations ?? [],
    priorityClassName: given.priorityClassName,
    imagePullSecrets: given.imagePullSecrets ?? [],
  };
}

/** What a part of the spec says of its pods: neither how many they are nor how large their volumes are. */
const givenFor = (part: object, ...more: readonly unknown[]): string =>
  hashOf([{ ...part, replicas: undefined, storage: undefined }, ...more]);

function resolvePool(given: PoolInput, defaults: PoolDefaults): NodePool {
  return {
    name: defaults.name,
    roles: defaults.roles,
    replicas: given.replicas ?? defaults.replicas,
    leaving: 0,
    storage: { size: canonicalQuantity(given.storage?.size ?? defaults.size), className: given.storage?.className },
    pod: resolvePod(given, defaults.cpu, defaults.memory),
    given: givenFor(given, defaults.roles),
  };
}

/** Rolling order of pools: the coldest data first, masters last. */
function rollOrder(pool: NodePool): number {
  const order = [['data_cold'], ['data_warm'], ['data_hot', 'data_content'], ['ingest']];
  if (pool.roles.includes('master')) return order.length + 1;
  const found = order.findIndex((roles) => roles.some((role) => pool.roles.includes(role)));
  return found < 0 ? order.length : found;
}

function resolvePools(spec: NonNullable<LoggingStackSpec['elasticsearch']>): readonly NodePool[] {
  const further = (spec.pools ?? []).map((pool) =>
    resolvePool(pool, { ...poolDefaults.data, name: pool.name, roles: pool.roles, replicas: 1 }),
  );
  const combined = () => [resolvePool(spec.data ?? {}, { ...poolDefaults.data, ...combinedPool })];
  const dedicated = () => [
    resolvePool(spec.data ?? {}, poolDefaults.data),
    resolvePool(spec.ingest ?? {}, poolDefaults.ingest),
    resolvePool(spec.master ?? {}, poolDefaults.master),
  ];
  return [...(spec.topology === 'Combined' ? combined() : dedicated()), ...further]
    .filter((pool) => pool.replicas > 0)
    .toSorted((first, second) => rollOrder(first) - rollOrder(second));
}

/** Image and real version of a component at a version of the stack, by the operator's image table. */
export function componentImage(component: ComponentName, version: string, config: OperatorConfig): ComponentImage {
  const table = config.images[component];
  const rule = table.versions?.[version] ?? table.default;
  return { image: rule.image.replaceAll('{version}', version), version: rule.version ?? version };
}

/** Completes a spec. Pure: the same arguments always give the same value. */
export function resolveStack(
  identity: StackIdentity,
  spec: LoggingStackSpec,
  requests: Requests,
  config: OperatorConfig,
  repositories: readonly StackRepositoryUse[] = [],
): ResolvedStack {
  const image = (component: ComponentName) => componentImage(component, spec.version, config);
  const elasticsearch = spec.elasticsearch ?? {};
  return {
    identity,
    version: spec.version,
    images: {
      elasticsearch: image('elasticsearch'),
      kibana: image('kibana'),
      logstash: image('logstash'),
      filebeat: image('filebeat'),
    },
    allowMemoryMap: config.allowMemoryMap,
    elasticsearch: {
      topology: elasticsearch.topology ?? 'Dedicated',
      pools: resolvePools(elasticsearch),
      redundancy: elasticsearch.redundancy ?? 'Single',
      changeBudget: {
        maxUnavailable: elasticsearch.changeBudget?.maxUnavailable ?? 1,
        maxDrains: elasticsearch.changeBudget?.maxDrains ?? 1,
      },
      config: elasticsearch.config ?? {},
    },
    kibana: {
      replicas: spec.kibana?.replicas ?? 1,
      pod: resolvePod(spec.kibana ?? {}, '100m', '1Gi'),
      given: givenFor(spec.kibana ?? {}),
    },
    logstash: {
      replicas: spec.logstash?.replicas ?? 1,
      queueSize: canonicalQuantity(spec.logstash?.queue?.size ?? '1Gi'),
      pod: resolvePod(spec.logstash ?? {}, '100m', '1Gi'),
      given: givenFor(spec.logstash ?? {}),
    },
    filebeat: {
      collectEverywhere: config.collectEverywhereFrom.includes(identity.namespace),
      excludedNamespaces: spec.filebeat?.namespaces?.exclude ?? [],
      given: givenFor(spec.filebeat ?? {}, config.collectEverywhereFrom.includes(identity.namespace)),
    },
    retention: { maxAge: spec.retention?.default?.maxAge ?? '7d' },
    volumes: {
      whenDeleted: spec.volumes?.whenDeleted ?? 'Retain',
      whenScaled: spec.volumes?.whenScaled ?? 'Delete',
    },
    restoreFrom: spec.restoreFrom,
    paused: spec.paused ?? false,
    repositories,
    overrides: spec.overrides ?? [],
    requests,
  };
}
