// Which overrides a plan relies on: those without which it would refuse something.
import type { Override } from '../../api/overrides.ts';
import { liftedBy } from '../overrides.ts';
import type { ConfigTemplates } from '../rendering/templates.ts';
import type { ResolvedStack } from '../stack.ts';
import type { Observed } from './observed.ts';
import { plan } from './plan.ts';

/** Plans once more as if there were no override, and compares. Without overrides it costs nothing. */
export function usedOverrides(
  stack: ResolvedStack,
  observed: Observed,
  templates: ConfigTemplates,
): readonly Override[] {
  if (stack.overrides.length === 0) return [];
  const { refusals } = plan({ ...stack, overrides: [] }, observed, templates);
  return stack.overrides.filter((override) =>
    refusals.some((refusal) => liftedBy([override], refusal, observed.takenAt) !== undefined),
  );
}
