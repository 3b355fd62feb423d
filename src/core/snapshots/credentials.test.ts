// Tests of credentials: what of a Secret counts, what no node is given because it would not start with it, and that nothing that is told tells a value.
import { describe, expect, it } from 'vitest';
import type { RepositoryType } from '../../api/stack-repository.ts';
import { exampleIdentity } from '../stack.testing.ts';
import { credentialsHash, credentialsOf, credentialsSecret, holdsEntries } from './credentials.ts';
import {
  fileSystemSpec,
  fullSpecs,
  repositoryOf,
  s3Keys,
  secretOf,
  serviceAccount,
  usableValues,
} from './repositories.testing.ts';

const of = (type: RepositoryType, values: Readonly<Record<string, string>>, metadata: object = {}) =>
  credentialsOf(repositoryOf(fullSpecs[type]), secretOf(values, metadata));
const account = (changes: object) => ({ credentials_file: JSON.stringify({ ...serviceAccount, ...changes }) });

describe('credentials', () => {
  it('are none where the spec names no Secret', () => {
    expect(credentialsOf(repositoryOf(fileSystemSpec), undefined)).toEqual({ kind: 'none' });
    const bare = { ...fullSpecs.S3, s3: { bucket: 'acme' } };
    expect(credentialsOf(repositoryOf(bare), undefined)).toEqual({ kind: 'none' });
  });

  it('are the used keys of the Secret, without the line ends that people leave behind them', () => {
    expect(of('S3', { access_key: 'access-1\n', secret_key: ' secret-1 ', note: 'x', session_token: '' })).toEqual({
      kind: 'usable',
      entries: { 's3.client.backups.access_key': 'access-1', 's3.client.backups.secret_key': 'secret-1' },
    });
  });

  it('of Google stay as they are, byte for byte', () => {
    const file = `${JSON.stringify(serviceAccount, null, 2)}\n`;
    expect(of('GCS', { credentials_file: file })).toEqual({
      kind: 'usable',
      entries: { 'gcs.client.backups.credentials_file': file },
    });
  });

  it('of Azure are an account with either a key or a token', () => {
    expect(of('Azure', { account: 'acme', sas_token: 'sv=1' })).toMatchObject({ kind: 'usable' });
    expect(of('Azure', { account: 'acme', key: 'a2V5' })).toMatchObject({ kind: 'usable' });
  });

  it('are missed by the name of the Secret', () => {
    expect(credentialsOf(repositoryOf(fullSpecs.S3), undefined)).toEqual({
      kind: 'unusable',
      reason: 'NoSuchSecret',
      message: 'There is no Secret keys in this namespace.',
    });
  });

  it.each<[string, RepositoryType, Readonly<Record<string, string>>, string, string]>([
    ['without a key', 'S3', { access_key: 'a' }, 'SecretIncomplete', 'The Secret keys lacks secret_key.'],
    [
      'with an empty key',
      'S3',
      { ...s3Keys, secret_key: '\n' },
      'SecretIncomplete',
      'The Secret keys lacks secret_key.',
    ],
    ['without anything', 'S3', {}, 'SecretIncomplete', 'The Secret keys lacks access_key and secret_key.'],
    ['with a token alone', 'S3', { session_token: 't' }, 'SecretIncomplete', 'access_key and secret_key'],
    ['without the file', 'GCS', { other: 'x' }, 'SecretIncomplete', 'credentials_file'],
    ['without an account', 'Azure', { key: 'k' }, 'SecretIncomplete', 'account'],
    ['with an account alone', 'Azure', { account: 'a' }, 'SecretIncomplete', 'lacks key or sas_token'],
    [
      'with two of what excludes each other',
      'Azure',
      { account: 'a', key: 'k', sas_token: 's' },
      'SecretInvalid',
      'key and sas_token',
    ],
    ['with two lines', 'S3', { ...s3Keys, secret_key: 'geheim-1\ngeheim-2' }, 'SecretInvalid', 'secret_key'],
    ['with strange characters', 'S3', { ...s3Keys, access_key: 'geheim\u0000' }, 'SecretInvalid', 'access_key'],
    ['with a file that is no JSON', 'GCS', { credentials_file: 'geheim' }, 'SecretInvalid', 'service account'],
    ['with null', 'GCS', { credentials_file: 'null' }, 'SecretInvalid', 'service account'],
    ['with the JSON of a user', 'GCS', account({ type: 'authorized_user' }), 'SecretInvalid', 'service account'],
    ['without the id of the key', 'GCS', account({ private_key_id: undefined }), 'SecretInvalid', 'service account'],
    ['without a client', 'GCS', account({ client_id: '' }), 'SecretInvalid', 'service account'],
    ['with a key that is none', 'GCS', account({ private_key: 'geheim' }), 'SecretInvalid', 'service account'],
  ])('%s are not usable: %s', (_name, type, values, reason, words) => {
    const found = of(type, values);
    expect(found).toMatchObject({ kind: 'unusable', reason, message: expect.stringContaining(words) as string });
    expect(JSON.stringify(found)).not.toContain('geheim');
  });
});

