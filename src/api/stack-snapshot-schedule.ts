// The StackSnapshotSchedule resource: snapshots of a stack at times by the calendar, and which of them are kept.
import { z } from 'zod';
import { condition } from './logging-stack-status.ts';
import { deletionPolicy, repositoryRef, snapshotContent, stackRef } from './references.ts';
import { celRules, listMap } from './rules.ts';
import { int32, retentionDuration } from './shapes.ts';
import { snapshotFacts, snapshotName, timestamp } from './snapshot-status.ts';

export const stackSnapshotScheduleKind = 'StackSnapshotSchedule';

/** One field of a cron expression: lists of values, ranges and steps. A step is no longer than the field. */
function cronField(value: string, step: string): string {
  const item = `([*]|${value}(-${value})?)(/${step})?`;
  return `${item}(,${item})*`;
}

const months = 'JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC';
const weekdays = 'SUN|MON|TUE|WED|THU|FRI|SAT';
const cronPattern = [
  cronField('[0-5]?[0-9]', '([1-9]|[1-5][0-9])'),
  cronField('([01]?[0-9]|2[0-3])', '([1-9]|1[0-9]|2[0-3])'),
  cronField('(0?[1-9]|[12][0-9]|3[01])', '([1-9]|[12][0-9]|3[01])'),
  cronField(`(0?[1-9]|1[0-2]|${months})`, '([1-9]|1[0-2])'),
  cronField(`([0-7]|${weekdays})`, '[1-7]'),
].join(' +');

/** A time in hours and minutes that may be long. */
const deadline = z
  .string()
  .regex(/^[1-9][0-9]*(m|h|d)$/)
  .max(6);

const retention = z
  .strictObject({
    keepLast: int32(1, 1000).optional().meta({
      description: 'How many good snapshots are kept; older ones are deleted.',
      resolvedDefault: 'no limit',
      example: 14,
    }),
    maxAge: retentionDuration.optional().meta({
      description: 'How old a snapshot becomes before it is deleted, counted back from the newest good one.',
      resolvedDefault: 'no limit',
      example: '30d',
    }),
    minKeep: int32(1, 1000).optional().meta({
      description: 'How many good snapshots are kept whatever their age. One that is partial or failed is not good.',
      resolvedDefault: 1,
      example: 3,
    }),
  })
  .meta(
    celRules(
      {
        rule: '!has(self.keepLast) || !has(self.minKeep) || self.minKeep <= self.keepLast',
        message: 'minKeep may not be more than keepLast',
        fieldPath: '.minKeep',
      },
      {
        rule: '!has(self.minKeep) || has(self.keepLast) || has(self.maxAge)',
        message: 'minKeep alone deletes nothing, and all snapshots are kept: give keepLast or maxAge, too',
        fieldPath: '.minKeep',
      },
    ),
  );

export const stackSnapshotScheduleSpec = z
  .strictObject({
    stackRef: stackRef('The stack that is copied.'),
    repositoryRef,
    schedule: z
      .string()
      .max(200)
      .regex(new RegExp(`^${cronPattern}$`))
      .meta({
        description: 'When: minute, hour, day of the month, month, day of the week, as cron reads them.',
        example: '30 1 * * *',
      }),
    timeZone: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+){0,2}$/)
      .max(64)
      .optional()
      .meta({
        description:
          'Time zone of the schedule, by its name in the IANA database. A time that the clock skips is taken up right after the skip; one that comes twice is taken once.',
        resolvedDefault: 'Etc/UTC',
        example: 'Europe/Berlin',
      }),
    suspend: z.boolean().optional().meta({
      description: 'Whether no new snapshots are taken. What is kept is looked after as before.',
      resolvedDefault: 'false',
      example: true,
    }),
    startingDeadline: deadline.optional().meta({
      description: 'How late a snapshot may begin. Of those that were missed, only the last is caught up.',
      resolvedDefault: 'until the next one is due',
      example: '6h',
    }),
    concurrencyPolicy: z.enum(['Forbid', 'Allow']).optional().meta({
      description:
        'Whether a snapshot that is due waits for the one before it to end, or is taken beside it. One that waits until the next is due is skipped.',
      resolvedDefault: 'Forbid',
      example: 'Allow',
    }),
    snapshot: z.strictObject(snapshotContent).optional().meta({ description: 'What each snapshot holds.' }),
    retention: retention
      .optional()
      .meta({ description: 'Which snapshots of this schedule are kept. Without it, all are.' }),
    deletionPolicy: deletionPolicy(
      'What becomes of the snapshots of this schedule when the StackSnapshotSchedule is deleted.',
    ),
  })
  .meta(
    celRules({
      rule: 'self.stackRef.name == oldSelf.stackRef.name',
      message: 'stackRef cannot be changed: the snapshots are of this stack; make another StackSnapshotSchedule',
      fieldPath: '.stackRef',
    }),
  );

