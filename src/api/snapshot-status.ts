// How far a snapshot is: what the status of a StackSnapshot and the history of a schedule have in common.
import { z } from 'zod';
import { listMap } from './rules.ts';
import { int32 } from './shapes.ts';

export const timestamp = z.string().meta({ format: 'date-time' });
export const byteCount = z.int().min(0).meta({ format: 'int64' });

/** Waiting: not asked for yet. The others are Elasticsearch's own words. Only Success is good. */
export const snapshotStates = ['Waiting', 'InProgress', 'Success', 'Partial', 'Failed'] as const;
export type SnapshotState = (typeof snapshotStates)[number];

export const snapshotName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]*$/)
  .max(200);

/** A snapshot in a repository, as Elasticsearch tells of it. */
export const snapshotFacts = {
  snapshotName: snapshotName.meta({
    description: 'Name of the snapshot in the repository.',
    example: 'nightly-20261122t013000z-5d3f7a80',
  }),
  state: z.enum(snapshotStates).meta({ description: 'How it stands. Only Success is good.', example: 'Success' }),
  startedAt: timestamp
    .optional()
    .meta({ description: 'When Elasticsearch began with it.', example: '2026-11-22T01:30:00Z' }),
  endedAt: timestamp.optional().meta({ description: 'When it ended.', example: '2026-11-22T01:34:10Z' }),
  shards: z
    .strictObject({
      total: int32(0).meta({ description: 'Shards that are to be copied.', example: 12 }),
      done: int32(0).meta({ description: 'Shards that were copied.', example: 12 }),
      failed: int32(0).meta({ description: 'Shards that could not be copied.', example: 0 }),
    })
    .optional()
    .meta({ description: 'How many shards.' }),
  sizeBytes: byteCount.optional().meta({ description: 'Size of all that it holds.', example: 8589934592 }),
  failures: z
    .array(
      z.strictObject({
        index: z.string().max(255).meta({ description: 'The index.', example: '.ds-logs-app-default-000001' }),
        shard: int32(0).meta({ description: 'The shard.', example: 0 }),
        reason: z.string().max(512).meta({ description: "Elasticsearch's words.", example: 'NodeClosedException' }),
      }),
    )
    .max(10)
    .optional()
    .meta({ description: 'The first of the shards that could not be copied.', ...listMap('index', 'shard') }),
};
