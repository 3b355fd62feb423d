// The StackRepository resource: where a stack's snapshots live. It outlives stacks, owns nothing and is owned by nobody.
import { z } from 'zod';
import { condition } from './logging-stack-status.ts';
import { objectRef, stackRef } from './references.ts';
import { celRules, isSame, isUnchanged, listMap } from './rules.ts';
import { byteQuantity } from './shapes.ts';

export const stackRepositoryKind = 'StackRepository';

/** Letters, digits and `. _ -`, in parts joined by slashes; a part begins with none of the signs, so that `..` is none. */
const basePath = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/)
  .max(255);

/** The whole address, with the protocol: Elasticsearch's clients take no part of it from elsewhere. */
const endpoint = z
  .string()
  .regex(/^https?:\/\/[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?(\/[A-Za-z0-9._~/-]*)?$/)
  .max(300);

/** Longer names than those of Amazon are Google's; old buckets of Amazon may have capitals. */
const bucket = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/)
  .min(3)
  .max(222)
  .meta({ description: 'Name of the bucket.', example: 'acme-log-backups' });

const container = z
  .string()
  .regex(/^[a-z0-9](-?[a-z0-9])*$/)
  .min(3)
  .max(63)
  .meta({ description: 'Name of the container.', example: 'acme-log-backups' });

const fileSystem = z.strictObject({
  claimRef: objectRef(
    'PersistentVolumeClaim that is mounted on every master and data node. It must allow ReadWriteMany where there is more than one of them.',
    'log-backups',
  ),
});

const s3 = z.strictObject({
  bucket,
  region: z
    .string()
    .regex(/^[a-z0-9-]+$/)
    .max(64)
    .optional()
    .meta({
      description: 'Region of the bucket. Stores that are compatible with S3 want one, too.',
      resolvedDefault: "what Elasticsearch's client finds out",
      example: 'eu-central-1',
    }),
  endpoint: endpoint.optional().meta({
    description: 'Whole address of a store that is compatible with S3, with its protocol.',
    resolvedDefault: "Amazon's, by the region",
    example: 'https://minio.storage.svc:9000',
  }),
  pathStyleAccess: z.boolean().optional().meta({
    description: 'Whether the bucket is part of the path and not of the host name.',
    resolvedDefault: 'false',
    example: true,
  }),
  serverSideEncryption: z.boolean().optional().meta({
    description: 'Whether the store is asked to encrypt what it is given (AES-256).',
    resolvedDefault: 'false',
    example: true,
  }),
  credentialsRef: objectRef(
    'Secret with the keys access_key and secret_key, and session_token where there is one.',
    'log-backups-s3',
  ).optional(),
});

const gcs = z.strictObject({
  bucket,
  projectId: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/)
    .max(30)
    .optional()
    .meta({ description: 'Project of the bucket.', resolvedDefault: 'that of the credentials', example: 'acme-logs' }),
  endpoint: endpoint.optional().meta({
    description: 'Whole address of a store that is compatible with Google Cloud Storage.',
    resolvedDefault: "Google's",
    example: 'https://gcs.storage.svc:4443',
  }),
  credentialsRef: objectRef(
    'Secret with the key credentials_file: the JSON of a service account.',
    'log-backups-gcs',
  ).optional(),
});

const azure = z.strictObject({
  container,
  endpointSuffix: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9.-]*$/)
    .max(253)
    .optional()
    .meta({
      description: 'Suffix of the host names of the store.',
      resolvedDefault: 'core.windows.net',
      example: 'core.chinacloudapi.cn',
    }),
  credentialsRef: objectRef('Secret with the keys account and either key or sas_token.', 'log-backups-azure'),
});

/** Types, each with the field that holds its settings. */
export const repositoryTypes = { FileSystem: 'fileSystem', S3: 's3', GCS: 'gcs', Azure: 'azure' } as const;
export type RepositoryType = keyof typeof repositoryTypes;

const oneOfEachType = Object.entries(repositoryTypes).map(([type, field]) => ({
  rule: `has(self.${field}) == (self.type == '${type}')`,
  message: `${field} holds the settings of the type ${type}: it must be given for this type, and for no other`,
  fieldPath: `.${field}`,
}));

