// StackPlans: what an edit of a stack would mean, foretold once from a fresh look, kept for a while, then deleted.
import { isDeepStrictEqual } from 'node:util';
import { apiVersion, kind as stackKind } from '../../api/logging-stack.ts';
import { stackPlanKind, type StackPlanStatus } from '../../api/stack-plan.ts';
import type { KubeObject } from '../../core/kubernetes.ts';
import {
  expiryOf,
  interrupted,
  isAnswered,
  isStarted,
  oneTooMany,
  plannedStatus,
  startedStatus,
  type Unplanned,
  unplannedStatus,
} from '../../core/status/stack-plan.ts';
import { isEsFault } from '../../elasticsearch/faults.ts';
import { sleep } from '../../kube/clock.ts';
import { Fault, isFault } from '../../kube/errors.ts';
import type { ReconcileResult } from '../../kube/queue.ts';
import { referenceTo } from '../../kube/resources.ts';
import { type Runtime, takeLook } from '../framework.ts';
import { Turns } from '../turns.ts';
import { basisOf, type Planning, Unanswered } from './basis.ts';

export type { Planning } from './basis.ts';

/** Elasticsearch is asked again for so long after the plan was made: nodes come and go while a stack is being changed. */
const patienceMs = 30_000;
const againMs = 2000;
/** Of a stack with very many shards, only the beginning is foretold: other plans wait. */
const longestMs = 60_000;

/** One plan: to be deleted, to be answered, or to be left alone until its time is over. */
export function planReconciler(planning: Planning, runtime: Runtime) {
  const making: Making = { planning, runtime, turns: new Turns(1), begun: new Set() };
  return async (key: string, signal: AbortSignal): Promise<ReconcileResult> => {
    const scope = `stack-plan/${key}`;
    await runtime.expectations.settle(scope, signal);
    const [namespace = '', name = ''] = key.split('/');
    const plan = runtime.watches.find({ apiVersion, kind: stackPlanKind, namespace, name });
    if (plan === undefined || plan.metadata.deletionTimestamp !== undefined) return undefined;
    const left = expiryOf(plan).getTime() - runtime.clock.wall().getTime();
    if (left <= 0) return remove(runtime, plan, scope, signal);
    if (isAnswered(plan)) {
      making.begun.delete(plan.metadata.uid ?? '');
      return { requeueAfterMs: left };
    }
    const status = await answer(making, plan, scope, signal);
    const isNews = !isDeepStrictEqual(plan['status'], status);
    const written = isNews ? await write(runtime, plan, status, scope, signal) : plan;
    return { requeueAfterMs: isAnswered(written) ? left : againMs };
  };
}

interface Making {
  readonly planning: Planning;
  readonly runtime: Runtime;
  /** A forecast takes the processor: there is one at a time. */
  readonly turns: Turns;
  /** UIDs of the plans that this process is making. */
  readonly begun: Set<string>;
}

async function write(
  { client, expectations }: Runtime,
  plan: KubeObject,
  status: StackPlanStatus,
  scope: string,
  signal: AbortSignal,
): Promise<KubeObject> {
  const body = { ...identityOf(plan), status };
  const written = await client.applyStatus(body, { manager: 'loggingstack-plans', force: true }, signal);
  expectations.wrote(scope, written);
  return written;
}

function identityOf(plan: KubeObject): KubeObject {
  const { name, namespace = '', uid = '' } = plan.metadata;
  return { apiVersion, kind: stackPlanKind, metadata: { name, namespace, uid } };
}

async function remove(runtime: Runtime, plan: KubeObject, scope: string, signal: AbortSignal): Promise<undefined> {
  const { uid = '' } = plan.metadata;
  await runtime.client.delete(referenceTo(plan), { uid }, signal);
  runtime.expectations.deleted(scope, referenceTo(plan), uid);
}

