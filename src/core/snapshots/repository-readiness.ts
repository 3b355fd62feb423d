// Whether Elasticsearch has a repository as its StackRepository says, and every node reaches it; and what is to be asked of Elasticsearch for that.
import { repositoryReadyCondition } from '../../api/stack-repository.ts';
import { annotations } from '../names.ts';
import { recordable } from '../requests.ts';
import type { ConditionStatus } from '../status/conditions.ts';
import type { RepositoryAction } from './repository-actions.ts';
import type { RegisteredRepository } from './observed.ts';
import {
  isAtSamePlace,
  isRegistered,
  placeInWords,
  registrationOf,
  type RepositoryObject,
  type StackRepositoryUse,
} from './repositories.ts';
import { type Attempt, podsWithout, type RepositoryLook } from './repository-look.ts';
import { standingCondition } from './status.ts';

export interface Readiness {
  readonly status: ConditionStatus;
  readonly reason: string;
  readonly message: string;
  readonly action?: RepositoryAction;
  readonly requeueAfterSeconds: number;
  /** When all nodes were seen to reach it; undefined: not by this operator since its start. */
  readonly verifiedAt?: Date;
}

const secondsAtRest = 300;
const secondsWhileWaiting = 10;
const secondsForPeople = 60;
/** What was just asked has come about. */
const secondsAfterAsking = 1;

const firstPauseSeconds = 10;
const longestPauseSeconds = 300;

/** What an attempt is about. */
export function matterOf({ metadata }: RepositoryObject, credentialsHash: string | undefined): string {
  return [metadata.generation ?? 0, credentialsHash ?? '', requestOf(metadata) ?? ''].join('/');
}

/** The wish of a user to have it verified, as it is recorded when it was followed. */
export function requestOf({ annotations: given }: RepositoryObject['metadata']): string | undefined {
  const value = given?.[annotations.verify];
  return value === undefined || value === '' ? undefined : recordable(value);
}

/** Seconds until a request that failed may be sent again: longer each time. Undefined: it may be sent now. */
export function pauseOf(attempt: Attempt | undefined, about: string, now: Date): number | undefined {
  if (attempt?.fault === undefined || attempt.about !== about) return undefined;
  const pause = Math.min(longestPauseSeconds, firstPauseSeconds * 2 ** (attempt.failures - 1));
  const left = pause - (now.getTime() - attempt.at.getTime()) / 1000;
  return left <= 0 ? undefined : Math.ceil(left);
}

/** Whether the operator ever registered it, or was about to: else a registration is somebody else's. */
export const wasTakenUp = ({ status }: RepositoryObject): boolean =>
  status?.verifiedAt !== undefined || status?.basePath !== undefined;

/** What is known of an accepted repository. */
interface Known {
  readonly use: StackRepositoryUse | undefined;
  readonly credentialsHash: string | undefined;
}

/** Of a repository that was accepted and is on the nodes, or on its way to them. */
export function readiness(look: RepositoryLook, known: Known): Readiness {
  const { repository, registered } = look;
  if (!registered.answered)
    return unknown(registered.code, `Elasticsearch does not say whether it has the repository. ${registered.message}`);
  const wanted = registrationOf(repository);
  const live = registered.value;
  // What was verified once was registered by the operator: another registration since is put right.
  const isOurs = live === undefined || isAtSamePlace(wanted, live) || repository.status?.verifiedAt !== undefined;
  if (!isOurs) return foreign(repository, live);
  const nodes = podsWithout(known.use, look);
  if (live === undefined || !isRegistered(wanted, live)) {
    // Where only limits change, nodes that are still to be restarted do no harm.
    const mayRegister =
      nodes.without === 0 ||
      (live !== undefined && isAtSamePlace(wanted, live) && live.settings['client'] === wanted.settings['client']);
    if (!mayRegister) return waitingForNodes(look, nodes);
    const action = { kind: 'registerRepository', name: repository.metadata.name, registration: wanted } as const;
    return asking(look, known, action, 'Elasticsearch is told of the repository.');
  }
  if (nodes.without > 0) return wasReady(repository) ? nodesChanging(nodes) : waitingForNodes(look, nodes);
  return verified(look, known);
}

