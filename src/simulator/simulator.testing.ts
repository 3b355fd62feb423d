// For tests: the real planner against the simulator, look by look, until nothing moves.
import { plan, type ElasticsearchPlan } from '../core/elasticsearch/plan.ts';
import { templates } from '../core/elasticsearch/plan.testing.ts';
import type { Observed } from '../core/elasticsearch/observed.ts';
import type { ResolvedStack } from '../core/stack.ts';
import { Simulator } from './simulator.ts';

export type Planner = typeof plan;

/** What a plan was made upon. */
export interface Planned {
  readonly observed: Observed;
  readonly planned: ElasticsearchPlan;
}

/** Looks as the controllers do: closer only when the planner asks for it, and then nothing of the first plan counts. */
export function look(simulator: Simulator, stack: ResolvedStack, planner: Planner = plan): Planned {
  const observed = simulator.observe();
  const planned = planner(stack, observed, templates);
  if (!planned.needsDetail || !observed.cluster.answered) return { observed, planned };
  const closer = simulator.observe({ detail: true });
  return { observed: closer, planned: planner(stack, closer, templates) };
}

/** Carries out a plan, or the first so many of its actions as if the operator died then. */
export function act(simulator: Simulator, planned: ElasticsearchPlan, actions = Number.POSITIVE_INFINITY): void {
  for (const action of planned.actions.slice(0, actions)) simulator.take(action);
  simulator.recordedUuid = planned.section.elasticsearch?.clusterUUID;
}

/** One look and its actions, or the first so many of them. */
export function step(simulator: Simulator, stack: ResolvedStack, actions?: number): ElasticsearchPlan {
  const { planned } = look(simulator, stack);
  act(simulator, planned, actions);
  return planned;
}

/** Looks that find nothing to do, one after the other, while nothing moves: then nothing will. */
const quietLooks = 3;

/** Looks and lets time pass until several looks in a row find nothing to do and nothing moves. Returns the last plan. */
export function settle(
  simulator: Simulator,
  stack: ResolvedStack,
  rounds = 300,
  planner: Planner = plan,
): ElasticsearchPlan {
  let quiet = 0;
  for (let round = 0; round < rounds; round += 1) {
    const { planned } = look(simulator, stack, planner);
    act(simulator, planned);
    quiet = planned.actions.length === 0 && simulator.atRest ? quiet + 1 : 0;
    if (quiet >= quietLooks) return planned;
    simulator.tick();
  }
  throw new Error(`Not quiet after ${rounds} rounds.`);
}

/** A stack that has settled, with nothing in it. */
export function startedStack(stack: ResolvedStack, secondsPerTick = 5): Simulator {
  const simulator = new Simulator({ secondsPerTick });
  settle(simulator, stack);
  return simulator;
}

/** A stack that has settled, with a data stream in it. */
export function runningStack(stack: ResolvedStack, secondsPerTick = 5): Simulator {
  const simulator = startedStack(stack, secondsPerTick);
  simulator.elasticsearch.write('logs-app-default', 100);
  settle(simulator, stack);
  return simulator;
}

/** Pods that the operator replaced while their nodes served, in this order. */
export const restarted = ({ records }: Simulator): readonly string[] =>
  records.restarts.filter(({ cause }) => cause === 'operator').map(({ pod }) => pod);

/** Uids of all clusters that ever formed. */
export const clusters = ({ elasticsearch }: Simulator): readonly string[] => [...elasticsearch.world.clusters.keys()];
