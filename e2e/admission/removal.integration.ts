// Each refusal is owed to its rule: without the rule (or the kind of constraint) the same wrong manifest is taken.
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { ApiServer } from './api-server.ts';
import { changed, rightManifests, wrongCases, type WrongCase } from './corpus.ts';
import { constraintOf, schemaPath } from './coverage.ts';
import { Stacks } from './stacks.ts';
import { definitionSchema, type Edit, variant, withoutKeyword, withoutRule, withoutTypes } from './variants.ts';

const schema = definitionSchema();
const right = rightManifests();
const cases = wrongCases().filter(({ breaks }) => breaks !== 'unknown');

let api: ApiServer;

beforeAll(async () => {
  api = await ApiServer.open(inject('kubeconfig'));
});

afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

/** What to take out so that a case is let through: its rule, or all constraints of its kind. */
function removalFor(wrong: WrongCase): string {
  return typeof wrong.breaks === 'string' ? wrong.breaks : constraintOf(schema, wrong);
}

function editFor(removal: string, owners: readonly WrongCase[]): Edit {
  if (removal === 'type') return withoutTypes(owners.map(({ field = '' }) => schemaPath(schema, field)));
  return removal.includes(' rule: ') ? withoutRule(removal) : withoutKeyword(removal);
}

const removals = [...Map.groupBy(cases, removalFor)];

it('every rule and every kind of constraint is taken out once', () => {
  expect(removals.length).toBeGreaterThanOrEqual(25);
});

it.each(removals.map(([removal, owners], index) => [removal, owners, index] as const))(
  'without %s its manifests are taken',
  async (removal, owners, index) => {
    const group = `removal-${index}.example.com`;
    const stacks = await Stacks.install(api, variant(group, editFor(removal, owners)));
    try {
      for (const wrong of owners) {
        const sibling = right.get(wrong.sibling);
        if (sibling === undefined) throw new Error(`there is no right manifest ${wrong.sibling}`);
        const answer = await stacks.tryToCreate(changed(sibling, wrong.change));
        expect(answer.status, `${wrong.name}: ${JSON.stringify(answer.body)}`).toBe(201);
      }
    } finally {
      await stacks.remove();
    }
  },
);

it('a client that does not ask for strict validation has unknown fields dropped', async () => {
  const stacks = await Stacks.install(
    api,
    variant('lenient.example.com', (node) => node),
  );
  try {
    const unknown = wrongCases().filter(({ breaks }) => breaks === 'unknown');
    expect(unknown.length).toBeGreaterThan(0);
    for (const wrong of unknown) {
      const sibling = right.get(wrong.sibling);
      if (sibling === undefined) throw new Error(`there is no right manifest ${wrong.sibling}`);
      const lenient = await stacks.tryToCreate(changed(sibling, wrong.change), 'Ignore');
      expect(lenient.status).toBe(201);
      expect(lenient.body['spec']).toEqual((await stacks.tryToCreate(sibling)).body['spec']);
    }
  } finally {
    await stacks.remove();
  }
});
