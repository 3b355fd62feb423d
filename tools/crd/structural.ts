// Turns the JSON schema that zod gives into the structural schema that a CustomResourceDefinition takes.
import { z } from 'zod';
import type { CelRule } from '../../src/api/rules.ts';

/** A node of a JSON schema, with the metadata that src/api adds to it. */
export interface Schema {
  readonly description?: string;
  readonly type?: string;
  readonly format?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly propertyNames?: Schema;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-validations'?: readonly CelRule[];
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly example?: unknown;
  readonly resolvedDefault?: string | number;
}

/** Metadata for the reference only. */
const referenceOnly = ['$schema', 'example', 'resolvedDefault'];

/** What a structural schema may hold of what our schemas use. Anything else is an error, so that nothing is lost in silence. */
const structural: readonly string[] = [
  ...['description', 'type', 'format', 'default', 'enum', 'pattern', 'minimum', 'maximum', 'minLength', 'maxLength'],
  ...['minItems', 'maxItems', 'maxProperties', 'required'],
  ...['x-kubernetes-list-type', 'x-kubernetes-list-map-keys', 'x-kubernetes-validations'],
];

/** Bounds of every integer that zod gives: what a JavaScript number can hold. */
const safeIntegers: readonly unknown[] = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];

const isStructural = ([keyword, value]: [string, unknown]): boolean =>
  structural.includes(keyword) && !safeIntegers.includes(value);

/** The JSON schema of a zod schema as its user writes it, metadata included. */
export function jsonSchema(schema: z.ZodType): Schema {
  return z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', reused: 'inline' }) as Schema;
}

/** The structural form. `path` names the place in error messages. */
export function toStructural(schema: Schema, path: string): Schema {
  refuseUnknown(schema, path);
  const { items, properties, additionalProperties } = schema;
  return {
    ...Object.fromEntries(Object.entries(schema).filter(isStructural)),
    ...description(schema),
    ...(items === undefined ? {} : { items: toStructural(items, `${path}[]`) }),
    // Beside properties, additionalProperties is not allowed: the API server prunes what has no name here.
    ...(typeof additionalProperties !== 'object'
      ? {}
      : { additionalProperties: toStructural(additionalProperties, `${path}.*`) }),
    ...(properties === undefined ? {} : { properties: eachProperty(properties, path) }),
  };
}

const eachProperty = (properties: Readonly<Record<string, Schema>>, path: string) =>
  Object.fromEntries(Object.entries(properties).map(([name, child]) => [name, toStructural(child, `${path}.${name}`)]));

/** kubectl explain shows no defaults that the operator resolves, so that the description names them. */
function description(schema: Schema): Schema {
  if (schema.description === undefined || schema.resolvedDefault === undefined) return {};
  return { description: `${schema.description} Default: ${schema.resolvedDefault}.` };
}

function refuseUnknown(schema: Schema, path: string): void {
  // propertyNames has no structural form: maps carry a CEL rule with the same pattern (src/api/shapes.ts).
  const nested = ['items', 'properties', 'additionalProperties', 'propertyNames'];
  const known = [...structural, ...referenceOnly, ...nested];
  const unknown = Object.keys(schema).filter((keyword) => !known.includes(keyword));
  if (unknown.length > 0) {
    throw new Error(
      `${path}: ${unknown.join(', ')} has no structural form; write the schema without it, or as a CEL rule`,
    );
  }
}
