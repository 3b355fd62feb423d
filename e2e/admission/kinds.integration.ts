// The shipped definitions of our kinds besides LoggingStack on a real API server: each refuses what its corpus says, in these words, and takes the rest.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { ApiServer } from './api-server.ts';
import { type Change, changed, type Manifest, type Update } from './corpus.ts';
import { derivedCases, derivedObject } from './derived.ts';
import { kinds, rightOf, wrongOf } from './kinds.ts';
import { expectCause, expectRefusal } from './refusals.ts';
import { type Definition, Stacks } from './stacks.ts';

describe.each(kinds.map((kind) => [kind.name, kind] as const))('%s', (_, kind) => {
  const { corpus, own, parsers } = kind;
  const first = rightOf(kind);
  let api: ApiServer;
  let objects: Stacks;

  beforeAll(async () => {
    api = await ApiServer.open(inject('kubeconfig'));
    objects = await Stacks.install(api, parse(await readFile(kind.file, 'utf8')) as Definition);
  });

  afterAll(async () => {
    await api[Symbol.asyncDispose]();
  });

  /** Stores a manifest under a name of its own, with a status. */
  async function stored(manifest: Manifest, name: string, status?: unknown): Promise<string> {
    const created = await objects.create(manifest, name);
    expect(created.status, JSON.stringify(created.body)).toBe(201);
    if (status !== undefined) await setStatus(name, status);
    return name;
  }

  async function setStatus(name: string, value: unknown): Promise<void> {
    const whole: Change = { op: 'add', path: '/status', value };
    const answer = await objects.change(name, whole, { subresource: '/status', dryRun: false });
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  }

  it.each(kind.right)('%s is stored as it was given', async (_name, manifest) => {
    const name = await stored(manifest, manifest.metadata.name);
    const { spec } = (await objects.get(name)).body;
    await objects.delete(name);
    expect(spec).toEqual(parsers.spec.parse(manifest.spec));
  });

  it.each(wrongOf(kind).map((one) => [one.name, one] as const))('%s is refused', async (_name, one) => {
    expectRefusal(await objects.tryToCreate(changed(rightOf(kind, one.sibling), one.change)), one);
  });

  it.each(corpus.updates.map((one) => [one.name, one] as const))(
    'the update %s is judged as a change',
    async (name, one: Update) => {
      await stored(rightOf(kind, one.from), name, one.status);
      const answer = await objects.change(name, one.change);
      await objects.delete(name);
      if (one.refused === undefined) expect(answer.status, JSON.stringify(answer.body)).toBe(200);
      else expectRefusal(answer, one.refused);
    },
  );

  it('refuses all that the schema of each field refuses, in the spec and in the status', async () => {
    const complete = { ...first, spec: corpus.complete as Manifest['spec'], status: corpus.status };
    for (const one of derivedCases(own, 'spec', complete))
      expectCause(await objects.tryToCreate(derivedObject(complete, one)), one);
    const name = await stored(first, 'with-status', corpus.status);
    for (const one of derivedCases(own, 'status', complete))
      expectCause(await objects.change(name, one.change, { subresource: '/status' }), one);
    await objects.delete(name);
  });

  it('keeps a complete status, and shows on one line what matters', async () => {
    const name = await stored(first, 'shown', corpus.status);
    expect((await objects.get(name)).body['status']).toEqual(corpus.status);
    expect(await objects.columns(name)).toMatchObject({ Name: name, ...corpus.columns });
    await objects.delete(name);
  });
});