/** Annotations of a StackSnapshotSchedule that ask for one action each, and once for each value. */
export const scheduleAnnotations = {
  'loggingstack.dev/run-now':
    'Takes a snapshot now, besides those by the calendar. The value is any text, such as the date; another value takes another one.',
} as const;

const slot = timestamp.meta({
  description: 'The time by the calendar for which it was taken; of one that was asked for, when that was seen.',
  example: '2026-11-22T01:30:00Z',
});

const run = z.strictObject({
  slot,
  requested: z.string().max(128).optional().meta({
    description: 'Value of the annotation loggingstack.dev/run-now that asked for it.',
    example: '2026-11-22',
  }),
  ...snapshotFacts,
});

export const stackSnapshotScheduleStatus = z.strictObject({
  conditions: z
    .array(condition)
    .max(8)
    .optional()
    .meta({
      description:
        'Ready: whether snapshots can be taken when they are due. Current: whether the last one that was due is good.',
      ...listMap('type'),
    }),
  inForce: z
    .strictObject({
      schedule: z.string().max(200).meta({ description: 'The schedule.', example: '30 1 * * *' }),
      timeZone: z.string().max(64).meta({ description: 'Its time zone.', example: 'Etc/UTC' }),
      since: timestamp.meta({
        description: 'Since when. What it would have meant before is not caught up.',
        example: '2026-11-22T12:00:00Z',
      }),
    })
    .optional()
    .meta({ description: 'The schedule by which snapshots are taken.' }),
  nextRun: timestamp.optional().meta({ description: 'When the next one is due.', example: '2026-11-23T01:30:00Z' }),
  lastSlot: slot.optional(),
  lastSkipped: z
    .strictObject({
      slot,
      reason: z
        .string()
        .regex(/^[A-Z][A-Za-z0-9]*$/)
        .max(64)
        .meta({ description: 'Why, in one word.', example: 'DeadlineExceeded' }),
      message: z.string().max(1024).meta({ description: 'Why, for people.', example: 'It was due 7 hours ago.' }),
    })
    .optional()
    .meta({ description: 'The last one that was due and not taken.' }),
  waiting: z
    .array(snapshotName)
    .max(2)
    .optional()
    .meta({
      description: 'Snapshots that are due and begin as soon as no change of the stack is under way.',
      example: ['nightly-20261122t013000z-5d3f7a80'],
      'x-kubernetes-list-type': 'set',
    }),
  waitingSince: timestamp.optional().meta({
    description: 'Since when the first of those has been due, or could have begun.',
    example: '2026-11-22T01:30:00Z',
  }),
  lastGood: run.optional().meta({ description: 'The newest good snapshot of this schedule.' }),
  runs: z
    .array(run)
    .max(20)
    .optional()
    .meta({ description: 'The newest snapshots of this schedule, the newest first.', ...listMap('snapshotName') }),
  kept: int32(0).optional().meta({ description: 'Snapshots of this schedule in the repository.', example: 14 }),
  runNow: z.string().max(128).optional().meta({
    description: 'Value of the annotation loggingstack.dev/run-now that was followed last.',
    example: '2026-11-22',
  }),
});

/** The conditions of a StackSnapshotSchedule. */
export const scheduleReadyCondition = 'Ready';
export const currentCondition = 'Current';

export type StackSnapshotScheduleSpec = z.infer<typeof stackSnapshotScheduleSpec>;
export type StackSnapshotScheduleStatus = z.infer<typeof stackSnapshotScheduleStatus>;
export type ScheduleRun = z.infer<typeof run>;
