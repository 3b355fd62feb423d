// For tests: StackRepositories of each type, and the Secrets and claims that they refer to.
import { generateKeyPairSync } from 'node:crypto';
import type { StackRepositorySpec, StackRepositoryStatus } from '../../api/stack-repository.ts';
import type { KubeObject } from '../kubernetes.ts';
import type { RepositoryObject } from './repositories.ts';

export type RepositoryTypeName = StackRepositorySpec['type'];

/** Each with all that it can be given. */
export const fullSpecs: Readonly<Record<RepositoryTypeName, StackRepositorySpec>> = {
  FileSystem: {
    stackRef: { name: 'logs' },
    mode: 'ReadOnly',
    type: 'FileSystem',
    basePath: 'one/two',
    maxSnapshotBytesPerSecond: '100Mi',
    fileSystem: { claimRef: { name: 'log-backups' } },
  },
  S3: {
    stackRef: { name: 'logs' },
    mode: 'ReadOnly',
    type: 'S3',
    basePath: 'one/two',
    maxSnapshotBytesPerSecond: '100Mi',
    s3: {
      bucket: 'acme-logs',
      region: 'eu-central-1',
      endpoint: 'https://minio.storage.svc:9000',
      pathStyleAccess: true,
      serverSideEncryption: true,
      credentialsRef: { name: 'keys' },
    },
  },
  GCS: {
    stackRef: { name: 'logs' },
    mode: 'ReadOnly',
    type: 'GCS',
    basePath: 'one/two',
    maxSnapshotBytesPerSecond: '100Mi',
    gcs: {
      bucket: 'acme-logs',
      projectId: 'acme',
      endpoint: 'https://gcs.storage.svc:4443',
      credentialsRef: { name: 'keys' },
    },
  },
  Azure: {
    stackRef: { name: 'logs' },
    mode: 'ReadOnly',
    type: 'Azure',
    basePath: 'one/two',
    maxSnapshotBytesPerSecond: '100Mi',
    azure: { container: 'acme-logs', endpointSuffix: 'core.chinacloudapi.cn', credentialsRef: { name: 'keys' } },
  },
};

/** Writes to the claim `log-backups`, and has nothing else. */
export const fileSystemSpec: StackRepositorySpec = {
  stackRef: { name: 'logs' },
  type: 'FileSystem',
  fileSystem: { claimRef: { name: 'log-backups' } },
};

/** Writes to a bucket with keys of its own. */
export const s3Spec: StackRepositorySpec = {
  stackRef: { name: 'logs' },
  type: 'S3',
  s3: { bucket: 'acme-logs', region: 'eu-central-1', credentialsRef: { name: 'keys' } },
};

export function repositoryOf(
  spec: StackRepositorySpec = fileSystemSpec,
  metadata: Partial<KubeObject['metadata']> = {},
  status?: StackRepositoryStatus,
): RepositoryObject {
  return {
    apiVersion: 'loggingstack.dev/v1alpha1',
    kind: 'StackRepository',
    metadata: {
      name: 'backups',
      namespace: 'team',
      uid: `uid of ${metadata.namespace ?? 'team'}/${metadata.name ?? 'backups'}`,
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...metadata,
    },
    spec,
    ...(status === undefined ? {} : { status }),
  };
}

export const secretOf = (values: Readonly<Record<string, string>>, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'keys', namespace: 'team', uid: 'uid-s', ...metadata },
  data: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
});

export const s3Keys = { access_key: 'access-1', secret_key: 'secret-1' } as const;

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});

/** As Google hands it out. */
export const serviceAccount = {
  type: 'service_account',
  project_id: 'acme',
  private_key_id: 'id-1',
  private_key: privateKey,
  client_email: 'backups@acme.iam.gserviceaccount.com',
  client_id: '1',
};

/** What a usable Secret of each type has. */
export const usableValues: Readonly<Record<RepositoryTypeName, Readonly<Record<string, string>>>> = {
  FileSystem: {},
  S3: { ...s3Keys, session_token: 'token-1' },
  GCS: { credentials_file: JSON.stringify(serviceAccount) },
  Azure: { account: 'acme', key: 'a2V5' },
};

export const claimOf = (spec: object = {}, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'log-backups', namespace: 'team', uid: 'uid-c' },
  spec: { accessModes: ['ReadWriteMany'], volumeMode: 'Filesystem', ...spec },
  status: { phase: 'Bound' },
  ...more,
});
