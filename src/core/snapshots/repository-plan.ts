// The planner of a StackRepository: from one look, what is to be asked of Elasticsearch, what nodes are to be given, and what its status says.
import { acceptedCondition, repositoryReadyCondition, type StackRepositoryStatus } from '../../api/stack-repository.ts';
import { fieldManager } from '../names.ts';
import { foreignObject, isOurs, type ObjectAction, referenceOf } from '../objects.ts';
import type { Condition, Finding } from '../status/conditions.ts';
import { secondsOf } from '../status/time.ts';
import type { RepositoryAction } from './repository-actions.ts';
import { type Credentials, credentialsHash, credentialsOf, credentialsSecret, holdsEntries } from './credentials.ts';
import { basePathOf, credentialsRefOf, isAtSamePlace, isOnNodes, registrationOf, useOf } from './repositories.ts';
import { judge, type Verdict } from './repository-acceptance.ts';
import { planLeaving } from './repository-leaving.ts';
import type { RepositoryLook } from './repository-look.ts';
import { matterOf, pauseOf, type Readiness, readiness, requestOf, wasTakenUp } from './repository-readiness.ts';
import { conditionsOf, found } from './status.ts';

type WholeStatus = Omit<StackRepositoryStatus, 'conditions'> & { readonly conditions: readonly Condition[] };

export interface RepositoryPlan {
  /** Undefined: it stays as it stands. */
  readonly status: WholeStatus | undefined;
  /** `add` before anything is asked of Elasticsearch; `release` when nothing is left to be done there. */
  readonly finalizer: 'add' | 'release' | undefined;
  /** Writes of the Secret that the nodes mount. */
  readonly objects: readonly ObjectAction[];
  readonly action: RepositoryAction | undefined;
  readonly requeueAfterSeconds: number;
}

const secondsWhileMissing = 10;
/** A Secret that was just written is in the next look. */
const secondsAfterWriting = 1;

/** Plans one step. Pure: equal looks give equal plans. */
export function planRepository(look: RepositoryLook): RepositoryPlan {
  if (look.repository.metadata.deletionTimestamp !== undefined) return planEnd(look);
  const credentials = credentialsOf(look.repository, look.secret);
  const verdict = judge(look, credentials);
  const stays = verdict.status === 'True' || (isOnNodes(look.repository) && verdict.offNodes !== true);
  const laying = stays ? layDown(look, credentials) : takeUp(look);
  const lacksCredentials = credentialsRefOf(look.repository.spec) !== undefined && laying.hash === undefined;
  const onNodes = stays && !lacksCredentials;
  const ready = readyOf(look, verdict, { onNodes, laying });
  const status = statusOf(look, { verdict, ready, hash: laying.hash, onNodes });
  return {
    status,
    finalizer: onNodes ? 'add' : undefined,
    objects: laying.objects,
    action: ready.action,
    requeueAfterSeconds: ready.requeueAfterSeconds,
  };
}

/** What nodes are given as credentials. */
interface Laying {
  /** Of those that are there for them; undefined: none. */
  readonly hash: string | undefined;
  readonly objects: readonly ObjectAction[];
  /** The Secret has a name that somebody else's has. */
  readonly isForeign?: true;
}

/** Credentials that cannot be used leave those that nodes have: they may still be good. */
function layDown(look: RepositoryLook, credentials: Credentials): Laying {
  const { repository, stack, laidDown } = look;
  if (credentials.kind === 'none' || stack === undefined) return takeUp(look);
  const before = repository.status?.credentialsHash;
  if (credentials.kind === 'unusable') return { hash: before, objects: [] };
  const { identity } = stack;
  if (laidDown !== undefined && !isOurs(laidDown, identity)) return { hash: before, objects: [], isForeign: true };
  const { uid = '', name } = repository.metadata;
  const hash = credentialsHash(uid, credentials.entries);
  if (holdsEntries(laidDown, credentials.entries)) return { hash, objects: [] };
  const object = credentialsSecret(identity, name, credentials.entries);
  const kind = laidDown === undefined ? 'create' : 'apply';
  // Only what is there for all of them is told to the nodes.
  return { hash: before, objects: [{ kind, object, fieldManager: fieldManager('elasticsearch') }] };
}

