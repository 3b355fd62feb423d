// A StackRepository as Elasticsearch is to know it: where its snapshots are, how it is registered, and what the nodes need for it.
import {
  repositoryTypes,
  type RepositoryType,
  type StackRepositorySpec,
  type StackRepositoryStatus,
} from '../../api/stack-repository.ts';
import type { KubeObject } from '../kubernetes.ts';
import { names } from '../names.ts';
import { hashOf } from '../objects.ts';
import { bytesOf } from '../quantities.ts';
import type { NodePool, StackIdentity } from '../stack.ts';
import type { RegisteredRepository } from './observed.ts';

/** A StackRepository as the watches have it. */
export interface RepositoryObject extends KubeObject {
  readonly spec: StackRepositorySpec;
  readonly status?: StackRepositoryStatus;
}

/** Elasticsearch's word for each type, and the module that it needs besides Elasticsearch itself. */
const typesOfElasticsearch: Readonly<Record<RepositoryType, { readonly type: string; readonly module?: string }>> = {
  FileSystem: { type: 'fs' },
  S3: { type: 's3', module: 'repository-s3' },
  GCS: { type: 'gcs', module: 'repository-gcs' },
  Azure: { type: 'azure', module: 'repository-azure' },
};

/** The module of Elasticsearch without which it refuses the type, and nodes do not even start with its settings. */
export const moduleOf = ({ type }: StackRepositorySpec): string | undefined => typesOfElasticsearch[type].module;

export const isReadOnly = ({ mode }: StackRepositorySpec): boolean => mode === 'ReadOnly';

/** Folder within the volume, bucket or container. */
export const basePathOf = ({ spec, metadata }: RepositoryObject): string =>
  spec.basePath ?? `${metadata.namespace ?? ''}/${metadata.name}`;

/** The Secret that the spec names. */
export const credentialsRefOf = ({ type, ...spec }: StackRepositorySpec): string | undefined =>
  type === 'FileSystem' ? undefined : spec[repositoryTypes[type]]?.credentialsRef?.name;

/** The claim that the spec names. */
export const claimOf = ({ fileSystem }: StackRepositorySpec): string | undefined => fileSystem?.claimRef.name;

/** Where a claim is on every master and data node; `path.repo` allows it. */
export const mountPathOf = (claim: string): string => `/usr/share/elasticsearch/snapshots/${claim}`;

/** Elasticsearch has this client always, and others only where something is set for them. */
const usualClient = 'default';

/** The client has the name of the StackRepository: so the settings of two of them never mix. */
function clientOf(repository: RepositoryObject): string {
  const isSet = credentialsRefOf(repository.spec) !== undefined || Object.keys(clientSettings(repository)).length > 0;
  return isSet ? repository.metadata.name : usualClient;
}

/** How Elasticsearch is to have it registered. All values are texts, as Elasticsearch gives them back. */
export function registrationOf(repository: RepositoryObject): RegisteredRepository {
  const { spec } = repository;
  const limit = spec.maxSnapshotBytesPerSecond;
  return {
    type: typesOfElasticsearch[spec.type].type,
    settings: {
      ...locationOf(repository),
      ...(spec.type === 'FileSystem' ? {} : { client: clientOf(repository) }),
      ...(spec.s3?.serverSideEncryption === true ? { server_side_encryption: 'true' } : {}),
      ...(limit === undefined ? {} : { max_snapshot_bytes_per_sec: `${bytesOf(limit)}b` }),
      ...(isReadOnly(spec) ? { readonly: 'true' } : {}),
    },
  };
}

/** The settings that say where snapshots are. */
function locationOf(repository: RepositoryObject): Readonly<Record<string, string>> {
  const { fileSystem, s3, gcs, azure } = repository.spec;
  const path = basePathOf(repository);
  if (fileSystem !== undefined) return { location: `${mountPathOf(fileSystem.claimRef.name)}/${path}` };
  if (azure !== undefined) return { container: azure.container, base_path: path };
  return { bucket: (s3 ?? gcs)?.bucket ?? '', base_path: path };
}

/** All that `registrationOf` may set. Whatever else stands in a registration was set by people, and stays. */
const ownSettings = [
  'base_path',
  'bucket',
  'client',
  'container',
  'location',
  'max_snapshot_bytes_per_sec',
  'readonly',
  'server_side_encryption',
] as const;

/** Whether a registration says what the StackRepository says. */
export const isRegistered = (wanted: RegisteredRepository, live: RegisteredRepository): boolean =>
  wanted.type === live.type && ownSettings.every((key) => wanted.settings[key] === live.settings[key]);

