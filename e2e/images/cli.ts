// Command line of the image builder: node e2e/images/cli.ts build [names…] | list
import { Command } from 'commander';
import { checkMachine } from '../cluster/preflight.ts';
import { buildImages } from './build.ts';
import { catalog, imageReference } from './catalog.ts';
import { selectNames } from './recipe.ts';

const program = new Command('images').description('Builds the images of the local cluster into OCI archives.');

program
  .command('build')
  .description('Build the named images (all when none is named); prints each image and its archive')
  .argument('[names...]', 'such as elasticsearch (all its versions) or elasticsearch-9.4.3')
  .action(async (names: string[]) => {
    const log = (line: string): void => {
      console.error(line);
    };
    const selected = selectNames(catalog, names);
    await checkMachine('node', log);
    for (const { name, archive } of await buildImages(selected, { log })) console.log(`${name} ${archive}`);
  });

program
  .command('list')
  .description('List the images')
  .action(() => {
    for (const name of selectNames(catalog, [])) console.log(`${name} ${imageReference(name)}`);
  });

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
