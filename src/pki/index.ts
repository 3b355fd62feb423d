// Makes the values of a stack's Secrets by the recipes that core decided on. The only place with keys and randomness.
import type { SecretRecipe } from '../core/pki/recipes.ts';
import { makeAuthority, makeLeaf } from './certificates.ts';
import { makeFileRealm, makeKeys, makeServiceToken, makeUser, type SourceValues } from './credentials.ts';

/**
 * The values of one Secret, by key. `sources` holds the values of the Secrets that the recipe is made from. Throws,
 * naming Secret and key but no value, when one of them is not there.
 */
export async function makeSecretValues(
  recipe: SecretRecipe,
  sources: SourceValues,
  now: Date,
): Promise<Readonly<Record<string, string>>> {
  switch (recipe.kind) {
    case 'authority':
      return makeAuthority(recipe, now);
    case 'leaf':
      return makeLeaf(recipe, sources[recipe.authority] ?? {}, now);
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
