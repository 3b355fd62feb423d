// How a component of a stack is reconciled: look at the stack, let the component observe, plan and act, then report what it said in status and Events.
import { loggingStackSpec } from '../api/logging-stack.ts';
import type { LoggingStackStatus } from '../api/logging-stack-status.ts';
import type { OperatorConfig } from '../api/operator-config.ts';
import { followerStates, isFollower, turnOf } from '../core/followers.ts';
import type { KubeObject } from '../core/kubernetes.ts';
import { fieldManager, type ReconciledComponent } from '../core/names.ts';
import { foreignObject, isOurs, type LiveObjects, type ObjectAction, referenceOf } from '../core/objects.ts';
import { objectWords, pausedRefusals } from '../core/paused.ts';
import type { Refusal } from '../core/refusal.ts';
import { requestsOf } from '../core/requests.ts';
import { usesOf } from '../core/snapshots/repositories.ts';
import { type ResolvedStack, resolveStack, type StackIdentity } from '../core/stack.ts';
import {
  componentStatus,
  type Finding,
  type SharedStatus,
  statusDiffers,
  transitions,
} from '../core/status/conditions.ts';
import { endedSteps } from '../core/status/progress.ts';
import { secondsOf } from '../core/status/time.ts';
import { workloadSteps } from '../core/workloads.ts';
import { isEsFault } from '../elasticsearch/faults.ts';
import type { KubeClient } from '../kube/client.ts';
import type { Clock } from '../kube/clock.ts';
import { Fault, isFault } from '../kube/errors.ts';
import type { EventRecorder } from '../kube/events.ts';
import type { Expectations } from '../kube/expectations.ts';
import type { Log } from '../kube/hooks.ts';
import type { ReconcileResult } from '../kube/queue.ts';
import type { Meters } from './meters.ts';
import type { Watches } from './watches.ts';

/** What every controller shares. */
export interface Runtime {
  readonly client: KubeClient;
  readonly expectations: Expectations;
  readonly watches: Watches;
  readonly recorder: EventRecorder;
  readonly config: OperatorConfig;
  readonly clock: Clock;
  readonly log: Log;
  readonly meters?: Meters;
}

/** Reads and writes of Kubernetes objects. */
export interface Hands {
  readonly live: LiveObjects;
  /** All objects of a kind that carry the stack's label. */
  readonly ofStack: Watches['ofStack'];
  /** Carries out planned writes in their order, and remembers them, so that no later look is older than they are. */
  readonly act: (actions: readonly ObjectAction[], signal: AbortSignal) => Promise<void>;
}

/** One look at one stack, for one component. */
export interface Look extends Hands {
  readonly stack: ResolvedStack;
  /** The LoggingStack itself, as the cache has it. */
  readonly object: KubeObject;
  /** When this look was taken. */
  readonly now: Date;
  readonly runtime: Runtime;
  /** Of a follower that is not at the version that the spec asks for: what it waits for. */
  readonly turn: string | undefined;
  /** While the stack is paused, what would be written, in words: whoever writes by other hands adds to it instead. */
  readonly heldBack?: string[];
}

/** What a component says after a look. */
export interface Outcome {
  readonly findings: readonly Finding[];
  readonly refusals: readonly Refusal[];
  /** The component's own part of the status. */
  readonly section: Readonly<Record<string, unknown>>;
  /** When to look again without any change in Kubernetes. */
  readonly requeueAfterMs?: number;
}

/** A part of a stack with a queue of its own, so that one that is stuck holds up no other. */
export interface Component {
  readonly name: ReconciledComponent;
  /** The conditions that it owns; a failed look is reported in the first. */
  readonly conditions: readonly [string, ...string[]];
  /** The fields of the status that it owns. */
  readonly sections: readonly string[];
  reconcile(look: Look, signal: AbortSignal): Promise<Outcome>;
  /** Called when the stack is gone or on its way: takes away what owner references cannot reach. */
  forget?(gone: StackIdentity, hands: Hands, signal: AbortSignal): Promise<void>;
}

/** Faults that only say "look again": they are no news for people. */
export const passing = ['StaleCache', 'Conflict', 'AlreadyExists', 'Aborted', 'LeaseLost', 'Gone'] as const;

