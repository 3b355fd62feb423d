// The status of a LoggingStack: what the operator writes and people, kubectl and kstatus read.
import { z } from 'zod';
import { listMap } from './rules.ts';
import { int32 } from './shapes.ts';

const timestamp = z.string().meta({ format: 'date-time' });
const count = (description: string, example: number) => int32(0).meta({ description, example });
const generation = z.int().min(0).meta({ format: 'int64' });

export const condition = z.strictObject({
  type: z
    .string()
    .regex(/^[A-Z][A-Za-z]*$/)
    .max(64)
    .meta({
      description: 'Ready, Reconciling, Stalled (as kstatus reads them), Blocked, and one per component.',
      example: 'Ready',
    }),
  status: z.enum(['True', 'False', 'Unknown']).meta({ description: 'Whether the condition holds.', example: 'True' }),
  observedGeneration: generation.optional().meta({
    description: 'metadata.generation of the stack that this was found for.',
    example: 4,
  }),
  lastTransitionTime: timestamp.meta({
    description: 'When the status of the condition changed last.',
    example: '2026-11-22T12:00:00Z',
  }),
  reason: z
    .string()
    .regex(/^[A-Z][A-Za-z0-9]*$/)
    .max(128)
    .meta({ description: 'Why, in one word for programs.', example: 'AllComponentsReady' }),
  message: z.string().max(2048).meta({ description: 'Why, for people.', example: '9 of 9 pods are ready' }),
});

const blocked = z.strictObject({
  component: z.string().max(32).meta({ description: 'The component that is held back.', example: 'elasticsearch' }),
  rule: z.string().max(64).meta({ description: 'Name of the safety rule.', example: 'DiskTooSmall' }),
  subject: z.string().max(320).meta({
    description: 'What is held back: kind, slash, name.',
    example: 'StatefulSet/logs-es-data',
  }),
  message: z
    .string()
    .max(1024)
    .meta({ description: 'What is held back and why, with figures.', example: '3 nodes are to become 2.' }),
  remedy: z.string().max(1024).meta({ description: 'What lets it go on.', example: 'Set replicas back to 3.' }),
  since: timestamp.meta({ description: 'Since when.', example: '2026-11-22T12:00:00Z' }),
});

const poolStatus = z.strictObject({
  name: z.string().max(63).meta({ description: 'Name of the pool.', example: 'data' }),
  desired: count('Nodes that the spec asks for.', 3),
  ready: count('Nodes whose pods are ready.', 3),
  updated: count('Nodes that run the newest configuration.', 3),
});

const endpoint = z.string().max(300);
const secretName = z.string().max(253);

/** What takes its time while a stack changes. */
export const progressSteps = ['Drain', 'Recovery', 'Replacement', 'Roll', 'Upgrade', 'VolumeExpansion'] as const;

const progress = z.strictObject({
  step: z.enum(progressSteps).meta({ description: 'What is being done.', example: 'Drain' }),
  subject: z.string().max(320).meta({ description: 'To what: kind, slash, name.', example: 'Pod/logs-es-data-2' }),
  percent: int32(0, 100).meta({ description: 'How much of it is done, in steps of 5.', example: 40 }),
  total: z.int().min(0).optional().meta({
    description: 'How much there was at the beginning: bytes of a drain, nodes of a roll, shards of a recovery.',
    format: 'int64',
    example: 8589934592,
  }),
  message: z
    .string()
    .max(1024)
    .optional()
    .meta({ description: 'What is left, with rounded figures.', example: '12 shards of 8 GiB are left to move.' }),
  since: timestamp.meta({ description: 'When it began.', example: '2026-11-22T12:00:00Z' }),
});

