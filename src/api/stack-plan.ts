// The StackPlan resource: a proposed spec of a stack goes in; the steps, refusals and losses that it would mean come out.
import { z } from 'zod';
import { loggingStackSpec } from './logging-stack.ts';
import { condition } from './logging-stack-status.ts';
import { stackRef } from './references.ts';
import { listMap, listSet } from './rules.ts';
import { int32, shortDuration } from './shapes.ts';

export const stackPlanKind = 'StackPlan';

export const stackPlanSpec = z.strictObject({
  stackRef: stackRef('The stack that is to be changed.'),
  proposed: loggingStackSpec.meta({
    description: 'The whole spec that the stack would get: the same fields as the spec of a LoggingStack.',
    example: { version: '9.4.3', elasticsearch: { data: { replicas: 2 } } },
  }),
  ttl: shortDuration.optional().meta({
    description: 'How long the plan is kept. It says what would happen at the time of its look, and is soon outdated.',
    resolvedDefault: '1h',
    example: '30m',
  }),
});

const timestamp = z.string().meta({ format: 'date-time' });
const bytes = z.int().min(0).meta({ format: 'int64' });
const order = int32(1, 1000);
const subject = z
  .string()
  .max(320)
  .meta({ description: 'To what: kind, slash, name.', example: 'StatefulSet/logs-es-data' });

const step = z.strictObject({
  order: order.meta({ description: 'Place in the order, from 1.', example: 1 }),
  action: z
    .string()
    .regex(/^[A-Z][A-Za-z]*$/)
    .max(64)
    .meta({ description: 'What would be done.', example: 'Drain' }),
  subject,
  sizeBytes: bytes.optional().meta({ description: 'Bytes that would be moved.', example: 8589934592 }),
  seconds: int32(0)
    .optional()
    .meta({ description: 'How long it would take, estimated by the speed of earlier recoveries.', example: 240 }),
  dependsOn: z
    .array(order)
    .max(50)
    .optional()
    .meta({ description: 'Steps that must have ended before.', example: [1], ...listSet }),
});

const refusal = z.strictObject({
  rule: z.string().max(64).meta({ description: 'Name of the safety rule.', example: 'DiskTooSmall' }),
  subject,
  message: z
    .string()
    .max(1024)
    .meta({ description: 'What would be held back and why, with figures.', example: '3 nodes are to become 1.' }),
  remedy: z.string().max(1024).meta({ description: 'What would let it go on.', example: 'Keep 2 data nodes.' }),
});

export const stackPlanStatus = z.strictObject({
  conditions: z
    .array(condition)
    .max(8)
    .optional()
    .meta({
      description: 'Planned: whether the plan is there. It says why not, where it cannot be made.',
      ...listMap('type'),
    }),
  observed: z
    .strictObject({
      generation: z.int().min(0).meta({
        description: 'metadata.generation of the stack that the plan starts from.',
        format: 'int64',
        example: 4,
      }),
      at: timestamp.meta({ description: 'When the stack was looked at.', example: '2026-11-22T12:00:00Z' }),
    })
    .optional()
    .meta({ description: 'What the plan starts from.' }),
  steps: z
    .array(step)
    .max(1000)
    .optional()
    .meta({ description: 'What would be done, in order.', ...listMap('order') }),
  refusals: z
    .array(refusal)
    .max(64)
    .optional()
    .meta({ description: 'What would be refused, each with its reason and remedy.', ...listMap('rule', 'subject') }),
  bytesLost: bytes.optional().meta({ description: 'Bytes of logs that would be lost.', example: 0 }),
  expiresAt: timestamp.optional().meta({
    description: 'When the operator deletes the plan.',
    example: '2026-11-22T13:00:00Z',
  }),
});

/** The condition of a StackPlan: True when the plan is there, False when it cannot be made. */
export const plannedCondition = 'Planned';

export type StackPlanStatus = z.infer<typeof stackPlanStatus>;
