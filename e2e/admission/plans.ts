// The corpus of StackPlans, which is small: their proposed spec is that of a LoggingStack.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { stackPlanDefinition } from '../../tools/crd/definition.ts';
import type { Schema } from '../../tools/crd/structural.ts';
import type { Manifest, WrongCase } from './corpus.ts';

interface PlanCorpus {
  readonly right: readonly [Manifest, ...(readonly Manifest[])];
  readonly wrong: readonly Omit<WrongCase, 'sibling'>[];
  /** A status with every field. */
  readonly status: unknown;
}

export const planCorpus = (): PlanCorpus =>
  parse(readFileSync(join(import.meta.dirname, 'plans.yaml'), 'utf8')) as PlanCorpus;

/** The schema of the definition, from its root. */
export function planSchema(): Schema {
  const [version] = stackPlanDefinition.spec.versions;
  if (version === undefined) throw new Error('the definition has no version');
  return version.schema.openAPIV3Schema;
}
