// The shipped definition of StackPlan on a real API server: wrong plans are refused in the expected words, right ones are taken and shown.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { stackPlanSpec } from '../../src/api/stack-plan.ts';
import { ApiServer, causesOf } from './api-server.ts';
import { changed } from './corpus.ts';
import { planCorpus } from './plans.ts';
import { type Definition, Stacks } from './stacks.ts';

const definitionFile = join(import.meta.dirname, '..', '..', 'crds', 'loggingstack.dev_stackplans.yaml');
const { right, wrong, status } = planCorpus();
const [first] = right;

let api: ApiServer;
let plans: Stacks;

beforeAll(async () => {
  api = await ApiServer.open(inject('kubeconfig'));
  plans = await Stacks.install(api, parse(await readFile(definitionFile, 'utf8')) as Definition);
});

afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

it.each(right.map((one) => [one.metadata.name, one] as const))('%s is stored as it was given', async (name, plan) => {
  const created = await plans.create(plan);
  expect(created.status, JSON.stringify(created.body)).toBe(201);
  expect((await plans.get(name)).body['spec']).toEqual(stackPlanSpec.parse(plan.spec));
  await plans.delete(name);
});

it.each(wrong.map((one) => [one.name, one] as const))('%s is refused', async (_, { change, field, message }) => {
  const answer = await plans.tryToCreate(changed(first, change));
  expect(answer.status, JSON.stringify(answer.body)).toBe(422);
  const [cause, ...others] = causesOf(answer);
  expect(others).toEqual([]);
  expect(cause?.field).toBe(field);
  expect(cause?.message).toContain(message);
});

it('shows on one line what a plan came to', async () => {
  const name = 'shown';
  await plans.create(first, name);
  const whole = { op: 'add', path: '/status', value: status } as const;
  const answer = await plans.change(name, whole, { subresource: '/status', dryRun: false });
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  expect((await plans.get(name)).body['status']).toEqual(status);
  expect(await plans.columns(name)).toMatchObject({
    Name: name,
    Stack: 'logs',
    Planned: 'True',
    Refused: 'DiskTooSmall',
    Lost: 0,
    Expires: '2026-11-22T12:30:00Z',
  });
});
