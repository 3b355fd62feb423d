// Tests of what a StackRestore means: the snapshot that it chooses, the data streams, their names, and each refusal by its name.
import { describe, expect, it } from 'vitest';
import { apiVersion } from '../../api/logging-stack.ts';
import type { StackRestoreSpec } from '../../api/stack-restore.ts';
import type { KubeObject } from '../kubernetes.ts';
import { metadataOf } from './identity.ts';
import type { Judged } from './hindrance.ts';
import { snapshotOf, standingOf, usualSpec } from './restores.testing.ts';
import {
  candidateNames,
  chooseSnapshot,
  intendedStreams,
  selectStreams,
  type SnapshotSource,
  sourceOf,
  unreadable,
} from './restore-selection.ts';

/** The value; or the reason why there is none, and what mends it. */
const outcome = <T>(judged: Judged<T>): T | string =>
  'value' in judged ? judged.value : `${judged.hindrance.kind} ${judged.hindrance.reason}`;
const said = (judged: Judged<unknown>): string => ('value' in judged ? '' : judged.hindrance.message);

const stackSnapshot = (status: object, stack = 'logs'): KubeObject => ({
  apiVersion,
  kind: 'StackSnapshot',
  metadata: { name: 'before', namespace: 'team' },
  spec: { stackRef: { name: stack }, repositoryRef: { name: 'backups' } },
  status,
});

describe('where the snapshot is', () => {
  const of = (source: StackRestoreSpec['source'], snapshot?: KubeObject) =>
    sourceOf({ ...usualSpec, source }, 'team', snapshot);
  const reference = { type: 'SnapshotRef', snapshotRef: { name: 'before' } } as const;
  const repositoryRef = { name: 'others' };

  it('is said by name', () => {
    expect(outcome(of({ type: 'SnapshotName', repositoryRef, snapshotName: 'x' }))).toEqual({
      repository: 'others',
      pattern: 'x',
      name: 'x',
      schedule: undefined,
    });
  });

  it('is anywhere in the repository, or under the names of a schedule, for the newest good one', () => {
    expect(outcome(of({ type: 'LatestGood', repositoryRef }))).toMatchObject({ pattern: '*', name: undefined });
    const scheduleRef = { name: 'nightly' };
    expect(outcome(of({ type: 'LatestGood', repositoryRef, scheduleRef }))).toMatchObject({
      pattern: 'nightly-*',
      name: undefined,
      schedule: 'team/nightly',
    });
  });

  it('is told by the StackSnapshot, and in its repository unless another one is named', () => {
    const taken = stackSnapshot({ snapshotName: 'before-1', state: 'Partial' });
    expect(outcome(of(reference, taken))).toMatchObject({ repository: 'backups', name: 'before-1' });
    expect(outcome(of({ ...reference, repositoryRef }, taken))).toMatchObject({ repository: 'others' });
  });

  it.each<[string, KubeObject | undefined, string]>([
    ['there is none', undefined, 'refused NoSuchSnapshot'],
    ['it has not been asked for yet', stackSnapshot({}), 'waits WaitingForSnapshot'],
    ['it waits', stackSnapshot({ snapshotName: 'x', state: 'Waiting' }), 'waits WaitingForSnapshot'],
    [
      'it is of another stack',
      stackSnapshot({ snapshotName: 'x', state: 'Success' }, 'other'),
      'wrong RepositoryNotNamed',
    ],
  ])('is not known of a StackSnapshot when %s', (_name, snapshot, expected) => {
    expect(outcome(of(reference, snapshot))).toBe(expected);
  });
});