export function reconciler(component: Component, runtime: Runtime) {
  return async (key: string, signal: AbortSignal): Promise<ReconcileResult> => {
    const scope = `${component.name}/${key}`;
    await runtime.expectations.settle(scope, signal);
    const [namespace = '', name = ''] = key.split('/');
    const object = runtime.watches.find({
      apiVersion: 'loggingstack.dev/v1alpha1',
      kind: 'LoggingStack',
      namespace,
      name,
    });
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) {
      const gone = { namespace, name, uid: object?.metadata.uid ?? '', generation: 0 };
      await component.forget?.(gone, hands(runtime, gone, scope), signal);
      return undefined;
    }
    const outcome = await lookOnce(component, runtime, object, scope, signal);
    return outcome.requeueAfterMs === undefined ? undefined : { requeueAfterMs: outcome.requeueAfterMs };
  };
}

async function lookOnce(
  component: Component,
  runtime: Runtime,
  object: KubeObject,
  scope: string,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    const look = takeLook(component.name, runtime, object, scope);
    const found = await component.reconcile(look, signal);
    const refusals = [...found.refusals, ...pausedRefusals(object.metadata.name, look.heldBack ?? [])];
    const outcome = { ...found, refusals };
    await report(component, runtime, object, scope, outcome, signal);
    return outcome;
  } catch (error) {
    if (isFault(error, ...passing) || isEsFault(error, 'EsAborted') || signal.aborted) throw error;
    // What failed first is the news.
    const tellAlso = (also: unknown): void => {
      runtime.log.warn({ scope, error: String(also) }, 'a failure is not in the status');
    };
    await report(component, runtime, object, scope, failure(component, error, object), signal).catch(tellAlso);
    throw error;
  }
}

/**
 * An object of our name stood in the way of a creation. Planners refuse those that the cache has; this one lacks our label,
 * so that nobody knew of it before.
 */
class ForeignObjectFound extends Fault {
  readonly refusal: Refusal;

  constructor(refusal: Refusal, cause: unknown) {
    super('ForeignObject', refusal.message, { cause });
    this.refusal = refusal;
  }
}

/** A look that failed says so in its first condition, and leaves the rest of what it knew as it stands. */
function failure(component: Component, error: unknown, object: KubeObject): Outcome {
  const [reason, message] =
    error instanceof Fault ? [error.code, error.message] : ['InternalError', 'The operator failed; see its log.'];
  const live = (object['status'] ?? {}) as SharedStatus & Record<string, unknown>;
  const [first, ...others] = component.conditions;
  const kept = (live.conditions ?? []).filter((condition) => others.includes(condition.type));
  const found = error instanceof ForeignObjectFound ? [error.refusal] : [];
  // Those found by earlier looks may be gone: each look stops at the first.
  const refused = (live.blocked ?? []).filter(
    ({ component: by, rule }) => by === component.name && (found.length === 0 || rule !== 'ForeignObject'),
  );
  return {
    findings: [{ type: first, status: 'False', reason, message }, ...kept],
    refusals: [...refused, ...found],
    section: Object.fromEntries(Object.entries(live).filter(([field]) => component.sections.includes(field))),
  };
}

/**
 * A look at a stack by its spec; for a follower of Elasticsearch, by the version whose turn it is. Throws Fault `Invalid`
 * for a spec that this operator does not understand.
 */
export function takeLook(component: ReconciledComponent, runtime: Runtime, object: KubeObject, scope: string): Look {
  const { name, namespace = '', uid = '', generation = 0 } = object.metadata;
  const parsed = loggingStackSpec.safeParse(object['spec']);
  if (!parsed.success) {
    const fields = parsed.error.issues.map((issue) => `spec.${issue.path.join('.')}: ${issue.message}`).join('; ');
    throw new Fault(
      'Invalid',
      `This operator does not understand the spec: ${fields}. Apply the CRD that came with it.`,
    );
  }
  const { version: running, requests: recorded, conditions } = (object['status'] ?? {}) as LoggingStackStatus;
  const { watches, config } = runtime;
  const requests = requestsOf(object.metadata.annotations, recorded);
  const { version: wanted } = parsed.data;
  const identity = { name, namespace, uid, generation };
  const follows = isFollower(component);
  const { version, waiting: turn } = follows
    ? turnOf(component, { wanted, running, states: followerStates(identity, watches.find, conditions), config })
    : { version: wanted };
  const repositories = usesOf(identity, watches.aboutStack('StackRepository', `${namespace}/${name}`));
  const stack = resolveStack(identity, { ...parsed.data, version }, requests, config, repositories);
  return {
    stack,
    object,
    now: runtime.clock.wall(),
    runtime,
    turn,
    ...hands(runtime, identity, scope, follows),
    ...(stack.paused ? tiedHands() : {}),
  };
}

