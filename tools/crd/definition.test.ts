// The definitions themselves: bounded in every place, small enough, and pointing at fields that exist.
import { stringify } from 'yaml';
import { describe, expect, it } from 'vitest';
import { definitions as allDefinitions, loggingStackDefinition } from './definition.ts';
import type { Schema } from './structural.ts';

/** The schema and all below it, by path. */
function nodes(node: Schema, path: string): readonly (readonly [string, Schema])[] {
  const values = typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined;
  return [
    [path, node],
    ...Object.entries(node.properties ?? {}).flatMap(([name, child]) => nodes(child, `${path}.${name}`)),
    ...(node.items === undefined ? [] : nodes(node.items, `${path}[]`)),
    ...(values === undefined ? [] : nodes(values, `${path}.*`)),
  ];
}

/** Of each kind at least so many fields and rules: where nothing is looked at, nothing is wrong. */
const least: Readonly<Record<string, { readonly fields: number; readonly rules: number }>> = {
  LoggingStack: { fields: 200, rules: 20 },
  StackPlan: { fields: 200, rules: 20 },
  StackRepository: { fields: 40, rules: 14 },
  StackSnapshot: { fields: 35, rules: 6 },
  StackSnapshotSchedule: { fields: 80, rules: 3 },
  StackRestore: { fields: 45, rules: 9 },
};

const definitions = allDefinitions.map((definition) => {
  const [version] = definition.spec.versions;
  const schema = version?.schema.openAPIV3Schema ?? {};
  const fields = nodes(schema, '').filter(([path]) => path.startsWith('.spec') || path.startsWith('.status'));
  const rules = [['', schema] as const, ...fields].flatMap(([, node]) => node['x-kubernetes-validations'] ?? []);
  return { name: definition.spec.names.kind, definition, version, fields, rules };
});

describe.each(definitions)('the definition of $name', ({ name, definition, version, fields, rules }) => {
  const pathsWhere = (wrong: (node: Schema) => boolean): readonly string[] =>
    fields.filter(([, node]) => wrong(node)).map(([path]) => path);

  it('is below 200 KiB', () => {
    expect(Buffer.byteLength(stringify(definition))).toBeLessThan(200 * 1024);
  });

  it('bounds every text, list, map and number: rules cost what they may read', () => {
    expect(fields.length).toBeGreaterThanOrEqual(least[name]?.fields ?? Infinity);
    const open = (node: Schema): boolean =>
      (node.type === 'string' &&
        node.maxLength === undefined &&
        node.enum === undefined &&
        node.format !== 'date-time') ||
      (node.type === 'array' && node.maxItems === undefined) ||
      (typeof node.additionalProperties === 'object' && node.maxProperties === undefined);
    expect(pathsWhere(open)).toEqual([]);
  });

  it('says which list items are the same, in every list of objects', () => {
    const unkeyed = pathsWhere((node) => node.items?.type === 'object' && node['x-kubernetes-list-type'] !== 'map');
    // Kubernetes’ own tolerations have no key either.
    expect(unkeyed.filter((path) => !path.endsWith('.tolerations'))).toEqual([]);
  });

  it('describes every field', () => {
    const silent = pathsWhere((node) => node.description === undefined);
    expect(silent.filter((path) => !path.endsWith('[]') && !path.endsWith('.*'))).toEqual([]);
  });

  it('gives every rule a message, and one that names the given value wherever the rule is about keys', () => {
    expect(rules.length).toBeGreaterThanOrEqual(least[name]?.rules ?? Infinity);
    for (const { rule, message, messageExpression } of rules) {
      expect(message).not.toBe('');
      if (rule.includes('key.matches')) expect(messageExpression).toContain('self.filter(key');
    }
  });

  it('compares no optional values: the API server cannot bound what that costs, and refuses the definition', () => {
    expect(rules.map(({ rule }) => rule).filter((rule) => rule.includes('.?'))).toEqual([]);
  });

  it('blames fields that exist', () => {
    const blamed = [['', version?.schema.openAPIV3Schema ?? {}] as const, ...fields].flatMap(([path, node]) =>
      (node['x-kubernetes-validations'] ?? []).flatMap(({ fieldPath }) => (fieldPath ? [`${path}${fieldPath}`] : [])),
    );
    const known = [...fields.map(([path]) => path), '.metadata.name'];
    expect(blamed.filter((path) => !known.includes(path))).toEqual([]);
  });

  it('points its columns at fields that exist', () => {
    const known = fields.map(([path]) => path);
    const paths = (version?.additionalPrinterColumns ?? [])
      .map(({ jsonPath }) => jsonPath.replaceAll(/\[[^\]]*\]/g, '[]'))
      .filter((path) => path !== '.metadata.creationTimestamp');
    expect(paths.filter((path) => !known.includes(path))).toEqual([]);
  });
});

describe('kubectl scale', () => {
  const [version] = loggingStackDefinition.spec.versions;
  const schema = version?.schema.openAPIV3Schema ?? {};

  it('finds fields that exist', () => {
    const known = nodes(schema, '').map(([path]) => path);
    const { specReplicasPath, statusReplicasPath, labelSelectorPath } = version?.subresources.scale ?? {};
    for (const path of [specReplicasPath, statusReplicasPath, labelSelectorPath]) expect(known).toContain(path);
  });

  it('always finds a value at the path that it reads', () => {
    const { elasticsearch } = schema.properties?.['spec']?.properties ?? {};
    const data = elasticsearch?.properties?.['data'];
    expect([elasticsearch?.default, data?.default, data?.properties?.['replicas']?.default]).toEqual([{}, {}, 2]);
  });
});
