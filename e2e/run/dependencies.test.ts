// Tests of what a deep case depends on: its own programs, and no other case's.
import { describe, expect, it } from 'vitest';
import { type Scope, type Source, sourcesOf } from './dependencies.ts';

const sources: readonly Source[] = [
  { path: 'src/main.ts', text: '' },
  { path: 'src/main.test.ts', text: '' },
  { path: 'tools/generate.ts', text: '' },
  { path: 'docs/rules.md', text: '' },
  { path: 'e2e/main.ts', text: "import { all } from './cases/all.ts';" },
  { path: 'e2e/cases/all.ts', text: "import { one } from './one.ts'; import { two } from './two.ts';" },
  { path: 'e2e/cases/one.ts', text: "import { go } from '../journeys/travel.ts'; name: 'one'" },
  { path: 'e2e/cases/two.ts', text: "import { shared } from './shared.ts'; name: 'two'" },
  { path: 'e2e/cases/shared.ts', text: '' },
  { path: 'e2e/journeys/travel.ts', text: "import { proxy } from '../faults/proxy.ts';" },
  { path: 'e2e/journeys/started-by-path.sh', text: '' },
  { path: 'e2e/faults/proxy.ts', text: "import { run } from '../environment/site.ts';" },
  { path: 'e2e/environment/site.ts', text: '' },
];
const base = ['src/main.ts', 'e2e/main.ts', 'e2e/environment/site.ts'];

describe('the sources that a deep case depends on', () => {
  it.each<[string, Scope, readonly string[]]>([
    [
      'one',
      'node',
      ['e2e/cases/one.ts', 'e2e/journeys/travel.ts', 'e2e/journeys/started-by-path.sh', 'e2e/faults/proxy.ts'],
    ],
    ['two', 'node', ['e2e/cases/two.ts', 'e2e/cases/shared.ts']],
    ['two', 'host', ['e2e/cases/two.ts', 'e2e/cases/shared.ts', 'src/main.test.ts', 'tools/generate.ts']],
  ])('of %s on the %s', (name, scope, expected) => {
    const found = sourcesOf({ name, scope }, sources).map(({ path }) => path);
    expect(found.toSorted()).toEqual([...base, ...expected].toSorted());
  });
});
