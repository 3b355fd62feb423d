// StackRepositories: look at what each refers to and at what Elasticsearch knows of it, plan, and carry that out.
import { repositoryReadyCondition, stackRepositoryKind, stackRepositorySpec } from '../../api/stack-repository.ts';
import type { KubeObject } from '../../core/kubernetes.ts';
import { names } from '../../core/names.ts';
import { secretReference } from '../../core/pki/plan.ts';
import type { RepositoryAction } from '../../core/snapshots/repository-actions.ts';
import type { Answer } from '../../core/snapshots/observed.ts';
import {
  claimOf,
  credentialsRefOf,
  isOnNodes,
  moduleOf,
  type RepositoryObject,
} from '../../core/snapshots/repositories.ts';
import type { Attempt, Dependent, RepositoryLook } from '../../core/snapshots/repository-look.ts';
import { planRepository, type RepositoryPlan } from '../../core/snapshots/repository-plan.ts';
import { matterOf } from '../../core/snapshots/repository-readiness.ts';
import type { EsClient } from '../../elasticsearch/client.ts';
import { isEsFault } from '../../elasticsearch/faults.ts';
import {
  carryOutOnRepository,
  modulesOfNodes,
  registeredRepository,
} from '../../elasticsearch/snapshots/repositories.ts';
import { Fault } from '../../kube/errors.ts';
import {
  answerOf,
  finalizer,
  nobodyReady,
  type ObjectController,
  type ObjectLook,
  type ObjectOutcome,
} from './framework.ts';

/** More are never needed in a row: a registration and a verification. */
const mostRequests = 3;

export function repositoryController(): ObjectController {
  /** By uid. Forgotten when this process ends: then what failed is asked once more, and what stands as verified is believed. */
  const attempts = new Map<string, Attempt>();
  return {
    kind: stackRepositoryKind,
    condition: repositoryReadyCondition,
    reconcile: (look, signal) => reconcile(look, attempts, signal),
  };
}

async function reconcile(
  look: ObjectLook,
  attempts: Map<string, Attempt>,
  signal: AbortSignal,
): Promise<ObjectOutcome> {
  const { uid = '' } = look.object.metadata;
  let seen = await observe(look, repositoryAt(look.object), attempts.get(uid), signal);
  let planned = planRepository(seen);
  if (planned.finalizer === 'add') await look.setFinalizer(true, signal);
  if (planned.finalizer !== 'release') await look.stack?.look.act(planned.objects, signal);
  for (let asked = 0; planned.action !== undefined && asked < mostRequests; asked += 1) {
    seen = await ask(look, seen, { ...planned, action: planned.action }, signal);
    if (seen.attempt !== undefined) attempts.set(uid, seen.attempt);
    planned = planRepository(seen);
  }
  if (planned.finalizer !== 'release')
    return { status: planned.status, requeueAfterMs: planned.requeueAfterSeconds * 1000 };
  // What was not waited for is told before the object is gone.
  if (planned.status !== undefined) await look.writeFirst(planned.status, signal);
  await look.stack?.look.act(planned.objects, signal);
  await look.setFinalizer(false, signal);
  attempts.delete(uid);
  return { status: undefined, requeueAfterMs: undefined };
}

/** Throws Fault `Invalid` for a spec that this operator does not understand; but one that is deleted must come to its end. */
function repositoryAt(object: KubeObject): RepositoryObject {
  const parsed = stackRepositorySpec.safeParse(object['spec']);
  if (object.metadata.deletionTimestamp !== undefined) return object as RepositoryObject;
  if (parsed.success) return { ...object, spec: parsed.data };
  const fields = parsed.error.issues.map((issue) => `spec.${issue.path.join('.')}: ${issue.message}`).join('; ');
  throw new Fault('Invalid', `This operator does not understand the spec: ${fields}. Apply the CRD that came with it.`);
}

