// What becomes of a zod schema on its way into a CustomResourceDefinition.
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { jsonSchema, toStructural } from './structural.ts';

const structural = (schema: z.ZodType) => toStructural(jsonSchema(schema), 'spec');

describe('toStructural', () => {
  it('drops what a structural schema may not say beside properties', () => {
    expect(structural(z.strictObject({ inner: z.strictObject({ flag: z.boolean() }) }))).toEqual({
      type: 'object',
      required: ['inner'],
      properties: { inner: { type: 'object', required: ['flag'], properties: { flag: { type: 'boolean' } } } },
    });
  });

  it('keeps the values of maps, and no pattern of keys', () => {
    expect(structural(z.record(z.string().regex(/^a/), z.string().max(3)))).toEqual({
      type: 'object',
      additionalProperties: { type: 'string', maxLength: 3 },
    });
  });

  it('keeps the bounds of integers that were given, not those of every JavaScript number', () => {
    expect(structural(z.int())).toEqual({ type: 'integer' });
    expect(structural(z.int().min(1).max(9))).toEqual({ type: 'integer', minimum: 1, maximum: 9 });
  });

  it('leaves examples to the reference, and tells a resolved default in the description', () => {
    const schema = z.string().meta({ description: 'Size of the volume.', resolvedDefault: '5Gi', example: '10Gi' });
    expect(structural(schema)).toEqual({ type: 'string', description: 'Size of the volume. Default: 5Gi.' });
  });

  it('stores a default that is the schema’s own', () => {
    expect(structural(z.strictObject({ replicas: z.int().default(2) }).prefault({}))).toMatchObject({
      default: {},
      properties: { replicas: { default: 2 } },
    });
  });

  it.each([
    ['a union', z.union([z.string(), z.int()])],
    ['a value that may be null', z.string().nullable()],
    ['a tuple', z.tuple([z.string(), z.int()])],
  ])('refuses %s by its path: it has no structural form', (_, schema) => {
    expect(() => structural(z.strictObject({ field: schema }))).toThrow(/^spec\.field(\[\])?: .* no structural form/);
  });
});
