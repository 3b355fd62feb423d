// Tests of what must be so before nodes get to know of a StackRepository: each reason by its name, and which of them take off the nodes what they have.
import { describe, expect, it } from 'vitest';
import { exampleStack } from '../stack.testing.ts';
import { graveReasons } from '../status/reasons.ts';
import {
  claimOf,
  fileSystemSpec,
  fullSpecs,
  repositoryOf,
  s3Spec,
  secretOf,
  usableValues,
} from './repositories.testing.ts';
import { lookOf, settled, silence, type SmallWorld } from './repository-plan.testing.ts';
import type { RepositoryLook } from './repository-look.ts';
import { planRepository } from './repository-plan.ts';

const s3 = repositoryOf(s3Spec);
const older = repositoryOf(
  { ...fileSystemSpec, basePath: 'team/backups' },
  { name: 'older', creationTimestamp: '2025-01-01T00:00:00Z' },
);
const oneNode = exampleStack({ elasticsearch: { topology: 'Combined', data: { replicas: 1 } } });
const notShared = claimOf({ accessModes: ['ReadWriteOnce'] });
const lacking = { answered: true, value: ['repository-gcs', 'reindex'] } as const;
const accepted = (changes: Partial<RepositoryLook>) => planRepository(lookOf(changes)).status?.conditions[0];

describe('a repository that cannot be used as it is described', () => {
  it.each<[string, Partial<RepositoryLook>, string]>([
    ['NameNotUsable', { repository: repositoryOf(fileSystemSpec, { name: 'a.b' }) }, 'no dots'],
    ['NoSuchStack', { stack: undefined }, 'There is no LoggingStack logs in this namespace'],
    ['PathTaken', { others: [older] }, 'Snapshots of StackRepository older, which is older'],
    ['NoSuchClaim', { claim: undefined }, 'There is no PersistentVolumeClaim log-backups in this namespace.'],
    ['NoSuchClaim', { claim: claimOf({}, { status: { phase: 'Lost' } }) }, 'is lost'],
    [
      'NoSuchClaim',
      { claim: { ...claimOf(), metadata: { name: 'log-backups', deletionTimestamp: '2026-01-01T00:00:00Z' } } },
      'is being deleted',
    ],
    ['ClaimNotUsable', { claim: claimOf({ volumeMode: 'Block' }) }, 'volumeMode must be Filesystem'],
    ['ClaimNotShared', { claim: notShared }, '5 nodes must mount PersistentVolumeClaim log-backups'],
    ['NoSuchSecret', { repository: s3, secret: undefined }, 'There is no Secret keys'],
    ['SecretIncomplete', { repository: s3, secret: secretOf({ access_key: 'x' }) }, 'lacks secret_key'],
    ['SecretInvalid', { repository: s3, secret: secretOf({ access_key: 'x y', secret_key: 'z' }) }, 'access_key'],
    ['TypeNotSupported', { repository: s3, modules: lacking }, 'This Elasticsearch has no repository-s3'],
  ])('%s: is refused, and neither nodes nor Elasticsearch get to know of it', (reason, changes, words) => {
    const planned = planRepository(lookOf(changes));
    const [first, second] = planned.status?.conditions ?? [];
    expect(first).toMatchObject({ type: 'Accepted', status: 'False', reason });
    expect(first?.message).toContain(words);
    expect(second).toMatchObject({ type: 'Ready', status: 'False', reason });
    expect(planned).toMatchObject({ finalizer: undefined, objects: [], action: undefined });
    expect(planned.status).not.toHaveProperty('basePath');
    expect(graveReasons.has(reason)).toBe(reason !== 'NoSuchStack');
  });

  it('is not told by whom of another namespace the place is taken', () => {
    const theirs = repositoryOf(fullSpecs.S3, { name: 'secret-project', namespace: 'other', creationTimestamp: '' });
    const mine = repositoryOf({ ...fullSpecs.S3, mode: 'ReadWrite' });
    const writes = { ...theirs, spec: { ...theirs.spec, mode: 'ReadWrite' as const } };
    const message = accepted({ repository: mine, others: [writes], secret: secretOf(usableValues.S3) })?.message;
    expect(message).toContain('a StackRepository of another namespace');
    expect(message).not.toMatch(/secret-project|other\//);
  });
});

it.each<[string, Partial<RepositoryLook>]>([
  ['a claim for one node', { claim: notShared, stack: oneNode }],
  ['a claim whose volume waits for the first pod', { claim: claimOf({}, { status: { phase: 'Pending' } }) }],
  [
    'a file system while Elasticsearch does not answer: a new stack starts with it',
    { modules: silence, registered: silence },
  ],
  ['each type that Elasticsearch has', { repository: s3 }],
])('%s is accepted', (_name, changes) => {
  expect(accepted(changes)).toMatchObject({ status: 'True', reason: 'Accepted' });
});

it('a type of which nobody knows whether Elasticsearch has it is not given to nodes: without the module none would start', () => {
  for (const modules of [silence, undefined]) {
    const planned = planRepository(lookOf({ repository: s3, modules }));
    expect(planned.status?.conditions[0]).toMatchObject({ status: 'Unknown' });
    expect(planned).toMatchObject({ objects: [], action: undefined });
    expect(planned.status).not.toHaveProperty('basePath');
  }
});

describe('what comes off the nodes', () => {
  const world = (changes: Partial<RepositoryLook>, repository = repositoryOf()): SmallWorld => {
    const found = settled({ repository });
    found.change(changes);
    found.goOn(60);
    return found;
  };

  it.each<[string, Partial<RepositoryLook>]>([
    ['a claim that is gone', { claim: undefined }],
    ['a claim that not all nodes can mount any more', { claim: notShared }],
  ])('is %s: no pod could start with it', (_name, changes) => {
    expect(world(changes).status).not.toHaveProperty('basePath');
  });

  it.each<[string, Partial<RepositoryLook>]>([
    ['modules that nobody told of', { modules: silence }],
    ['modules that nodes must have, for they run', { modules: lacking }],
    ['a Secret that is gone', { secret: undefined }],
    ['a place that an older writer has', { others: [{ ...older, spec: { ...s3Spec, basePath: 'team' } }] }],
  ])('is not %s', (_name, changes) => {
    const { status } = world(changes, s3);
    expect(status.basePath).toBe('team/backups');
    expect(status.credentialsHash).toMatch(/^[0-9a-f]{12}$/);
  });
});
