// The pages of metrics and rules: a row for each, and examples that name what exists.
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loggingStackSpec } from '../../src/api/logging-stack.ts';
import { liftableRules } from '../../src/api/rule-names.ts';
import { rules } from '../../src/core/rules.ts';
import { metricDefinitions } from '../../src/metrics/definitions.ts';
import { metricsPage } from './metrics.ts';
import { rulesPage } from './rules.ts';

const firstCells = (text: string): readonly string[] =>
  [...text.matchAll(/^\| `(\w+)` \|/gm)].map(([, name = '']) => name);

describe('docs/metrics.md', () => {
  const text = metricsPage('Generated.');
  const names = Object.values(metricDefinitions).map(({ name }) => name);

  it('has a row for each metric', () => {
    expect(firstCells(text)).toEqual(names);
  });

  it('has examples of metrics that exist', () => {
    const used = [...text.matchAll(/loggingstack_\w+/g)].map(([name]) => name);
    expect(used.length).toBeGreaterThan(names.length);
    expect(used.filter((name) => !names.some((known) => known === name))).toEqual([]);
  });
});

describe('docs/rules.md', () => {
  const text = rulesPage('Generated.');

  it('has a row for each rule, which says whether it can be lifted', () => {
    expect(firstCells(text)).toEqual(rules.map(({ name }) => name));
    expect(text.match(/\| by an override \|$/gm)).toHaveLength(liftableRules.length);
  });

  it('has an example that is right', () => {
    const [, example = ''] = /```yaml\n([^]*?)```/.exec(text) ?? [];
    const spec = { version: '9.4.3', ...(parse(example) as object) };
    const { overrides = [] } = loggingStackSpec.parse(spec);
    expect(overrides.map(({ rule }) => rule)).toEqual([
      expect.toSatisfy((rule) => [...liftableRules].includes(rule as never)),
    ]);
  });
});
