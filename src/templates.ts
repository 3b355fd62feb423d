// Reads config-templates/ once at start-up: core gets the texts as a value.
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { ConfigTemplates } from './core/rendering/templates.ts';

/** The texts of all files below a directory, by path with forward slashes. Throws when it cannot be read or has no file. */
export async function loadTemplates(directory: string): Promise<ConfigTemplates> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  if (files.length === 0)
    throw new Error(`${directory} has no config templates. The operator's image must contain them.`);
  const texts = await Promise.all(
    files.map(async (file) => [relative(directory, file).split(sep).join('/'), await readFile(file, 'utf8')] as const),
  );
  return Object.fromEntries(texts);
}
