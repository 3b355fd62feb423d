// The corpus against the schema, without a cluster: nothing is left out, right and wrong also for zod, one change per wrong manifest.
import { describe, expect, it } from 'vitest';
import { loggingStackMetadata, loggingStackSpec } from '../../src/api/logging-stack.ts';
import { loggingStackStatus } from '../../src/api/logging-stack-status.ts';
import { names } from '../../src/core/names.ts';
import type { Schema } from '../../tools/crd/structural.ts';
import { constraintNames, nodesOf, sharedPath } from './constraints.ts';
import {
  changed,
  completeManifest,
  completeStatus,
  refusedUpdates,
  rightManifests,
  updates,
  wrongCases,
  type WrongCase,
} from './corpus.ts';
import { constraintOf, schemaPath } from './coverage.ts';
import { derivedCases, derivedObject } from './derived.ts';
import { definitionSchema } from './variants.ts';

const schema = definitionSchema();
const right = rightManifests();
const wrong = wrongCases();
const cases = [...wrong, ...refusedUpdates(updates())];
const complete = { spec: completeManifest().spec, status: completeStatus() };

/** Only the API server checks these: for zod they are metadata. */
const onlyOnTheServer = ['x-kubernetes-list-type', 'format', 'rule'];

/** Constraints that no case breaks. Types count by kind: every single field is swept by derived cases. */
function uncovered(schema: Schema, cases: readonly WrongCase[]): readonly string[] {
  const known = cases.filter((wrong) => wrong.breaks !== 'unknown');
  const broken = new Set(known.map((wrong) => constraintOf(schema, wrong)));
  const brokenTypes = new Set(
    known
      .filter(({ breaks }) => breaks === 'type')
      .map((wrong) => typeAt(schema, schemaPath(schema, wrong.field ?? ''))),
  );
  const types = new Set(nodesOf(schema).map((node) => node.schema.type ?? 'any'));
  return [
    ...constraintNames(schema).filter((name) => !broken.has(name)),
    ...[...types].filter((type) => !brokenTypes.has(type)).map((type) => `type ${type}`),
  ];
}

const typeAt = (schema: Schema, path: string): string =>
  nodesOf(schema).find((node) => node.path === path)?.schema.type ?? 'any';

describe('the corpus', () => {
  it('has at least 80 wrong and 25 right manifests, each under a name of its own', () => {
    expect(wrong.length).toBeGreaterThanOrEqual(80);
    expect(right.size).toBeGreaterThanOrEqual(25);
    expect(new Set(wrong.map(({ name }) => name)).size).toBe(wrong.length);
  });

  it('has a wrong manifest or a refused update for every constraint of the schema', () => {
    expect(uncovered(schema, cases).filter((name) => !name.startsWith('status'))).toEqual([]);
  });

  it('notices a new rule, a new constraint and a new type that no manifest breaks', () => {
    const rule = { rule: 'self.size() > 3', message: 'a new rule' };
    const properties: Record<string, Schema> = {
      ...schema.properties,
      added: { type: 'number', maxLength: 3, 'x-kubernetes-validations': [rule] },
    };
    expect(uncovered({ ...schema, properties }, cases).filter((name) => !name.startsWith('status'))).toEqual([
      'added maxLength',
      'added rule: a new rule',
      'type number',
    ]);
  });

  it('notices that the only manifest for a constraint is gone', () => {
    const fewer = wrong.filter(({ name }) => name !== 'redundancy-unknown');
    expect(uncovered(schema, fewer)).toContain('spec.elasticsearch.redundancy enum');
  });

  it('has every field of the schema in the complete manifest and status', () => {
    for (const root of ['spec', 'status']) expect(() => derivedCases(schema, root, complete)).not.toThrow();
    const lacking = { ...complete, spec: right.get('minimal')?.spec };
    expect(() => derivedCases(schema, 'spec', lacking)).toThrow('the complete object has no such field');
  });

  it('allows no names that Kubernetes would refuse further down', () => {
    const stack = right.get('longest-name')?.metadata.name ?? '';
    const { pools } = loggingStackSpec.parse(right.get('pool-longest-name')?.spec).elasticsearch;
    const set = names.pool(stack, pools?.[0]?.name ?? '');
    // A label of its pods: the StatefulSet's name, and a hash of at most ten characters.
    expect(`${set}-0123456789`).toHaveLength(63);
    for (const service of [
      names.elasticsearchTransport,
      names.elasticsearchHttp,
      names.kibanaHttp,
      names.logstashBeats,
    ]) {
      expect(service(stack).length).toBeLessThanOrEqual(63);
    }
  });

  it('shares one wrong manifest only between fields whose schemas are the same', () => {
    const shared = Map.groupBy(nodesOf(schema), ({ path }) => sharedPath(path));
    const bare = (node: Schema): unknown =>
      JSON.parse(JSON.stringify(node, (key, value: unknown) => (key === 'description' ? undefined : value)));
    for (const [path, nodes] of shared) {
      for (const node of nodes) expect(bare(node.schema), path).toEqual(bare(nodes[0]?.schema ?? {}));
    }
  });
});

describe('zod agrees with the definition', () => {
  it.each([...right])('%s is right', (_, manifest) => {
    expect(loggingStackSpec.safeParse(manifest.spec).error).toBeUndefined();
  });

  it.each(wrong.map((one) => [one.name, one] as const))('%s is wrong', (_, { sibling, change, breaks }) => {
    const manifest = right.get(sibling);
    if (manifest === undefined) throw new Error(`there is no right manifest ${sibling}`);
    const altered = changed(manifest, change);
    expect(altered).not.toEqual(manifest);
    if (typeof breaks !== 'string' || onlyOnTheServer.includes(breaks)) return;
    const parts = [
      loggingStackSpec.safeParse(altered.spec),
      loggingStackMetadata.safeParse({ name: altered.metadata.name }),
    ];
    expect(parts.some((part) => !part.success)).toBe(true);
  });

  it.each(updates().map((one) => [one.name, one] as const))('%s is a change to something right', (_, one) => {
    const manifest = right.get(one.from);
    if (manifest === undefined) throw new Error(`there is no right manifest ${one.from}`);
    expect(loggingStackSpec.safeParse(changed(manifest, one.change).spec).error).toBeUndefined();
  });

  it.each(['spec', 'status'] as const)('every derived wrong %s is wrong', (root) => {
    const cases = derivedCases(schema, root, complete).filter(({ keyword }) => !onlyOnTheServer.includes(keyword));
    expect(cases.length).toBeGreaterThan(80);
    const parser = { spec: loggingStackSpec, status: loggingStackStatus }[root];
    const accepted = cases.filter((one) => parser.safeParse(derivedObject(complete, one)[root]).success);
    expect(accepted.map(({ name }) => name)).toEqual([]);
  });
});
