// docs/rules.md: every safety rule with its reason and remedy, from the rules' own descriptions.
import { rules } from '../../src/core/rules.ts';
import type { RuleDescription } from '../../src/core/refusal.ts';
import { tableOf } from './markdown.ts';

const row = ({ name, reason, remedy, liftable }: RuleDescription): readonly string[] => [
  `\`${name}\``,
  reason,
  remedy,
  liftable === 'override' ? 'by an override' : 'never',
];

export function rulesPage(generatedBy: string): string {
  return [
    `<!-- ${generatedBy} -->`,
    '# Safety rules',
    '',
    'The operator takes the next step of a change only when it is safe. What it holds back stands in `status.blocked` of the stack, with the name of the rule, what it is about, why, with figures, and what helps; `kubectl loggingstack status` shows it. A new refusal is an Event, and `loggingstack_blocked_seconds` says for how long it has been standing. Everything else goes on.',
    '',
    'Some rules can be lifted for one subject and a time by an entry of `spec.overrides`, whose `rule` and `subject` are those of `status.blocked`. The others guard what nobody can want to lose, or what cannot be done at all: an override that names one is refused when it is applied.',
    '',
    '```yaml',
    'overrides:',
    '  - { rule: ZeroReplicaRestart, subject: index/old-import, until: "2026-12-01T00:00:00Z", reason: re-import possible }',
    '```',
    '',
    ...tableOf(['Rule', 'Why', 'What helps', 'Lifted'], rules.map(row)),
    '',
  ].join('\n');
}
