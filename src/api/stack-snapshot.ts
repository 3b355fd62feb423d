// The StackSnapshot resource: one snapshot of a stack, taken when it is asked for.
import { z } from 'zod';
import { condition } from './logging-stack-status.ts';
import { deletionPolicy, repositoryRef, snapshotContent, stackRef } from './references.ts';
import { celRules, isSame, isUnchanged, listMap } from './rules.ts';
import { int32 } from './shapes.ts';
import { byteCount, snapshotFacts, timestamp } from './snapshot-status.ts';

export const stackSnapshotKind = 'StackSnapshot';

/** All that a snapshot is asked for; only what becomes of it may change. */
const fixed: readonly (readonly [field: string, rule: string])[] = [
  ...['stackRef', 'repositoryRef'].map((field) => [field, isSame(field)] as const),
  ...['dataStreams', 'indices', 'includeGlobalState', 'partial'].map((field) => [field, isUnchanged(field)] as const),
];

export const stackSnapshotSpec = z
  .strictObject({
    stackRef: stackRef('The stack that is copied.'),
    repositoryRef,
    ...snapshotContent,
    deletionPolicy: deletionPolicy('What becomes of the snapshot in the repository when the StackSnapshot is deleted.'),
  })
  .meta(
    celRules(
      ...fixed.map(([field, rule]) => ({
        rule,
        message: `${field} cannot be changed: a snapshot is taken once; make another StackSnapshot`,
        fieldPath: `.${field}`,
      })),
    ),
  );

export const stackSnapshotStatus = z.strictObject({
  conditions: z
    .array(condition)
    .max(8)
    .optional()
    .meta({
      description:
        'Complete: True when the snapshot is good; False when it is not, and will not be; Unknown while it waits or is taken.',
      ...listMap('type'),
    }),
  ...snapshotFacts,
  snapshotName: snapshotFacts.snapshotName.optional(),
  state: snapshotFacts.state.optional(),
  waitingSince: timestamp.optional().meta({
    description: 'Since when it has been due. It begins as soon as no change of the stack is under way.',
    example: '2026-11-22T01:30:00Z',
  }),
  percent: int32(0, 100).optional().meta({ description: 'How much of it is copied, in steps of 5.', example: 40 }),
  doneBytes: byteCount.optional().meta({ description: 'Bytes that were copied so far.', example: 3435973836 }),
  size: z.string().max(32).optional().meta({ description: 'Size of all that it holds, for people.', example: '8 GiB' }),
  duration: z.string().max(32).optional().meta({ description: 'How long it took, for people.', example: '4m10s' }),
});

/** The condition of a StackSnapshot and of a StackRestore. */
export const completeCondition = 'Complete';

export type StackSnapshotSpec = z.infer<typeof stackSnapshotSpec>;
export type StackSnapshotStatus = z.infer<typeof stackSnapshotStatus>;
