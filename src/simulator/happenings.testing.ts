// For tests: what may happen to a stack, in any order: edits, faults of nodes and disks, answers that are missing or old, an operator that dies.
import fc from 'fast-check';
import { changedConfig } from '../core/elasticsearch/plan.testing.ts';
import type { ResolvedStack } from '../core/stack.ts';
import { exampleStack } from '../core/stack.testing.ts';

/** The fields of a spec that are edited. */
export interface Spec {
  readonly config: 'usual' | 'changed' | 'another' | 'bad';
  readonly data: number;
  readonly masters: 1 | 3 | 5;
  readonly ingest: number;
  readonly warm: number;
  readonly redundancy: 'None' | 'Single' | 'Double';
  readonly maxUnavailable: number;
  readonly version: '9.4.3' | '9.5.0';
  /** GiB of the volumes of data nodes. */
  readonly size: number;
  readonly topology: 'Combined' | 'Dedicated';
  readonly whenDeleted: 'Retain' | 'Delete';
}

export type NodeFault = 'evict' | 'kill' | 'freeze' | 'mute' | 'fill' | 'cordon' | 'noGrowth';
export type LookFault = 'silence' | 'halfAnswer' | 'oldShards' | 'slowWatch';

export type Happening =
  | { readonly kind: 'edit'; readonly edit: Partial<Spec> }
  | { readonly kind: NodeFault; readonly node: number }
  | { readonly kind: LookFault; readonly ticks: number }
  /** The operator dies after so many of its next actions. */
  | { readonly kind: 'crash'; readonly after: number }
  | { readonly kind: 'wait'; readonly ticks: number }
  /** Many logs at once: their copies take some time to move. */
  | { readonly kind: 'burst' | 'rollover' | 'snapshot' };

export const small: Spec = {
  config: 'usual',
  data: 2,
  masters: 1,
  ingest: 0,
  warm: 0,
  redundancy: 'Single',
  maxUnavailable: 1,
  version: '9.4.3',
  size: 50,
  topology: 'Dedicated',
  whenDeleted: 'Retain',
};

export const usual: Spec = { ...small, masters: 3, ingest: 1, whenDeleted: 'Delete' };

const configs = {
  usual: {},
  changed: changedConfig,
  another: { 'indices.memory.index_buffer_size': '25%' },
  bad: { 'bad.setting': '1' },
} as const;

export const stackOf = (spec: Spec): ResolvedStack =>
  exampleStack({
    version: spec.version,
    volumes: { whenDeleted: spec.whenDeleted },
    elasticsearch: {
      config: configs[spec.config],
      redundancy: spec.redundancy,
      topology: spec.topology,
      data: { replicas: spec.data, storage: { size: `${spec.size}Gi` } },
      master: { replicas: spec.masters },
      ingest: { replicas: spec.ingest },
      pools: spec.warm === 0 ? [] : [{ name: 'warm', roles: ['data_warm'], replicas: spec.warm }],
      changeBudget: { maxUnavailable: spec.maxUnavailable, maxDrains: 1 },
    },
  });

const one = <K extends keyof Spec>(field: K, values: fc.Arbitrary<Spec[K]>): fc.Arbitrary<Partial<Spec>> =>
  values.map((value): Partial<Spec> => ({ [field]: value }));

/** Most edits change one field, as people do; some change two. */
const oneField: fc.Arbitrary<Partial<Spec>> = fc.oneof(
  { weight: 4, arbitrary: one('config', fc.constantFrom('usual', 'changed', 'another', 'bad')) },
  { weight: 5, arbitrary: one('data', fc.integer({ min: 1, max: 4 })) },
  { weight: 3, arbitrary: one('masters', fc.constantFrom(1, 3, 3, 5)) },
  { weight: 1, arbitrary: one('ingest', fc.integer({ min: 0, max: 2 })) },
  { weight: 2, arbitrary: one('warm', fc.integer({ min: 0, max: 2 })) },
  { weight: 3, arbitrary: one('redundancy', fc.constantFrom('None', 'Single', 'Double')) },
  { weight: 1, arbitrary: one('maxUnavailable', fc.integer({ min: 1, max: 2 })) },
  { weight: 1, arbitrary: one('whenDeleted', fc.constantFrom('Retain', 'Delete')) },
  { weight: 1, arbitrary: one('size', fc.constantFrom(60, 80)) },
  { weight: 1, arbitrary: one('topology', fc.constantFrom('Combined', 'Dedicated')) },
  { weight: 1, arbitrary: one('version', fc.constantFrom('9.4.3', '9.5.0')) },
);

const edit: fc.Arbitrary<Partial<Spec>> = fc.oneof(
  { weight: 2, arbitrary: oneField },
  { weight: 1, arbitrary: fc.tuple(oneField, oneField).map(([first, second]) => ({ ...first, ...second })) },
);

const ticks = fc.integer({ min: 1, max: 8 });
const node = fc.nat({ max: 11 });

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('edit' as const), edit }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('evict', 'kill', 'freeze', 'mute', 'fill', 'cordon', 'noGrowth'),
      node,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('silence', 'halfAnswer', 'oldShards', 'slowWatch'), ticks }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('crash' as const), after: fc.nat({ max: 3 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), ticks }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('burst', 'rollover', 'snapshot') }) },
);

/** A stack to begin with, and what happens to it. */
export interface Story {
  readonly from: 'small' | 'usual';
  readonly happenings: readonly Happening[];
}

export const story: fc.Arbitrary<Story> = fc.record({
  from: fc.constantFrom('small', 'small', 'usual'),
  happenings: fc.array(happening, { minLength: 1, maxLength: 8 }),
});
