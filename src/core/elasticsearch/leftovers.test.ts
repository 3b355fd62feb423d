// Tests of a stack that is made again while Kubernetes still deletes what the earlier one of its name left.
import { describe, expect, it } from 'vitest';
import { clusters, settle, startedStack } from '../../simulator/simulator.testing.ts';
import type { KubeObject, OwnerReference } from '../kubernetes.ts';
import { labels } from '../names.ts';
import { leftovers, ownObjects } from './leftovers.ts';
import type { Observed } from './observed.ts';
import { plan } from './plan.ts';
import { ready, stackWith, templates } from './plan.testing.ts';

const stack = stackWith();
const owner = (kind: string, name: string, uid: string): OwnerReference => ({
  apiVersion: 'v1',
  kind,
  name,
  uid,
  controller: true,
});
const earlierStack = owner('LoggingStack', 'logs', 'uid-earlier');

/** Objects as Kubernetes shows them just after their stack was deleted, seen by a new stack of that name. */
function afterDeletion(change: (object: KubeObject) => Partial<KubeObject['metadata']> | undefined): Observed {
  const simulator = startedStack(stack);
  const observed = simulator.observe();
  const objects = observed.objects.flatMap((object) => {
    const metadata = change(object);
    return metadata === undefined ? [] : [{ ...object, metadata: { ...object.metadata, ...metadata } }];
  });
  const cluster = { answered: false, code: 'EsUnreachable', message: 'No connection.' } as const;
  return { ...observed, objects, recordedUuid: undefined, cluster };
}

const isClaim = (object: KubeObject) => object.kind === 'PersistentVolumeClaim';

