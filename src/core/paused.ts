// A paused stack: what would be written is said in the status instead.
import { describeRule, type Refusal } from './refusal.ts';
import type { ObjectAction } from './objects.ts';

export const pausedRule = describeRule({
  name: 'Paused',
  liftable: 'never',
  reason: 'Whoever pauses a stack wants to see what the operator would do before it does anything.',
  remedy: 'Set spec.paused to false when the steps that the status names may be taken.',
});

/** What a write of a Kubernetes object does, in words. */
export function objectWords(action: ObjectAction): string {
  if (action.kind === 'delete') return `delete ${action.reference.kind} ${action.reference.name}`;
  const { kind, metadata } = action.object;
  return `${action.kind === 'create' ? 'create' : 'change'} ${kind} ${metadata.name}`;
}

/** More would be cut off in the middle. */
const longestList = 12;

/** One refusal that names the steps that a component would take next; none when it would do nothing. */
export function pausedRefusals(stack: string, steps: readonly string[]): readonly Refusal[] {
  if (steps.length === 0) return [];
  const each = [...new Set(steps)];
  const more = each.length > longestList ? `; and ${each.length - longestList} more` : '';
  return [
    {
      rule: pausedRule.name,
      subject: `LoggingStack/${stack}`,
      message: `The stack is paused. The next steps would be: ${each.slice(0, longestList).join('; ')}${more}.`,
      remedy:
        'Set spec.paused to false to have them taken. Further steps may follow: kubectl loggingstack plan shows all.',
    },
  ];
}
