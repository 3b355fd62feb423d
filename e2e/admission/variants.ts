// The LoggingStack definition with something taken out, in an API group of its own: shows that what is taken out made the refusal.
import { loggingStackDefinition } from '../../tools/crd/definition.ts';
import type { Schema } from '../../tools/crd/structural.ts';
import { constraintName } from './constraints.ts';

type Definition = typeof loggingStackDefinition;

/** The schema of the definition, from its root. */
export const definitionSchema = (): Schema => {
  const [version] = loggingStackDefinition.spec.versions;
  if (version === undefined) throw new Error('the definition has no version');
  return version.schema.openAPIV3Schema;
};

/** A node of a schema, at its path, as it is to be in the variant. */
export type Edit = (schema: Schema, path: string) => Schema;

function edited(schema: Schema, path: string, edit: Edit): Schema {
  // Descriptions refuse nothing, and are half of what the API server would have to digest.
  const { properties, items, additionalProperties: values, ...rest } = without(edit(schema, path), 'description');
  const under = (name: string): string => (path === '' ? name : `${path}.${name}`);
  return {
    ...rest,
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, child]) => [name, edited(child, under(name), edit)]),
          ),
        }),
    ...(items === undefined ? {} : { items: edited(items, `${path}[]`, edit) }),
    ...(typeof values === 'object' ? { additionalProperties: edited(values, `${path}.*`, edit) } : {}),
  };
}

/** The definition under another group, with its schema edited. */
export function variant(group: string, edit: Edit): Definition {
  const { metadata, spec, ...kind } = loggingStackDefinition;
  const [version] = spec.versions;
  if (version === undefined) throw new Error('the definition has no version');
  const names = { ...spec.names, shortNames: [], categories: [] };
  const schema = { openAPIV3Schema: edited(definitionSchema(), '', edit) };
  return {
    ...kind,
    metadata: { ...metadata, name: `${names.plural}.${group}` },
    spec: { ...spec, group, names, versions: [{ ...version, schema }] },
  };
}

const without = (schema: Schema, ...keywords: readonly string[]): Schema =>
  Object.fromEntries(Object.entries(schema).filter(([keyword]) => !keywords.includes(keyword)));

/** What cannot stay without a keyword: keys of list-maps must be required, and rules need bounds, or they could cost too much. */
const goesWith: Readonly<Record<string, readonly string[]>> = {
  'x-kubernetes-list-type': ['x-kubernetes-list-map-keys'],
  required: ['x-kubernetes-list-type', 'x-kubernetes-list-map-keys'],
  maxItems: ['x-kubernetes-validations'],
  maxLength: ['x-kubernetes-validations'],
  maxProperties: ['x-kubernetes-validations'],
};

/** Leaves out one keyword everywhere. */
export const withoutKeyword = (keyword: string): Edit => {
  return (schema) => without(schema, keyword, ...(goesWith[keyword] ?? []));
};

/** Leaves out one rule, wherever the same constraint stands. */
export const withoutRule = (name: string): Edit => {
  return (schema, path) => {
    const rules = schema['x-kubernetes-validations'];
    if (rules === undefined) return schema;
    const kept = rules.filter((rule) => constraintName({ path, keyword: 'rule', rule }) !== name);
    return { ...schema, 'x-kubernetes-validations': kept };
  };
};

/** Lets the fields at these paths hold anything. Rules go too, because they are typed. */
export const withoutTypes = (paths: readonly string[]): Edit => {
  return (schema, path) =>
    paths.includes(path)
      ? { 'x-kubernetes-preserve-unknown-fields': true }
      : without(schema, 'x-kubernetes-validations');
};
