// Makes the values of a stack's Secrets by the recipes that core decided on. The only place with keys and randomness.
import { randomBytes } from 'node:crypto';
import type { SecretContent } from '../core/pki/plan.ts';
import type { LeafRecipe, SecretRecipe } from '../core/pki/recipes.ts';
import { makeAuthority, makeLeaf } from './certificates.ts';
import { makeFileRealm, makeKeys, makeServiceToken, makeUser, type SourceValues } from './credentials.ts';
import { makeKeystore } from './keystore.ts';

/**
 * The values of one Secret, by key. `sources` holds the values of the Secrets that the recipe is made from. Throws,
 * naming Secret and key but no value, when one of them is not there.
 */
export async function makeSecretValues(recipe: SecretRecipe, sources: SourceValues, now: Date): Promise<SecretContent> {
  switch (recipe.kind) {
    case 'authority':
      return makeAuthority(recipe, now);
    case 'leaf':
      return withKeystore(recipe, await makeLeaf(recipe, sources[recipe.authority] ?? {}, now));
    case 'user':
      return makeUser(recipe);
    case 'serviceToken':
      return makeServiceToken(recipe);
    case 'keys':
      return makeKeys(recipe);
    case 'fileRealm':
      return makeFileRealm(recipe, sources);
  }
}

/** The password keeps nobody out who has the Secret, where the key is beside it: the program that reads the keystore wants one. */
function withKeystore(recipe: LeafRecipe, leaf: Awaited<ReturnType<typeof makeLeaf>>): SecretContent {
  if (recipe.keystore !== true) return leaf;
  const password = randomBytes(24).toString('base64url');
  const keystore = makeKeystore({ certificate: leaf['tls.crt'], key: leaf['tls.key'] }, password);
  return { ...leaf, 'keystore.p12': keystore, 'keystore.password': password };
}
