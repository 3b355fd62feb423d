// Writes every generated file of the repository; with --check it writes nothing and fails when one of them is stale.
import { join } from 'node:path';
import { staleFiles, writeGenerated } from './generated-files.ts';

const root = join(import.meta.dirname, '..');
const stale = await staleFiles(root);

if (process.argv.includes('--check')) {
  for (const file of stale) console.error(`stale: ${file.path}: run npm run generate and commit the result`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const file of stale) {
    await writeGenerated(root, file);
    console.log(`wrote ${file.path}`);
  }
}
