// Which refusals an override lifts: by rule and subject, until its time is over, and only where the rule allows it.
import type { Override } from '../api/overrides.ts';
import { liftableRules } from '../api/rule-names.ts';
import type { Refusal } from './refusal.ts';

/** The override that lifts this refusal at a time (RFC 3339), if there is one. A time that cannot be read lifts nothing. */
export function liftedBy(overrides: readonly Override[], refusal: Refusal, at: string): Override | undefined {
  const rules: readonly string[] = liftableRules;
  if (!rules.includes(refusal.rule)) return undefined;
  return overrides.find(
    ({ rule, subject, until }) =>
      rule === refusal.rule && subject === refusal.subject && Date.parse(at) < Date.parse(until),
  );
}
