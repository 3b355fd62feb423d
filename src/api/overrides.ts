// Overrides of a LoggingStack: which safety rules are lifted, for what, until when, and why.
import { z } from 'zod';
import { liftableRules, unliftableRules } from './rule-names.ts';
import { celRules, listMap } from './rules.ts';
import { instant } from './shapes.ts';

const quoted = (names: readonly string[]): string => `['${names.join("', '")}']`;

const override = z.strictObject({
  rule: z
    .string()
    .max(64)
    .meta({
      description: `Name of the rule, as status.blocked shows it: ${liftableRules.join(', ')}. See docs/rules.md.`,
      example: 'ZeroReplicaRestart',
      ...celRules(
        {
          rule: `!(self in ${quoted(unliftableRules)})`,
          message: `these rules may not be lifted: ${unliftableRules.join(', ')}`,
          messageExpression: `'rule ' + self + ' may not be lifted by anybody: see docs/rules.md for what it guards and what helps'`,
        },
        {
          rule: `self in ${quoted([...liftableRules, ...unliftableRules].toSorted())}`,
          message: 'there must be a rule of this name',
          messageExpression: `'there is no rule ' + self + ' that could be lifted: take the name from status.blocked'`,
        },
      ),
    }),
  subject: z
    .string()
    .regex(/^[A-Za-z]+[/]\S+$/)
    .max(320)
    .meta({
      description: 'What the rule is lifted for: kind, slash, name, as status.blocked shows it.',
      example: 'index/old-import',
    }),
  until: instant.meta({
    description: 'When the override ends, as in RFC 3339.',
    example: '2026-12-01T00:00:00Z',
  }),
  reason: z.string().min(1).max(512).meta({
    description: 'Why, for those who read it later.',
    example: 're-import possible',
  }),
});

export const overrides = z
  .array(override)
  .max(32)
  .meta({
    description: 'Safety rules that are lifted for a subject and a time. Most rules cannot be lifted.',
    example: [
      {
        rule: 'ZeroReplicaRestart',
        subject: 'index/old-import',
        until: '2026-12-01T00:00:00Z',
        reason: 're-import possible',
      },
    ],
    ...listMap('rule', 'subject'),
  });

export type Override = z.infer<typeof override>;