const unknown = (code: string, message: string): Readiness => ({
  status: 'Unknown',
  reason: code,
  message,
  requeueAfterSeconds: secondsWhileWaiting,
});

const foreign = ({ metadata }: RepositoryObject, live: RegisteredRepository): Readiness => ({
  status: 'False',
  reason: 'ForeignRepository',
  message: `Elasticsearch has another repository of this name (${placeInWords(live)}), which is left untouched. Unregister it (DELETE _snapshot/${metadata.name}), or make another StackRepository with another name.`,
  requeueAfterSeconds: secondsForPeople,
});

interface Nodes {
  readonly without: number;
  readonly all: number;
}

function waitingForNodes({ stack }: RepositoryLook, { without, all }: Nodes): Readiness {
  const paused = stack?.paused === true ? ' The stack is paused: none is restarted.' : '';
  return {
    status: 'False',
    reason: 'WaitingForNodes',
    message: `${without} of ${all} nodes have still to be restarted with what the repository needs.${paused}`,
    requeueAfterSeconds: secondsWhileWaiting,
  };
}

/** Nodes that have not been restarted yet go on with what they had: backups need not wait for a long roll. */
const nodesChanging = ({ without, all }: Nodes): Readiness => ({
  status: 'True',
  reason: 'NodesChanging',
  message: `All nodes reached it before it was changed; ${without} of ${all} have still to be restarted with the change.`,
  requeueAfterSeconds: secondsWhileWaiting,
});

const readyAsItStands = (repository: RepositoryObject) => standingCondition(repository, repositoryReadyCondition);
const wasReady = (repository: RepositoryObject): boolean => readyAsItStands(repository)?.status === 'True';

/** Only what stands as verified in this generation is; all else, such as nodes that change, is to be verified at its end. */
function isVerified({ repository, attempt }: RepositoryLook, { credentialsHash }: Known): boolean {
  const { metadata, status } = repository;
  const ready = readyAsItStands(repository);
  const request = requestOf(metadata);
  return (
    ready?.status === 'True' &&
    ready.reason === 'Verified' &&
    ready.observedGeneration === metadata.generation &&
    status?.credentialsHash === credentialsHash &&
    (request === undefined || request === status?.verifyRequest) &&
    attempt?.kind !== 'registerRepository'
  );
}

function verified(look: RepositoryLook, known: Known): Readiness {
  const { repository, attempt } = look;
  const about = matterOf(repository, known.credentialsHash);
  const isJustDone = attempt?.kind === 'verifyRepository' && attempt.fault === undefined && attempt.about === about;
  if (!isJustDone && !isVerified(look, known))
    return asking(
      look,
      known,
      { kind: 'verifyRepository', name: repository.metadata.name },
      'Whether all nodes reach it is being found out.',
    );
  return {
    status: 'True',
    reason: 'Verified',
    message: 'Elasticsearch has it, and all nodes reach it.',
    requeueAfterSeconds: secondsAtRest,
    ...(isJustDone ? { verifiedAt: attempt.at } : {}),
  };
}

/** A request that is due, unless the last one failed a short time ago: then what came of that. */
function asking(look: RepositoryLook, known: Known, action: RepositoryAction, meanwhile: string): Readiness {
  const { attempt, now } = look;
  const about = matterOf(look.repository, known.credentialsHash);
  const pause = pauseOf(attempt, about, now);
  if (attempt?.kind === action.kind && attempt.fault !== undefined && pause !== undefined)
    return { ...failed(attempt.kind, attempt.fault), requeueAfterSeconds: pause };
  return { status: 'Unknown', reason: 'Asked', message: meanwhile, action, requeueAfterSeconds: secondsAfterAsking };
}

const failedReasons = {
  registerRepository: 'RegistrationRefused',
  verifyRepository: 'VerificationFailed',
  unregisterRepository: 'RemovalRefused',
} as const;

/** Elasticsearch's own words are an answer; without them there was none, and nothing is known. */
function failed(
  kind: Attempt['kind'],
  { code, message, reason }: NonNullable<Attempt['fault']>,
): Pick<Readiness, 'status' | 'reason' | 'message'> {
  return reason === undefined
    ? { status: 'Unknown', reason: code, message }
    : { status: 'False', reason: failedReasons[kind], message: reason };
}
