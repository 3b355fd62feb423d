// Integration: creation, server-side apply and deletion on a real API server: what they change, and what they leave alone.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { KubeClient } from './client.ts';
import { configMapIn, edit, freshNamespace, list, make, never, transportFor } from './integration-helpers.ts';
import { referenceTo, RESOURCES } from './resources.ts';

const transport = transportFor(inject('kubeconfig'));
const client = new KubeClient(transport);
let namespace: string;

beforeAll(async () => {
  namespace = await freshNamespace(transport);
});
afterAll(() => transport.close());

const ours = {
  manager: 'loggingstack-test',
  owns: (live: { metadata: { labels?: object } }) => 'mine' in (live.metadata.labels ?? {}),
};
const mine = { mine: 'yes' };

describe('createOrRefuse', () => {
  it('[secret-regenerated] makes what is not there, and returns our own untouched when it is', async () => {
    const first = await client.createOrRefuse(configMapIn(namespace, 'twice', { key: 'first' }, mine), ours, never);
    const again = await client.createOrRefuse(configMapIn(namespace, 'twice', { key: 'second' }, mine), ours, never);
    expect(first.created).toBe(true);
    expect(again.created).toBe(false);
    expect(again.object).toEqual(first.object);
    expect(again.object['data']).toEqual({ key: 'first' });
  });

  it('refuses a foreign object by name, and leaves it as it is', async () => {
    const foreign = await make(transport, configMapIn(namespace, 'foreign', { key: 'theirs' }));
    const attempt = client.createOrRefuse(configMapIn(namespace, 'foreign', { key: 'ours' }, mine), ours, never);
    await expect(attempt).rejects.toMatchObject({
      code: 'ForeignObject',
      message: expect.stringContaining(`ConfigMap ${namespace}/foreign`) as string,
    });
    expect(await client.get(referenceTo(foreign), never)).toEqual(foreign);
  });

  it('waits for one that is on its way out', async () => {
    const object = configMapIn(namespace, 'leaving', {}, mine);
    const { object: live } = await client.createOrRefuse(
      { ...object, metadata: { ...object.metadata, finalizers: ['test.example/hold'] } },
      ours,
      never,
    );
    await client.delete(referenceTo(live), { uid: live.metadata.uid ?? '' }, never);
    await expect(client.createOrRefuse(object, ours, never)).rejects.toMatchObject({ code: 'Conflict' });
  });
});

