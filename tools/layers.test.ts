// Plants one violation of each layer rule in a copy of the tree's skeleton and expects the check to find it: a rule that cannot fail protects nothing.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '..');
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loggingstack-layers-'));
  for (const file of ['.dependency-cruiser.cjs', 'package.json', 'tsconfig.json'])
    await cp(join(root, file), join(folder, file));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Writes the files, runs the check, and returns the names of the rules that were broken. */
async function brokenRules(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  await rm(join(folder, 'src'), { recursive: true, force: true });
  for (const [path, text] of Object.entries({ 'src/main.ts': '', 'tools/a.ts': '', 'e2e/a.ts': '', ...files })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const line = ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src', 'tools', 'e2e'];
  const { stdout } = await run(join(root, 'node_modules/.bin/depcruise'), line, { cwd: folder, maxBuffer: 1e8 }).catch(
    (error: unknown) => error as { stdout: string },
  );
  const report = JSON.parse(stdout) as { summary: { violations: readonly { rule: { name: string } }[] } };
  return report.summary.violations.map((violation) => violation.rule.name);
}

const value = 'export const value = 1;\n';

describe('layers', () => {
  it('finds nothing where nothing is wrong', async () => {
    const files = {
      'src/api/a.ts': value,
      'src/core/b.ts': "import { value } from '../api/a.ts';\nexport const other = value;\n",
    };
    expect(await brokenRules(files)).toEqual([]);
  });

  it.each([
    ['core imports the runtime', 'core-imports-only-api', 'src/core/a.ts', 'src/kube/b.ts'],
    ['api imports core', 'api-imports-nothing-of-ours', 'src/api/a.ts', 'src/core/b.ts'],
    [
      'the simulator imports a rule',
      'simulator-knows-only-core-types',
      'src/simulator/a.ts',
      'src/core/elasticsearch/rules/b.ts',
    ],
    [
      'the simulator imports a value of core',
      'simulator-takes-no-code-from-core',
      'src/simulator/a.ts',
      'src/core/objects.ts',
    ],
    ['the simulator imports a controller', 'simulator-knows-only-core-types', 'src/simulator/a.ts', 'src/kube/b.ts'],
    [
      'the runtime imports a value of core',
      'kube-and-elasticsearch-and-pki-import-only-core-types',
      'src/kube/a.ts',
      'src/core/b.ts',
    ],
    [
      'the runtime imports the Elasticsearch client',
      'kube-knows-no-elasticsearch',
      'src/kube/a.ts',
      'src/elasticsearch/b.ts',
    ],
    [
      'the Elasticsearch client imports the runtime',
      'elasticsearch-knows-no-kube',
      'src/elasticsearch/a.ts',
      'src/kube/b.ts',
    ],
    [
      'a controller imports the simulator',
      'controllers-use-neither-simulator-nor-cli',
      'src/controllers/a.ts',
      'src/simulator/b.ts',
    ],
    [
      'the forecast imports a controller',
      'forecast-imports-only-core-and-simulator',
      'src/forecast/a.ts',
      'src/controllers/b.ts',
    ],
    [
      'a controller imports the forecast',
      'only-the-composition-root-imports-forecast',
      'src/controllers/a.ts',
      'src/forecast/b.ts',
    ],
    ['the command imports a controller', 'cli-asks-only-the-api-server', 'src/cli/a.ts', 'src/controllers/b.ts'],
    [
      'the command imports the Elasticsearch client',
      'cli-asks-only-the-api-server',
      'src/cli/a.ts',
      'src/elasticsearch/b.ts',
    ],
    ['the runtime imports the command', 'nobody-imports-cli', 'src/kube/a.ts', 'src/cli/b.ts'],
    ['the product imports a test', 'product-imports-no-tests-or-tools', 'src/controllers/a.ts', 'e2e/b.ts'],
  ])('finds that %s', async (_name, rule, from, to) => {
    const path = `../${'../'.repeat(from.split('/').length - 2)}${to}`.replace('../src/', '');
    const target = to.startsWith('src/') ? path : `../../${to}`;
    const broken = await brokenRules({
      [to]: value,
      [from]: `import { value } from '${target}';\nexport const other = value;\n`,
    });
    expect(broken).toContain(rule);
  });

  it.each(['core', 'simulator', 'forecast'])('finds that %s imports a library with IO', async (layer) => {
    const text = "import { readFile } from 'node:fs';\nexport const a = readFile;\n";
    expect(await brokenRules({ [`src/${layer}/a.ts`]: text })).toContain(
      'core-simulator-and-forecast-use-only-pure-libraries',
    );
  });

  it('finds a circle', async () => {
    const files = {
      'src/core/a.ts': "import { b } from './b.ts';\nexport const a = (): number => b();\n",
      'src/core/b.ts': "import { a } from './a.ts';\nexport const b = (): number => a();\n",
    };
    expect(await brokenRules(files)).toContain('no-circular');
  });
});
