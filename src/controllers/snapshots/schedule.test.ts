// Tests of the controller of StackSnapshotSchedules on a stand-in for Elasticsearch: one snapshot for each time by the calendar, whoever dies, and silence in between.
import { describe, expect, it } from 'vitest';
import { stackSnapshotScheduleKind, type StackSnapshotScheduleStatus } from '../../api/stack-snapshot-schedule.ts';
import { slotSnapshotName } from '../../core/snapshots/identity.ts';
import { scheduleController } from './schedule.ts';
import { objectOf, sceneOf } from './scene.testing.ts';

const hour = 3600;
const created = { creationTimestamp: '2025-12-31T23:59:00Z' };
const sceneWith = (spec: object = {}) =>
  sceneOf(objectOf(stackSnapshotScheduleKind, { schedule: '30 * * * *', ...spec }, created), scheduleController);
type Scene = Awaited<ReturnType<typeof sceneWith>>;

const nameAt = (slot: string): string => slotSnapshotName({ namespace: 'team', name: 'one' }, slot);
const first = nameAt('2026-01-01T00:30:00Z');
const second = nameAt('2026-01-01T01:30:00Z');

const puts = (asked: readonly string[]): readonly string[] => asked.filter((one) => one.startsWith('PUT'));
const status = (scene: Scene): StackSnapshotScheduleStatus => scene.status();

/** Lets time pass in which what is begun ends within a minute. */
async function passed(scene: Scene, seconds: number): Promise<readonly string[]> {
  const asked: string[] = [];
  for (let over = 0; over < seconds; over += 60) {
    asked.push(...(await scene.pass(60)));
    scene.repository.end();
  }
  return asked;
}

describe('a schedule', () => {
  it('takes each snapshot that is due once, tells how it ended, and is silent in between', async () => {
    await using scene = await sceneWith();
    const asked = await passed(scene, 2 * hour);
    expect(puts(asked)).toEqual([`PUT ${first}`, `PUT ${second}`]);
    expect(status(scene).lastGood).toMatchObject({
      snapshotName: second,
      slot: '2026-01-01T01:30:00Z',
      sizeBytes: 2048,
    });
    expect(status(scene).runs?.map(({ sizeBytes }) => sizeBytes)).toEqual([2048, 2048]);
    expect(scene.conditions()).toEqual(['Ready True Scheduled', 'Current True Good']);
    const [written, before] = [scene.statuses.length, scene.repository.asked.length];
    await scene.pass(hour / 3);
    expect([scene.statuses.length, scene.repository.asked.length]).toEqual([written, before]);
  });

  it('looks up how a snapshot ended once', async () => {
    await using scene = await sceneWith();
    const asked = await passed(scene, 2 * hour);
    expect(asked.filter((one) => one === `GET ${first}`)).toHaveLength(1);
  });

  it('is told to wait before it begins, so that no change of the stack begins meanwhile', async () => {
    await using scene = await sceneWith();
    await scene.pass(hour / 2);
    expect(puts(scene.repository.asked)).toEqual([]);
    await scene.pass(1);
    expect(status(scene)).toMatchObject({ waiting: [first], waitingSince: '2026-01-01T00:30:00Z' });
    await scene.pass(10);
    expect(puts(scene.repository.asked)).toEqual([`PUT ${first}`]);
    expect(status(scene)).not.toHaveProperty('waitingSince');
  });

  it('takes one snapshot also when the operator dies between its request and the write of its status', async () => {
    await using scene = await sceneWith();
    const { client } = scene.runtime;
    const write = client.applyStatus.bind(client);
    for (let looks = 0; puts(scene.repository.asked).length === 0; looks += 1) {
      if (looks === 100) throw new Error('It never begins.');
      if (status(scene).waiting !== undefined) client.applyStatus = () => Promise.reject(new Error('It died.'));
      await scene.pass(1).catch(() => undefined);
      if (scene.clock.now() < 0.4 * hour * 1000) await scene.pass(60);
      Object.assign(client, { applyStatus: write });
      scene.restart();
    }
    await passed(scene, hour / 2);
    expect(puts(scene.repository.asked)).toEqual([`PUT ${first}`]);
    expect([...scene.repository.snapshots.keys()]).toEqual([first]);
    expect(status(scene).lastGood).toMatchObject({ snapshotName: first });
  });

  it.each(['none', 'begins'] as const)(
    'asks less and less often while Elasticsearch cannot write (%s), says so, and recovers',
    async (writes) => {
      await using scene = await sceneWith();
      scene.repository.writes = writes;
      await scene.pass(hour / 2 + 60);
      expect(scene.conditions()[0]).toBe('Ready False WriteRefused');
      expect(status(scene)).not.toHaveProperty('waiting');
      const asked = await scene.pass(hour / 2 - 120);
      expect(puts(asked).length).toBeGreaterThan(2);
      expect(puts(asked).length).toBeLessThan(15);
      scene.repository.writes = 'all';
      await passed(scene, 600);
      expect(scene.conditions()).toEqual(['Ready True Scheduled', 'Current True Good']);
      expect([...scene.repository.snapshots.keys()]).toEqual([first]);
    },
  );

  it('deletes what is outlived, and nothing else', async () => {
    await using scene = await sceneWith({ retention: { keepLast: 1 } });
    const theirs = { state: 'SUCCESS', started: 0, ended: 1, metadata: { policy: 'slm' } } as const;
    scene.repository.snapshots.set('one-of-theirs', theirs);
    await passed(scene, 2 * hour);
    expect([...scene.repository.snapshots.keys()]).toEqual(['one-of-theirs', second]);
  });

  it('[finalizer-wedge] takes its snapshots along, or goes with a word when the stack is gone', async () => {
    for (const withStack of [true, false]) {
      await using scene = await sceneWith({ deletionPolicy: 'Delete' });
      await passed(scene, hour);
      scene.change((one) => {
        if (one.kind === 'LoggingStack') return withStack ? one : undefined;
        const deletionTimestamp = scene.clock.wall().toISOString();
        return one.kind === stackSnapshotScheduleKind
          ? { ...one, metadata: { ...one.metadata, deletionTimestamp } }
          : one;
      });
      for (let looks = 0; scene.live() !== undefined && looks < 100; looks += 1) await scene.pass(10);
      expect(scene.live()).toBeUndefined();
      expect(scene.repository.snapshots.size).toBe(withStack ? 0 : 1);
      expect(scene.events.some(({ reason }) => reason === 'SnapshotsLeftBehind')).toBe(!withStack);
    }
  });
});