async function answer(making: Making, plan: KubeObject, scope: string, signal: AbortSignal): Promise<StackPlanStatus> {
  const { runtime, begun } = making;
  const { uid = '', namespace = '' } = plan.metadata;
  // Who ended while making it might end again.
  if (isStarted(plan) && !begun.has(uid)) return unplannedStatus(plan, interrupted, runtime.clock.wall());
  const others = runtime.watches.of('StackPlan').flatMap(({ store }) => store.list());
  const tooMany = oneTooMany(
    plan,
    others.filter(({ metadata }) => metadata.namespace === namespace),
  );
  if (tooMany !== undefined) return unplannedStatus(plan, tooMany, runtime.clock.wall());
  try {
    return await foretell(making, plan, scope, signal);
  } catch (error) {
    const unplanned = signal.aborted ? undefined : reasonOf(error, runtime, plan);
    if (unplanned === undefined) throw error;
    return unplannedStatus(plan, unplanned, runtime.clock.wall());
  }
}

async function foretell(
  { planning, runtime, turns, begun }: Making,
  plan: KubeObject,
  scope: string,
  signal: AbortSignal,
): Promise<StackPlanStatus> {
  const { stackRef, proposed } = plan['spec'] as { readonly stackRef: { readonly name: string }; proposed: unknown };
  const reference = { apiVersion, kind: stackKind, namespace: plan.metadata.namespace ?? '', name: stackRef.name };
  const object = runtime.watches.find(reference);
  if (object === undefined || object.metadata.deletionTimestamp !== undefined)
    throw new Unanswered('NoSuchStack', `There is no ${stackKind} ${stackRef.name} in this namespace.`, true);
  // As Elasticsearch looks at it: nobody's turn is awaited, so that the steps of all are told.
  const look = takeLook('elasticsearch', runtime, object, scope);
  const { stack } = takeLook('elasticsearch', runtime, { ...object, spec: proposed }, scope);
  const { observed, speed } = await basisOf(planning, look, stack, signal);
  const { templates } = planning;
  const { bytesPerSecond: recoveryBytesPerSecond } = speed;
  const run = planning.forecast({ stack, observed, templates, live: look.live, recoveryBytesPerSecond });
  const { generation } = look.stack.identity;
  const basis = { generation, at: new Date(observed.takenAt), speed, paused: stack.paused };
  return turns.take(async () => {
    const { uid = '' } = plan.metadata;
    begun.add(uid);
    await write(runtime, plan, startedStatus(plan, runtime.clock.wall()), scope, signal);
    const forecast = await finish(run, runtime, signal);
    return plannedStatus(plan, forecast, basis, runtime.clock.wall());
  });
}

/** Lets everything else go on between two looks of the forecast, for as long as a look takes. */
async function finish(run: ReturnType<Planning['forecast']>, { clock }: Runtime, signal: AbortSignal) {
  const end = clock.now() + longestMs;
  for (;;) {
    const began = clock.now();
    const next = run.next(began < end ? undefined : 'enough');
    if (next.done === true) return next.value;
    await sleep(clock, clock.now() - began, signal);
    if (signal.aborted) throw new Fault('Aborted', 'a plan was not finished, because the operator stops');
  }
}

/** What to say of an error; undefined when it is none of the plan's, and the queue tries again. */
function reasonOf(error: unknown, { clock, log }: Runtime, plan: KubeObject): Unplanned | undefined {
  if (error instanceof Unanswered || isEsFault(error)) {
    const age = clock.wall().getTime() - Date.parse(plan.metadata.creationTimestamp ?? '');
    const final = (error instanceof Unanswered && error.final) || age > patienceMs;
    return { final, reason: error.code, message: error.message };
  }
  if (isFault(error, 'Invalid')) return { final: true, reason: error.code, message: error.message };
  if (isFault(error)) return undefined;
  const { namespace = '', name } = plan.metadata;
  log.error({ plan: `${namespace}/${name}`, error: error instanceof Error ? error.stack : error }, 'a plan failed');
  return { final: true, reason: 'InternalError', message: 'The operator failed; see its log.' };
}
