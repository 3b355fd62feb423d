// The shipped definition on a real API server: every wrong manifest is refused in the expected words, every right one is taken and returned.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { loggingStackSpec } from '../../src/api/logging-stack.ts';
import { loggingStackStatus } from '../../src/api/logging-stack-status.ts';
import { ApiServer, causesOf } from './api-server.ts';
import { changed, completeManifest, completeStatus, rightManifests, updates, wrongCases } from './corpus.ts';
import { derivedCases, derivedObject } from './derived.ts';
import { expectCause, expectRefusal } from './refusals.ts';
import { type Definition, Stacks } from './stacks.ts';
import { definitionSchema } from './variants.ts';

const definitionFile = join(import.meta.dirname, '..', '..', 'crds', 'loggingstack.dev_loggingstacks.yaml');
const right = rightManifests();
const schema = definitionSchema();

let api: ApiServer;
let stacks: Stacks;

beforeAll(async () => {
  api = await ApiServer.open(inject('kubeconfig'));
  stacks = await Stacks.install(api, parse(await readFile(definitionFile, 'utf8')) as Definition);
});

afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

function sibling({ sibling: name }: { sibling: string }) {
  const found = right.get(name);
  if (found === undefined) throw new Error(`there is no right manifest ${name}`);
  return found;
}

/** A stored stack with this spec; the same one for every test that asks for it. */
async function stored(name: string): Promise<string> {
  const stack = `stored-${name}`.slice(0, 30).replace(/-$/, '');
  const answer = await stacks.create(sibling({ sibling: name }), stack);
  expect([201, 409], JSON.stringify(answer.body)).toContain(answer.status);
  return stack;
}

describe('right manifests', () => {
  it.each([...right])('%s is stored as it was given, apart from defaults', async (_, manifest) => {
    const created = await stacks.create(manifest);
    expect(created.status, JSON.stringify(created.body)).toBe(201);
    const { spec } = (await stacks.get(manifest.metadata.name)).body;
    // Deleted before anything is expected: other manifests have this name too.
    await stacks.delete(manifest.metadata.name);
    // zod gives the same defaults as the API server, and takes back what that returns.
    expect(spec).toEqual(loggingStackSpec.parse(manifest.spec));
    expect(loggingStackSpec.parse(spec)).toEqual(spec);
  });

  it('a complete status is stored as it was given', async () => {
    const stack = await stored('complete');
    const value = completeStatus();
    const change = { op: 'add', path: '/status', value } as const;
    const answer = await stacks.change(stack, change, { subresource: '/status', dryRun: false });
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    expect((await stacks.get(stack)).body['status']).toEqual(value);
    expect(loggingStackStatus.parse(value)).toEqual(value);
  });

  it.each(updates().map((one) => [one.name, one] as const))('the update %s is judged as a change', async (_, one) => {
    const answer = await stacks.change(await stored(one.from), one.change);
    if (one.refused === undefined) expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    else expectRefusal(answer, one.refused);
  });
});

describe('wrong manifests', () => {
  const cases = wrongCases().map((one) => [one.name, one] as const);

  it.each(cases)('%s is refused as a new stack', async (_, one) => {
    const manifest = sibling(one);
    expect((await stacks.tryToCreate(manifest)).status).toBe(201);
    expectRefusal(await stacks.tryToCreate(changed(manifest, one.change)), one);
  });

  const updates = cases.filter(([, { change }]) => !change.path.startsWith('/metadata'));
  it.each(updates)('%s is refused as an update', async (_, one) => {
    expectRefusal(await stacks.change(await stored(one.sibling), one.change), one);
  });
});

describe('every field', () => {
  const complete = { ...completeManifest(), status: completeStatus() };

  it('of the spec refuses all that its schema refuses', async () => {
    const cases = derivedCases(schema, 'spec', complete);
    expect(cases.length).toBeGreaterThan(400);
    for (const one of cases) expectCause(await stacks.tryToCreate(derivedObject(complete, one)), one);
  });

  it('of the status refuses all that its schema refuses', async () => {
    const stack = await stored('complete');
    const cases = derivedCases(schema, 'status', complete);
    expect(cases.length).toBeGreaterThan(80);
    const whole = { op: 'add', path: '/status', value: complete.status } as const;
    await stacks.change(stack, whole, { subresource: '/status', dryRun: false });
    for (const one of cases) expectCause(await stacks.change(stack, one.change, { subresource: '/status' }), one);
  });
});

describe('kubectl', () => {
  const scale = '/scale';
  const wanted = (replicas: number) => ({ op: 'replace', path: '/spec/replicas', value: replicas }) as const;

  it('[scale-path-absent] scales the data nodes of a stack that names none', async () => {
    const stack = await stored('minimal');
    const answer = await stacks.change(stack, wanted(5), { subresource: scale, dryRun: false });
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    expect((await stacks.get(stack)).body['spec']).toMatchObject({ elasticsearch: { data: { replicas: 5 } } });
  });

  it('is refused scaling to none, and Combined to four', async () => {
    const none = await stacks.change(await stored('minimal'), wanted(0), { subresource: scale });
    expect(none.status).toBe(422);
    expect(causesOf(none)[0]?.message).toContain('should be greater than or equal to 1');
    const four = await stacks.change(await stored('combined-3'), wanted(4), { subresource: scale });
    expect(four.status).toBe(422);
    expect(causesOf(four)[0]?.message).toContain('for more use topology Dedicated');
  });

  it('shows on one line what runs, how well, and why', async () => {
    const stack = await stored('complete');
    const change = { op: 'add', path: '/status', value: completeStatus() } as const;
    await stacks.change(stack, change, { subresource: '/status', dryRun: false });
    expect(await stacks.columns(stack)).toMatchObject({
      Name: stack,
      Ready: 'True',
      Health: 'green',
      Version: '9.4.3',
      Data: 2,
      Of: 3,
      Reason: 'AllComponentsReady',
      Message: '9 of 9 pods are ready',
      Blocked: 'scale-down',
    });
  });

  it('reads replicas and selector of the scale subresource from the status', async () => {
    const stack = await stored('complete');
    const change = { op: 'add', path: '/status', value: completeStatus() } as const;
    await stacks.change(stack, change, { subresource: '/status', dryRun: false });
    const answer = await stacks.get(`${stack}/scale`);
    expect(answer.body['status']).toEqual({
      replicas: 2,
      selector: 'loggingstack.dev/pool=data,loggingstack.dev/stack=logs',
    });
  });
});
