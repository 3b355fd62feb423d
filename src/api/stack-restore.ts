// The StackRestore resource: brings data streams of a snapshot back into a stack.
import { z } from 'zod';
import { condition } from './logging-stack-status.ts';
import { namePatterns, objectRef, repositoryRef, stackRef } from './references.ts';
import { celRules, isSame, isUnchanged, listMap } from './rules.ts';
import { int32 } from './shapes.ts';
import { byteCount, snapshotName, timestamp } from './snapshot-status.ts';

export const stackRestoreKind = 'StackRestore';

const sourceFields = {
  repositoryRef: repositoryRef.optional().meta({
    description:
      "StackRepository of the stack that is restored into. May be left out for a snapshotRef of the same stack. For another stack's snapshots make one with mode ReadOnly and their basePath.",
  }),
  snapshotName: snapshotName
    .optional()
    .meta({ description: 'Name of the snapshot in the repository.', example: 'nightly-20261122t013000z-5d3f7a80' }),
  scheduleRef: objectRef(
    'With type LatestGood: only snapshots of this StackSnapshotSchedule count, which need not exist any more.',
    'nightly',
  ).optional(),
};

const sourceRules = [
  {
    rule: "has(self.snapshotName) == (self.type == 'SnapshotName')",
    message: 'snapshotName must be given for the type SnapshotName, and for no other',
    fieldPath: '.snapshotName',
  },
  {
    rule: "!has(self.scheduleRef) || self.type == 'LatestGood'",
    message: 'scheduleRef is for the type LatestGood only',
    fieldPath: '.scheduleRef',
  },
];

const source = z
  .strictObject({
    type: z
      .enum(['SnapshotRef', 'SnapshotName', 'LatestGood'])
      .meta({ description: 'How the snapshot is named.', example: 'LatestGood' }),
    snapshotRef: objectRef('StackSnapshot of the same namespace.', 'before-migration').optional(),
    ...sourceFields,
  })
  .meta(
    celRules(
      ...sourceRules,
      {
        rule: "has(self.snapshotRef) == (self.type == 'SnapshotRef')",
        message: 'snapshotRef must be given for the type SnapshotRef, and for no other',
        fieldPath: '.snapshotRef',
      },
      {
        rule: "has(self.repositoryRef) || self.type == 'SnapshotRef'",
        message: 'repositoryRef must be given for the types SnapshotName and LatestGood',
        fieldPath: '.repositoryRef',
      },
    ),
  );

const selected = namePatterns(
  'Data streams of the snapshot that are restored; * stands for any text.',
  ['logs-app-*'],
  'all that match logs-*-*',
);

const retentionHold = z.boolean().optional().meta({
  description:
    'Whether retention leaves the restored data streams alone until this is set to false. Without it, old data would be deleted again at once.',
  resolvedDefault: 'true',
  example: false,
});

/** What a new stack begins with. */
export const restoreFrom = z
  .strictObject({
    type: z
      .enum(['SnapshotName', 'LatestGood'])
      .meta({ description: 'How the snapshot is named.', example: 'LatestGood' }),
    ...sourceFields,
    repositoryRef,
    dataStreams: selected,
    retentionHold,
  })
  .meta(celRules(...sourceRules));

export const stackRestoreSpec = z.strictObject({
  stackRef: stackRef('The stack that is restored into.'),
  source: source.meta({ description: 'The snapshot.' }),
  dataStreams: selected,
  rename: z
    .strictObject({
      suffix: z
        .string()
        .regex(/^[a-z0-9][a-z0-9_]*$/)
        .max(40)
        .meta({
          description: 'Is added to the name of each restored data stream, after a dot.',
          example: 'restored',
        }),
    })
    .optional()
    .meta({
      description: 'Other names for all that is restored, or with conflict Rename for what is there already.',
      resolvedDefault: 'none; with conflict Rename the suffix restored',
    }),
  conflict: z.enum(['Refuse', 'Rename', 'Replace']).optional().meta({
    description:
      'What happens when a data stream of that name is there: nothing is restored, it is restored under another name, or the one that is there is deleted first.',
    resolvedDefault: 'Refuse',
    example: 'Rename',
  }),
  retentionHold,
});

