// Tests of what Elasticsearch and its nodes get for a StackRepository: against lists of all options that Elasticsearch has, and by what changes them and what does not.
import { describe, expect, it } from 'vitest';
import { type RepositoryType, repositoryTypes } from '../../api/stack-repository.ts';
import { exampleIdentity } from '../stack.testing.ts';
import { credentialsOf } from './credentials.ts';
import {
  basePathOf,
  clientSettings,
  isAtSamePlace,
  isRegistered,
  moduleOf,
  registrationOf,
  usesOf,
  usesInWords,
} from './repositories.ts';
import { fileSystemSpec, fullSpecs, repositoryOf, s3Spec, secretOf, usableValues } from './repositories.testing.ts';
import { options } from './repository-options.testing.ts';

const types = Object.keys(repositoryTypes) as RepositoryType[];
const full = (type: RepositoryType) => repositoryOf(fullSpecs[type]);
const entriesOf = (type: RepositoryType, values: Readonly<Record<string, string>>) => {
  const credentials = credentialsOf(full(type), secretOf(values));
  return credentials.kind === 'usable' ? Object.keys(credentials.entries) : [];
};

describe.each(types)('of type %s', (type) => {
  const known = options[type];
  const prefix = `${known.type}.client.backups.`;

  it('Elasticsearch knows every setting of the registration', () => {
    const registration = registrationOf(full(type));
    expect(registration.type).toBe(known.type);
    expect(known.repository).toEqual(expect.arrayContaining(Object.keys(registration.settings)));
    expect(known.secure.filter((key) => key in registration.settings)).toEqual([]);
  });

  it('Elasticsearch knows every setting of the client, and none of those in its file is a secret', () => {
    const settings = Object.keys(clientSettings(full(type)));
    expect(settings.filter((key) => !key.startsWith(prefix))).toEqual([]);
    expect(known.client).toEqual(expect.arrayContaining(settings.map((key) => key.slice(prefix.length))));
  });

  it('all that the Secret has goes into the keystore, which takes nothing else', () => {
    const keys = Object.keys(usableValues[type]);
    expect(entriesOf(type, usableValues[type])).toEqual(keys.map((key) => `${prefix}${key}`));
    expect(known.secure).toEqual(expect.arrayContaining(keys));
  });
});

const without = (settings: Readonly<Record<string, string>>, ...keys: readonly string[]) =>
  Object.fromEntries(Object.entries(settings).filter(([key]) => !keys.includes(key)));

describe('a registration', () => {
  const s3 = registrationOf(full('S3'));

  it('has all that the spec says, as texts', () => {
    expect(registrationOf(full('FileSystem')).settings).toEqual({
      location: '/usr/share/elasticsearch/snapshots/log-backups/one/two',
      max_snapshot_bytes_per_sec: '104857600b',
      readonly: 'true',
    });
    expect(s3.settings).toEqual({
      bucket: 'acme-logs',
      base_path: 'one/two',
      client: 'backups',
      server_side_encryption: 'true',
      max_snapshot_bytes_per_sec: '104857600b',
      readonly: 'true',
    });
    expect(registrationOf(full('GCS')).settings).toMatchObject({ bucket: 'acme-logs', base_path: 'one/two' });
    expect(registrationOf(full('Azure')).settings).toMatchObject({ container: 'acme-logs', base_path: 'one/two' });
  });

  it('has a folder of its own unless the spec says otherwise', () => {
    const repository = repositoryOf(fileSystemSpec, { name: 'other', namespace: 'logging' });
    expect(basePathOf(repository)).toBe('logging/other');
    expect(registrationOf(repository).settings).toEqual({
      location: '/usr/share/elasticsearch/snapshots/log-backups/logging/other',
    });
  });

  it.each<[RepositoryType, object]>([
    ['S3', { s3: { bucket: 'acme-logs' } }],
    ['GCS', { gcs: { bucket: 'acme-logs' } }],
  ])('of type %s names the client that is always there, where nothing is set for one', (type, part) => {
    const repository = repositoryOf({ stackRef: { name: 'logs' }, type, ...part });
    expect(clientSettings(repository)).toEqual({});
    expect(registrationOf(repository).settings['client']).toBe('default');
  });

  it('is the same when it says the same, whatever else people have set', () => {
    const live = { ...s3, settings: { ...s3.settings, chunk_size: '1gb' } };
    expect(isRegistered(s3, live)).toBe(true);
    expect(isRegistered(s3, { ...s3, type: 'gcs' })).toBe(false);
    for (const key of Object.keys(s3.settings)) {
      const others = without(s3.settings, key);
      expect(isRegistered(s3, { ...s3, settings: others }), key).toBe(false);
      expect(isRegistered({ ...s3, settings: others }, s3), key).toBe(false);
      expect(isRegistered(s3, { ...s3, settings: { ...others, [key]: 'other' } }), key).toBe(false);
    }
  });

  it('is of the same place by type, bucket and path alone', () => {
    const others = without(s3.settings, 'client', 'readonly');
    expect(isAtSamePlace(s3, { type: 's3', settings: { ...others, base_path: 'one/two/' } })).toBe(true);
    expect(isAtSamePlace(s3, { type: 's3', settings: { ...others, base_path: 'one' } })).toBe(false);
    expect(isAtSamePlace(s3, { type: 's3', settings: { ...others, bucket: 'theirs' } })).toBe(false);
    expect(isAtSamePlace(s3, { type: 'gcs', settings: others })).toBe(false);
  });
});

