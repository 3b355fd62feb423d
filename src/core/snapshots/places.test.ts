// Tests of who may write where: the same place, a folder of it or around it, and nothing else.
import { describe, expect, it } from 'vitest';
import type { StackRepositorySpec } from '../../api/stack-repository.ts';
import type { ObjectMeta } from '../kubernetes.ts';
import { otherWriter } from './places.ts';
import { fileSystemSpec, repositoryOf } from './repositories.testing.ts';

const claim = (path: string, name = 'log-backups'): StackRepositorySpec => ({
  ...fileSystemSpec,
  basePath: path,
  fileSystem: { claimRef: { name } },
});
const s3 = (path: string, endpoint?: string, bucket = 'acme'): StackRepositorySpec => ({
  stackRef: { name: 'logs' },
  type: 'S3',
  basePath: path,
  s3: { bucket, ...(endpoint === undefined ? {} : { endpoint }) },
});
const gcs = (path: string): StackRepositorySpec => ({
  stackRef: { name: 'logs' },
  type: 'GCS',
  basePath: path,
  gcs: { bucket: 'acme' },
});
const azure = (container: string, suffix?: string): StackRepositorySpec => ({
  stackRef: { name: 'logs' },
  type: 'Azure',
  basePath: 'a',
  azure: { container, credentialsRef: { name: 'k' }, ...(suffix === undefined ? {} : { endpointSuffix: suffix }) },
});

const older = (spec: StackRepositorySpec, metadata: Partial<ObjectMeta> = {}) =>
  repositoryOf(spec, { name: 'older', creationTimestamp: '2025-01-01T00:00:00Z', ...metadata });
const writer = (spec: StackRepositorySpec, ...others: readonly ReturnType<typeof older>[]) =>
  otherWriter(repositoryOf(spec), others)?.metadata.name;

describe('an older writer is in the way', () => {
  it.each<[string, StackRepositorySpec, StackRepositorySpec]>([
    ['at the same folder of a claim', claim('a'), claim('a')],
    ['around it', claim('a/b'), claim('a')],
    ['in it', claim('a'), claim('a/b/c')],
    ['at the same folder of a bucket', s3('a'), s3('a')],
    ['at the same endpoint, however it is written', s3('a', 'https://Minio:9000'), s3('a', 'https://minio:9000/')],
    ['in the same container', azure('x'), azure('x')],
  ])('%s', (_name, mine, theirs) => {
    expect(writer(mine, older(theirs))).toBe('older');
  });

  it('at the default folder, which another one names', () => {
    expect(writer(fileSystemSpec, older(claim('team/backups')))).toBe('older');
  });

  it('also while it is being deleted', () => {
    expect(writer(claim('a'), older(claim('a'), { deletionTimestamp: '2026-01-01T00:00:00Z' }))).toBe('older');
  });

  it('in another namespace, for buckets are of the world', () => {
    expect(writer(s3('a'), older(s3('a'), { namespace: 'other' }))).toBe('older');
  });

  it('and of several the oldest is named', () => {
    const others = [older(claim('a/b'), { name: 'old', creationTimestamp: '2025-06-01T00:00:00Z' }), older(claim('a'))];
    expect(writer(claim('a/b'), ...others)).toBe('older');
  });
});

describe('nobody is in the way', () => {
  it.each<[string, StackRepositorySpec, StackRepositorySpec]>([
    ['with a name that only begins alike', claim('a/b'), claim('a/bc')],
    ['on another claim', claim('a'), claim('a', 'other')],
    ['in another bucket', s3('a'), s3('a', undefined, 'other')],
    ['at another endpoint', s3('a', 'https://minio:9000'), s3('a')],
    ['of another type', s3('a'), gcs('a')],
    ['in another container', azure('x'), azure('y')],
    ['in another cloud', azure('x'), azure('x', 'core.chinacloudapi.cn')],
    ['that only reads', claim('a'), { ...claim('a'), mode: 'ReadOnly' }],
    ['of one that only reads itself', { ...claim('a'), mode: 'ReadOnly' }, claim('a')],
  ])('%s', (_name, mine, theirs) => {
    expect(writer(mine, older(theirs))).toBeUndefined();
  });

  it('on a claim of that name in another namespace', () => {
    expect(writer(claim('a'), older(claim('a'), { namespace: 'other' }))).toBeUndefined();
  });

  it('that is younger, or is itself', () => {
    expect(writer(claim('a'), older(claim('a'), { creationTimestamp: '2027-01-01T00:00:00Z' }))).toBeUndefined();
    expect(writer(claim('a'), repositoryOf(claim('a')))).toBeUndefined();
  });
});

it('of equal age, the name decides: one of two writes, never none and never both', () => {
  const [one, other] = [repositoryOf(claim('a'), { name: 'a' }), repositoryOf(claim('a'), { name: 'b' })];
  expect(otherWriter(one, [one, other])).toBeUndefined();
  expect(otherWriter(other, [one, other])).toBe(one);
});