/** What a restore is asked for; retentionHold alone may change when it has begun. */
const fixed: readonly (readonly [field: string, rule: string])[] = [
  ...['stackRef', 'source'].map((field) => [field, isSame(field, '.spec')] as const),
  ...['dataStreams', 'rename', 'conflict'].map((field) => [field, isUnchanged(field, '.spec')] as const),
];

/** Rules on the whole object: only here the spec and the status are both known. */
export const stackRestoreRules = celRules(
  ...fixed.map(([field, rule]) => ({
    rule: `!has(oldSelf.status) || !has(oldSelf.status.startedAt) || (${rule})`,
    message: `${field} cannot be changed: the restore has begun; make another StackRestore`,
    fieldPath: `.spec.${field}`,
  })),
);

/** Data streams of one restore. */
export const mostStreams = 1000;

const streamName = z.string().max(255);

export const stackRestoreStatus = z.strictObject({
  conditions: z
    .array(condition)
    .max(8)
    .optional()
    .meta({
      description:
        'Complete: True when all is restored; False when it is not, and will not be; Unknown while it waits or is under way.',
      ...listMap('type'),
    }),
  snapshotName: snapshotName.optional().meta({
    description: 'Name of the snapshot that was chosen.',
    example: 'nightly-20261122t013000z-5d3f7a80',
  }),
  repository: z
    .string()
    .max(63)
    .optional()
    .meta({ description: 'Name of the StackRepository that it is in.', example: 'backups' }),
  snapshotStartedAt: timestamp.optional().meta({
    description: 'When the snapshot was begun: what came later is not in it.',
    example: '2026-11-22T01:30:00Z',
  }),
  startedAt: timestamp.optional().meta({ description: 'When it began.', example: '2026-11-22T12:00:00Z' }),
  requestedAt: timestamp.optional().meta({
    description: 'When Elasticsearch was to be asked for it: nothing that it brings back is deleted from then on.',
    example: '2026-11-22T12:00:05Z',
  }),
  endedAt: timestamp.optional().meta({ description: 'When it ended.', example: '2026-11-22T12:10:00Z' }),
  streams: z
    .array(
      z.strictObject({
        name: streamName.meta({ description: 'Its name in the snapshot.', example: 'logs-app-default' }),
        restoredAs: streamName.meta({ description: 'Its name in the stack.', example: 'logs-app-default' }),
        replaces: z.boolean().optional().meta({
          description: 'Whether one of that name was there, and is deleted first.',
          example: true,
        }),
        partial: z.boolean().optional().meta({
          description: 'Whether the snapshot lacks shards of it, or may lack some: these come back empty.',
          example: true,
        }),
      }),
    )
    .max(mostStreams)
    .optional()
    .meta({ description: 'What is restored, decided when it began.', ...listMap('name') }),
  shards: z
    .strictObject({
      total: int32(0).meta({ description: 'Shards that are to be restored.', example: 12 }),
      done: int32(0).meta({ description: 'Shards that were restored.', example: 4 }),
      failed: int32(0).meta({ description: 'Shards that could not be restored.', example: 0 }),
    })
    .optional()
    .meta({ description: 'How many shards.' }),
  percent: int32(0, 100).optional().meta({ description: 'How much of it is restored, in steps of 5.', example: 40 }),
  totalBytes: byteCount.optional().meta({ description: 'Bytes that are to be restored.', example: 8589934592 }),
  doneBytes: byteCount.optional().meta({ description: 'Bytes that were restored so far.', example: 3435973836 }),
  size: z.string().max(32).optional().meta({ description: 'Size of all of it, for people.', example: '8 GiB' }),
  held: z.boolean().optional().meta({
    description: 'Whether retention leaves the restored data streams alone.',
    example: true,
  }),
});

export type StackRestoreSpec = z.infer<typeof stackRestoreSpec>;
export type StackRestoreStatus = z.infer<typeof stackRestoreStatus>;
export type RestoreFrom = z.infer<typeof restoreFrom>;
