// What the controllers of repositories, snapshots, schedules and restores share: look at the object and its stack, let the controller work, write what it says when it differs.
import { isDeepStrictEqual } from 'node:util';
import { apiVersion, kind as stackKind } from '../../api/logging-stack.ts';
import { stackRepositoryKind } from '../../api/stack-repository.ts';
import type { KubeObject } from '../../core/kubernetes.ts';
import { conditionsOf, found, type StatusCondition } from '../../core/snapshots/status.ts';
import { type SharedStatus, transitions } from '../../core/status/conditions.ts';
import type { ElasticsearchClients, StackConnection } from '../../elasticsearch/clients.ts';
import { type EsFault, isEsFault } from '../../elasticsearch/faults.ts';
import { Fault, isFault } from '../../kube/errors.ts';
import type { ReconcileResult } from '../../kube/queue.ts';
import { keyOf, referenceTo } from '../../kube/resources.ts';
import { connectionTo } from '../elasticsearch/connection.ts';
import { type Look, passing, type Runtime, takeLook } from '../framework.ts';
import type { KindOfPeople } from '../watches.ts';

/** A status as it is to stand: all of it, for one controller owns it. */
export interface ObjectStatus {
  readonly conditions?: readonly StatusCondition[] | undefined;
  readonly [field: string]: unknown;
}

/** What came of a look. */
export interface ObjectOutcome {
  /** Undefined leaves the status as it is: nothing was looked at, or the object is gone. */
  readonly status: ObjectStatus | undefined;
  /** When to look again without any change in Kubernetes; undefined: not before one. */
  readonly requeueAfterMs: number | undefined;
}

/** The stack that an object is about. */
export interface StackAtHand {
  readonly object: KubeObject;
  /** As the component elasticsearch looks at it. Undefined while the stack is on its way out. */
  readonly look: Look;
  /** Undefined while nobody could answer. */
  readonly connection: StackConnection | undefined;
}

/** One look at one object, and what may be done with it in Kubernetes. */
export interface ObjectLook {
  /** As the cache has it; after a write, as the API server returned it. */
  readonly object: KubeObject;
  readonly now: Date;
  /** Undefined when there is none, or it is being deleted. */
  readonly stack: StackAtHand | undefined;
  readonly runtime: Runtime;
  /** The StackRepository of this name in the namespace of the object, as the cache has it. */
  readonly repository: (name: string) => KubeObject | undefined;
  /**
   * Writes the status at once, before what must not be done without it. `Conflict` when the object was changed since the
   * look was taken.
   */
  readonly writeFirst: (status: ObjectStatus, signal: AbortSignal) => Promise<void>;
  /** Adds or takes away the operator's finalizer; nothing where it is so already. */
  readonly setFinalizer: (present: boolean, signal: AbortSignal) => Promise<void>;
}

/** The stack as the cache has it, also one that is being deleted. */
export function stackObject({ object, runtime }: Pick<ObjectLook, 'object' | 'runtime'>): KubeObject | undefined {
  const { namespace = '' } = object.metadata;
  const { stackRef } = object['spec'] as { readonly stackRef: { readonly name: string } };
  return runtime.watches.find({ apiVersion, kind: stackKind, namespace, name: stackRef.name });
}

/** What stands for an answer while nobody could give one. */
export const nobodyReady = {
  answered: false,
  code: 'EsUnreachable',
  message: 'No Elasticsearch node is ready yet.',
} as const;

/** A kind with a queue of its own. */
export interface ObjectController {
  readonly kind: Exclude<KindOfPeople, 'StackPlan'>;
  /** The condition that tells of a look which failed. */
  readonly condition: string;
  reconcile(look: ObjectLook, signal: AbortSignal): Promise<ObjectOutcome>;
}

/** The operator's finalizer: something in Elasticsearch is to be cleaned before the object goes. Never without a deadline. */
export const finalizer = 'loggingstack.dev/snapshots';

const manager = 'loggingstack-snapshots';

/** Fields of the metadata have a manager of their own: an apply takes away what its manager no longer names. */
const finalizerManager = 'loggingstack-snapshots-finalizer';

export function objectReconciler(controller: ObjectController, runtime: Runtime, clients: ElasticsearchClients) {
  const { kind } = controller;
  return async (key: string, signal: AbortSignal): Promise<ReconcileResult> => {
    const scope = `${kind}/${key}`;
    await runtime.expectations.settle(scope, signal);
    const [namespace = '', name = ''] = key.split('/');
    const object = runtime.watches.find({ apiVersion, kind, namespace, name });
    if (object === undefined) return undefined;
    const hands = new ObjectHands(runtime, object, scope);
    try {
      const look = lookAt(hands, runtime, clients, scope);
      const { status, requeueAfterMs } = await controller.reconcile(look, signal);
      if (status !== undefined) await hands.write(status, signal);
      return requeueAfterMs === undefined ? undefined : { requeueAfterMs };
    } catch (error) {
      if (isFault(error, ...passing) || isEsFault(error, 'EsAborted') || signal.aborted) throw error;
      await hands.write(failed(controller, hands.object, error, runtime), signal).catch((also: unknown) => {
        runtime.log.warn({ scope, error: String(also) }, 'a failure is not in the status');
      });
      throw error;
    }
  };
}

