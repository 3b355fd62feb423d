// The LoggingStack resource: the one source of its TypeScript types and of its CustomResourceDefinition.
import { z } from 'zod';
import { elasticsearch } from './elasticsearch.ts';
import { overrides } from './overrides.ts';
import { podSettings } from './pod-settings.ts';
import { celRules, listSet } from './rules.ts';
import { byteQuantity, dnsLabel, int32, retentionDuration } from './shapes.ts';
import { restoreFrom } from './stack-restore.ts';

export const apiGroup = 'loggingstack.dev';
export const apiVersion = 'loggingstack.dev/v1alpha1';
export const kind = 'LoggingStack';

const kibana = z.strictObject({
  replicas: int32(0, 10).optional().meta({
    description: 'Number of Kibana pods; 0 runs none.',
    resolvedDefault: 1,
    example: 2,
  }),
  ...podSettings({ cpu: '100m', memory: '1Gi' }),
});

const logstash = z.strictObject({
  replicas: int32(1, 50).optional().meta({
    description: 'Number of Logstash pods.',
    resolvedDefault: 1,
    example: 2,
  }),
  queue: z
    .strictObject({
      size: byteQuantity.optional().meta({
        description: 'Size of the volume that holds the persistent queue of each pod.',
        resolvedDefault: '1Gi',
        example: '4Gi',
      }),
    })
    .optional()
    .meta({ description: 'The persistent queue: what Logstash has accepted and Elasticsearch has not stored yet.' }),
  ...podSettings({ cpu: '100m', memory: '1Gi' }),
});

const filebeat = z.strictObject({
  namespaces: z
    .strictObject({
      exclude: z
        .array(dnsLabel)
        .max(50)
        .optional()
        .meta({
          description: 'Namespaces whose logs are not collected.',
          resolvedDefault: 'none',
          example: ['kube-system'],
          ...listSet,
        }),
    })
    .optional()
    .meta({
      description:
        "Whose logs are collected. A stack collects from its own namespace, and from all when the operator's configuration lists its namespace.",
    }),
});

const retention = z.strictObject({
  default: z
    .strictObject({
      maxAge: retentionDuration.optional().meta({
        description: 'Documents are deleted at this age: a whole number of days (d) or hours (h).',
        resolvedDefault: '7d',
        example: '14d',
      }),
    })
    .optional()
    .meta({ description: 'For every data stream of the stack.' }),
});

const volumes = z.strictObject({
  whenDeleted: z.enum(['Retain', 'Delete']).optional().meta({
    description:
      'What becomes of the volumes, and of the passwords, keys and authorities that belong to them, when the stack is deleted. A stack of the same name takes retained ones up again.',
    resolvedDefault: 'Retain',
    example: 'Delete',
  }),
  whenScaled: z.enum(['Retain', 'Delete']).optional().meta({
    description:
      'What becomes of the volume of an Elasticsearch node that was emptied and removed because the spec asks for fewer nodes.',
    resolvedDefault: 'Delete',
    example: 'Retain',
  }),
});

/** The parts of the spec. */
const specFields = z.strictObject({
  version: z
    .string()
    .regex(/^(8[.]19|9[.][1-9][0-9]*)[.](0|[1-9][0-9]*)$/)
    .max(12)
    .meta({ description: 'Version of the Elastic stack: 8.19.x, or 9.1.0 and newer.', example: '9.4.3' }),
  elasticsearch: elasticsearch.prefault({}).meta({ description: 'Stores the logs and searches them.' }),
  kibana: kibana.optional().meta({ description: 'The web interface.' }),
  logstash: logstash
    .optional()
    .meta({ description: 'Receives logs, keeps them in a queue, writes them to Elasticsearch.' }),
  filebeat: filebeat.optional().meta({ description: 'Reads the logs of the pods on every Kubernetes node.' }),
  retention: retention.optional().meta({ description: 'How long logs are kept.' }),
  volumes: volumes.optional().meta({ description: 'What becomes of volumes.' }),
  paused: z.boolean().optional().meta({
    description:
      'Whether the operator only says in the status what it would do, and does nothing. What it has begun and cannot leave half done, it ends.',
    resolvedDefault: 'false',
    example: true,
  }),
  restoreFrom: restoreFrom.optional().meta({
    description:
      'The snapshot that a new stack begins with. It takes in no logs until all of it is restored. To be given when the stack is made; taking it away ends the wait.',
  }),
  overrides: overrides.optional(),
});

export const loggingStackSpec = specFields.meta(
  celRules({
    rule: '!has(self.restoreFrom) || has(oldSelf.restoreFrom)',
    message: 'restoreFrom is for new stacks only: this one has begun without it; make a StackRestore instead',
    fieldPath: '.restoreFrom',
  }),
);

/** Most characters of a stack's name: see the pool names of elasticsearch, which share the room of a label with it. */
const stackNameLength = 30;

/** All that a schema may say of the metadata: what names are allowed (optional, because generateName may stand for it). */
export const loggingStackMetadata = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z]([-a-z0-9]*[a-z0-9])?$/)
    .optional()
    .meta({
      description: `Name of the stack: at most ${stackNameLength} lower case letters, digits and hyphens, the first a letter. Services are named after it.`,
      example: 'logs',
    }),
});

/** Rules on the whole object. The length of the name is one, because a maxLength could not say why. */
export const loggingStackRules = celRules({
  rule: `size(self.metadata.name) <= ${stackNameLength}`,
  message: `a stack's name has at most ${stackNameLength} characters: the names of its pods start with it, and Kubernetes limits those`,
  fieldPath: '.metadata.name',
});

/** Annotations of a stack that ask for one action each, and once for each value. What was asked is recorded in `status.requests`, and never done again. */
export const requestAnnotations = {
  'loggingstack.dev/roll':
    'Restarts every Elasticsearch node, one after the other, as a change of their configuration would. The value is any text, such as the date; another value rolls again. Taking the annotation away changes nothing.',
  'loggingstack.dev/replace-node':
    'Replaces an Elasticsearch node whose volume is lost, after proof that no shard has its only copy there. The value is the name of its pod. To replace the same node again, take the annotation away first.',
} as const;

/** What a user may write, and what the API server returns: every field that the operator resolves is optional. */
export type LoggingStackSpec = z.input<typeof loggingStackSpec>;
