// The list of rules is whole: every rule that the code refuses by is described, and overrides know which of them they may lift.
import { readFileSync } from 'node:fs';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { liftableRules, unliftableRules } from '../api/rule-names.ts';
import { rules } from './rules.ts';

const names = rules.map(({ name }) => name);

describe('the rules', () => {
  it('are described once each', () => {
    expect(names).toEqual([...new Set(names)]);
  });

  it('are those that the schema of overrides knows, and may be lifted as it says', () => {
    const liftable = (kind: string): readonly string[] =>
      rules.filter((rule) => rule.liftable === kind).map(({ name }) => name);
    expect(liftable('override')).toEqual([...liftableRules].toSorted());
    expect(liftable('never')).toEqual([...unliftableRules].toSorted());
  });

  it('are all that the code names', () => {
    const source = join(import.meta.dirname, '..');
    const files = globSync('{core,controllers}/**/*.ts', { cwd: source }).filter(
      (file) => !/\.(test|testing|integration)\.ts$/.test(file),
    );
    expect(files.length).toBeGreaterThan(50);
    const texts = files.map((file) => readFileSync(join(source, file), 'utf8'));
    const refused = texts.flatMap((text) => [...text.matchAll(/\brule: '(\w+)'/g)].map(([, name]) => name));
    const described = texts.flatMap((text) =>
      [...text.matchAll(/describeRule\(\{\s*name: '(\w+)'/g)].map(([, name]) => name),
    );
    expect(described.length).toBeGreaterThan(10);
    expect(refused.filter((name) => !names.some((known) => known === name))).toEqual([]);
    expect(described.toSorted()).toEqual(names.toSorted());
  });

  it.each(rules.map((rule) => [rule.name, rule] as const))('%s says why it is there and what helps', (_, rule) => {
    expect(rule.reason).toMatch(/^[A-Z].{30,}[.]$/);
    expect(rule.remedy).toMatch(/^[A-Z].{10,}[.]$/);
  });
});
