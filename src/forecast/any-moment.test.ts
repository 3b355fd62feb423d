// A forecast can be made at any moment of any story: in the midst of faults and changes, from half a look on.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { stackPlanStatus } from '../api/stack-plan.ts';
import type { Observed } from '../core/elasticsearch/observed.ts';
import { plan } from '../core/elasticsearch/plan.ts';
import { templates } from '../core/elasticsearch/plan.testing.ts';
import type { ResolvedStack } from '../core/stack.ts';
import type { Forecast } from '../core/status/stack-plan.ts';
import { small, stackOf, story, usual } from '../simulator/happenings.testing.ts';
import type { Planner } from '../simulator/simulator.testing.ts';
import { tell } from '../simulator/stories.testing.ts';
import { forecast } from './index.ts';
import type { ForecastInput } from './run.ts';

/** Undefined where the look is not whole. Throws when it does not end within as many looks as such a small stack can need. */
function foretell(stack: ResolvedStack, observed: Observed): Forecast | undefined {
  const { cluster } = observed;
  if (!cluster.answered || cluster.detail === undefined) return undefined;
  const whole = observed as ForecastInput['observed'];
  const input = { stack, observed: whole, templates, live: () => undefined, recoveryBytesPerSecond: 40 * 1024 ** 2 };
  const run = forecast(input);
  for (let looks = 0; looks < 600; looks += 1) {
    const next = run.next();
    if (next.done === true) return next.value;
  }
  throw new Error('A forecast does not come to rest.');
}

const proposals = [small, usual].map(stackOf);

it('from any moment of a story, a forecast comes to rest, is well formed and changes nothing', () => {
  let made = 0;
  fc.assert(
    fc.property(story, fc.integer({ min: 2, max: 6 }), (given, every) => {
      let looks = 0;
      const planner: Planner = (stack, observed, files) => {
        if (observed.cluster.answered && observed.cluster.detail !== undefined) looks += 1;
        if (looks % every === every - 1) {
          const before = JSON.stringify(observed);
          const told = foretell(proposals[looks % 2] ?? stack, observed);
          expect(JSON.stringify(observed)).toBe(before);
          if (told !== undefined) {
            made += 1;
            const { steps, refusals, bytesLost } = told;
            expect(stackPlanStatus.safeParse({ steps, refusals, bytesLost }).error).toBeUndefined();
            for (const { order, dependsOn = [] } of steps)
              expect(dependsOn.every((earlier) => earlier < order)).toBe(true);
          }
        }
        return plan(stack, observed, files);
      };
      tell(given, planner);
    }),
    { seed: 11, numRuns: 40, endOnFailure: true },
  );
  expect(made).toBeGreaterThan(30);
});
