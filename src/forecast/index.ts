// Foretells what an edit of a stack would mean: goes on from a live look on the simulator, by the same planner, until nothing moves. Pure.
import type { Observed } from '../core/elasticsearch/observed.ts';
import { type ElasticsearchPlan, plan } from '../core/elasticsearch/plan.ts';
import type { Forecast } from '../core/status/stack-plan.ts';
import { type FollowerPlan, followerSteps } from './followers.ts';
import { Recorder } from './recorder.ts';
import { type ForecastInput, Run } from './run.ts';

export type { Forecast, ForecastInput };

/** Looks until nothing more is foretold. A drain of a thousand shards takes about as many. */
const mostLooks = 3000;
const mostSteps = 1000;
const mostRefusals = 64;

/**
 * Yields after each look, so that whoever calls it can see to other things meanwhile, or end it with `enough`: then it
 * tells as much as it knows.
 */
export function* forecast(input: ForecastInput): Generator<undefined, Forecast, 'enough' | undefined> {
  const { stack, templates, live } = input;
  const run = new Run(input);
  const recorder = new Recorder();
  let looks = 0;
  let planned: ElasticsearchPlan;
  do {
    const seen = run.observe();
    recorder.look(seen, run.seconds);
    planned = planUpon(seen, input);
    recorder.acted(planned.actions, seen, run.seconds);
    run.goOn(planned);
    looks += 1;
  } while (!run.rests && looks < mostLooks && (yield) !== 'enough');
  const followers = followerSteps(stack, templates, live);
  const steps = toldSteps(recorder, followers);
  const refusals = refusalsOf(planned, followers);
  const untold = [
    run.rests ? unreadyIn(planned) : `What comes after ${looks} looks is not in this plan.`,
    leftOut('steps', steps.length, mostSteps),
    leftOut('refusals', refusals.length, mostRefusals),
  ].filter((sentence) => sentence !== undefined);
  return {
    steps: steps.slice(0, mostSteps),
    refusals: refusals.slice(0, mostRefusals),
    bytesLost: run.bytesLost(),
    unfinished: untold.length === 0 ? undefined : untold.join(' '),
  };
}

/** The status of a plan has no room for more. */
const leftOut = (what: string, count: number, most: number): string | undefined =>
  count <= most ? undefined : `Of ${count} ${what} the first ${most} are in this plan.`;

/** As the controllers do: by a closer look only where the plan needs one. */
function planUpon(seen: Observed, { stack, templates }: ForecastInput): ElasticsearchPlan {
  const { cluster } = seen;
  const fromAfar = cluster.answered ? { ...seen, cluster: { ...cluster, detail: undefined } } : seen;
  const first = plan(stack, fromAfar, templates);
  return first.needsDetail ? plan(stack, seen, templates) : first;
}

type ToldStep = Forecast['steps'][number];

function toldSteps(recorder: Recorder, followers: readonly FollowerPlan[]): Forecast['steps'] {
  const { record } = recorder;
  const steps = record.map(({ action, subject, sizeBytes, began, ended, after }, place): ToldStep => {
    const seconds = ended === undefined ? undefined : Math.round(ended - began);
    return {
      order: place + 1,
      action,
      subject,
      ...(sizeBytes === undefined ? {} : { sizeBytes }),
      ...(seconds === undefined || seconds === 0 ? {} : { seconds }),
      ...(after.length === 0 ? {} : { dependsOn: after.slice(-50).map((earlier) => earlier + 1) }),
    };
  });
  const upgraded = record.findLastIndex(({ action }) => action === 'Restart') + 1;
  return [...steps, ...followingSteps(followers, steps.length, upgraded)];
}

/**
 * Those that take a new version do so one after the other.
 * @param before how many steps are before theirs
 * @param upgraded the step after which Elasticsearch has the new version; 0 when it has it already
 */
function followingSteps(followers: readonly FollowerPlan[], before: number, upgraded: number): Forecast['steps'] {
  let awaited = upgraded;
  let order = before;
  return followers.flatMap(({ steps, waits }) => {
    const dependsOn = waits && awaited > 0 ? { dependsOn: [awaited] } : {};
    const told = steps.map(({ action, subject }) => ({ order: (order += 1), action, subject, ...dependsOn }));
    if (waits) awaited = order;
    return told;
  });
}

/** What would still be refused in the end; what passes on the way there is no news. */
function refusalsOf({ refusals }: ElasticsearchPlan, followers: readonly FollowerPlan[]): Forecast['refusals'] {
  const all = [...refusals, ...followers.flatMap((follower) => follower.refusals)];
  const key = ({ rule, subject }: (typeof all)[number]): string => `${rule} ${subject}`;
  const unique = [...new Map(all.map((refusal) => [key(refusal), refusal])).values()];
  return unique.map(({ rule, subject, message, remedy }) => ({ rule, subject, message, remedy }));
}

function unreadyIn({ findings }: ElasticsearchPlan): string | undefined {
  const ready = findings.find(({ type }) => type === 'ElasticsearchReady');
  return ready === undefined || ready.status === 'True'
    ? undefined
    : `In the end it would not be ready: ${ready.message}`;
}
