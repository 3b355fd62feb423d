// For tests: the real planner against the simulator, look by look, until nothing moves.
import { plan, type ElasticsearchPlan } from '../core/elasticsearch/plan.ts';
import { templates } from '../core/elasticsearch/plan.testing.ts';
import type { ResolvedStack } from '../core/stack.ts';
import { Simulator } from './simulator.ts';

/** One look with detail and its actions, or the first so many of them as if the operator died then. */
export function step(
  simulator: Simulator,
  stack: ResolvedStack,
  actions = Number.POSITIVE_INFINITY,
): ElasticsearchPlan {
  const planned = plan(stack, simulator.observe({ detail: true }), templates);
  for (const action of planned.actions.slice(0, actions)) simulator.take(action);
  simulator.recordedUuid = planned.section.elasticsearch?.clusterUUID;
  return planned;
}

/** A copy waits so long for a node that left. What is to happen after that is not missed when it is longer quiet than that. */
const longestWaitSeconds = 70;

/** Looks and lets time pass until several looks in a row find nothing to do. Returns the last plan. */
export function settle(simulator: Simulator, stack: ResolvedStack, rounds = 300): ElasticsearchPlan {
  const enough = Math.ceil(longestWaitSeconds / simulator.elasticsearch.world.secondsPerTick);
  let quiet = 0;
  for (let round = 0; round < rounds; round += 1) {
    const planned = step(simulator, stack);
    quiet = planned.actions.length === 0 ? quiet + 1 : 0;
    if (quiet > enough) return planned;
    simulator.tick();
  }
  throw new Error(`Not quiet after ${rounds} rounds.`);
}

/** A stack that has settled, with a data stream in it. */
export function runningStack(stack: ResolvedStack, secondsPerTick = 5): Simulator {
  const simulator = new Simulator({ secondsPerTick });
  settle(simulator, stack);
  simulator.elasticsearch.write('logs-app-default', 100);
  settle(simulator, stack);
  return simulator;
}