describe('LeftoverVolumes', () => {
  it.each<[string, (object: KubeObject) => Partial<KubeObject['metadata']> | undefined]>([
    [
      'claims that are being deleted',
      (object) => (isClaim(object) ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : undefined),
    ],
    [
      'claims of a StatefulSet that is gone',
      (object) =>
        isClaim(object) ? { ownerReferences: [owner('StatefulSet', 'logs-es-data', 'uid-gone')] } : undefined,
    ],
    [
      'claims of StatefulSets of the earlier stack',
      (object) => {
        if (object.kind === 'StatefulSet') return { ownerReferences: [earlierStack] };
        const pool = object.metadata.labels?.[labels.pool] ?? '';
        return isClaim(object) ? { ownerReferences: [owner('StatefulSet', `logs-es-${pool}`, 'uid-x')] } : undefined;
      },
    ],
    [
      'ConfigMaps of the earlier stack',
      (object) => (object.kind === 'ConfigMap' ? { ownerReferences: [earlierStack] } : undefined),
    ],
    [
      'StatefulSets that are being deleted',
      (object) => (object.kind === 'StatefulSet' ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : undefined),
    ],
  ])('%s: nothing is made, refused or recorded until they are gone', (_name, change) => {
    const planned = plan(stackWith({ data: { replicas: 1 } }), afterDeletion(change), templates);
    expect(planned.actions).toEqual([]);
    expect(planned.refusals).toEqual([]);
    expect(planned.section.elasticsearch).not.toHaveProperty('clusterUUID');
    expect(ready(planned)).toMatchObject({ status: 'False', reason: 'LeftoverVolumes' });
    expect(ready(planned)?.message).toContain('logs-es-');
    expect(planned.requeueAfterSeconds).toBe(5);
  });

  it('goes on by itself when they are gone, as a stack without data', () => {
    const simulator = startedStack(stack);
    const before = clusters(simulator)[0];
    for (const [key, object] of simulator.kubernetes.objects)
      if (isClaim(object))
        simulator.kubernetes.objects.set(key, {
          ...object,
          metadata: { ...object.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
        });
    simulator.deleteStack();
    expect(ready(settle(simulator, stack))).toMatchObject({ reason: 'LeftoverVolumes' });
    for (const key of [...simulator.kubernetes.objects.keys()].filter((name) => name.includes('Claim')))
      simulator.kubernetes.objects.delete(key);
    simulator.elasticsearch.world.volumes.clear();
    const planned = settle(simulator, stack);
    expect(ready(planned)).toMatchObject({ status: 'True' });
    expect(planned.section.elasticsearch?.clusterUUID).not.toBe(before);
  });

  it('what is kept, and what runs, is no leftover', () => {
    const live = afterDeletion((object) => {
      const set = `logs-es-${object.metadata.labels?.[labels.pool] ?? ''}`;
      return isClaim(object) && set === 'logs-es-data'
        ? { deletionTimestamp: '2026-01-01T00:00:00Z' }
        : object.metadata;
    });
    expect(leftovers(stack.identity, live)).toEqual([]);
    const kept = afterDeletion((object) => (isClaim(object) ? {} : undefined));
    expect(leftovers(stack.identity, kept)).toEqual([]);
  });

  it('what somebody deletes of a stack that runs is no leftover: a Service with a finalizer, a claim that nobody uses', () => {
    const going = { deletionTimestamp: '2026-01-01T00:00:00Z' };
    const live = afterDeletion((object) => ({ ...object.metadata, ...(object.kind === 'Service' ? going : {}) }));
    const [claim] = live.objects.filter(isClaim);
    if (claim === undefined) throw new Error('the stack has no claims');
    const unused = { ...claim, metadata: { ...claim.metadata, name: 'data-logs-es-warm-0', ...going } };
    expect(leftovers(stack.identity, { ...live, objects: [...live.objects, unused] })).toEqual([]);
  });

  it('[killed-mid-restart] what was set for a restart is given back while leftovers hold everything else up', () => {
    const going = { deletionTimestamp: '2026-01-01T00:00:00Z' };
    const simulator = startedStack(stack);
    const observed = simulator.observe();
    if (!observed.cluster.answered) throw new Error('the cluster answers');
    const { settings } = observed.cluster;
    const marks = { restart: 'logs-es-data-0 uid-before 2020-01-01T00:00:00Z copies' };
    const held: Observed = {
      ...observed,
      objects: observed.objects.map((object) =>
        object.kind === 'StatefulSet' && object.metadata.name === 'logs-es-data'
          ? { ...object, metadata: { ...object.metadata, ...going } }
          : object,
      ),
      cluster: { ...observed.cluster, settings: { ...settings, allocationEnable: 'primaries', marks } },
    };
    const planned = plan(stack, held, templates);
    expect(ready(planned)).toMatchObject({ reason: 'LeftoverVolumes' });
    expect(planned.actions).toEqual([
      { kind: 'setAllocationEnable', enable: { value: undefined }, restart: undefined },
    ]);
  });
});

describe('leftovers', () => {
  const going = { deletionTimestamp: '2026-01-01T00:00:00Z' };
  const live = startedStack(stack).observe();
  /** Kind and name of all that is left over when this claim is there as well. */
  const leftWith = (metadata: Partial<KubeObject['metadata']>, observed: Observed = live) => {
    const claim: KubeObject = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data-logs-es-warm-0', labels: {}, ...metadata },
    };
    const found = leftovers(stack.identity, { ...observed, objects: [...observed.objects, claim] });
    return found.map(({ kind, metadata: { name } }) => `${kind}/${name}`);
  };
  const claimLeft = ['PersistentVolumeClaim/data-logs-es-warm-0'];
  const changed = (change: (set: KubeObject) => Partial<KubeObject['metadata']>): Observed => ({
    ...live,
    objects: live.objects
      .filter(({ kind }) => kind === 'StatefulSet')
      .map((set) => ({ ...set, metadata: { ...set.metadata, ...change(set) } })),
  });

  it('are what a LoggingStack of this name and another uid owns, and nobody else', () => {
    expect(leftWith({ ownerReferences: [owner('LoggingStack', 'logs', 'uid-earlier')] })).toEqual(claimLeft);
    expect(leftWith({ ownerReferences: [owner('LoggingStack', 'logs', stack.identity.uid)] })).toEqual([]);
    expect(leftWith({ ownerReferences: [owner('LoggingStack', 'others', 'uid-others')] })).toEqual([]);
    expect(leftWith({ ownerReferences: [owner('Backup', 'logs', 'uid-backup')] })).toEqual([]);
  });

  it('are claims of StatefulSets that are gone, and no claims of other owners', () => {
    const uid = live.objects.find(({ kind }) => kind === 'StatefulSet')?.metadata.uid ?? '';
    expect(leftWith({ ownerReferences: [owner('StatefulSet', 'logs-es-warm', 'uid-gone')] })).toEqual(claimLeft);
    expect(leftWith({ ownerReferences: [owner('StatefulSet', 'logs-es-warm', uid)] })).toEqual([]);
  });

  it('are claims that go while only StatefulSets that go as well, or that are not ours, are there', () => {
    expect(
      leftWith(
        going,
        changed(() => ({})),
      ),
    ).toEqual([]);
    expect(
      leftWith(
        going,
        changed(() => ({ labels: {} })),
      ),
    ).toEqual(claimLeft);
    expect(
      leftWith(
        going,
        changed(() => going),
      ),
    ).toEqual([
      ...live.objects
        .filter(({ kind }) => kind === 'StatefulSet')
        .map(({ metadata }) => `StatefulSet/${metadata.name}`),
      ...claimLeft,
    ]);
  });

  it('and StatefulSets of others are left out of the look, with the pods of these and no other', () => {
    const others: KubeObject = {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'logs-es-warm', uid: 'uid-others', labels: {} },
    };
    const made = (kind: string, name: string, uid: string): KubeObject => ({
      apiVersion: 'v1',
      kind,
      metadata: { name, ownerReferences: [owner('StatefulSet', 'logs-es-warm', uid)] },
    });
    const pod = made('Pod', 'logs-es-warm-0', 'uid-others');
    const stays = [made('Pod', 'logs-es-data-9', 'uid-own'), made('PersistentVolumeClaim', 'data-x', 'uid-others')];
    const left = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'left' } };
    const seen = { ...live, objects: [...live.objects, others, pod, ...stays, left] };
    expect(ownObjects(stack.identity, seen, [left]).objects).toEqual([...live.objects, ...stays]);
  });
});
