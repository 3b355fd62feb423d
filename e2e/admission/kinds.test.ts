// The small corpora against their schemas, without a cluster: nothing is left out, right and wrong also for zod, one change per wrong manifest.
import { describe, expect, it } from 'vitest';
import type { Schema } from '../../tools/crd/structural.ts';
import { definitions } from '../../tools/crd/definition.ts';
import { constraintNames, nodesOf, sharedPath } from './constraints.ts';
import { changed, refusedUpdates, type WrongCase } from './corpus.ts';
import { constraintOf } from './coverage.ts';
import { derivedCases, derivedObject } from './derived.ts';
import { type Kind, kinds, rightOf, wrongOf } from './kinds.ts';
import { definitionSchema } from './variants.ts';

/** Only the API server checks these. */
const onlyOnTheServer = ['x-kubernetes-list-type', 'format', 'rule'];

const casesOf = (kind: Kind): readonly WrongCase[] => [...wrongOf(kind), ...refusedUpdates(kind.corpus.updates)];

/** Constraints of the spec that no case breaks; those of the status are broken by cases that are derived. */
function uncovered({ own, schema }: Pick<Kind, 'own' | 'schema'>, cases: readonly WrongCase[]): readonly string[] {
  const known = cases.filter(({ breaks }) => breaks !== 'unknown');
  const broken = new Set(known.map((one) => constraintOf(schema, one)));
  return constraintNames(own).filter((name) => !name.startsWith('status') && !broken.has(name));
}

it('every kind has a corpus', () => {
  const all = definitions.map(({ spec }) => spec.names.kind).filter((name) => name !== 'LoggingStack');
  expect(kinds.map(({ name }) => name).toSorted()).toEqual(all.toSorted());
});

describe.each(kinds.map((kind) => [kind.name, kind] as const))('the corpus of %s', (_, kind) => {
  const { corpus, own, schema, parsers } = kind;
  const cases = casesOf(kind);
  const complete = { spec: corpus.complete, status: corpus.status };

  it('has a wrong manifest or a refused update for every constraint and every rule of the spec', () => {
    expect(uncovered(kind, cases)).toEqual([]);
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  });

  it('notices a new rule, and that the only case for a constraint is gone', () => {
    const rule = { rule: 'self.size() > 3', message: 'a new rule' };
    const added: Schema = { type: 'string', maxLength: 3, 'x-kubernetes-validations': [rule] };
    const more = (to: Schema): Schema => ({ ...to, properties: { ...to.properties, added } });
    expect(uncovered({ own: more(own), schema: more(schema) }, cases)).toEqual([
      'added maxLength',
      'added rule: a new rule',
    ]);
    const fewer = cases.filter(({ field }) => field !== 'spec.stackRef');
    expect(uncovered(kind, fewer)).toContain('spec.stackRef required');
  });

  it('has every field in the complete spec and status, and every derived wrong one is wrong for zod', () => {
    for (const root of ['spec', 'status'] as const) {
      expect(parsers[root].parse(complete[root])).toMatchObject(complete[root] as object);
      const derived = derivedCases(own, root, complete).filter(({ keyword }) => !onlyOnTheServer.includes(keyword));
      expect(derived.length).toBeGreaterThan(5);
      const accepted = derived.filter((one) => parsers[root].safeParse(derivedObject(complete, one)[root]).success);
      expect(accepted.map(({ name }) => name)).toEqual([]);
    }
  });

  it('shares one wrong manifest only between fields whose schemas are the same', () => {
    const bare = (node: Schema): unknown =>
      JSON.parse(JSON.stringify(node, (key, value: unknown) => (key === 'description' ? undefined : value)));
    for (const [path, nodes] of Map.groupBy(nodesOf(own), (node) => sharedPath(node.path)))
      for (const node of nodes) expect(bare(node.schema), path).toEqual(bare(nodes[0]?.schema ?? {}));
  });

  it.each(kind.right)('%s is right', (_name, { spec }) => {
    expect(parsers.spec.safeParse(spec).error).toBeUndefined();
  });

  it.each(wrongOf(kind).map((one) => [one.name, one] as const))('%s is wrong', (_name, { sibling, change, breaks }) => {
    const manifest = rightOf(kind, sibling);
    const altered = changed(manifest, change);
    expect(altered).not.toEqual(manifest);
    if (typeof breaks === 'string' && !onlyOnTheServer.includes(breaks))
      expect(parsers.spec.safeParse(altered.spec).success).toBe(false);
  });

  it.each(corpus.updates.map((one) => [one.name, one] as const))(
    '%s is a change to something right',
    (_name, { from, change, status = {} }) => {
      const manifest = rightOf(kind, from);
      const altered = changed(manifest, change);
      expect(altered).not.toEqual(manifest);
      expect(parsers.spec.safeParse(altered.spec).error).toBeUndefined();
      expect(parsers.status.safeParse(status).error).toBeUndefined();
    },
  );
});

it('a plan proposes by the very schema of a LoggingStack', () => {
  const { schema } = kinds.find(({ name }) => name === 'StackPlan') ?? {};
  const proposed = schema?.properties?.['spec']?.properties?.['proposed'];
  const spec = definitionSchema().properties?.['spec'];
  expect({ ...proposed, description: spec?.description }).toEqual(spec);
});
