// Builds the images of the local cluster, each once per content, into OCI archives in the cache.
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../cluster/cache.ts';
import { buildArchive } from './buildah.ts';
import { catalog, type ImageName } from './catalog.ts';
import { buildOptions, fullName, hashInputs, type ImageRecipe, type Log, recipeKey } from './recipe.ts';

export interface BuiltImage {
  /** Full name that pods use, such as `localhost/loggingstack/elasticsearch:9.4.3`. */
  readonly name: string;
  /** Path of the OCI archive; it names the image, so `ctr images import` needs no other name. */
  readonly archive: string;
  /** Changes whenever the content of the image may have changed. */
  readonly key: string;
}

/**
 * Builds the named images and what they stand on, side by side, and returns the named ones in the order given. What is
 * cached is not built again. `log` gets a line when an image is begun and when it is done.
 *
 * @throws with the end of the output of the tool that failed.
 */
export async function buildImages(
  names: readonly ImageName[],
  { log }: { readonly log: Log },
): Promise<readonly BuiltImage[]> {
  const begun = new Map<ImageRecipe, Promise<BuiltImage>>();

  const build = (recipe: ImageRecipe): Promise<BuiltImage> => {
    const image = begun.get(recipe) ?? buildWithBases(recipe);
    begun.set(recipe, image);
    return image;
  };
  const buildWithBases = async (recipe: ImageRecipe): Promise<BuiltImage> => {
    const bases = await Promise.all([...new Set(Object.values(recipe.bases))].map(build));
    return buildOne(recipe, bases, log);
  };
  return Promise.all(names.map((name) => build(catalog[name])));
}

async function buildOne(recipe: ImageRecipe, bases: readonly BuiltImage[], log: Log): Promise<BuiltImage> {
  const baseKeys = bases.map((base) => base.key);
  const key = recipeKey(recipe, await hashInputs(recipe), baseKeys);
  const directory = await cached(key, async (target) => {
    const begin = performance.now();
    log(`${recipe.name} ${recipe.version}: building`);
    await fillArchive(recipe, bases, target);
    log(`${recipe.name} ${recipe.version}: built in ${((performance.now() - begin) / 1000).toFixed(1)} s`);
  });
  return { name: fullName(recipe), archive: join(directory, 'image.tar'), key };
}

async function fillArchive(recipe: ImageRecipe, bases: readonly BuiltImage[], target: string): Promise<void> {
  const work = join(target, 'work');
  await mkdir(join(work, 'context'), { recursive: true });
  const context = recipe.context ?? join(work, 'context');
  await recipe.gather?.(context);
  const build = {
    name: fullName(recipe),
    options: buildOptions(recipe),
    context,
    baseArchives: bases.map((base) => base.archive),
  };
  await buildArchive(build, join(target, 'image.tar'), work);
  await rm(work, { recursive: true });
}
