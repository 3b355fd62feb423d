// StackPlans: what an edit of a stack would mean, foretold once from a fresh look, kept for a while, then deleted.
import { setImmediate } from 'node:timers/promises';
import { apiVersion, kind as stackKind } from '../../api/logging-stack.ts';
import { stackPlanKind, type StackPlanStatus } from '../../api/stack-plan.ts';
import type { KubeObject } from '../../core/kubernetes.ts';
import { expiryOf, isAnswered, plannedStatus, type Unplanned, unplannedStatus } from '../../core/status/stack-plan.ts';
import { isEsFault } from '../../elasticsearch/faults.ts';
import { Fault, isFault } from '../../kube/errors.ts';
import type { ReconcileResult } from '../../kube/queue.ts';
import { referenceTo } from '../../kube/resources.ts';
import { type Runtime, takeLook } from '../framework.ts';
import { basisOf, type Planning, Unanswered } from './basis.ts';

export type { Planning } from './basis.ts';

/** Elasticsearch is asked again for so long after the plan was made: nodes come and go while a stack is being changed. */
const patienceMs = 30_000;
const againMs = 2000;
/** Of a stack with very many shards, only the beginning is foretold: other plans wait. */
const longestMs = 40_000;

/** One plan: to be deleted, to be answered, or to be left alone until its time is over. */
export function planReconciler(planning: Planning, runtime: Runtime) {
  return async (key: string, signal: AbortSignal): Promise<ReconcileResult> => {
    const scope = `stack-plan/${key}`;
    await runtime.expectations.settle(scope, signal);
    const [namespace = '', name = ''] = key.split('/');
    const plan = runtime.watches.find({ apiVersion, kind: stackPlanKind, namespace, name });
    if (plan === undefined || plan.metadata.deletionTimestamp !== undefined) return undefined;
    const left = expiryOf(plan).getTime() - runtime.clock.wall().getTime();
    if (left <= 0) return remove(runtime, plan, scope, signal);
    if (isAnswered(plan)) return { requeueAfterMs: left };
    const status = await answer(planning, runtime, plan, scope, signal);
    const body = { ...identityOf(plan), status };
    const written = await runtime.client.applyStatus(body, { manager: 'loggingstack-plans', force: true }, signal);
    runtime.expectations.wrote(scope, written);
    return { requeueAfterMs: isAnswered(written) ? left : againMs };
  };
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

async function answer(
  planning: Planning,
  runtime: Runtime,
  plan: KubeObject,
  scope: string,
  signal: AbortSignal,
): Promise<StackPlanStatus> {
  try {
    return await foretell(planning, runtime, plan, scope, signal);
  } catch (error) {
    const unplanned = signal.aborted ? undefined : reasonOf(error, runtime, plan);
    if (unplanned === undefined) throw error;
    return unplannedStatus(plan, unplanned, runtime.clock.wall());
  }
}

async function foretell(
  planning: Planning,
  runtime: Runtime,
  plan: KubeObject,
  scope: string,
  signal: AbortSignal,
): Promise<StackPlanStatus> {
  const { stackRef, proposed } = plan['spec'] as { readonly stackRef: { readonly name: string }; proposed: unknown };
  const reference = { apiVersion, kind: stackKind, namespace: plan.metadata.namespace ?? '', name: stackRef.name };
  const object = runtime.watches.find(reference);
  if (object === undefined || object.metadata.deletionTimestamp !== undefined)
    throw new Unanswered('NoSuchStack', `There is no ${stackKind} ${stackRef.name} in this namespace.`, true);
  const follows = { followsElasticsearch: false };
  const look = takeLook(follows, runtime, object, scope);
  const { stack } = takeLook(follows, runtime, { ...object, spec: proposed }, scope);
  const { observed, speed } = await basisOf(planning, look, stack, signal);
  const { templates } = planning;
  const { bytesPerSecond: recoveryBytesPerSecond } = speed;
  const run = planning.forecast({ stack, observed, templates, live: look.live, recoveryBytesPerSecond });
  const { generation } = look.stack.identity;
  const basis = { generation, at: new Date(observed.takenAt), speed, paused: stack.paused };
  return plannedStatus(plan, await finish(run, runtime, signal), basis, runtime.clock.wall());
}

/** Lets everything else go on between two looks of the forecast. */
async function finish(run: ReturnType<Planning['forecast']>, { clock }: Runtime, signal: AbortSignal) {
  const end = clock.now() + longestMs;
  for (;;) {
    const next = run.next(clock.now() < end ? undefined : 'enough');
    if (next.done === true) return next.value;
    await setImmediate();
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