/** Fields that say where snapshots are, each with what must hold for it. Which settings are there follows from the type. */
const location: readonly (readonly [field: string, rule: string])[] = [
  ['stackRef', isSame('stackRef')],
  ['type', isSame('type')],
  ['basePath', isUnchanged('basePath')],
  ['fileSystem.claimRef', whileBothHave('fileSystem', isSame('claimRef', '.fileSystem'))],
  ['s3.bucket', whileBothHave('s3', isSame('bucket', '.s3'))],
  ['s3.endpoint', whileBothHave('s3', isUnchanged('endpoint', '.s3'))],
  ['gcs.bucket', whileBothHave('gcs', isSame('bucket', '.gcs'))],
  ['gcs.endpoint', whileBothHave('gcs', isUnchanged('endpoint', '.gcs'))],
  ['azure.container', whileBothHave('azure', isSame('container', '.azure'))],
  ['azure.endpointSuffix', whileBothHave('azure', isUnchanged('endpointSuffix', '.azure'))],
];

function whileBothHave(field: string, rule: string): string {
  return `!has(self.${field}) || !has(oldSelf.${field}) || (${rule})`;
}

/** Snapshots do not follow a changed address: another place is another repository. */
const fixedLocation = location.map(([field, rule]) => ({
  rule,
  message: `${field} cannot be changed: snapshots stay where they are; make another StackRepository`,
  fieldPath: `.${field}`,
}));

export const stackRepositorySpec = z
  .strictObject({
    stackRef: stackRef('The stack whose Elasticsearch knows the repository.'),
    mode: z.enum(['ReadWrite', 'ReadOnly']).optional().meta({
      description:
        'Whether snapshots are taken and deleted there, or only read and restored. One place has one writer: two would destroy it.',
      resolvedDefault: 'ReadWrite',
      example: 'ReadOnly',
    }),
    type: z
      .enum(Object.keys(repositoryTypes) as [RepositoryType, ...RepositoryType[]])
      .meta({ description: 'What kind of store it is.', example: 'FileSystem' }),
    basePath: basePath.optional().meta({
      description: 'Folder within the volume, bucket or container.',
      resolvedDefault: '<namespace>/<name> of the StackRepository',
      example: 'logging/backups',
    }),
    maxSnapshotBytesPerSecond: byteQuantity.optional().meta({
      description: 'How much each node copies in a second at most.',
      resolvedDefault: '40Mi',
      example: '100Mi',
    }),
    fileSystem: fileSystem.optional().meta({ description: 'A volume that all master and data nodes share.' }),
    s3: s3.optional().meta({ description: 'A bucket of S3, or of a store that is compatible with it.' }),
    gcs: gcs.optional().meta({ description: 'A bucket of Google Cloud Storage.' }),
    azure: azure.optional().meta({ description: 'A container of Azure Blob Storage.' }),
  })
  .meta(celRules(...oneOfEachType, ...fixedLocation));

/** Annotations of a StackRepository that ask for one action each, and once for each value. */
export const repositoryAnnotations = {
  'loggingstack.dev/verify':
    'Has every node write to the repository and read from it, as is done when the repository changes. The value is any text, such as the date; another value verifies again.',
} as const;

const timestamp = z.string().meta({ format: 'date-time' });

export const stackRepositoryStatus = z.strictObject({
  conditions: z
    .array(condition)
    .max(8)
    .optional()
    .meta({
      description:
        'Accepted: whether the repository can be used as it is described. Ready: whether Elasticsearch has it, and every node reaches it.',
      ...listMap('type'),
    }),
  basePath: basePath
    .optional()
    .meta({ description: 'Folder within the volume, bucket or container.', example: 'logging/backups' }),
  credentialsHash: z.string().max(64).optional().meta({
    description: 'Changes when the credentials do; the nodes are restarted one by one with the new ones then.',
    example: '3f9a1c0b77d2',
  }),
  verifiedAt: timestamp
    .optional()
    .meta({ description: 'When all nodes reached it last.', example: '2026-11-22T12:00:00Z' }),
  verifyRequest: z.string().max(128).optional().meta({
    description: 'Value of the annotation loggingstack.dev/verify that was followed last.',
    example: '2026-11-22',
  }),
});

/** The conditions of a StackRepository. */
export const acceptedCondition = 'Accepted';
export const repositoryReadyCondition = 'Ready';

export type StackRepositorySpec = z.infer<typeof stackRepositorySpec>;
export type StackRepositoryStatus = z.infer<typeof stackRepositoryStatus>;
