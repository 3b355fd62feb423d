// The credentials component: looks at the stack's generated Secrets, plans, and makes those that are missing.
import { createSecret, planSecrets, secretReference, secretValues } from '../../core/pki/plan.ts';
import { type SecretRecipe, sourcesOf } from '../../core/pki/recipes.ts';
import type { ObjectAction } from '../../core/objects.ts';
import { makeSecretValues } from '../../pki/index.ts';
import type { Component, Look } from '../framework.ts';

export const credentialsComponent: Component = {
  name: 'credentials',
  conditions: ['CredentialsReady'],
  sections: [],
  reconcile: async (look, signal) => {
    const plan = planSecrets(look.stack, look.live);
    await look.act(plan.apply, signal);
    for (const recipe of plan.generate) {
      if (look.heldBack !== undefined) look.heldBack.push(`create Secret ${recipe.secret}`);
      else await look.act([await makeSecret(look, recipe)], signal);
    }
    return { findings: plan.findings, refusals: plan.refusals, section: {} };
  },
};

/** Makes the values and the action that creates the Secret. Should it exist by now, that one stands and these values are dropped. */
async function makeSecret(look: Look, recipe: SecretRecipe): Promise<ObjectAction> {
  const { stack, live, now } = look;
  const sources = sourcesOf(recipe).map((name) => [name, secretValues(live(secretReference(stack.identity, name)))]);
  const values = await makeSecretValues(
    recipe,
    Object.fromEntries(sources) as Record<string, Record<string, string>>,
    now,
  );
  return createSecret(stack, recipe, values);
}