/** Hands that write nothing and remember what they would have written. */
function tiedHands(): Pick<Look, 'act'> & { readonly heldBack: string[] } {
  const heldBack: string[] = [];
  return {
    heldBack,
    act: (actions) => {
      heldBack.push(...actions.map(objectWords));
      return Promise.resolve();
    },
  };
}

/** @param follows its steps are told of here: those of Elasticsearch need its own words */
function hands(runtime: Runtime, stack: StackIdentity, scope: string, follows = false): Hands {
  const { namespace, name } = stack;
  return {
    live: runtime.watches.find,
    ofStack: (...of) => runtime.watches.ofStack(...of),
    act: async (actions, signal) => {
      for (const action of actions) {
        await actOnce(runtime, stack, scope, action, signal);
        const steps = follows ? workloadSteps([action]) : [];
        for (const step of steps) runtime.log.info({ namespace, stack: name, ...step }, 'step');
      }
    },
  };
}

async function actOnce(
  runtime: Runtime,
  stack: StackIdentity,
  scope: string,
  action: ObjectAction,
  signal: AbortSignal,
): Promise<void> {
  const { client, expectations, watches } = runtime;
  switch (action.kind) {
    case 'create': {
      const owns = (live: KubeObject): boolean => isOurs(live, stack);
      const made = await client
        .createOrRefuse(action.object, { manager: action.fieldManager, owns }, signal)
        .catch((error: unknown) => {
          if (!isFault(error, 'ForeignObject')) throw error;
          throw new ForeignObjectFound(foreignObject(referenceOf(action.object)), error);
        });
      expectations.wrote(scope, made.object);
      return;
    }
    case 'apply': {
      const uid = watches.find(referenceOf(action.object))?.metadata.uid;
      if (uid === undefined)
        throw new Fault('Conflict', `${action.object.kind} ${action.object.metadata.name} went before it was changed`);
      expectations.wrote(
        scope,
        await client.apply(action.object, { manager: action.fieldManager, uid, force: true }, signal),
      );
      return;
    }
    case 'delete': {
      const { reference, uid, resourceVersion, propagationPolicy: propagation } = action;
      const options = { uid, resourceVersion, ...(propagation === undefined ? {} : { propagation }) };
      await client.delete(reference, options, signal);
      expectations.deleted(scope, reference, uid);
      return;
    }
  }
}

async function report(
  component: Component,
  runtime: Runtime,
  object: KubeObject,
  scope: string,
  outcome: Outcome,
  signal: AbortSignal,
): Promise<void> {
  const live = (object['status'] ?? {}) as SharedStatus;
  const generation = object.metadata.generation ?? 0;
  const time = runtime.clock.wall();
  const now = secondsOf(time);
  const wanted = componentStatus({ component: component.name, generation, ...outcome }, live, now);
  if (!statusDiffers(component.name, live, wanted)) return;
  const body: KubeObject = { ...identityOf(object), status: wanted };
  const written = await runtime.client.applyStatus(
    body,
    { manager: fieldManager(component.name), force: true },
    signal,
  );
  runtime.expectations.wrote(scope, written);
  for (const step of endedSteps(live, wanted, time)) runtime.meters?.onStepEnded(step);
  for (const transition of transitions(live, wanted)) {
    const { type, reason, note } = transition;
    const stack = `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
    runtime.log[type === 'Warning' ? 'warn' : 'info']({ stack, component: component.name, reason }, note);
    await runtime.recorder.record({ regarding: object, action: 'Reconcile', ...transition }, signal);
  }
}

function identityOf(object: KubeObject): KubeObject {
  const { name, namespace = '', uid = '' } = object.metadata;
  return { apiVersion: object.apiVersion, kind: object.kind, metadata: { name, namespace, uid } };
}