describe('apply', () => {
  const options = (uid: string | undefined, force = true) => ({ manager: 'loggingstack-test', uid: uid ?? '', force });

  it('drops a field of the creation that is no longer wanted, and keeps those of others', async () => {
    const { object: made } = await client.createOrRefuse(
      configMapIn(namespace, 'fields', { keep: '1', drop: '1' }, mine),
      ours,
      never,
    );
    const theirs = { ...configMapIn(namespace, 'fields', { theirs: '1' }), metadata: { namespace, name: 'fields' } };
    await client.apply(theirs, { manager: 'somebody', uid: made.metadata.uid ?? '', force: false }, never);
    const applied = await client.apply(
      configMapIn(namespace, 'fields', { keep: '2' }, mine),
      options(made.metadata.uid),
      never,
    );
    expect(applied['data']).toEqual({ keep: '2', theirs: '1' });
    const again = await client.apply(
      configMapIn(namespace, 'fields', { keep: '2' }, mine),
      options(made.metadata.uid),
      never,
    );
    expect(again.metadata.resourceVersion).toBe(applied.metadata.resourceVersion);
  });

  it('is not in conflict with its own creation, without force', async () => {
    const { object: made } = await client.createOrRefuse(
      configMapIn(namespace, 'unforced', { key: '1' }, mine),
      ours,
      never,
    );
    const applied = await client.apply(
      configMapIn(namespace, 'unforced', { key: '2' }, mine),
      options(made.metadata.uid, false),
      never,
    );
    expect(applied['data']).toEqual({ key: '2' });
  });

  it('takes the field of another manager only when told to', async () => {
    const theirs = await make(transport, configMapIn(namespace, 'contested', { key: 'theirs' }));
    const wanted = configMapIn(namespace, 'contested', { key: 'ours' });
    await expect(client.apply(wanted, options(theirs.metadata.uid, false), never)).rejects.toMatchObject({
      code: 'FieldConflict',
      status: 409,
    });
    expect((await client.get(referenceTo(theirs), never))['data']).toEqual({ key: 'theirs' });
    expect((await client.apply(wanted, options(theirs.metadata.uid), never))['data']).toEqual({ key: 'ours' });
  });

  it('never makes an object, and never touches another of the same name', async () => {
    const absent = configMapIn(namespace, 'absent', { key: '1' });
    const uid = '6f1c1a52-5b50-4a63-8c46-1f0d8ee3f1aa';
    await expect(client.apply(absent, options(uid), never)).rejects.toMatchObject({ code: 'Conflict' });
    expect(await client.find(referenceTo(absent), never)).toBeUndefined();
    const { object: replaced } = await client.createOrRefuse(configMapIn(namespace, 'replaced', {}, mine), ours, never);
    await expect(
      client.apply(configMapIn(namespace, 'replaced', { key: 'x' }), options(uid), never),
    ).rejects.toMatchObject({ code: 'Conflict' });
    expect(await client.get(referenceTo(replaced), never)).toEqual(replaced);
  });

  it('keeps a field of the server that our types do not know, and gives it back on reading', async () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace, name: 'unknown-field', labels: mine },
      spec: { ports: [{ name: 'http', port: 80 }], selector: { app: 'x' } },
    };
    const { object: made } = await client.createOrRefuse(pod, ours, never);
    const theirs = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace, name: 'unknown-field' },
      spec: { trafficDistribution: 'PreferSameNode' },
    };
    await client.apply(theirs, { manager: 'somebody', uid: made.metadata.uid ?? '', force: false }, never);
    const wanted = { ...pod, spec: { ports: [{ name: 'http', port: 81 }], selector: { app: 'x' } } };
    const applied = await client.apply(wanted, options(made.metadata.uid), never);
    expect(applied['spec']).toMatchObject({ trafficDistribution: 'PreferSameNode', ports: [{ port: 81 }] });
  });

  it('replaces a list in which somebody gave an item of ours another key, and keeps their other fields', async () => {
    const service = (port: number) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace, name: 'edited-port', labels: mine },
      spec: { ports: [{ name: 'http', port, protocol: 'TCP', targetPort: 80 }], selector: { app: 'x' } },
    });
    const { object: made } = await client.createOrRefuse(service(80), ours, never);
    const { spec } = service(81);
    await edit(transport, referenceTo(made), { spec: { ports: spec.ports, sessionAffinity: 'ClientIP' } });
    const applied = await client.apply(service(80), options(made.metadata.uid), never);
    expect(applied['spec']).toMatchObject({ ...service(80).spec, sessionAffinity: 'ClientIP' });
    // The list is ours again as if nothing had been: what we no longer want goes.
    const moved = await client.apply(service(82), options(made.metadata.uid), never);
    expect(moved['spec']).toMatchObject({ ...service(82).spec, sessionAffinity: 'ClientIP' });
    const { managedFields } = moved.metadata as { managedFields?: readonly { manager: string; operation: string }[] };
    const entries = managedFields?.filter(({ manager }) => manager === 'loggingstack-test');
    expect(entries?.map(({ operation }) => operation)).toEqual(['Apply']);
  });

  it('writes a condition beside those of other managers', async () => {
    const spec = { maxUnavailable: 1, selector: { matchLabels: { app: 'x' } } };
    const made = await make(transport, {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { namespace, name: 'status' },
      spec,
    });
    const condition = (type: string) => ({
      type,
      status: 'True',
      reason: 'Test',
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    });
    const counts = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
    for (const type of ['First', 'Second']) {
      await client.applyStatus(
        { ...made, status: { ...counts, conditions: [condition(type)] } },
        { manager: type, force: true },
        never,
      );
    }
    const { conditions } = (await client.get(referenceTo(made), never))['status'] as { conditions: { type: string }[] };
    expect(conditions.map(({ type }) => type)).toEqual(expect.arrayContaining(['First', 'Second']));
    const replaced = { ...made, metadata: { ...made.metadata, uid: '6f1c1a52-5b50-4a63-8c46-1f0d8ee3f1aa' } };
    const attempt = client.applyStatus({ ...replaced, status: counts }, { manager: 'First', force: true }, never);
    await expect(attempt, 'no look goes before').rejects.toMatchObject({ code: 'Conflict', status: 422 });
    const nameless = { ...made, metadata: { namespace, name: 'status' } };
    await expect(client.applyStatus(nameless, { manager: 'First', force: true }, never)).rejects.toMatchObject({
      code: 'BadRequest',
    });
  });
});

