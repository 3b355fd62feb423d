// The key of an image changes with every input and with nothing else; names select images; the catalog fits its Dockerfiles.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { catalog, imageReference } from './catalog.ts';
import { buildOptions, hashInputs, type ImageRecipe, recipeKey, selectNames } from './recipe.ts';

const debian: ImageRecipe = {
  name: 'debian',
  version: '13',
  dockerfile: '/nowhere/Dockerfile',
  files: [],
  sources: ['trixie'],
  bases: {},
  buildArguments: {},
  secrets: {},
};
const program: ImageRecipe = { ...debian, name: 'program', version: '1', bases: { BASE: debian } };

describe('recipeKey', () => {
  const key = (changes: Partial<ImageRecipe>, files = ['a', 'b'], bases = ['k']): string =>
    recipeKey({ ...program, ...changes }, files, bases);

  test('is the same for the same inputs', () => {
    expect(key({})).toBe(key({}));
  });

  test.each([
    ['the version', key({ version: '2' })],
    ['a file', key({}, ['a', 'c'])],
    ['the order of files', key({}, ['b', 'a'])],
    ['a source', key({ sources: ['forky'] })],
    ['a build argument', key({ buildArguments: { VERSION: '9.4.3' } })],
    ['the image below', key({}, ['a', 'b'], ['other'])],
  ])('changes with %s', (_what, changed) => {
    expect(changed).not.toBe(key({}));
  });

  test('does not depend on secrets, nor on the order of build arguments', () => {
    expect(key({ secrets: { npmrc: '/root/.npmrc' } })).toBe(key({}));
    expect(key({ buildArguments: { A: '1', B: '2' } })).toBe(key({ buildArguments: { B: '2', A: '1' } }));
  });
});

describe('hashInputs', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'image-inputs-'));
    await mkdir(join(folder, 'src'));
    await writeFile(join(folder, 'Dockerfile'), 'FROM scratch');
    await writeFile(join(folder, 'src', 'main.go'), 'package main');
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  const hashes = async (): Promise<string> => {
    const recipe = { ...debian, dockerfile: join(folder, 'Dockerfile'), files: [join(folder, 'src')] };
    return (await hashInputs(recipe)).join();
  };

  test.each([
    ['Dockerfile', true],
    ['src/main.go', true],
    ['src/config.yml', true],
    ['src/main_test.go', false],
    ['src/main.test.ts', false],
    ['src/README.md', false],
  ])('%s is part of the image: %s', async (path, isPart) => {
    const before = await hashes();
    await writeFile(join(folder, path), 'changed');
    expect((await hashes()) !== before).toBe(isPart);
  });
});

test('build arguments name the images below in full; a secret is given as a file, never as a build argument', () => {
  const recipe = { ...program, buildArguments: { VERSION: '9.4.3' }, secrets: { npmrc: '/home/me/.npmrc' } };
  expect(buildOptions(recipe)).toEqual([
    ...['--file', '/nowhere/Dockerfile'],
    ...['--build-arg', 'VERSION=9.4.3', '--build-arg', 'BASE=localhost/loggingstack/debian:13'],
    ...['--secret', 'id=npmrc,src=/home/me/.npmrc'],
  ]);
});

describe('selectNames', () => {
  const images = { debian, 'program-1': program, 'program-2': { ...program, version: '2' } };

  test.each([
    [[], ['debian', 'program-1', 'program-2']],
    [['program'], ['program-1', 'program-2']],
    [
      ['program-2', 'debian'],
      ['debian', 'program-2'],
    ],
  ])('%j means %j', (given, expected) => {
    expect(selectNames(images, given)).toEqual(expected);
  });

  test('an unknown name is refused with the known ones', () => {
    expect(() => selectNames(images, ['debian', 'progam'])).toThrow(
      'there is no image "progam"; there are: debian, program-1, program-2',
    );
  });
});

describe('the catalog', () => {
  test('has the names that the operator is told', () => {
    expect(imageReference('elasticsearch-9.4.3')).toBe('localhost/loggingstack/elasticsearch:9.4.3');
    expect(imageReference('filebeat')).toBe('localhost/loggingstack/filebeat:7.17.29');
  });

  test.each(Object.entries(catalog))(
    '%s gives its Dockerfile each build argument that it needs',
    async (_name, recipe) => {
      const dockerfile = await readFile(recipe.dockerfile, 'utf8');
      const wanted = [...dockerfile.matchAll(/^ARG (\w+)$/gm)].map(([, argument]) => argument);
      const known = [...dockerfile.matchAll(/^ARG (\w+)/gm)].map(([, argument]) => argument);
      const given = Object.keys({ ...recipe.buildArguments, ...recipe.bases });
      expect(given).toEqual(expect.arrayContaining([...new Set(wanted)]));
      expect(known).toEqual(expect.arrayContaining(given));
    },
  );

  test('all that the operator’s Dockerfile copies is in its key, and nothing else reaches its context', async () => {
    const { context = '', dockerfile, files } = catalog.operator;
    const copied = [...(await readFile(dockerfile, 'utf8')).matchAll(/^COPY (?!--from)(.*) \S+$/gm)]
      .flatMap(([, paths]) => (paths ?? '').split(' '))
      .map((path) => join(context, path));
    const allowed = [...(await readFile(join(context, '.dockerignore'), 'utf8')).matchAll(/^!(.*)$/gm)].map(
      ([, path]) => join(context, path ?? ''),
    );
    expect(copied.toSorted()).toEqual(allowed.toSorted());
    expect([...copied, join(context, '.dockerignore')].toSorted()).toEqual(files.toSorted());
  });
});
