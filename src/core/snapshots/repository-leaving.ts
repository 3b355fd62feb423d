// A StackRepository that is being deleted: Elasticsearch forgets the repository, but not before those that have still to delete something in it. Nothing in the repository is touched.
import { acceptedCondition, repositoryReadyCondition } from '../../api/stack-repository.ts';
import type { Finding } from '../status/conditions.ts';
import { secondsOf } from '../status/time.ts';
import type { RepositoryAction } from './repository-actions.ts';
import { isAtSamePlace, registrationOf } from './repositories.ts';
import type { RepositoryLook } from './repository-look.ts';
import { matterOf, pauseOf, wasTakenUp } from './repository-readiness.ts';
import { found, standingCondition } from './status.ts';

export interface Leaving {
  /** Its Ready stays as it stands: whoever has still to delete something goes by it. */
  readonly findings: readonly Finding[];
  readonly action?: RepositoryAction;
  /** Nothing holds it any more. */
  readonly letGo: boolean;
  readonly requeueAfterSeconds: number;
}

/** Deletion completes by then, whatever does not answer. */
const deadlineSeconds = 600;

/** What was deleted by the same command is seen to be within this time. */
const sameCommandSeconds = 15;

const secondsBetweenLooks = 2;

export function planLeaving(look: RepositoryLook): Leaving {
  const { repository, now, stack, registered, dependents, attempt } = look;
  const since = Date.parse(repository.metadata.deletionTimestamp ?? '');
  const elapsed = (now.getTime() - since) / 1000;
  const isOverdue = elapsed >= deadlineSeconds;
  const waits = (why: string, seconds = secondsBetweenLooks): Leaving => {
    const end = secondsOf(new Date(since + deadlineSeconds * 1000));
    return saying(look, 'BeingDeleted', `${why} It is deleted at ${end} at the latest.`, false, seconds);
  };
  const late = (why: string): Leaving =>
    saying(
      look,
      'LetGo',
      `${why} It is deleted all the same. Elasticsearch may still have the repository: DELETE _snapshot/${repository.metadata.name} unregisters it.`,
      true,
    );
  const inTurn = (why: string, seconds?: number): Leaving => (isOverdue ? late(why) : waits(why, seconds));

  // With the stack goes its Elasticsearch, which is all that knows of the repository.
  if (stack === undefined) return { findings: [], letGo: true, requeueAfterSeconds: 0 };
  const waiting = dependents.find(({ leaving }) => leaving || elapsed < sameCommandSeconds);
  if (waiting !== undefined && !isOverdue)
    return waits(`${waiting.kind} ${waiting.name} may have snapshots to delete in it.`);
  if (!registered.answered) return inTurn(`Elasticsearch does not answer. ${registered.message}`);
  const live = registered.value;
  if (live === undefined || !wasTakenUp(repository) || !isAtSamePlace(registrationOf(repository), live))
    return { findings: [], letGo: true, requeueAfterSeconds: 0 };
  const why = attempt?.fault === undefined ? undefined : (attempt.fault.reason ?? attempt.fault.message);
  const pause = pauseOf(attempt, matterOf(repository, repository.status?.credentialsHash), now);
  if (pause !== undefined && why !== undefined) return inTurn(`Elasticsearch keeps the repository (${why}).`, pause);
  const action = { kind: 'unregisterRepository', name: repository.metadata.name } as const;
  return { ...waits('Elasticsearch is told to forget the repository.'), action };
}

function saying(
  { repository }: RepositoryLook,
  reason: string,
  message: string,
  letGo: boolean,
  requeueAfterSeconds = 0,
): Leaving {
  const ready = standingCondition(repository, repositoryReadyCondition);
  const { observedGeneration = repository.metadata.generation ?? 0 } = ready ?? {};
  return {
    findings: [
      found(acceptedCondition, 'False', reason, message),
      ...(ready === undefined ? [] : [{ ...ready, observedGeneration }]),
    ],
    letGo,
    requeueAfterSeconds,
  };
}