function takeUp({ stack, laidDown }: RepositoryLook): Laying {
  if (stack === undefined || laidDown === undefined || !isOurs(laidDown, stack.identity))
    return { hash: undefined, objects: [] };
  if (laidDown.metadata.deletionTimestamp !== undefined) return { hash: undefined, objects: [] };
  const { uid = '', resourceVersion = '' } = laidDown.metadata;
  return { hash: undefined, objects: [{ kind: 'delete', reference: referenceOf(laidDown), uid, resourceVersion }] };
}

function readyOf(
  look: RepositoryLook,
  verdict: Verdict,
  { onNodes, laying }: { readonly onNodes: boolean; readonly laying: Laying },
): Readiness {
  const { repository, laidDown, stack } = look;
  if (laying.isForeign === true && laidDown !== undefined)
    return waiting('False', 'ForeignObject', foreignObject(referenceOf(laidDown)).message);
  if (verdict.reason === 'PathTaken') return { ...waitingFor(verdict), ...unregistered(look) };
  if (verdict.status !== 'True' && !onNodes) return waitingFor(verdict);
  if (laying.objects.length > 0 && laying.hash === undefined && !onNodes) {
    const paused = stack?.paused === true ? ' The stack is paused: they are not.' : '';
    const message = `The credentials are being laid down for the nodes.${paused}`;
    return { ...waiting('False', 'WaitingForNodes', message), requeueAfterSeconds: secondsAfterWriting };
  }
  const use = stack === undefined ? undefined : useOf(stack.identity, repository, laying.hash);
  const ready = readiness(look, { use, credentialsHash: laying.hash });
  return laying.objects.length === 0 ? ready : { ...ready, requeueAfterSeconds: secondsAfterWriting };
}

const waiting = (status: Verdict['status'], reason: string, message: string): Readiness => ({
  status,
  reason,
  message,
  requeueAfterSeconds: secondsWhileMissing,
});

const waitingFor = ({ status, reason, message }: Verdict): Readiness => waiting(status, reason, message);

/** Who lost the place to an older writer must not write there any more: neither by the operator nor by hand. */
function unregistered({ repository, registered, attempt, now }: RepositoryLook): Pick<Readiness, 'action'> {
  if (!wasTakenUp(repository) || !registered.answered || registered.value === undefined) return {};
  if (!isAtSamePlace(registrationOf(repository), registered.value)) return {};
  const isPausing = pauseOf(attempt, matterOf(repository, repository.status?.credentialsHash), now) !== undefined;
  return isPausing ? {} : { action: { kind: 'unregisterRepository', name: repository.metadata.name } };
}

interface Said {
  readonly verdict: Verdict;
  readonly ready: Readiness;
  readonly hash: string | undefined;
  readonly onNodes: boolean;
}

function statusOf(look: RepositoryLook, { verdict, ready, hash, onNodes }: Said): WholeStatus {
  const { repository, now } = look;
  const before = repository.status;
  const findings: readonly Finding[] = [
    found(acceptedCondition, verdict.status, verdict.reason, verdict.message),
    found(repositoryReadyCondition, ready.status, ready.reason, ready.message),
  ];
  const verifiedAt = ready.verifiedAt === undefined ? before?.verifiedAt : secondsOf(ready.verifiedAt);
  const verifyRequest = followedRequest(look, hash);
  return {
    conditions: conditionsOf(repository, findings, now),
    ...(onNodes ? { basePath: basePathOf(repository) } : {}),
    ...(hash === undefined ? {} : { credentialsHash: hash }),
    ...(verifiedAt === undefined ? {} : { verifiedAt }),
    ...(verifyRequest === undefined ? {} : { verifyRequest }),
  };
}

/** A wish is followed when it was tried, whatever came of it: what fails is tried again for its own sake. */
function followedRequest({ repository, attempt }: RepositoryLook, hash: string | undefined): string | undefined {
  const isTried = attempt?.kind === 'verifyRepository' && attempt.about === matterOf(repository, hash);
  const request = isTried ? requestOf(repository.metadata) : undefined;
  return request ?? repository.status?.verifyRequest;
}

function planEnd(look: RepositoryLook): RepositoryPlan {
  const { repository, now } = look;
  const { findings, letGo, action, requeueAfterSeconds } = planLeaving(look);
  const conditions = conditionsOf(repository, findings, now);
  return {
    status: findings.length === 0 ? undefined : { ...repository.status, conditions },
    finalizer: letGo ? 'release' : undefined,
    objects: letGo ? takeUp(look).objects : [],
    action,
    requeueAfterSeconds,
  };
}
