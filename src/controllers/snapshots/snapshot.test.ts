// Tests of the controller of StackSnapshots on a stand-in for Elasticsearch: what it is asked, in which order, and what becomes of it when the operator dies.
import { describe, expect, it } from 'vitest';
import { stackSnapshotKind } from '../../api/stack-snapshot.ts';
import { objectSnapshotName } from '../../core/snapshots/identity.ts';
import { objectOf, sceneOf } from './scene.testing.ts';
import { snapshotController } from './snapshot.ts';

const name = objectSnapshotName({ namespace: 'team', name: 'one' }, 'uid-one');
const sceneWith = (spec: object = {}) => sceneOf(objectOf(stackSnapshotKind, spec), snapshotController);
const deletion = { deletionTimestamp: '2026-01-01T00:00:00Z' };

describe('a StackSnapshot', () => {
  it('is told to be due, begins, is followed, and is left alone in the end', async () => {
    await using scene = await sceneWith();
    await scene.step();
    expect(scene.status()).toMatchObject({
      state: 'Waiting',
      snapshotName: name,
      waitingSince: '2026-01-01T00:00:00Z',
    });
    expect(scene.repository.asked).toEqual([`GET ${name}`]);
    expect(await scene.pass(10)).toContain(`PUT ${name}`);
    expect(scene.status()).toMatchObject({ state: 'InProgress', percent: 40, doneBytes: 400 });
    scene.repository.end();
    await scene.pass(10);
    expect(scene.status()).toMatchObject({ state: 'Success', sizeBytes: 2048, size: '2 KiB' });
    expect(scene.conditions()).toEqual(['Complete True Success']);
    const written = scene.statuses.length;
    expect(await scene.pass(3600)).toEqual([]);
    expect(scene.statuses).toHaveLength(written);
    expect(scene.events.map(({ reason }) => reason)).toEqual(['Waiting', 'InProgress', 'Success']);
  });

  it('does not begin while shards move', async () => {
    await using scene = await sceneWith();
    scene.bodies['/_cluster/health'] = { ...(scene.bodies['/_cluster/health'] as object), relocating_shards: 2 };
    expect(await scene.pass(590)).not.toContain(`PUT ${name}`);
    expect(scene.conditions()).toEqual(['Complete Unknown WaitingForShards']);
    expect(await scene.pass(30)).toContain(`PUT ${name}`);
  });

  it('does not begin while the pod of a node is on its way out', async () => {
    const labels = { 'loggingstack.dev/stack': 'logs', 'loggingstack.dev/component': 'elasticsearch' };
    const metadata = { name: 'logs-es-data-1', namespace: 'team', labels, ...deletion };
    const going = { apiVersion: 'v1', kind: 'Pod', metadata };
    await using scene = await sceneOf(objectOf(stackSnapshotKind, {}), snapshotController, [going]);
    expect(await scene.pass(60)).not.toContain(`PUT ${name}`);
    expect(scene.conditions()).toEqual(['Complete Unknown WaitingForNodes']);
    scene.change((one) => (one.metadata.name === 'logs-es-data-1' ? undefined : one));
    expect(await scene.pass(20)).toContain(`PUT ${name}`);
  });

  it('is one snapshot also when the operator dies between its request and the write of its status', async () => {
    await using scene = await sceneWith();
    await scene.pass(2);
    const { client } = scene.runtime;
    const write = client.applyStatus.bind(client);
    client.applyStatus = () => Promise.reject(new Error('The operator died.'));
    await expect(scene.step()).rejects.toThrow('died');
    expect([scene.repository.snapshots.size, scene.status()['state']]).toEqual([1, 'Waiting']);
    Object.assign(client, { applyStatus: write });
    scene.restart();
    await scene.pass(30);
    expect(scene.status()).toMatchObject({ state: 'InProgress', snapshotName: name });
    expect(scene.repository.asked.filter((one) => one.startsWith('PUT'))).toHaveLength(1);
  });

  it('is told to be refused, and is asked for less and less often', async () => {
    await using scene = await sceneWith();
    scene.repository.writes = 'none';
    await scene.pass(5);
    expect(scene.conditions()).toEqual(['Complete Unknown WriteRefused']);
    expect(scene.status()).not.toHaveProperty('state');
    expect(JSON.stringify(scene.status())).toContain('Read-only file system');
    const written = scene.statuses.length;
    const puts = async (seconds: number) => (await scene.pass(seconds)).filter((one) => one.startsWith('PUT')).length;
    expect(await puts(600)).toBeLessThanOrEqual(6);
    expect(await puts(3600)).toBeLessThanOrEqual(13);
    expect(scene.statuses).toHaveLength(written);
    scene.repository.writes = 'all';
    await scene.pass(310);
    expect(scene.status()).toMatchObject({ state: 'InProgress' });
  });

  it('keeps its pause whatever wakes it meanwhile', async () => {
    await using scene = await sceneWith();
    scene.repository.writes = 'none';
    await scene.pass(5);
    const before = scene.repository.asked.filter((one) => one.startsWith('PUT')).length;
    for (let woken = 0; woken < 20; woken += 1) await scene.step();
    expect(scene.repository.asked.filter((one) => one.startsWith('PUT'))).toHaveLength(before);
  });

  it('that could not be written is not begun for ever', async () => {
    await using scene = await sceneWith();
    scene.repository.writes = 'begins';
    await scene.pass(60);
    expect(scene.conditions()).toEqual(['Complete False Vanished']);
    expect(scene.repository.asked.filter((one) => one.startsWith('PUT'))).toHaveLength(1);
  });

  it('takes its snapshot along', async () => {
    await using scene = await sceneWith({ deletionPolicy: 'Delete' });
    await scene.pass(10);
    expect(scene.live()?.metadata.finalizers).toHaveLength(1);
    scene.change((one) =>
      one.kind === stackSnapshotKind ? { ...one, metadata: { ...one.metadata, ...deletion } } : one,
    );
    await scene.step();
    expect([scene.repository.snapshots.size, scene.conditions()]).toEqual([0, ['Complete False Deleting']]);
    await scene.step();
    expect([scene.live(), scene.events.map(({ reason }) => reason)]).toEqual([
      undefined,
      ['Waiting', 'InProgress', 'Deleting'],
    ]);
  });

  it('[finalizer-wedge] goes with a word when nobody can delete its snapshot', async () => {
    await using scene = await sceneWith({ deletionPolicy: 'Delete' });
    await scene.pass(10);
    scene.change((one) =>
      one.kind === stackSnapshotKind ? { ...one, metadata: { ...one.metadata, ...deletion } } : one,
    );
    scene.change((one) => (one.kind === 'LoggingStack' ? undefined : one));
    await scene.step();
    expect(scene.live()).toBeUndefined();
    expect(scene.events.at(-1)).toMatchObject({ type: 'Warning', reason: 'SnapshotsLeftBehind' });
  });

  it('says why Elasticsearch does not answer', async () => {
    await using scene = await sceneWith();
    scene.change((one) => (one.kind === 'Pod' ? undefined : one));
    expect(await scene.step()).toBe(10);
    expect(scene.conditions()).toEqual(['Complete Unknown EsUnreachable']);
  });
});
