// The LoggingStack resource: the one source of its TypeScript types and of its CustomResourceDefinition.
import { z } from 'zod';
import { byteQuantity, podSettings, retentionDuration } from './shapes.ts';

export const apiGroup = 'loggingstack.dev';
export const apiVersion = 'loggingstack.dev/v1alpha1';

const storage = z.strictObject({
  size: byteQuantity.optional().meta({ description: 'Size of the volume of each pod.' }),
  className: z
    .string()
    .max(253)
    .optional()
    .meta({ description: "StorageClass of the volumes; the cluster's default class when absent." }),
});

const nodePool = {
  replicas: z.int().min(0).max(200).optional().meta({ description: 'Number of Elasticsearch nodes in this pool.' }),
  storage: storage.optional(),
  ...podSettings,
};

export const tierRoles = [
  'data_hot',
  'data_content',
  'data_warm',
  'data_cold',
  'ingest',
  'master',
  'ml',
  'remote_cluster_client',
  'transform',
] as const;

const elasticsearch = z.strictObject({
  topology: z.enum(['Dedicated', 'Combined']).optional(),
  master: z.strictObject(nodePool).optional(),
  data: z.strictObject(nodePool).optional(),
  ingest: z.strictObject(nodePool).optional(),
  pools: z
    .array(z.strictObject({ name: z.string().max(20), roles: z.array(z.enum(tierRoles)).min(1).max(9), ...nodePool }))
    .max(10)
    .optional(),
  redundancy: z.enum(['None', 'Single', 'Double', 'Full']).optional(),
  config: z.record(z.string().max(200), z.string().max(1000)).optional(),
});

const kibana = z.strictObject({ replicas: z.int().min(0).max(10).optional(), ...podSettings });
const logstash = z.strictObject({
  replicas: z.int().min(1).max(50).optional(),
  queue: z.strictObject({ size: byteQuantity.optional() }).optional(),
  ...podSettings,
});
const filebeat = z.strictObject({
  namespaces: z.strictObject({ exclude: z.array(z.string().max(63)).max(50).optional() }).optional(),
});

export const loggingStackSpec = z.strictObject({
  version: z.string().max(16),
  elasticsearch: elasticsearch.optional(),
  kibana: kibana.optional(),
  logstash: logstash.optional(),
  filebeat: filebeat.optional(),
  retention: z
    .strictObject({ default: z.strictObject({ maxAge: retentionDuration.optional() }).optional() })
    .optional(),
  volumes: z.strictObject({ whenDeleted: z.enum(['Retain', 'Delete']).optional() }).optional(),
});

export type LoggingStackSpec = z.infer<typeof loggingStackSpec>;