function lookAt(hands: ObjectHands, runtime: Runtime, clients: ElasticsearchClients, scope: string): ObjectLook {
  const { namespace = '' } = hands.object.metadata;
  const stack = stackObject({ object: hands.object, runtime });
  return {
    get object() {
      return hands.object;
    },
    now: runtime.clock.wall(),
    stack: stack === undefined ? undefined : stackAtHand(stack, runtime, clients, scope),
    runtime,
    repository: (name) => runtime.watches.find({ apiVersion, kind: stackRepositoryKind, namespace, name }),
    writeFirst: (status, signal) => hands.write(status, signal, true),
    setFinalizer: (present, signal) => hands.setFinalizer(present, signal),
  };
}

function stackAtHand(
  object: KubeObject,
  runtime: Runtime,
  clients: ElasticsearchClients,
  scope: string,
): StackAtHand | undefined {
  if (object.metadata.deletionTimestamp !== undefined) return undefined;
  const look = takeLook('elasticsearch', runtime, object, scope);
  return { object, look, connection: connectionTo(clients, look) };
}

/** Writes of one reconcile to its object. */
class ObjectHands {
  object: KubeObject;
  readonly #runtime: Runtime;
  readonly #scope: string;

  constructor(runtime: Runtime, object: KubeObject, scope: string) {
    this.#runtime = runtime;
    this.object = object;
    this.#scope = scope;
  }

  /** @param exactly only when nobody changed the object since it was looked at */
  async write(status: ObjectStatus, signal: AbortSignal, exactly = false): Promise<void> {
    const live = (this.object['status'] ?? {}) as ObjectStatus;
    if (isDeepStrictEqual(live, asSent(status))) return;
    const { name, namespace = '', uid = '', resourceVersion = '' } = this.object.metadata;
    const metadata = { name, namespace, uid, ...(exactly ? { resourceVersion } : {}) };
    const body = { apiVersion, kind: this.object.kind, metadata, status };
    const written = await this.#runtime.client.applyStatus(body, { manager, force: true }, signal);
    this.#wrote(written);
    for (const transition of transitions(live as SharedStatus, status)) {
      const { recorder, log } = this.#runtime;
      const { type, reason, note } = transition;
      log[type === 'Warning' ? 'warn' : 'info'](
        { kind: this.object.kind, object: keyOf(this.object.metadata), reason },
        note,
      );
      await recorder.record({ regarding: this.object, action: 'Reconcile', ...transition }, signal);
    }
  }

  async setFinalizer(present: boolean, signal: AbortSignal): Promise<void> {
    if ((this.object.metadata.finalizers ?? []).includes(finalizer) === present) return;
    const { name, namespace = '', uid = '' } = this.object.metadata;
    const metadata = { name, namespace, ...(present ? { finalizers: [finalizer] } : {}) };
    const options = { manager: finalizerManager, uid, force: true };
    this.#wrote(await this.#runtime.client.apply({ apiVersion, kind: this.object.kind, metadata }, options, signal));
  }

  /** An object whose last finalizer was taken away is gone: nobody will see that write. */
  #wrote(written: KubeObject): void {
    this.object = written;
    const { deletionTimestamp, finalizers = [], uid = '' } = written.metadata;
    if (deletionTimestamp !== undefined && finalizers.length === 0)
      this.#runtime.expectations.deleted(this.#scope, referenceTo(written), uid);
    else this.#runtime.expectations.wrote(this.#scope, written);
  }
}

/** Without fields that are undefined, which no JSON has. */
const asSent = (status: ObjectStatus): unknown => JSON.parse(JSON.stringify(status));

/** A look that failed says so in the controller's condition, and leaves the rest as it stands. */
function failed(controller: ObjectController, object: KubeObject, error: unknown, runtime: Runtime): ObjectStatus {
  const live = (object['status'] ?? {}) as ObjectStatus;
  const [reason, message] =
    error instanceof Fault || isEsFault(error)
      ? [error.code, error.message]
      : ['InternalError', 'The operator failed; see its log.'];
  const finding = found(controller.condition, 'Unknown', reason, message);
  const [condition] = conditionsOf(object, [finding], runtime.clock.wall());
  const others = (live.conditions ?? []).filter(({ type }) => type !== controller.condition);
  return { ...live, conditions: [...(condition === undefined ? [] : [condition]), ...others] };
}

/** The answer of a request, or the fault that there is none. Only the end of the signal throws. */
export async function answerOf<T>(
  request: Promise<T>,
): Promise<
  | { readonly answered: true; readonly value: T }
  | { readonly answered: false; readonly code: EsFault['code']; readonly message: string }
> {
  try {
    return { answered: true, value: await request };
  } catch (error) {
    if (!isEsFault(error) || error.code === 'EsAborted') throw error;
    return { answered: false, code: error.code, message: error.message };
  }
}
