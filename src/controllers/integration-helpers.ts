// For integration tests only: what every component's objects must fulfil on a real API server.
import { expect } from 'vitest';
import type { KubeObject } from '../core/kubernetes.ts';
import type { ReconciledComponent } from '../core/names.ts';
import { planObjects, referenceOf } from '../core/objects.ts';
import type { StackIdentity } from '../core/stack.ts';
import { KubeClient } from '../kube/client.ts';
import { never } from '../kube/integration-helpers.ts';
import type { Transport } from '../kube/transport.ts';

/**
 * Creates the objects, then applies them. After either, with the defaults of the API server, the planner has nothing to
 * do; and a second apply writes nothing.
 */
export async function createThenApply(
  transport: Transport,
  identity: StackIdentity,
  component: ReconciledComponent,
  desired: readonly KubeObject[],
): Promise<void> {
  const client = new KubeClient(transport);
  const live = new Map<string, KubeObject>();
  const plan = () => planObjects(identity, component, desired, ({ kind, name }) => live.get(`${kind}/${name}`));
  const remember = (object: KubeObject) => live.set(`${object.kind}/${object.metadata.name}`, object);
  const creations = plan().actions.map((action) => {
    if (action.kind !== 'create') throw new Error(`expected only creations, got ${action.kind}`);
    return action;
  });
  for (const { object, fieldManager: manager } of creations)
    remember((await client.createOrRefuse(object, { manager, owns: () => false }, never)).object);
  expect(live.size).toBe(desired.length);
  expect(plan()).toEqual({ actions: [], refusals: [] });
  for (const { object, fieldManager: manager } of creations) {
    const { uid = '' } = (await client.get(referenceOf(object), never)).metadata;
    const options = { manager, uid, force: true };
    const applied = await client.apply(object, options, never);
    const again = await client.apply(object, options, never);
    expect(again.metadata.resourceVersion, object.metadata.name).toBe(applied.metadata.resourceVersion);
    remember(again);
  }
  expect(plan()).toEqual({ actions: [], refusals: [] });
}