const locations = ['base_path', 'bucket', 'container', 'location'] as const;

/** Whether a registration is of the same place, however it is set otherwise. */
export const isAtSamePlace = (wanted: RegisteredRepository, live: RegisteredRepository): boolean =>
  wanted.type === live.type &&
  locations.every((key) => plainPath(wanted.settings[key]) === plainPath(live.settings[key]));

const plainPath = (path = ''): string => path.replaceAll(/\/+/g, '/').replace(/\/$/, '');

/** A registration in words, for people who did not make it. */
export function placeInWords({ type, settings }: RegisteredRepository): string {
  const told = locations.flatMap((key) => (settings[key] === undefined ? [] : [`${key} ${settings[key]}`]));
  return [`type ${type}`, ...told].join(', ');
}

/** Settings of the client in elasticsearch.yml: those that are no secret. */
export function clientSettings({ spec, metadata }: RepositoryObject): Readonly<Record<string, string>> {
  const { s3, gcs, azure } = spec;
  const settings = {
    ...(s3 && {
      region: s3.region,
      endpoint: s3.endpoint,
      path_style_access: s3.pathStyleAccess === true ? 'true' : undefined,
    }),
    ...(gcs && { endpoint: gcs.endpoint, project_id: gcs.projectId }),
    ...(azure && { endpoint_suffix: azure.endpointSuffix }),
  };
  const given = Object.entries(settings).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(given.map(([key, value]) => [clientSetting(spec, metadata.name, key), value]));
}

/** The name of a setting of the client, in elasticsearch.yml or in the keystore. */
export const clientSetting = ({ type }: StackRepositorySpec, client: string, key: string): string =>
  `${typesOfElasticsearch[type].type}.client.${client}.${key}`;

/** What the nodes of a stack need for one StackRepository. */
export interface StackRepositoryUse {
  readonly name: string;
  /** The claim that they mount. */
  readonly claim: string | undefined;
  /** Flat keys of elasticsearch.yml. */
  readonly settings: Readonly<Record<string, string>>;
  /** The Secret of the operator with what they put into their keystore. */
  readonly credentials: string | undefined;
  /** Changes when any of it does, credentials included: nodes that run with another one are replaced. */
  readonly fingerprint: string;
}

/**
 * What nodes need for a StackRepository that was accepted: undefined where that is nothing.
 * @param credentialsHash of the credentials that the operator has laid down for them
 */
export function useOf(
  stack: Pick<StackIdentity, 'name'>,
  repository: RepositoryObject,
  credentialsHash: string | undefined,
): StackRepositoryUse | undefined {
  const { name } = repository.metadata;
  const claim = claimOf(repository.spec);
  const settings = clientSettings(repository);
  const credentials = credentialsHash === undefined ? undefined : names.repositoryCredentials(stack.name, name);
  if (claim === undefined && credentials === undefined && Object.keys(settings).length === 0) return undefined;
  return { name, claim, settings, credentials, fingerprint: hashOf([claim, settings, credentialsHash]) };
}

/**
 * Whether nodes are to have what a StackRepository needs. Its base path stands in the status from its acceptance until it
 * has to come off the nodes: neither an edit that nobody has judged yet nor a Secret that is gone restarts any of them.
 */
export const isOnNodes = ({ status }: RepositoryObject): boolean => status?.basePath !== undefined;

/** What the nodes of a stack need for its StackRepositories, in an order that does not depend on that of the objects. */
export function usesOf(stack: StackIdentity, repositories: readonly KubeObject[]): readonly StackRepositoryUse[] {
  return (repositories as readonly RepositoryObject[])
    .filter(isOnNodes)
    .flatMap((repository) => useOf(stack, repository, repository.status?.credentialsHash) ?? [])
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/** Whether the nodes of a pool read and write snapshots: masters and those with data do, and no others. */
export const takesSnapshots = ({ roles }: Pick<NodePool, 'roles'>): boolean =>
  roles.some((role) => role === 'master' || role.startsWith('data'));

/** The claims that nodes mount, each once: several StackRepositories may be folders of one. */
export const claimsOf = (uses: readonly StackRepositoryUse[]): readonly string[] =>
  [...new Set(uses.flatMap(({ claim }) => claim ?? []))].toSorted();

/** What stands on a pod about the uses that it was made with: `<name>=<fingerprint>`, joined by commas. */
export const usesInWords = (uses: readonly StackRepositoryUse[]): string =>
  uses.map(({ name, fingerprint }) => `${name}=${fingerprint}`).join();
