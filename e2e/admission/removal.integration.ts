// Each refusal is owed to its rule: without the rule (or the kind of constraint) the same wrong manifest is taken.
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { ApiServer } from './api-server.ts';
import { changed, refusedUpdates, rightManifests, updates, wrongCases, type WrongCase } from './corpus.ts';
import { constraintOf, schemaPath } from './coverage.ts';
import { Stacks } from './stacks.ts';
import { definitionSchema, type Edit, variant, withoutKeyword, withoutRule, withoutTypes } from './variants.ts';

const schema = definitionSchema();
const right = rightManifests();
const wrong = wrongCases().filter(({ breaks }) => breaks !== 'unknown');
/** What is wrong only as a change of a stored stack. */
const changes = refusedUpdates(updates());

/** What to take out so that a case is let through: its rule, or all constraints of its kind. */
function removalFor(wrong: WrongCase): string {
  return typeof wrong.breaks === 'string' ? wrong.breaks : constraintOf(schema, wrong);
}

function editFor(removal: string, owners: readonly WrongCase[]): Edit {
  if (removal === 'type') return withoutTypes(owners.map(({ field = '' }) => schemaPath(schema, field)));
  return removal.includes(' rule: ') ? withoutRule(removal) : withoutKeyword(removal);
}

const removals = [...Map.groupBy([...wrong, ...changes], removalFor)];

/** Nothing is taken out here: for what another client's manners change. */
const unchanged = 'nothing';

let api: ApiServer;
/** By what is taken out. Installed side by side, because the API server takes seconds to serve a new definition. */
const variants = new Map<string, Stacks>();

beforeAll(async () => {
  api = await ApiServer.open(inject('kubeconfig'));
  const edits: [string, Edit][] = removals.map(([removal, owners]) => [removal, editFor(removal, owners)]);
  const all: [string, Edit][] = [...edits, [unchanged, (schema) => schema]];
  // Entries are taken from one iterator by several installers, so that the API server has a few at a time to digest.
  const waiting = all.entries();
  const installer = async (): Promise<void> => {
    for (const [index, [removal, edit]] of waiting) {
      variants.set(removal, await Stacks.install(api, variant(`removal-${index}.example.com`, edit)));
    }
  };
  await Promise.all(Array.from({ length: 6 }, installer));
}, 600_000);

afterAll(async () => {
  await Promise.all([...variants.values()].map((stacks) => stacks.remove()));
  await api[Symbol.asyncDispose]();
});

function stacksWithout(removal: string): Stacks {
  const stacks = variants.get(removal);
  if (stacks === undefined) throw new Error(`there is no variant without ${removal}`);
  return stacks;
}

function siblingOf(wrong: WrongCase) {
  const sibling = right.get(wrong.sibling);
  if (sibling === undefined) throw new Error(`there is no right manifest ${wrong.sibling}`);
  return sibling;
}

/** What becomes of the change of a stored stack. */
async function changedStack(stacks: Stacks, wrong: WrongCase) {
  const stack = wrong.name.slice(0, 30).replace(/-$/, '');
  expect((await stacks.create(siblingOf(wrong), stack)).status).toBe(201);
  return stacks.change(stack, wrong.change);
}

it('every rule and every kind of constraint is taken out once', () => {
  expect(removals.length).toBeGreaterThanOrEqual(25);
});

it.each(removals)('without %s its manifests are taken', async (removal, owners) => {
  const stacks = stacksWithout(removal);
  for (const wrong of owners) {
    const answer = changes.includes(wrong)
      ? await changedStack(stacks, wrong)
      : await stacks.tryToCreate(changed(siblingOf(wrong), wrong.change));
    expect([200, 201], `${wrong.name}: ${JSON.stringify(answer.body)}`).toContain(answer.status);
  }
});

it('a client that does not ask for strict validation has unknown fields dropped', async () => {
  const stacks = stacksWithout(unchanged);
  const unknown = wrongCases().filter(({ breaks }) => breaks === 'unknown');
  expect(unknown.length).toBeGreaterThan(0);
  for (const wrong of unknown) {
    const lenient = await stacks.tryToCreate(changed(siblingOf(wrong), wrong.change), 'Ignore');
    expect(lenient.status).toBe(201);
    expect(lenient.body['spec']).toEqual((await stacks.tryToCreate(siblingOf(wrong))).body['spec']);
  }
});
