// The corpus of StackPlans against their schema, without a cluster: nothing of their own is left out, right and wrong also for zod.
import { describe, expect, it } from 'vitest';
import { stackPlanSpec, stackPlanStatus } from '../../src/api/stack-plan.ts';
import { constraintName, constraintsOf, nodesOf } from './constraints.ts';
import { changed } from './corpus.ts';
import { constraintOf } from './coverage.ts';
import { planCorpus, planSchema } from './plans.ts';
import { definitionSchema } from './variants.ts';

const { right, wrong, status } = planCorpus();
const schema = planSchema();
const [first] = right;

describe('the corpus of StackPlans', () => {
  it('has a wrong plan for every constraint of its own', () => {
    const own = nodesOf(schema)
      .flatMap(constraintsOf)
      .filter(({ path }) => !/^(status|spec[.]proposed[.])/.test(path))
      .map(constraintName);
    const broken = wrong.map((one) => constraintOf(schema, { ...one, sibling: '' }));
    expect(own.length).toBeGreaterThan(6);
    expect(own.filter((name) => !broken.includes(name))).toEqual([]);
  });

  it('proposes by the very schema of a LoggingStack', () => {
    const proposed = schema.properties?.['spec']?.properties?.['proposed'];
    const spec = definitionSchema().properties?.['spec'];
    expect({ ...proposed, description: spec?.description }).toEqual(spec);
  });
});

describe('zod agrees with the definition of StackPlan', () => {
  it.each(right.map((one) => [one.metadata.name, one] as const))('%s is right', (_, { spec }) => {
    expect(stackPlanSpec.safeParse(spec).error).toBeUndefined();
  });

  it('a complete status is right', () => {
    expect(stackPlanStatus.parse(status)).toEqual(status);
  });

  it.each(wrong.map((one) => [one.name, one] as const))('%s is wrong', (_, { change, breaks }) => {
    const altered = changed(first, change);
    expect(altered).not.toEqual(first);
    // Only the API server checks rules.
    if (typeof breaks === 'string') expect(stackPlanSpec.safeParse(altered.spec).success).toBe(false);
  });
});
