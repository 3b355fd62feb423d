// The elasticsearch part of a LoggingStack: node pools, copies, settings.
import { z } from 'zod';
import { podSettings } from './pod-settings.ts';
import { celRules, keysRefused, listMap, listSet } from './rules.ts';
import { byteQuantity, dnsLabel, int32, objectName, textMap } from './shapes.ts';

/** What a node of a further pool can do. Every name is Elasticsearch's own name of the role. */
const poolRoles = ['data_hot', 'data_content', 'data_warm', 'data_cold', 'ingest', 'master'] as const;

/** Names that the operator uses for its own pools and Services: `<stack>-es-<name>`. */
const reservedPoolNames = ['master', 'data', 'ingest', 'combined', 'transport', 'http'];

/** Most characters of a pool's name: with a stack name of 30 and `-es-`, the StatefulSet's name then has at most 52, and its pods' revision label at most 63. */
const poolNameLength = 18;

/** Settings that the operator writes itself: a second source would break discovery, TLS, storage or readiness. */
export const ownedConfigKeys =
  '^(cluster[.](name|initial_master_nodes)$|(bootstrap|discovery|http|network|node|path|readiness|transport)[.]|xpack[.]security[.])';

interface PoolDefaults {
  readonly size: string;
  readonly cpu: string;
  readonly memory: string;
}

const storage = (defaultSize: string) =>
  z.strictObject({
    size: byteQuantity.optional().meta({
      description: 'Size of the volume of each node: a whole number followed by Mi, Gi or Ti.',
      resolvedDefault: defaultSize,
      example: '200Gi',
    }),
    className: objectName.optional().meta({
      description: 'StorageClass of the volumes.',
      resolvedDefault: "the cluster's default class",
      example: 'fast',
    }),
  });

const poolSettings = (defaults: PoolDefaults) => ({
  storage: storage(defaults.size).optional().meta({ description: 'The volume of each node.' }),
  ...podSettings(defaults),
});

const master = z.strictObject({
  replicas: z
    .int()
    .optional()
    .meta({
      description: 'Number of dedicated master nodes: 1, 3 or 5. A majority of them must run.',
      resolvedDefault: 3,
      example: 3,
      format: 'int32',
      ...celRules({
        rule: 'self in [1, 3, 5]',
        message: 'master nodes are 1, 3 or 5: an even number of masters survives no more failures than one less',
      }),
    }),
  ...poolSettings({ size: '5Gi', cpu: '100m', memory: '1Gi' }),
});

const data = z.strictObject({
  replicas: int32(1, 200).default(2).meta({
    description:
      'Number of data nodes of the hot and content tiers. kubectl scale changes this field. With topology Combined at most 3.',
    example: 3,
  }),
  ...poolSettings({ size: '50Gi', cpu: '200m', memory: '2Gi' }),
});

const ingest = z.strictObject({
  replicas: int32(0, 200).optional().meta({
    description: 'Number of ingest nodes. With 0 the data nodes take in documents themselves.',
    resolvedDefault: 1,
    example: 2,
  }),
  ...poolSettings({ size: '1Gi', cpu: '100m', memory: '1Gi' }),
});

const furtherPool = z.strictObject({
  name: dnsLabel.max(poolNameLength).meta({
    description: `Name of the pool; its StatefulSet is <stack>-es-<name>. At most ${poolNameLength} characters; not one of ${reservedPoolNames.join(', ')}.`,
    example: 'warm',
    ...celRules({
      rule: `!(self in ['${reservedPoolNames.join("', '")}'])`,
      message: `the names ${reservedPoolNames.join(', ')} are taken by the operator itself`,
      messageExpression: `'pool name "' + self + '" is taken by the operator itself: choose another'`,
    }),
  }),
  roles: z
    .array(z.enum(poolRoles))
    .min(1)
    .max(poolRoles.length)
    .meta({ description: 'What the nodes of this pool do.', example: ['data_warm'], ...listSet }),
  replicas: int32(1, 200).optional().meta({
    description: 'Number of nodes in this pool.',
    resolvedDefault: 1,
    example: 2,
  }),
  ...poolSettings({ size: '50Gi', cpu: '200m', memory: '2Gi' }),
});

const config = textMap(z.string().max(1000), {
  pattern: '^[a-z][a-z0-9_]*([.][A-Za-z0-9_-]+)+$',
  allowed: 'a flat Elasticsearch setting with dots, for example indices.memory.index_buffer_size',
  maxEntries: 100,
  rules: [keysRefused(ownedConfigKeys, 'the operator sets this key itself')],
});

const changeBudget = z.strictObject({
  maxUnavailable: int32(1, 10).optional().meta({
    description: 'Nodes that may be down at a time, whether the operator restarts them or others evict them.',
    resolvedDefault: 1,
    example: 1,
  }),
  maxDrains: int32(1, 10).optional().meta({
    description: 'Nodes that may be emptied of their shards at a time before they are removed.',
    resolvedDefault: 1,
    example: 1,
  }),
});

export const elasticsearch = z
  .strictObject({
    topology: z.enum(['Dedicated', 'Combined']).optional().meta({
      description:
        'Dedicated: separate master, data and ingest nodes. Combined: one pool, combined, whose one to three nodes have all these roles; it is described and scaled by data. Either may become the other: the nodes of the new one join, then those of the old one are emptied.',
      resolvedDefault: 'Dedicated',
      example: 'Combined',
    }),
    master: master.optional().meta({ description: 'Dedicated master nodes.' }),
    data: data.prefault({}).meta({ description: 'Nodes that hold new documents: the hot and content tiers.' }),
    ingest: ingest
      .optional()
      .meta({ description: 'Nodes that take in documents and answer searches, but hold no data.' }),
    pools: z
      .array(furtherPool)
      .max(10)
      .optional()
      .meta({
        description: 'Further sets of nodes: other tiers, another storage class.',
        example: [{ name: 'warm', roles: ['data_warm'], replicas: 2, storage: { size: '1Ti' } }],
        ...listMap('name'),
      }),
    redundancy: z.enum(['None', 'Single', 'Double', 'Full']).optional().meta({
      description:
        'Copies of each shard besides the first: none, one, two, or one on every other node. Never more than there are other nodes.',
      resolvedDefault: 'Single',
      example: 'Double',
    }),
    changeBudget: changeBudget.optional().meta({
      description: 'How much of Elasticsearch the operator may change at the same time, over all pools.',
    }),
    config: config.optional().meta({
      description:
        'Settings for elasticsearch.yml of every node: flat keys with dots to text. Keys that the operator sets itself are refused: cluster.name, cluster.initial_master_nodes, and all under bootstrap, discovery, http, network, node, path, readiness, transport and xpack.security.',
      example: { 'indices.memory.index_buffer_size': '20%' },
    }),
  })
  .meta(
    celRules(
      {
        rule: "!has(self.topology) || self.topology != 'Combined' || !has(self.master)",
        message: 'topology Combined has no master pool: its data nodes are the masters',
        fieldPath: '.master',
      },
      {
        rule: "!has(self.topology) || self.topology != 'Combined' || !has(self.ingest)",
        message: 'topology Combined has no ingest pool: its data nodes take in documents',
        fieldPath: '.ingest',
      },
      {
        rule: "!has(self.topology) || self.topology != 'Combined' || self.data.replicas <= 3",
        message: 'topology Combined is for one to three nodes: for more use topology Dedicated',
        fieldPath: '.data.replicas',
      },
    ),
  );
