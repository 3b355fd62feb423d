// Integration: volumes grow, and are replaced with their node, on a real API server with the real StatefulSet and volume controllers and simulated pods. Whoever makes volumes larger is a stand-in: this test.
import { describe, expect, it } from 'vitest';
import { ownControlPlane } from '../../e2e/integration/own-control-plane.ts';
import { isReplaced, replacementTarget } from '../core/elasticsearch/replacement.ts';
import type { KubeObject } from '../core/kubernetes.ts';
import { referenceOf } from '../core/objects.ts';
import type { ResolvedStack } from '../core/stack.ts';
import { never, until } from '../kube/integration-helpers.ts';
import { locationOf } from '../kube/resources.ts';
import { Driver } from './elasticsearch-driver.testing.ts';

const own = ownControlPlane('es-volumes', { simulatedNodes: 3 });

interface Claim extends KubeObject {
  readonly spec: { readonly resources: { readonly requests: { readonly storage: string } } };
  readonly status: { readonly capacity?: { readonly storage?: string } };
}

const isDataClaim = ({ kind, metadata }: KubeObject): boolean =>
  kind === 'PersistentVolumeClaim' && metadata.name.startsWith('data-logs-es-data-');

const claimsOf = async (driver: Driver): Promise<readonly Claim[]> =>
  (await driver.objects()).filter(isDataClaim) as unknown as readonly Claim[];

/** Makes volumes as large as their claims ask for, as a provisioner does. */
async function provide(driver: Driver): Promise<void> {
  for (const claim of await claimsOf(driver)) {
    const { storage } = claim.spec.resources.requests;
    if (claim.status.capacity?.storage === storage) continue;
    const location = { ...locationOf(referenceOf(claim)), subresource: 'status' };
    await own.transport.request({ verb: 'merge', location, body: { status: { capacity: { storage } } } }, never);
  }
}

const dataSet = async (driver: Driver): Promise<KubeObject | undefined> =>
  (await driver.objects()).find(({ kind, metadata }) => kind === 'StatefulSet' && metadata.name === 'logs-es-data');

const templateSize = (set: KubeObject | undefined): string | undefined =>
  (set?.['spec'] as { volumeClaimTemplates: readonly Claim[] } | undefined)?.volumeClaimTemplates[0]?.spec.resources
    .requests.storage;

const uidsOf = async (driver: Driver): Promise<readonly (string | undefined)[]> =>
  (await driver.objects()).filter(({ kind }) => kind === 'Pod').map(({ metadata }) => metadata.uid);

describe('[expand-volume] on Kubernetes', { timeout: 240_000 }, () => {
  const stackOf = (driver: Driver, size: string, replicas = 2): ResolvedStack =>
    driver.stack({ data: { replicas, storage: { size } } });

  it('[expand-volume] is refused by a class that does not allow it, and else done around running pods', async () => {
    const driver = await Driver.create(own.transport);
    await driver.settle(stackOf(driver, '1Gi'));
    await expect(driver.step(stackOf(driver, '2Gi'))).rejects.toMatchObject({ code: 'Forbidden' });

    await own.cluster.kubectl(['patch', 'storageclass', 'local', '--patch', '{"allowVolumeExpansion":true}']);
    const pods = await uidsOf(driver);
    const before = await dataSet(driver);
    await until(
      'a StatefulSet of larger volumes',
      async () => {
        await driver.step(stackOf(driver, '2Gi'));
        await provide(driver);
        return templateSize(await dataSet(driver)) === '2Gi';
      },
      120_000,
    );
    await driver.settle(stackOf(driver, '2Gi'));
    expect((await dataSet(driver))?.metadata.uid).not.toBe(before?.metadata.uid);
    expect(await uidsOf(driver)).toEqual(pods);
    expect((await claimsOf(driver)).map(({ spec }) => spec.resources.requests.storage)).toEqual(['2Gi', '2Gi']);

    await driver.settle(stackOf(driver, '2Gi', 3));
    expect((await claimsOf(driver)).map(({ spec }) => spec.resources.requests.storage)).toEqual(['2Gi', '2Gi', '2Gi']);
    const shrunk = await driver.step(stackOf(driver, '1Gi', 3));
    expect(shrunk.refusals).toMatchObject([{ rule: 'StorageChangeRefused' }]);
    expect(shrunk.actions).toEqual([]);
  });
});

describe('[dead-node-local-volume] on Kubernetes', { timeout: 240_000 }, () => {
  it('a pod that never gets ready is replaced with its claim, once', async () => {
    const driver = await Driver.create(own.transport);
    const stack = driver.stack({ data: { replicas: 2, storage: { size: '1Gi' } } });
    await driver.settle(stack);
    const name = 'logs-es-data-1';
    await driver.annotatePod(name, { 'simulation.loggingstack.dev/ready': 'false' });
    const claimUid = async () =>
      (await claimsOf(driver)).find(({ metadata }) => metadata.name === `data-${name}`)?.metadata.uid;
    const before = { claim: await claimUid(), pod: (await driver.pod(name)).metadata.uid };
    const target = replacementTarget(
      { ...stack, requests: { roll: undefined, replaceNode: { value: name, done: false } } },
      await driver.observe(),
    );
    expect(target).toBe(`${before.claim ?? ''}/${before.pod ?? ''}`);
    const asked: ResolvedStack = {
      ...stack,
      requests: {
        roll: undefined,
        replaceNode: { value: name, done: false, ...(target === undefined ? {} : { target }) },
      },
    };
    await until(
      'the new node',
      async () => {
        await driver.step(asked);
        return isReplaced(asked, await driver.observe());
      },
      120_000,
    );
    const after = { claim: await claimUid(), pod: (await driver.pod(name)).metadata.uid };
    expect(after.claim).not.toBe(before.claim);
    expect(after.pod).not.toBe(before.pod);
    await driver.settle(asked);
    expect({ claim: await claimUid(), pod: (await driver.pod(name)).metadata.uid }).toEqual(after);
  });
});
