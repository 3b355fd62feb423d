// What an image is made from, and the key under which the result is cached: everything that its content depends on.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheKey, hashDirectory, hashFile } from '../cluster/cache.ts';

/** All images of the local cluster are named under it: no registry has them. */
const imagePrefix = 'localhost/loggingstack/';

/** The way of building is an input like any other. */
const builder = join(import.meta.dirname, 'buildah.ts');

export interface ImageRecipe {
  readonly name: string;
  readonly version: string;
  readonly dockerfile: string;
  /** The build context. When it is not given, an empty directory is made and `gather` fills it. */
  readonly context?: string;
  /** Files and folders of the repository that go into the image, or that make what goes into it. */
  readonly files: readonly string[];
  /** What `gather` gets from elsewhere: versions, coordinates, checksums. */
  readonly sources: readonly string[];
  /** Build argument → the image of ours that it names. */
  readonly bases: Readonly<Record<string, ImageRecipe>>;
  readonly buildArguments: Readonly<Record<string, string>>;
  /** Secret id → file that `RUN --mount=type=secret` may read. Never in a layer, and not part of the key. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly gather?: (context: string) => Promise<void>;
}

export type Log = (line: string) => void;

/** The full name under which a node knows the image. */
export function fullName(recipe: Pick<ImageRecipe, 'name' | 'version'>): string {
  return `${imagePrefix}${recipe.name}:${recipe.version}`;
}

/** The cache key of an image, from its recipe, the hashes of its files and the keys of the images it stands on. */
export function recipeKey(recipe: ImageRecipe, fileHashes: readonly string[], baseKeys: readonly string[]): string {
  return cacheKey(`image-${recipe.name}-${recipe.version}`, [
    JSON.stringify(fileHashes),
    JSON.stringify(recipe.sources),
    JSON.stringify(baseKeys),
    JSON.stringify(Object.entries(recipe.buildArguments).toSorted()),
    process.arch,
  ]);
}

/** Hashes of the Dockerfile and of all files of a recipe; tests are no part of any image. */
export async function hashInputs(recipe: ImageRecipe): Promise<string[]> {
  const isPartOfImage = (path: string): boolean => !/(\.test\.ts|_test\.go|\.md)$/.test(path);
  const hash = async (path: string): Promise<string> =>
    (await stat(path)).isDirectory() ? hashDirectory(path, isPartOfImage) : hashFile(path);
  return Promise.all([builder, recipe.dockerfile, ...recipe.files].map(hash));
}

/** The options of `buildah build` that a recipe decides; images below are named in full, secrets are given as files. */
export function buildOptions(recipe: ImageRecipe): string[] {
  const bases = Object.entries(recipe.bases).map(([name, base]) => [name, fullName(base)] as const);
  return [
    ...['--file', recipe.dockerfile],
    ...[...Object.entries(recipe.buildArguments), ...bases].flatMap(([name, value]) => [
      '--build-arg',
      `${name}=${value}`,
    ]),
    ...Object.entries(recipe.secrets).flatMap(([id, path]) => ['--secret', `id=${id},src=${path}`]),
  ];
}

/**
 * The names in the catalog that names given by a person mean: `elasticsearch-9.4.3` is itself, `elasticsearch` is all
 * its versions, no name at all is every image.
 *
 * @throws naming the first name that means nothing, and what there is.
 */
export function selectNames<Name extends string>(
  catalog: Readonly<Record<Name, ImageRecipe>>,
  given: readonly string[],
): Name[] {
  const all = Object.keys(catalog) as Name[];
  const means = (name: Name, word: string): boolean => name === word || catalog[name].name === word;
  const unknown = given.find((word) => !all.some((name) => means(name, word)));
  if (unknown !== undefined) throw new Error(`there is no image "${unknown}"; there are: ${all.join(', ')}`);
  return given.length === 0 ? all : all.filter((name) => given.some((word) => means(name, word)));
}
