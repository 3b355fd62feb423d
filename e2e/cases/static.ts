// Static cases: types, lint, format, dead code, layers and generated files.
import { run } from '../cluster/process.ts';
import type { TestCase } from './registry.ts';

function command(name: string, title: string, line: readonly [string, ...string[]], minutes = 20): TestCase {
  return {
    name,
    tier: 'static',
    title,
    minutes,
    run: async ({ signal }) => {
      await run(line, { signal });
      return undefined;
    },
  };
}

export const staticCases: readonly TestCase[] = [
  command('types', 'the code type-checks', ['npm', 'run', '--silent', 'typecheck']),
  command('lint', 'the linter finds nothing', ['npm', 'run', '--silent', 'lint']),
  command('format', 'every file is formatted', ['npm', 'run', '--silent', 'format:check']),
  command('unused', 'nothing is exported that nobody imports', ['npm', 'run', '--silent', 'unused']),
  command('layers', 'no layer imports what it must not know', ['npm', 'run', '--silent', 'layers']),
  command('generated', 'generated files are as their sources say', [process.execPath, 'tools/generate.ts', '--check']),
];
