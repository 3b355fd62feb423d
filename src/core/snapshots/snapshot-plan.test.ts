// Tests of one StackSnapshot from its request to its end, and of an operator that dies between any two deeds: one snapshot in the repository, never two, and nobody else's touched.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stackSnapshotStatus } from '../../api/stack-snapshot.ts';
import { planSnapshot } from './snapshot-plan.ts';
import {
  foreign,
  happening,
  ownName as name,
  reach,
  recovered,
  repository,
  SnapshotWorld,
  stack,
  taken,
  tell,
} from './snapshots.testing.ts';

describe('a snapshot', () => {
  it('is due, begins, is taken, and is good in the end', () => {
    const world = new SnapshotWorld({ dataStreams: ['logs-*-*'], partial: true });
    world.step();
    expect(world.status).toMatchObject({ state: 'Waiting', snapshotName: name, waitingSince: '2026-11-22T01:30:00Z' });
    const begins = world.step();
    expect(begins?.actions).toEqual([
      {
        kind: 'createSnapshot',
        repository: 'backups',
        name,
        body: {
          indices: ['logs-*-*'],
          include_global_state: false,
          partial: true,
          metadata: { loggingstack: { stack: 'team/logs', snapshot: 'team/one', uid: 'uid-one' } },
        },
      },
    ]);
    expect(world.status).toMatchObject({ state: 'InProgress' });
    expect(world.status.waitingSince).toBeUndefined();
    world.step();
    expect(world.status.startedAt).toBe('2026-11-22T01:30:02Z');
    world.now += 250_000;
    world.end();
    reach(world, 'True Success');
    expect(world.status).toMatchObject({
      state: 'Success',
      percent: 100,
      sizeBytes: 3 * 1024 ** 3,
      size: '3 GiB',
      duration: '4m13s',
    });
    expect(stackSnapshotStatus.safeParse(world.status).error).toBeUndefined();
    expect(world.plan()).toMatchObject({ actions: [], requeueAfterMs: undefined });
  });

  it('that has ended is looked at no more, and its status is not written again', () => {
    const world = reach(new SnapshotWorld(), 'Unknown InProgress');
    world.end();
    reach(world, 'True Success');
    const { writes } = world;
    world.snapshots.clear();
    for (let looks = 0; looks < 5; looks += 1) world.step();
    expect([world.condition, world.writes]).toEqual(['True Success', writes]);
  });

  it.each(['Partial', 'Failed'] as const)('that ends as %s is not good', (state) => {
    const world = reach(new SnapshotWorld(), 'Unknown InProgress');
    world.end(state);
    reach(world, `False ${state}`);
    expect(world.status.percent).toBeUndefined();
  });

  it('writes nothing while it only waits', () => {
    const world = new SnapshotWorld();
    world.start = () => ({ allowed: false, reason: 'WaitingForRestart', message: 'A node restarts.' });
    reach(world, 'Unknown WaitingForRestart');
    const { writes } = world;
    for (let looks = 0; looks < 20; looks += 1) world.step();
    expect([world.writes, world.begun, world.status.state]).toEqual([writes, 0, 'Waiting']);
  });

  it('that is gone while it is taken has failed, and is not begun again', () => {
    const world = reach(new SnapshotWorld(), 'Unknown InProgress');
    world.snapshots.delete(name);
    reach(world, 'False Vanished');
    for (let looks = 0; looks < 5; looks += 1) world.step();
    expect([world.status.state, world.begun]).toEqual(['Failed', 1]);
  });

  it('does not seize another one of its name', () => {
    const world = new SnapshotWorld({ deletionPolicy: 'Delete' });
    world.snapshots.set(name, foreign(name));
    reach(world, 'False NameTaken');
    world.delete();
    for (let looks = 0; looks < 5; looks += 1) world.step();
    expect([world.object, world.snapshots.has(name), world.begun]).toEqual([undefined, true, 0]);
  });
});

