// Integration: a stack's generated Secrets on a real API server: made in two rounds, and their owner changes without their values.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { KubeObject } from '../../core/kubernetes.ts';
import { referenceOf } from '../../core/objects.ts';
import { desiredSecret, planSecrets, secretReference, secretValues } from '../../core/pki/plan.ts';
import { sourcesOf } from '../../core/pki/recipes.ts';
import type { ResolvedStack } from '../../core/stack.ts';
import { exampleStack } from '../../core/stack.testing.ts';
import { KubeClient } from '../../kube/client.ts';
import { freshStack, make, never, transportFor } from '../../kube/integration-helpers.ts';
import { makeSecretValues } from '../../pki/index.ts';

const transport = transportFor(inject('kubeconfig'));
const client = new KubeClient(transport);
let stack: ResolvedStack;

beforeAll(async () => {
  const example = exampleStack();
  stack = { ...example, identity: { ...example.identity, ...(await freshStack(transport)) } };
});
afterAll(() => transport.close());

describe('Secrets', () => {
  it('are made in two rounds, and a third look plans nothing', async () => {
    const live = new Map<string, KubeObject>();
    const find = (reference: { name: string }) => live.get(reference.name);
    const rounds: number[] = [];
    for (let plan = planSecrets(stack, find); plan.generate.length > 0; plan = planSecrets(stack, find)) {
      rounds.push(plan.generate.length);
      for (const recipe of plan.generate) {
        const sources = sourcesOf(recipe).map((name) => [
          name,
          secretValues(find(secretReference(stack.identity, name))),
        ]);
        const values = await makeSecretValues(
          recipe,
          Object.fromEntries(sources) as Record<string, Record<string, string>>,
          new Date(),
        );
        live.set(recipe.secret, await make(transport, desiredSecret(stack, recipe, values)));
      }
    }
    expect(rounds).toEqual([8, 7]);
    expect(planSecrets(stack, find)).toMatchObject({ apply: [], refusals: [], findings: [{ status: 'True' }] });
  });

  it('lose their owner when volumes are to be retained, and keep their values', async () => {
    const identity = { ...stack.identity, ...(await freshStack(transport)) };
    const deleting = { ...stack, identity, volumes: { ...stack.volumes, whenDeleted: 'Delete' } } as const;
    const retaining = { ...stack, identity, volumes: { ...stack.volumes, whenDeleted: 'Retain' } } as const;
    const [recipe] = planSecrets(deleting, () => undefined).generate.filter((one) => one.kind === 'user');
    if (recipe === undefined) throw new Error('no user');
    const values = await makeSecretValues(recipe, {}, new Date());
    const { object: made } = await client.createOrRefuse(
      desiredSecret(deleting, recipe, values),
      { manager: 'loggingstack-credentials', owns: () => true },
      never,
    );
    expect(made.metadata.ownerReferences).toHaveLength(1);
    const seen = (reference: { name: string }) => (reference.name === recipe.secret ? made : undefined);
    const [change] = planSecrets(retaining, seen).apply;
    if (change?.kind !== 'apply') throw new Error('no change of owner planned');
    const options = { manager: change.fieldManager, uid: made.metadata.uid ?? '', force: true };
    // The first apply hands the fields over from the creation, so the revision that was seen is then the last but one.
    await client.apply(change.object, options, never).catch(() => undefined);
    const handedOver = await client.get(referenceOf(made), never);
    const [again] = planSecrets(retaining, (reference) =>
      reference.name === recipe.secret ? handedOver : undefined,
    ).apply;
    if (again?.kind === 'apply') await client.apply(again.object, options, never);
    const live = await client.get(referenceOf(made), never);
    expect(live.metadata.ownerReferences).toBeUndefined();
    expect(secretValues(live)).toEqual(values);
  });
});
