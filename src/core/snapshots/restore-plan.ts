// The next step of one StackRestore: a look that is missing, an intent to write down, a request to Elasticsearch, or nothing for now.
import { copiesInTier, tierSize } from '../elasticsearch/copies.ts';
import { someOf } from '../elasticsearch/figures.ts';
import type { ResolvedStack } from '../stack.ts';
import { secondsOf } from '../status/time.ts';
import type { RestoreAction, RestoreStreams } from './restore-actions.ts';
import { type Hindrance, refused } from './hindrance.ts';
import { planBeginning } from './restore-begin.ts';
import {
  groupsOf,
  intentOf,
  isFromSnapshot,
  requestOf,
  type RestoreGroup,
  type RestoreIntent,
  type Target,
  targetsOf,
} from './restore-intent.ts';
import { unready } from './restore-nodes.ts';
import { endedFinding, progressStatus, snapshotGoneStatus, type StackRestore, statusWith } from './restore-status.ts';
import {
  hindered,
  lookAt,
  noStack,
  type RestoreInput,
  type RestoreStep,
  secondsRefused,
  unanswered,
} from './restore-step.ts';

const secondsUnderway = 2;

/** Everything follows from status and looks: whoever died in between, the next looks find what he has done. */
export function planRestore(input: RestoreInput): RestoreStep {
  const { status = {} } = input.object;
  const intent = intentOf(status);
  if (intent === undefined) return planBeginning(input);
  return status.endedAt === undefined ? goOn(input, intent) : keepHold(input, intent);
}

/** Of one that has begun. */
function goOn(input: RestoreInput, intent: RestoreIntent): RestoreStep {
  const { object, stack, looks } = input;
  if (stack === undefined) return hindered(input, noStack(input));
  const { streams } = looks;
  if (streams === undefined)
    return lookAt({ of: 'streams', names: intent.streams.map(({ restoredAs }) => restoredAs) });
  if (!streams.answered) return hindered(input, unanswered(streams));
  const targets = targetsOf(intent, streams.value);
  return object.status?.requestedAt === undefined
    ? clear(input, stack, { intent, targets })
    : request(input, stack, { intent, targets });
}

interface Restoring {
  readonly intent: RestoreIntent;
  readonly targets: readonly Target[];
}

/**
 * Makes room until a look finds nothing under any of the names. Only then is it written down that Elasticsearch is to be
 * asked: what stands there before cannot have been restored, and what stands there afterwards is not what was to be replaced.
 */
function clear(input: RestoreInput, stack: ResolvedStack, { intent, targets }: Restoring): RestoreStep {
  const { object, now } = input;
  const standing = targets.filter((target) => target.standing !== undefined);
  if (standing.length > 0) return makeRoom(input, stack, { intent, targets: standing });
  const { status = {} } = object;
  return { kind: 'write', status: { ...status, requestedAt: secondsOf(now), held: wantsHold(object) } };
}

/** Deletes what the intent says is replaced, and nothing else: what somebody made meanwhile is for people to judge. */
function makeRoom(input: RestoreInput, stack: ResolvedStack, { intent, targets }: Restoring): RestoreStep {
  const inTheWay = targets.filter(
    ({ intended, standing }) => intended.replaces !== true || standing?.isStream !== true,
  );
  if (inTheWay.length > 0) return hindered(input, cameMeanwhile(inTheWay));
  return (
    unable(input, stack, intent) ?? {
      kind: 'act',
      action: { kind: 'deleteStreams', streams: targets.map(({ intended }) => intended.restoredAs) },
    }
  );
}

/** Why nothing can be restored now: then nothing is deleted for it either. Undefined when it can. */
function unable(input: RestoreInput, stack: ResolvedStack, intent: RestoreIntent): RestoreStep | undefined {
  const { object, looks, now } = input;
  const { cluster, snapshots } = looks;
  if (cluster === undefined) return lookAt({ of: 'cluster' });
  const hindrance = unready(stack, cluster);
  if (hindrance !== undefined) return hindered(input, hindrance);
  const { repository, snapshotName: name } = intent;
  if (snapshots === undefined)
    return lookAt({ of: 'snapshots', source: { repository, pattern: name, name, schedule: undefined } });
  if (!snapshots.answered) return hindered(input, unanswered(snapshots));
  if (snapshots.value.some((one) => one.name === name)) return undefined;
  return { kind: 'rest', status: snapshotGoneStatus(object, intent, now), againAfterSeconds: undefined };
}

const cameMeanwhile = (targets: readonly Target[]): Hindrance =>
  refused(
    'Conflict',
    `${someOf(targets.map(({ intended }) => intended.restoredAs))} came to be after the restore had begun, and nothing was said of replacing it. Delete it, and the restore goes on; or delete this StackRestore, and make another one with spec.rename.`,
  );

