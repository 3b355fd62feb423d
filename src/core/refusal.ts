// A refusal: why something that the spec asks for is not done now; and what people read about the rule behind it.
import type { LiftableRule, UnliftableRule } from '../api/rule-names.ts';

/** `subject` is `<kind>/<name>`, for example `Pod/logs-es-data-1`; figures in messages are rounded so that a poll is not a write. */
export interface Refusal {
  readonly rule: string;
  readonly subject: string;
  readonly message: string;
  readonly remedy: string;
}

interface Described {
  /** What could go wrong without the rule. */
  readonly reason: string;
  /** What a person can do about a refusal by it, in general; each refusal has a remedy of its own, with figures. */
  readonly remedy: string;
}

/**
 * A safety rule as docs/rules.md tells of it. `liftable: 'override'` is for rules that an entry of `spec.overrides` can
 * lift; its name is then one of `liftableRules` in src/api/rule-names.ts, else one of `unliftableRules`.
 */
export type RuleDescription = Described &
  (
    | { readonly name: LiftableRule; readonly liftable: 'override' }
    | { readonly name: UnliftableRule; readonly liftable: 'never' }
  );

/** Describes a rule, beside its function; src/core/rules.ts lists all descriptions. Refusals take `rule` from its `name`. */
export const describeRule = <const Description extends RuleDescription>(description: Description): Description =>
  description;
