// Tests of what is installed on a cluster of the user's own: as shipped but for the operator's image and what was asked for.
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { madeByAnnotation, operatorManifests } from './install.ts';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly annotations?: Record<string, string> };
  readonly data?: { readonly 'config.yaml': string };
  readonly spec?: { readonly template: { readonly spec: { readonly containers: readonly { image: string }[] } } };
}

const read = (text: string): Manifest[] => parseAllDocuments(text).map((document) => document.toJS() as Manifest);
const ofKind = (manifests: readonly Manifest[], kind: string): Manifest | undefined =>
  manifests.find((manifest) => manifest.kind === kind);
const configurationOf = (manifests: readonly Manifest[]): Record<string, unknown> =>
  parse(ofKind(manifests, 'ConfigMap')?.data?.['config.yaml'] ?? '') as Record<string, unknown>;

const install = async (configuration: Record<string, unknown>): Promise<Manifest[]> =>
  read(await operatorManifests({ images: 'official', operatorImage: 'example.org/operator:1', configuration }));

test('the operator runs from the given image, with the shipped configuration, and is known to be ours', async () => {
  const shipped = read(await readFile('deploy/operator.yaml', 'utf8'));
  const manifests = await install({});
  expect(ofKind(manifests, 'Deployment')?.spec?.template.spec.containers).toMatchObject([
    { image: 'example.org/operator:1' },
  ]);
  expect(configurationOf(manifests)).toEqual(configurationOf(shipped));
  expect(ofKind(manifests, 'Namespace')?.metadata.annotations).toHaveProperty([madeByAnnotation]);
  const untouched = (all: readonly Manifest[]) =>
    all.filter(({ kind }) => !['Deployment', 'ConfigMap', 'Namespace'].includes(kind));
  expect(untouched(manifests)).toEqual(untouched(shipped));
});

test('fields of the configuration that were asked for replace the shipped ones, all others stay', async () => {
  const shipped = configurationOf(await install({}));
  const changed = configurationOf(await install({ allowMemoryMap: false }));
  expect(changed).toEqual({ ...shipped, allowMemoryMap: false });
  expect(shipped['allowMemoryMap']).toBe(true);
});