/** Asks for what has not come yet, keeps retention off what has, and follows it to its end. */
function request(input: RestoreInput, stack: ResolvedStack, { intent, targets }: Restoring): RestoreStep {
  const { object } = input;
  // Once shards were counted, everything was there: what is not there any more was taken away, and does not come back.
  const hasCome = object.status?.shards !== undefined;
  const arrived = targets.filter(
    ({ standing }) => standing !== undefined && (hasCome || isFromSnapshot(intent, standing)),
  );
  const unheld = arrived.filter(({ standing }) => standing?.held === false);
  if (object.status?.held === true && !hasCome && unheld.length > 0) {
    const hold = holding(input, unheld);
    if (hold !== undefined) return hold;
  }
  const missing = hasCome
    ? []
    : groupsOf(targets).filter((group) => group.targets.every((one) => !arrived.includes(one)));
  const [next] = missing;
  return next === undefined
    ? follow(input, { intent, targets: mineOf(targets, arrived) })
    : ask(input, stack, { intent, group: next });
}

/** Of what is not out of the snapshot, nothing is counted. */
const mineOf = (targets: readonly Target[], arrived: readonly Target[]): readonly Target[] =>
  targets.map((target) => (arrived.includes(target) ? target : { ...target, standing: undefined }));

const wantsHold = ({ spec }: StackRestore): boolean => spec.retentionHold ?? true;

/**
 * Whether retention leaves alone what comes back is written down with the request, and stays so to the end, whatever is
 * edited meanwhile. Undefined where nothing deletes anything: this Elasticsearch has no lifecycle of data streams.
 */
function holding(input: RestoreInput, targets: readonly Target[]): RestoreStep | undefined {
  const { cluster } = input.looks;
  if (cluster === undefined) return lookAt({ of: 'cluster' });
  if (!cluster.answered) return hindered(input, unanswered(cluster));
  if (!cluster.capabilities.streamLifecycle) return undefined;
  return {
    kind: 'act',
    action: { kind: 'holdStreams', streams: targets.map(({ intended }) => intended.restoredAs) },
  };
}

interface Asking {
  readonly intent: RestoreIntent;
  readonly group: RestoreGroup;
}

/** What came back under a name that is replaced, because something writes to it, goes once more. */
function ask(input: RestoreInput, stack: ResolvedStack, { intent, group }: Asking): RestoreStep {
  const standing = group.targets.filter((target) => target.standing !== undefined);
  if (standing.length > 0) return makeRoom(input, stack, { intent, targets: standing });
  return unable(input, stack, intent) ?? { kind: 'act', action: requestOf(intent, group, placeIn(stack)) };
}

const hotTier = 'data_hot';

/** Where logs are kept at first, with as many copies as the stack keeps there. A tier that the snapshot knew may not be there. */
function placeIn(stack: ResolvedStack): Pick<RestoreStreams, 'replicas' | 'tier'> {
  const tier = tierSize(stack, hotTier) > 0 ? hotTier : undefined;
  return { replicas: copiesInTier(stack, tier), tier };
}

function follow(input: RestoreInput, { intent, targets }: Restoring): RestoreStep {
  const { object, looks, now } = input;
  const { progress } = looks;
  const names = targets.filter(({ standing }) => standing !== undefined).map(({ intended }) => intended.restoredAs);
  if (progress === undefined) return lookAt({ of: 'progress', names });
  if (!progress.answered) return hindered(input, unanswered(progress));
  const status = progressStatus(object, { intent, targets, bytes: progress.value }, now);
  // An edit of the hold meanwhile is followed when all else is over.
  const isOver = status.endedAt !== undefined && status.held === wantsHold(object);
  return { kind: 'rest', status, againAfterSeconds: isOver ? undefined : secondsUnderway };
}

/** Of one that is over, only this may change: whether retention leaves alone what came back. */
function keepHold(input: RestoreInput, intent: RestoreIntent): RestoreStep {
  const { object, stack, looks, now } = input;
  const wanted = wantsHold(object);
  const rest = (held: boolean, againAfterSeconds?: number): RestoreStep => ({
    kind: 'rest',
    status: statusWith(object, endedFinding(object, intent, held), now, { held }),
    againAfterSeconds,
  });
  const standing = object.status?.held ?? false;
  if (standing === wanted || stack === undefined || stack.paused) return rest(standing);
  const { cluster, streams } = looks;
  if (cluster === undefined) return lookAt({ of: 'cluster' });
  if (!cluster.answered) return rest(standing, secondsRefused);
  if (!cluster.capabilities.streamLifecycle) return rest(wanted);
  if (streams === undefined)
    return lookAt({ of: 'streams', names: intent.streams.map(({ restoredAs }) => restoredAs) });
  if (!streams.answered) return rest(standing, secondsRefused);
  const names = streams.value.filter(({ isStream, held }) => isStream && held !== wanted).map(({ name }) => name);
  if (names.length === 0) return rest(wanted);
  const action: RestoreAction = wanted
    ? { kind: 'holdStreams', streams: names }
    : { kind: 'releaseStreams', streams: names, retention: stack.retention.maxAge };
  return { kind: 'act', action };
}
