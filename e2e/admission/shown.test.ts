// That manifests in pages and samples are found, so that the corpora judge them.
import { expect, it } from 'vitest';
import { kinds } from './kinds.ts';
import { shownManifests, yamlBlocks } from './shown.ts';

it('blocks of YAML are found in a page, and no others', () => {
  const page = 'Text\n\n```yaml\na: 1\n---\nb: 2\n```\n\n```sh\nc: 3\n```\n\n```yaml\nd: 4\n```\n';
  expect(yamlBlocks(page)).toEqual(['a: 1\n---\nb: 2\n', 'd: 4\n']);
});

it('there is a sample of each kind that backups need, and the README shows a stack', () => {
  const shown = shownManifests().map(({ place, manifest }) => `${manifest.kind} ${place}`);
  expect(shown).toContain('LoggingStack README.md, block 1');
  const [, ...backups] = kinds;
  for (const { name } of backups)
    expect(
      shown.some((one) => one.startsWith(`${name} deploy/samples/backups/`)),
      name,
    ).toBe(true);
});

it('manifests in the guide to backups are found: every kind of them', () => {
  const inGuide = shownManifests().filter(({ place }) => place.startsWith('docs/backups.md'));
  const found = new Set(inGuide.map(({ manifest }) => manifest.kind));
  expect([...found].toSorted()).toEqual([
    'LoggingStack',
    'StackRepository',
    'StackRestore',
    'StackSnapshot',
    'StackSnapshotSchedule',
  ]);
});

it('no manifest names a namespace: each is applied in one that its reader chooses', () => {
  const named = shownManifests().filter(({ manifest }) => 'namespace' in manifest.metadata);
  expect(named.map(({ place }) => place)).toEqual([]);
});