it('modules are named as the distributions name them', () => {
  expect(types.map((type) => moduleOf(fullSpecs[type]))).toEqual([
    undefined,
    'repository-s3',
    'repository-gcs',
    'repository-azure',
  ]);
});

describe('what nodes need', () => {
  const onNodes = { basePath: 'team/backups' };
  const withKeys = { ...onNodes, credentialsHash: 'abc' };
  const uses = (...repositories: readonly ReturnType<typeof repositoryOf>[]) => usesOf(exampleIdentity, repositories);

  it('is told of what was accepted only', () => {
    expect(uses(repositoryOf())).toEqual([]);
    expect(uses(repositoryOf(fileSystemSpec, {}, onNodes))).toMatchObject([
      { name: 'backups', claim: 'log-backups', settings: {}, credentials: undefined },
    ]);
    expect(uses(repositoryOf(s3Spec, {}, withKeys))).toMatchObject([
      {
        claim: undefined,
        settings: { 's3.client.backups.region': 'eu-central-1' },
        credentials: 'logs-es-repository-backups',
      },
    ]);
  });

  it('is nothing where they run as they are', () => {
    const bare = { ...s3Spec, s3: { bucket: 'acme-logs' } };
    expect(uses(repositoryOf(bare, {}, onNodes))).toEqual([]);
  });

  it('does not depend on the order of objects', () => {
    const [one, other] = [repositoryOf(s3Spec, {}, withKeys), repositoryOf(fileSystemSpec, { name: 'a' }, onNodes)];
    expect(uses(one, other)).toEqual(uses(other, one));
    expect(usesInWords(uses(one, other))).toMatch(/^a=[0-9a-f]+,backups=[0-9a-f]+$/);
  });

  it.each<[string, Parameters<typeof repositoryOf>]>([
    [
      'labels, annotations and the time of an edit',
      [s3Spec, { labels: { a: 'b' }, annotations: { c: 'd' }, generation: 9 }, withKeys],
    ],
    [
      'what only the registration has',
      [{ ...s3Spec, mode: 'ReadOnly', maxSnapshotBytesPerSecond: '1Gi' }, {}, withKeys],
    ],
    [
      'the name of the Secret of the user',
      [{ ...s3Spec, s3: { ...s3Spec.s3, bucket: 'acme-logs', credentialsRef: { name: 'x' } } }, {}, withKeys],
    ],
    ['the rest of the status', [s3Spec, {}, { ...withKeys, verifiedAt: '2026-01-01T00:00:00Z', verifyRequest: 'x' }]],
  ])('stays as it is with %s', (_name, given) => {
    expect(uses(repositoryOf(...given))).toEqual(uses(repositoryOf(s3Spec, {}, withKeys)));
  });

  it('has another fingerprint with other credentials, and with other settings', () => {
    const fingerprint = (...given: Parameters<typeof repositoryOf>) => uses(repositoryOf(...given))[0]?.fingerprint;
    const before = fingerprint(s3Spec, {}, withKeys);
    expect(fingerprint(s3Spec, {}, { ...withKeys, credentialsHash: 'abd' })).not.toBe(before);
    expect(fingerprint({ ...s3Spec, s3: { bucket: 'acme-logs', region: 'eu-west-1' } }, {}, withKeys)).not.toBe(before);
  });
});