describe('their fingerprint', () => {
  const hash = (type: RepositoryType, values: Readonly<Record<string, string>>, metadata: object = {}, uid = 'uid') => {
    const found = of(type, values, metadata);
    if (found.kind !== 'usable') throw new Error('not usable');
    return credentialsHash(uid, found.entries);
  };
  const before = hash('S3', s3Keys);

  it('is short, and fits the status', () => {
    expect(before).toMatch(/^[0-9a-f]{12}$/);
  });

  it.each<[string, string]>([
    ['labels and annotations', hash('S3', s3Keys, { labels: { a: 'b' }, annotations: { c: 'd' } })],
    ['keys that nobody uses', hash('S3', { ...s3Keys, note: 'x' })],
    ['another Secret with the same values', hash('S3', s3Keys, { uid: 'other', resourceVersion: '9' })],
    ['another order of keys', hash('S3', { secret_key: s3Keys.secret_key, access_key: s3Keys.access_key })],
    ['an end of line', hash('S3', { ...s3Keys, secret_key: `${s3Keys.secret_key}\n` })],
  ])('does not change with %s', (_name, after) => {
    expect(after).toBe(before);
  });

  it('changes with each value, and differs between repositories', () => {
    expect(hash('S3', { ...s3Keys, access_key: 'x' })).not.toBe(before);
    expect(hash('S3', { ...s3Keys, secret_key: 'x' })).not.toBe(before);
    expect(hash('S3', { ...s3Keys, session_token: 'x' })).not.toBe(before);
    expect(hash('S3', s3Keys, {}, 'other')).not.toBe(before);
  });
});

describe('the Secret for the nodes', () => {
  const found = of('S3', usableValues.S3);
  const entries = found.kind === 'usable' ? found.entries : {};
  const secret = credentialsSecret(exampleIdentity, 'backups', entries);

  it('goes with the stack, and has the names of settings as keys', () => {
    expect(secret.metadata).toMatchObject({
      name: 'logs-es-repository-backups',
      namespace: 'team',
      labels: { 'loggingstack.dev/stack': 'logs' },
      ownerReferences: [{ uid: 'uid-1', controller: true }],
    });
    expect(Object.keys(secret['data'] as object)).toEqual([
      's3.client.backups.access_key',
      's3.client.backups.secret_key',
      's3.client.backups.session_token',
    ]);
  });

  it('tells by nothing but its data what is in it', () => {
    const told = JSON.stringify({ ...secret, data: undefined });
    expect(told).not.toMatch(/secret-1|hash/);
  });

  it('is the same only with the same entries, all of them', () => {
    const fewer = Object.fromEntries(Object.entries(entries).filter(([key]) => !key.endsWith('session_token')));
    expect(holdsEntries(secret, entries)).toBe(true);
    expect(holdsEntries(secret, fewer)).toBe(false);
    expect(holdsEntries(credentialsSecret(exampleIdentity, 'backups', fewer), entries)).toBe(false);
    expect(holdsEntries(undefined, entries)).toBe(false);
  });
});
