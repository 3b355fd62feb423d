// Every field of LoggingStack with its schema, depth first, in the order of the source.
import { loggingStackMetadata, loggingStackSpec } from '../../src/api/logging-stack.ts';
import { loggingStackStatus } from '../../src/api/logging-stack-status.ts';
import { jsonSchema, type Schema } from './structural.ts';

export interface Field {
  /** Items of lists are `[]`. */
  readonly path: string;
  readonly schema: Schema;
  readonly required: boolean;
}

/** Every field below a schema, depth first, in the order of the source. */
function fieldsOf(schema: Schema, path: string): readonly Field[] {
  const required = schema.required ?? [];
  return Object.entries(schema.properties ?? {}).flatMap(([name, child]) => {
    const items = child.items;
    const here = `${path}.${name}`;
    const field = { path: here, schema: child, required: required.includes(name) };
    return [field, ...fieldsOf(child, here), ...(items === undefined ? [] : fieldsOf(items, `${here}[]`))];
  });
}

const roots = Object.entries({ metadata: loggingStackMetadata, spec: loggingStackSpec, status: loggingStackStatus });

/** The three parts of a stack, then every field of each. */
export const allFields = (): readonly Field[] => [
  ...roots.map(([path, schema]) => ({ path, schema: jsonSchema(schema), required: path !== 'status' })),
  ...roots.flatMap(([path, schema]) => fieldsOf(jsonSchema(schema), path)),
];