describe('the snapshot', () => {
  const any: SnapshotSource = { repository: 'backups', pattern: '*', name: undefined, schedule: undefined };
  const old = snapshotOf({ name: 'old', startedAt: '2026-11-20T01:00:00Z' });
  const fresh = snapshotOf({ name: 'fresh', startedAt: '2026-11-21T01:00:00Z' });
  const bad = (['InProgress', 'Partial', 'Failed'] as const).map((state) =>
    snapshotOf({ name: state, state, startedAt: '2026-11-23T01:00:00Z' }),
  );

  it('is the newest that is good, never one that is being taken, partial or failed', () => {
    expect(outcome(chooseSnapshot(any, [old, ...bad, fresh]))).toMatchObject({ name: 'fresh' });
    expect(outcome(chooseSnapshot(any, bad))).toBe('refused NoGoodSnapshot');
  });

  it('is of the schedule by its metadata, not by its name', () => {
    const weekly = snapshotOf({
      name: 'nightly-w',
      startedAt: '2026-11-23T01:00:00Z',
      metadata: metadataOf({ stack: 'team/logs', schedule: 'team/weekly' }),
    });
    const found = [
      old,
      weekly,
      snapshotOf({ name: 'foreign', startedAt: '2026-11-24T01:00:00Z', metadata: undefined }),
    ];
    expect(outcome(chooseSnapshot({ ...any, schedule: 'team/nightly' }, found))).toMatchObject({ name: 'old' });
    expect(said(chooseSnapshot({ ...any, schedule: 'team/yearly' }, found))).toContain('team/yearly');
  });

  it.each([
    ['Partial', undefined],
    ['InProgress', 'waits WaitingForSnapshot'],
    ['Failed', 'refused SnapshotFailed'],
    ['other', 'refused NoSuchSnapshot'],
  ])('that is named may be %s: %s', (name, expected) => {
    const found = chooseSnapshot({ ...any, name, pattern: name }, bad);
    expect(outcome(found)).toEqual(expected ?? bad[1]);
  });
});

describe('the version that took it', () => {
  const judge = (version: string, oldest: string | undefined, newest = oldest) =>
    unreadable(snapshotOf({ version }), { oldest, newest })?.reason;

  it.each([
    ['9.4.3', '9.4.3', undefined],
    ['9.4.4', '9.4.3', 'VersionTooNew'],
    ['10.0.0', '9.4.3', 'VersionTooNew'],
    // Several versions write the same: the first of them counts.
    ['9.4.1-9.4.7', '9.4.3', undefined],
    ['8.19.0', '9.4.3', undefined],
    ['7.17.29', '9.4.3', 'VersionTooOld'],
    ['7.17.29', '8.19.8', undefined],
    ['9039000', '9.4.3', undefined],
    ['9.4.3', undefined, undefined],
  ])('%s is read by nodes of %s: %s', (version, node, expected) => {
    expect(judge(version, node)).toBe(expected);
  });

  it('is judged by the oldest node for what is too new, and by the newest for what is too old', () => {
    expect(judge('9.4.3', '8.19.8', '9.4.3')).toBe('VersionTooNew');
    expect(judge('7.17.0', '8.19.8', '9.4.3')).toBe('VersionTooOld');
  });
});

describe('data streams', () => {
  const dataStreams = ['metrics-a-default', 'logs-b-x', 'logs-a-x', 'logs-a.b-x', '.logs-hidden-x'];
  const select = (patterns?: readonly string[]) => outcome(selectStreams(snapshotOf({ dataStreams }), patterns));

  it.each([
    [undefined, ['logs-a-x', 'logs-a.b-x', 'logs-b-x']],
    [['*'], ['logs-a-x', 'logs-a.b-x', 'logs-b-x', 'metrics-a-default']],
    [['.*'], ['.logs-hidden-x']],
    [
      ['logs-a.*-x', 'logs-b-x'],
      ['logs-a.b-x', 'logs-b-x'],
    ],
    [['logs-a-x'], ['logs-a-x']],
    [['logs-a-x', 'logs-c-x'], 'refused NotInSnapshot'],
    [['traces-*'], 'refused NothingToRestore'],
  ])('%j are %j', (patterns, expected) => {
    expect(select(patterns)).toEqual(expected);
  });

  it('are not more than a status can tell', () => {
    const many = Array.from({ length: 1001 }, (_none, number) => `logs-${number}-x`);
    expect(outcome(selectStreams(snapshotOf({ dataStreams: many })))).toBe('refused TooManyStreams');
    expect(outcome(selectStreams(snapshotOf({ dataStreams: many.slice(1) })))).toHaveLength(1000);
  });
});

