// Tests of a StackSnapshot that is deleted: it takes its own snapshot along when it is to, and never waits for ever.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  happening,
  ownName as name,
  reach,
  recovered,
  repository,
  SnapshotWorld,
  stack,
  tell,
} from './snapshots.testing.ts';

describe('deleting', () => {
  const along = { deletionPolicy: 'Delete' } as const;
  const gone = (world: SnapshotWorld, most = 200): number => {
    const before = world.now;
    for (let looks = 0; world.object !== undefined; looks += 1) {
      if (looks === most) throw new Error(`It is ${world.condition} for ever.`);
      world.step();
    }
    return (world.now - before) / 60_000;
  };

  it('leaves the snapshot alone, unless the spec says otherwise', () => {
    const world = reach(new SnapshotWorld(), 'Unknown InProgress');
    world.delete();
    expect([world.object, [...world.snapshots.keys()]]).toEqual([undefined, ['theirs', name]]);
  });

  it.each(['while it is taken', 'after its end'])('takes it along when the spec says so: %s', (when) => {
    const world = reach(new SnapshotWorld(along), 'Unknown InProgress');
    if (when === 'after its end') {
      world.end();
      reach(world, 'True Success');
    }
    world.delete();
    expect(gone(world)).toBeLessThan(2);
    expect([[...world.snapshots.keys()], world.told]).toEqual([['theirs'], []]);
  });

  it('is provided for before anything is asked of Elasticsearch', () => {
    const world = reach(new SnapshotWorld(along), 'Unknown Waiting');
    expect(world.object?.metadata.finalizers).toBeUndefined();
    world.now += 60_000;
    expect(world.plan()?.actions.map(({ kind }) => kind)).toEqual(['addFinalizer', 'createSnapshot']);
    world.step({ actions: 1 });
    world.delete();
    gone(world);
    expect([world.begun, world.told]).toEqual([0, []]);
  });

  it('follows an edit of what becomes of it', () => {
    const world = reach(new SnapshotWorld(along), 'Unknown InProgress');
    world.end();
    reach(world, 'True Success');
    const object = world.object;
    if (object === undefined) throw new Error('It is there.');
    const edited = (deletionPolicy: string) => ({
      ...object,
      metadata: { ...object.metadata, generation: 2 },
      spec: { ...(object['spec'] as object), deletionPolicy },
    });
    world.object = edited('Retain');
    world.step();
    expect(world.object.metadata.finalizers).toEqual([]);
    expect(world.status.conditions?.[0]).toMatchObject({ status: 'True', observedGeneration: 2 });
    world.object = { ...edited('Delete'), metadata: { ...edited('Delete').metadata, finalizers: [] } };
    world.step();
    expect(world.object.metadata.finalizers).toHaveLength(1);
  });

  it('of one that was never due waits for nothing', () => {
    const world = new SnapshotWorld(along);
    world.repository = undefined;
    world.step();
    world.delete();
    expect(world.object).toBeUndefined();
  });

  it.each<[string, (world: SnapshotWorld) => void, number, RegExp]>([
    ['the stack is gone', (world) => (world.stack = undefined), 0, /the stack is gone/],
    [
      'the stack is going',
      (world) =>
        (world.stack = { ...stack, metadata: { ...stack.metadata, deletionTimestamp: '2026-11-22T01:30:00Z' } }),
      0,
      /the stack is gone/,
    ],
    ['Elasticsearch gives no answer', (world) => (world.reachable = false), 10, /ten minutes: No answer\.$/],
    ['Elasticsearch refuses', (world) => (world.writable = false), 10, /ten minutes: Read-only file system\.$/],
  ])('[finalizer-wedge] goes without it, and says so, when %s', (_name, change, minutes, told) => {
    const world = reach(new SnapshotWorld(along), 'Unknown InProgress');
    change(world);
    world.delete();
    const before = world.now;
    world.step();
    if (minutes > 0) expect(world.condition).toBe('False Deleting');
    gone(world);
    const passed = (world.now - before) / 60_000;
    expect(passed).toBeGreaterThanOrEqual(minutes);
    expect(passed).toBeLessThan(minutes + 2);
    expect(world.told).toEqual([expect.stringMatching(told)]);
    expect(world.snapshots.has(name)).toBe(true);
  });

  it('goes on while the repository is being deleted: that waits for it', () => {
    const world = reach(new SnapshotWorld(along), 'Unknown InProgress');
    world.repository = { ...repository({ ready: 'False' }), metadata: { name: 'backups', deletionTimestamp: 'now' } };
    world.delete();
    expect(gone(world)).toBeLessThan(2);
    expect([...world.snapshots.keys()]).toEqual(['theirs']);
  });
});

describe('whoever dies when', () => {
  it('a deleted one takes its own along and nobody else, and is gone', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 30 }), fc.nat(30), (story, when) => {
        const world = new SnapshotWorld({ deletionPolicy: 'Delete' });
        for (const one of story.slice(0, when)) tell(world, one);
        world.delete();
        for (const one of story.slice(when)) if (world.object !== undefined) tell(world, one);
        for (let looks = 0; looks < 60 && world.object !== undefined; looks += 1) recovered(world).step();
        expect(world.object).toBeUndefined();
        expect(world.snapshots.has('theirs')).toBe(true);
        if (world.told.length === 0) expect([...world.snapshots.keys()]).toEqual(['theirs']);
      }),
      { numRuns: 300 },
    );
  });
});
