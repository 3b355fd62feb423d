// All safety rules, by name: what docs/rules.md tells and what an override may lift.
import { elasticsearchRules } from './elasticsearch/rules/descriptions.ts';
import { filebeatNotAdmittedRule } from './filebeat/plan.ts';
import { queueResizeRule } from './logstash/plan.ts';
import { queueLeftBehindRule } from './logstash/queue-rule.ts';
import { foreignObjectRule } from './objects.ts';
import { pausedRule } from './paused.ts';
import { secretIncompleteRule, secretLostRule } from './pki/plan.ts';
import type { RuleDescription } from './refusal.ts';

export const rules: readonly RuleDescription[] = [
  ...elasticsearchRules,
  filebeatNotAdmittedRule,
  foreignObjectRule,
  pausedRule,
  queueLeftBehindRule,
  queueResizeRule,
  secretIncompleteRule,
  secretLostRule,
].toSorted((first, second) => (first.name < second.name ? -1 : 1));