describe('delete', () => {
  it('deletes the one that is meant, and nothing else', async () => {
    const live = await make(transport, configMapIn(namespace, 'doomed', {}));
    const uid = live.metadata.uid ?? '';
    const other = '6f1c1a52-5b50-4a63-8c46-1f0d8ee3f1aa';
    await expect(client.delete(referenceTo(live), { uid: other }, never)).rejects.toMatchObject({ code: 'Conflict' });
    await expect(client.delete(referenceTo(live), { uid, resourceVersion: '1' }, never)).rejects.toMatchObject({
      code: 'Conflict',
    });
    expect(await client.find(referenceTo(live), never)).toBeDefined();
    await client.delete(referenceTo(live), { uid }, never);
    expect(await client.find(referenceTo(live), never)).toBeUndefined();
    await client.delete(referenceTo(live), { uid }, never);
  });
});

describe('errors', () => {
  it('name the field of a wrong object, but never quote a Secret', async () => {
    const labels = { 'bad label!': 'x' };
    await expect(client.createOrRefuse(configMapIn(namespace, 'wrong', {}, labels), ours, never)).rejects.toMatchObject(
      { code: 'Invalid', status: 422, message: expect.stringContaining('bad label!') as string },
    );
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name: 'wrong' },
      type: 'kubernetes.io/dockerconfigjson',
      data: { '.dockerconfigjson': Buffer.from('hunter2-hunter2').toString('base64') },
    };
    const error = await client.createOrRefuse(secret, ours, never).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'Invalid',
      message: expect.stringContaining('data[.dockerconfigjson]') as string,
    });
    expect((error as Error).message).not.toMatch(/hunter2|aHVudGVyM/);
  });

  it('are typed', async () => {
    const nobody = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'nobody' };
    await expect(client.get(nobody, never)).rejects.toMatchObject({ code: 'NotFound', status: 404 });
    await expect(client.get({ apiVersion: 'v2', kind: 'ConfigMap', name: 'x' }, never)).rejects.toMatchObject({
      code: 'UnknownResource',
    });
    await expect(client.get({ apiVersion: 'v1', kind: 'ConfigMap', name: 'x' }, never)).rejects.toMatchObject({
      code: 'BadRequest',
    });
    await expect(list(transport, RESOURCES.ConfigMap, { matchLabels: { 'not a label': 'x' } })).rejects.toMatchObject({
      code: 'BadRequest',
    });
  });

  it('stop writes without the Lease', async () => {
    const follower = new KubeClient(transport, { mayWrite: () => false });
    const object = configMapIn(namespace, 'unwritten', {});
    await expect(follower.createOrRefuse(object, ours, never)).rejects.toMatchObject({
      code: 'LeaseLost',
      message: expect.stringContaining(`create ConfigMap ${namespace}/unwritten`) as string,
    });
    expect(await client.find(referenceTo(object), never)).toBeUndefined();
  });
});
