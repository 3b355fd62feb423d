// Manifests of our kinds that people are shown: samples of backups, and what stands in the pages of docs/ and the README.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Manifest } from './corpus.ts';

/** A manifest, and where people find it. */
interface Shown {
  readonly place: string;
  readonly manifest: Manifest;
}

const root = join(import.meta.dirname, '..', '..');

const filesIn = (folder: string, extension: string): readonly string[] =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(extension))
    .map((name) => join(folder, name));

/** The blocks of YAML in a page of Markdown. */
export const yamlBlocks = (page: string): readonly string[] =>
  [...page.matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, text = '']) => text);

/** Objects of other kinds, and parts of objects, are left aside. */
function manifestsIn(text: string, place: string): readonly Shown[] {
  return parseAllDocuments(text).flatMap((document) => {
    const [error] = 'errors' in document ? document.errors : [];
    if (error !== undefined) throw new Error(`${place}: ${error.message}`);
    const manifest = document.toJS() as Partial<Manifest> | null;
    return manifest?.apiVersion?.startsWith('loggingstack.dev/') === true
      ? [{ place, manifest: manifest as Manifest }]
      : [];
  });
}

const manifestsInPage = (path: string): readonly Shown[] =>
  yamlBlocks(readFileSync(join(root, path), 'utf8')).flatMap((text, index) =>
    manifestsIn(text, `${path}, block ${index + 1}`),
  );

export const shownManifests = (): readonly Shown[] => [
  ...filesIn('deploy/samples/backups', '.yaml').flatMap((path) =>
    manifestsIn(readFileSync(join(root, path), 'utf8'), path),
  ),
  ...['README.md', ...filesIn('docs', '.md')].flatMap(manifestsInPage),
];