describe('names', () => {
  const [a, b] = ['logs-a-x', 'logs-b-x'];
  type Naming = Pick<StackRestoreSpec, 'rename' | 'conflict'>;
  const rename = { suffix: 'old' };

  const intended = (naming: Naming, taken: readonly string[], selected: readonly string[] = [a, b]) => {
    const candidates = candidateNames(selected, naming);
    const standing = taken.filter((name) => candidates.includes(name)).map((name) => standingOf(name));
    const found = outcome(intendedStreams(selected, naming, snapshotOf(), standing));
    return typeof found === 'string'
      ? found
      : found.map(({ restoredAs, replaces }) => `${restoredAs}${replaces === true ? ' replaces' : ''}`);
  };

  it.each<[Naming, readonly string[], unknown]>([
    [{}, [], [a, b]],
    [{}, [b], 'refused Conflict'],
    [{ conflict: 'Refuse' }, [b], 'refused Conflict'],
    [{ conflict: 'Replace' }, [b], [a, `${b} replaces`]],
    [{ conflict: 'Rename' }, [b], [a, `${b}.restored`]],
    [{ conflict: 'Rename' }, [b, `${b}.restored`], 'refused Conflict'],
    [{ conflict: 'Rename', rename }, [b], [a, `${b}.old`]],
    [{ rename }, [a, b], [`${a}.old`, `${b}.old`]],
    [{ rename }, [`${a}.old`], 'refused Conflict'],
    [{ rename, conflict: 'Replace' }, [a, `${a}.old`], [`${a}.old replaces`, `${b}.old`]],
  ])('with %j, where %j is there: %j', (naming, taken, expected) => {
    expect(intended(naming, taken)).toEqual(expected);
  });

  it('are refused when two would be the same', () => {
    expect(intended({ conflict: 'Rename' }, [a], [a, `${a}.restored`])).toBe('refused SameName');
  });

  it('leave room for what Elasticsearch adds for backing indices', () => {
    const longest = `logs-${'n'.repeat(224)}`;
    expect(Buffer.byteLength(`.ds-${longest}.old-2026.11.22-000001`)).toBe(255);
    expect(intended({ rename }, [], [longest])).toEqual([`${longest}.old`]);
    expect(intended({ rename }, [], [`${longest}n`])).toBe('refused NameTooLong');
    expect(intended({ rename }, [], [`logs-${'ö'.repeat(112)}n`])).toBe('refused NameTooLong');
  });

  it('of an index is never replaced', () => {
    const index = standingOf(a, { isStream: false });
    const found = intendedStreams([a], { conflict: 'Replace' }, snapshotOf(), [index]);
    expect(outcome(found)).toBe('refused Conflict');
    expect(said(found)).toContain('is an index');
  });

  const partial = (failures: readonly string[], failed = failures.length) => {
    const info = snapshotOf({
      state: 'Partial',
      shards: { total: 4, done: 4 - failed, failed },
      failures: failures.map((index) => ({ index, shard: 0, reason: 'x' })),
    });
    const found = outcome(intendedStreams([a, b], {}, info, []));
    return typeof found === 'string' ? found : found.filter((one) => one.partial === true).map(({ name }) => name);
  };

  it.each([
    [[`.ds-${a}-2026.11.22-000001`], [a]],
    [[`downsample-1h-.ds-${b}-2026.11.22-000012`], [b]],
    [[`.ds-${a}.more-2026.11.22-000001`], []],
    [['reports'], []],
  ])('are told of those that lack a shard, here %j: %j', (failures, expected) => {
    expect(partial(failures)).toEqual(expected);
  });

  it('are told of all when not every failure is named', () => {
    expect(partial(['reports'], 2)).toEqual([a, b]);
  });
});
