// The operator's bundle with its drain rule off: a node goes as soon as its drain has begun.
import { join } from 'node:path';
import { build } from 'esbuild';

const repository = join(import.meta.dirname, '..', '..', '..');

/** Stands for src/core/elasticsearch/drain-step.ts. */
const careless = `export const nextStep = () => ({ kind: 'remove' });`;

/** Bundles the operator as `npm run build` does, but for that one file, into main.js of the build context. */
export async function carelessOperator(context: string): Promise<void> {
  let replaced = 0;
  await build({
    absWorkingDir: repository,
    entryPoints: ['src/main.ts'],
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    outfile: join(context, 'main.js'),
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    plugins: [
      {
        name: 'careless',
        setup: (bundler) => {
          bundler.onLoad({ filter: /core\/elasticsearch\/drain-step\.ts$/ }, () => {
            replaced += 1;
            return { contents: careless, loader: 'js' };
          });
        },
      },
    ],
  });
  if (replaced !== 1) throw new Error('the step of a drain is not where the careless operator replaces it');
}
