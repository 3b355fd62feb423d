// Every field of our kinds with its schema, depth first, in the order of the source.
import type { z } from 'zod';
import { loggingStackMetadata, loggingStackSpec } from '../../src/api/logging-stack.ts';
import { loggingStackStatus } from '../../src/api/logging-stack-status.ts';
import { stackPlanSpec, stackPlanStatus } from '../../src/api/stack-plan.ts';
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

/** The parts of a kind, then every field of each. */
function allFields(parts: Readonly<Record<string, Schema>>): readonly Field[] {
  const roots = Object.entries(parts);
  return [
    ...roots.map(([path, schema]) => ({ path, schema, required: path !== 'status' })),
    ...roots.flatMap(([path, schema]) => fieldsOf(schema, path)),
  ];
}

export const loggingStackFields = (): readonly Field[] =>
  allFields({
    metadata: jsonSchema(loggingStackMetadata),
    spec: jsonSchema(loggingStackSpec),
    status: jsonSchema(loggingStackStatus),
  });

/** Every field of a kind whose metadata are like those of any other. */
export const fieldsOfKind = (spec: z.ZodType, status: z.ZodType): readonly Field[] =>
  allFields({ spec: jsonSchema(spec), status: jsonSchema(status) });

/** Without the fields of the proposed spec: they are those of a LoggingStack. */
export const stackPlanFields = (): readonly Field[] =>
  fieldsOfKind(stackPlanSpec, stackPlanStatus).filter(({ path }) => !path.startsWith('spec.proposed.'));