describe('what stands in the way', () => {
  it.each<[string, (world: SnapshotWorld) => void, string]>([
    ['no stack', (world) => (world.stack = undefined), 'Unknown StackMissing'],
    ['no repository', (world) => (world.repository = undefined), 'Unknown RepositoryMissing'],
    [
      'a repository of another stack',
      (world) => (world.repository = repository({ spec: { stackRef: { name: 'x' } } })),
      'Unknown RepositoryOfOtherStack',
    ],
    [
      'a repository that is only read',
      (world) => (world.repository = repository({ spec: { mode: 'ReadOnly' } })),
      'False ReadOnlyRepository',
    ],
    [
      'a repository that is not ready',
      (world) => (world.repository = repository({ ready: 'False' })),
      'Unknown RepositoryNotReady',
    ],
    ['an Elasticsearch without an answer', (world) => (world.reachable = false), 'Unknown EsTimeout'],
    [
      'a spec that nobody understands',
      (world) => (world.object = { ...stack, kind: 'StackSnapshot', spec: { stackRef: { name: 'logs' } } }),
      'Unknown Invalid',
    ],
  ])('is told, asks for nothing, holds no change up, and passes: %s', (_name, change, condition) => {
    const world = new SnapshotWorld();
    world.step();
    const [before, given, kept] = [
      world.status.state,
      world.object,
      { stack: world.stack, repository: world.repository },
    ];
    expect(before).toBe('Waiting');
    change(world);
    reach(world, condition);
    const { writes } = world;
    for (let looks = 0; looks < 5; looks += 1) world.step();
    expect([world.status.state, world.status.waitingSince, world.begun, world.writes]).toEqual([
      undefined,
      undefined,
      0,
      writes,
    ]);
    Object.assign(world, kept, { reachable: true });
    world.object = { ...given, status: world.status } as typeof world.object;
    reach(world, 'Unknown InProgress');
  });

  it('does not hide one that is being taken', () => {
    const world = reach(new SnapshotWorld(), 'Unknown InProgress');
    world.step();
    world.repository = repository({ ready: 'False' });
    world.reachable = false;
    reach(world, 'Unknown EsTimeout');
    expect(world.status).toMatchObject({ state: 'InProgress', startedAt: '2026-11-22T01:30:02Z' });
    world.reachable = true;
    world.end();
    reach(world, 'True Success');
  });
});

describe('a refusal', () => {
  it("is told in Elasticsearch's words, holds no change up, and is asked again after a pause until it is taken", () => {
    const world = new SnapshotWorld();
    world.writable = false;
    reach(world, 'Unknown WriteRefused');
    expect(world.status.conditions?.[0]?.message).toContain('Read-only file system.');
    expect(world.status.state).toBeUndefined();
    const [{ writes, refusals }, before] = [world, world.now];
    for (let looks = 0; looks < 20; looks += 1) world.step();
    expect(world.writes).toBe(writes);
    expect((world.now - before) / (world.refusals - refusals)).toBeGreaterThanOrEqual(10_000);
    world.writable = true;
    reach(world, 'Unknown InProgress');
    expect(world.begun).toBe(1);
  });

  it('of one that may not begin again yet is still told', () => {
    const world = new SnapshotWorld();
    world.writable = false;
    reach(world, 'Unknown WriteRefused');
    world.now += 60_000;
    world.start = () => ({ allowed: false, reason: 'WaitingForRestart', message: 'A node restarts.' });
    const plan = world.step();
    expect([world.condition, plan?.actions, plan?.requeueAfterMs]).toEqual(['Unknown WriteRefused', [], 10_000]);
  });
});

describe('progress', () => {
  const now = new Date('2026-11-22T01:31:00Z');
  const at = (begun: number, newBytes: number, doneBytes: number, before: object = {}) => {
    const world = new SnapshotWorld();
    const object = { ...world.object, status: { state: 'InProgress', snapshotName: name, ...before } } as NonNullable<
      typeof world.object
    >;
    const metadata = { loggingstack: { stack: 'team/logs', uid: 'uid-one' } };
    const shards = { total: 4, begun, done: 1, failed: 0 };
    const { status } = planSnapshot({
      object,
      stack,
      repository: repository(),
      now,
      look: { answered: true, value: taken(name, metadata, now) },
      progress: { answered: true, value: { totalBytes: 900, newBytes, doneBytes, shards } },
      start: undefined,
      refused: undefined,
    });
    return [status?.percent, status?.doneBytes, status?.shards?.done];
  };

  it.each([
    ['nothing is copied', 1, 100, 0, [0, 0, 1]],
    ['half of all is', 4, 100, 50, [50, 50, 1]],
    ['half of half the shards is', 2, 100, 50, [25, 50, 1]],
    ['nothing is new', 4, 0, 0, [100, 0, 1]],
  ])('when %s', (_name, begun, newBytes, doneBytes, expected) => {
    expect(at(begun, newBytes, doneBytes)).toEqual(expected);
  });

  it('changes no figure without another percentage, and never falls', () => {
    const before = { percent: 50, doneBytes: 50, shards: { total: 4, done: 2, failed: 0 } };
    expect(at(4, 100, 54, before)).toEqual([50, 50, 2]);
    expect(at(4, 1000, 54, before)).toEqual([50, 50, 2]);
    expect(at(4, 100, 55, before)).toEqual([55, 55, 1]);
  });
});

describe('whoever dies when', () => {
  it('there is one snapshot in the end, begun once, and it is good', () => {
    fc.assert(
      fc.property(
        fc.array(happening, { maxLength: 40 }),
        fc.constantFrom('Retain', 'Delete'),
        (story, deletionPolicy) => {
          const world = new SnapshotWorld({ deletionPolicy });
          for (const one of story) {
            tell(world, one);
            expect(world.status.waitingSince === undefined).toBe(world.status.state !== 'Waiting');
          }
          reach(recovered(world), world.status.state === 'Success' ? 'True Success' : 'Unknown InProgress', 60);
          world.end();
          reach(world, 'True Success');
          expect([[...world.snapshots.keys()], world.begun]).toEqual([['theirs', name], 1]);
        },
      ),
      { numRuns: 300 },
    );
  });
});