const request = z.strictObject({
  name: z.enum(['Roll', 'ReplaceNode']).meta({ description: 'The action that was asked for.', example: 'Roll' }),
  value: z
    .string()
    .max(128)
    .meta({ description: 'Value of the annotation; of a longer one, its hash.', example: '2026-11-22' }),
  state: z.enum(['UnderWay', 'Done']).meta({ description: 'How far it is.', example: 'Done' }),
  since: timestamp.meta({ description: 'Since when.', example: '2026-11-22T12:00:00Z' }),
  target: z.string().max(128).optional().meta({
    description: 'Of a replacement that is under way: uids of the claim and the pod that are to be replaced.',
    example: '0b9c3c52-5a0e-4f6e-9d4b-1f4a3c1b7e11/5d3f7a80-2c1d-4b8e-8a63-7f0e2d9c4b22',
  }),
});

const elasticsearchStatus = z.strictObject({
  clusterUUID: z
    .string()
    .max(64)
    .optional()
    .meta({ description: 'Identity of the Elasticsearch cluster.', example: 'u0VwfH1nTsWFgkrqTd3lbg' }),
  health: z.enum(['green', 'yellow', 'red', 'unknown']).optional().meta({
    description: 'Health as Elasticsearch reports it; unknown when it does not answer.',
    example: 'green',
  }),
  pools: z
    .array(poolStatus)
    .max(16)
    .optional()
    .meta({ description: 'Each set of nodes.', ...listMap('name') }),
  progress: z
    .array(progress)
    .max(64)
    .optional()
    .meta({ description: 'What is under way, and how far it is.', ...listMap('step', 'subject') }),
  endpoint: endpoint.optional().meta({
    description: 'Address within the Kubernetes cluster.',
    example: 'https://logs-es-http.logging.svc:9200',
  }),
  userSecret: secretName.optional().meta({
    description: 'Secret with the password of the user elastic.',
    example: 'logs-es-elastic-user',
  }),
  caSecret: secretName.optional().meta({
    description: 'Secret whose ca.crt signs the certificates of the HTTP endpoints.',
    example: 'logs-es-http-certs',
  }),
});

const counted = {
  ready: count('Pods that are ready.', 1),
  desired: count('Pods that the spec asks for.', 1),
};

export const loggingStackStatus = z.strictObject({
  observedGeneration: generation.optional().meta({
    description: 'metadata.generation that the operator has acted on last.',
    example: 4,
  }),
  version: z.string().max(16).optional().meta({
    description: 'Version that all Elasticsearch nodes run at least.',
    example: '9.4.3',
  }),
  dataReplicas: int32(0)
    .optional()
    .meta({ description: 'Data nodes that exist, for the scale subresource.', example: 2 }),
  dataSelector: z.string().max(512).optional().meta({
    description: 'Label selector of the pods of the data nodes, for the scale subresource.',
    example: 'loggingstack.dev/pool=data,loggingstack.dev/stack=logs',
  }),
  conditions: z
    .array(condition)
    .max(24)
    .optional()
    .meta({ description: 'What holds and what does not.', ...listMap('type') }),
  blocked: z
    .array(blocked)
    .max(64)
    .optional()
    .meta({
      description: 'What the operator holds back, each with its reason and remedy.',
      ...listMap('component', 'rule', 'subject'),
    }),
  requests: z
    .array(request)
    .max(8)
    .optional()
    .meta({ description: 'Actions that annotations asked for; each is done once.', ...listMap('name') }),
  elasticsearch: elasticsearchStatus.optional().meta({ description: 'Elasticsearch as observed.' }),
  kibana: z
    .strictObject({
      endpoint: endpoint.optional().meta({
        description: 'Address within the Kubernetes cluster.',
        example: 'https://logs-kb-http.logging.svc:5601',
      }),
      ...counted,
    })
    .optional()
    .meta({ description: 'Kibana as observed.' }),
  logstash: z
    .strictObject({
      endpoint: endpoint.optional().meta({
        description: 'Address for Beats within the Kubernetes cluster.',
        example: 'logs-ls-beats.logging.svc:5044',
      }),
      ...counted,
    })
    .optional()
    .meta({ description: 'Logstash as observed.' }),
  filebeat: z.strictObject(counted).optional().meta({ description: 'Filebeat as observed: one pod per node.' }),
});

export type LoggingStackStatus = z.infer<typeof loggingStackStatus>;