async function observe(
  look: ObjectLook,
  repository: RepositoryObject,
  attempt: Attempt | undefined,
  signal: AbortSignal,
): Promise<RepositoryLook> {
  const { runtime, stack } = look;
  const { spec, metadata } = repository;
  const { namespace = '', name } = metadata;
  // Objects of people have no label of ours, so no cache has them.
  const find = async (kind: string, of: string | undefined) =>
    of === undefined ? undefined : runtime.client.find({ apiVersion: 'v1', kind, namespace, name: of }, signal);
  const client = stack?.connection?.client;
  const asked = <T>(question: (client: EsClient) => Promise<T>): Promise<Answer<T>> =>
    client === undefined ? Promise.resolve(nobodyReady) : answerOf(question(client));
  const [claim, secret, registered, modules] = await Promise.all([
    find('PersistentVolumeClaim', claimOf(spec)),
    find('Secret', credentialsRefOf(spec)),
    asked((one) => registeredRepository(one, name, signal)),
    moduleOf(spec) === undefined || isOnNodes(repository) ? undefined : asked((one) => modulesOfNodes(one, signal)),
  ]);
  const identity = stack?.look.stack.identity;
  return {
    repository,
    now: runtime.clock.wall(),
    stack: stack?.look.stack,
    others: all(look, stackRepositoryKind) as readonly RepositoryObject[],
    claim,
    secret,
    laidDown:
      identity === undefined
        ? undefined
        : stack?.look.live(secretReference(identity, names.repositoryCredentials(identity.name, name))),
    pods: runtime.watches.ofStack('Pod', namespace, spec.stackRef.name),
    modules,
    registered,
    dependents: dependentsOn(repository, look),
    attempt,
  };
}

type ReadKind = Parameters<ObjectLook['runtime']['watches']['of']>[0];

const all = ({ runtime }: ObjectLook, kind: ReadKind): readonly KubeObject[] =>
  runtime.watches.of(kind).flatMap(({ store }) => store.list());

const dependentKinds = ['StackSnapshot', 'StackSnapshotSchedule'] as const;

/** Those whose finalizer is there for what they have in the repository. */
function dependentsOn({ metadata }: RepositoryObject, look: ObjectLook): readonly Dependent[] {
  const objects = dependentKinds.flatMap((kind) => all(look, kind));
  return objects.flatMap((object) => {
    const { repositoryRef } = object['spec'] as { readonly repositoryRef: { readonly name: string } };
    const { namespace, name, finalizers = [], deletionTimestamp } = object.metadata;
    const isOne =
      namespace === metadata.namespace && repositoryRef.name === metadata.name && finalizers.includes(finalizer);
    return isOne ? [{ kind: object.kind, name, leaving: deletionTimestamp !== undefined }] : [];
  });
}

/** Sends one request, and looks at the repository as it is after it. */
async function ask(
  { runtime, stack, object }: ObjectLook,
  seen: RepositoryLook,
  { action, status }: RepositoryPlan & { readonly action: RepositoryAction },
  signal: AbortSignal,
): Promise<RepositoryLook> {
  const { repository, attempt: before } = seen;
  const client = stack?.connection?.client;
  if (client === undefined) return seen;
  const { namespace = '', name } = object.metadata;
  runtime.log.info({ repository: `${namespace}/${name}`, action: action.kind }, 'step');
  const answer = await failureOf(carryOutOnRepository(client, action, signal));
  const about = matterOf(repository, (status ?? repository.status)?.credentialsHash);
  const inARow = before?.kind === action.kind && before.about === about ? before.failures : 0;
  const now = runtime.clock.wall();
  const attempt: Attempt = {
    kind: action.kind,
    about,
    at: now,
    failures: answer === undefined ? 0 : inARow + 1,
    fault: answer,
  };
  return { ...seen, now, attempt, registered: answer === undefined ? after(action, seen) : seen.registered };
}

/** Undefined when it was done. Only the end of the signal, and what is no answer at all, throws. */
async function failureOf(request: Promise<void>): Promise<Attempt['fault']> {
  try {
    await request;
    return undefined;
  } catch (error) {
    if (!isEsFault(error) || error.code === 'EsAborted') throw error;
    return { code: error.code, message: error.message, reason: error.reason };
  }
}

function after(action: RepositoryAction, { registered }: RepositoryLook): RepositoryLook['registered'] {
  switch (action.kind) {
    case 'registerRepository':
      return { answered: true, value: action.registration };
    case 'unregisterRepository':
      return { answered: true, value: undefined };
    case 'verifyRepository':
      return registered;
  }
}
