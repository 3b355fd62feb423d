// Takes Logstash pods away one by one, the highest number first, each when its queue was seen empty: it takes in no more logs, sends what it has, and goes with its volume.
import type { Override } from '../../api/overrides.ts';
import type { KubeObject } from '../kubernetes.ts';
import { annotations, fieldManager } from '../names.ts';
import { type LiveObjects, type ObjectAction, referenceOf } from '../objects.ts';
import { liftedBy } from '../overrides.ts';
import type { Refusal } from '../refusal.ts';
import type { ResolvedStack } from '../stack.ts';
import { claimName, liveClaim, livePod, liveSet, type LiveSet, markOf, mostPods, podName } from './live.ts';
import { closedInput } from './pipeline.ts';
import type { QueueFigures } from './queue.ts';
import { queueLeftBehind, stuckQueue, volumeLeftBehind } from './queue-rule.ts';

/** What the leaving pod says of its queue, and for how long it has said the same. */
export interface QueueLook {
  /** Undefined when the pod gave no answer, or half of one. */
  readonly figures: QueueFigures | undefined;
  /** For how many seconds looks at the same pod have found the same, without a look that found something else. */
  readonly unchangedSeconds: number;
}

/** What a decision needs besides the live objects. */
export interface Seen {
  /** RFC 3339. */
  readonly takenAt: string;
  /** Of the pod that leaves next, if one does. */
  readonly queue: QueueLook | undefined;
}

/** A pod of Logstash, and whether it takes in logs. */
export interface PipelinePod {
  readonly name: string;
  readonly closed: boolean;
}

export interface ScaleIn {
  /** Of the StatefulSet now: as many as the spec asks for, or still more. */
  readonly replicas: number;
  /** All pods that there are or will be, each with a pipeline of its own. */
  readonly pods: readonly PipelinePod[];
  /** Before the objects: what claims say of their queues. */
  readonly marks: readonly ObjectAction[];
  /** After the objects: claims that are no longer needed. */
  readonly deletions: readonly ObjectAction[];
  readonly refusals: readonly Refusal[];
  /** Without which something more would be refused. */
  readonly lifted: readonly Override[];
  /** What the leaving pod is waiting for. */
  readonly waiting: string | undefined;
}

/**
 * A look without events proves little: Logstash counts every five seconds, and right after the inputs were closed the
 * figure is that of before. So the same must be seen for three times as long.
 */
const settledSeconds = 15;

/** For forecasts: as if the leaving pod had been seen empty. */
export const foreseen = (stack: ResolvedStack): Seen => ({
  takenAt: '',
  queue: {
    figures: { inputs: [closedInput(stack)], unread: 0, inFlight: 0, deadLetters: false, fingerprint: '' },
    unchangedSeconds: settledSeconds,
  },
});

/** The number of the pod that leaves next; the one before must be gone. Undefined when none is to leave. */
export function leavingOrdinal(stack: ResolvedStack, live: LiveObjects): number | undefined {
  const set = liveSet(stack, live);
  if (set === undefined || set.replicas <= stack.logstash.replicas) return undefined;
  return ordinalsFrom(set.replicas).some((ordinal) => livePod(stack, live, ordinal) !== undefined)
    ? undefined
    : set.replicas - 1;
}

const ordinalsFrom = (first: number): readonly number[] =>
  Array.from({ length: Math.max(mostPods - first, 0) }, (_none, index) => first + index);

export function planScaleIn(stack: ResolvedStack, live: LiveObjects, seen: Seen): ScaleIn {
  const set = liveSet(stack, live);
  const leaving = leavingOrdinal(stack, live);
  const verdict = leaving === undefined ? undefined : judge(stack, live, leaving, seen);
  const wanted = stack.logstash.replicas;
  const running = Math.max(set?.replicas ?? wanted, wanted);
  const replicas = verdict?.mark === undefined ? running : running - 1;
  const behind = claimsBehind(stack, live, { set, from: Math.max(replicas, running), at: seen.takenAt });
  return {
    replicas,
    pods: pipelinePods(stack, live, running, leaving),
    marks: [...unmarked(stack, live, replicas), ...leavingMark(stack, live, leaving, verdict)],
    deletions: behind.deletions,
    refusals: [...(verdict?.refusals ?? []), ...behind.refusals],
    lifted: [...(verdict?.lifted ?? []), ...behind.lifted],
    waiting: verdict?.waiting,
  };
}

/** Pods that are on their way out keep the closed pipeline to their end. */
function pipelinePods(
  stack: ResolvedStack,
  live: LiveObjects,
  running: number,
  leaving: number | undefined,
): readonly PipelinePod[] {
  const ending = ordinalsFrom(running).filter((ordinal) => livePod(stack, live, ordinal) !== undefined);
  return [...Array.from({ length: running }, (_none, ordinal) => ordinal), ...ending].map((ordinal) => ({
    name: podName(stack, ordinal),
    closed: ordinal === leaving || ordinal >= running,
  }));
}

interface Verdict {
  /** What to write on the claim before the pod goes; undefined while it stays. */
  readonly mark?: string;
  readonly waiting?: string;
  readonly refusals?: readonly Refusal[];
  readonly lifted?: readonly Override[];
}

/** Whether the leaving pod may go. Silence, errors and figures that have just changed are no yes. */
function judge(stack: ResolvedStack, live: LiveObjects, ordinal: number, seen: Seen): Verdict {
  const pod = livePod(stack, live, ordinal);
  if (seen.queue?.figures === undefined && (pod === undefined || phaseOf(pod) !== 'Running')) {
    // A volume that was never made holds nothing. A pod that answers has one, whatever an old look at Kubernetes says.
    const claim = liveClaim(stack, live, ordinal);
    if (claim === undefined || phaseOf(claim) === 'Pending') return { mark: 'true' };
  }
  const name = podName(stack, ordinal);
  if (seen.queue === undefined) return { waiting: `Pod ${name} leaves once its queue is empty.` };
  const { figures, unchangedSeconds } = seen.queue;
  if (figures !== undefined && isClosed(stack, figures) && figures.unread + figures.inFlight === 0) {
    if (unchangedSeconds >= settledSeconds) return { mark: figures.deadLetters ? 'dead-letters' : 'true' };
    return { waiting: `Pod ${name} leaves: its queue is empty, and is looked at once more.` };
  }
  const stuck = stuckQueue({
    name,
    figures,
    closed: figures !== undefined && isClosed(stack, figures),
    unchangedSeconds,
  });
  if (stuck.reason === undefined) return { waiting: stuck.waiting };
  const refusal = queueLeftBehind(stack, name, claimName(stack, ordinal), stuck.reason);
  const lifted = liftedBy(stack.overrides, refusal, seen.takenAt);
  if (lifted !== undefined) return { mark: 'false', lifted: [lifted] };
  return { waiting: stuck.waiting, refusals: [refusal] };
}

/** Whether the pipeline that takes in nothing runs, and no older one of that kind that will be replaced by another. */
const isClosed = (stack: ResolvedStack, { inputs }: QueueFigures): boolean =>
  inputs.length === 1 && inputs[0] === closedInput(stack);

const phaseOf = (object: KubeObject): string | undefined => (object['status'] as { phase?: string } | undefined)?.phase;

/** Claims of pods that stay or come back will hold events again: what was seen of them before is over. */
function unmarked(stack: ResolvedStack, live: LiveObjects, replicas: number): readonly ObjectAction[] {
  return Array.from({ length: replicas }, (_none, ordinal) => liveClaim(stack, live, ordinal)).flatMap((claim) => {
    const mark = claim === undefined ? undefined : markOf(claim);
    return claim === undefined || mark === undefined || mark === 'false' ? [] : [marked(claim, 'false')];
  });
}

function leavingMark(
  stack: ResolvedStack,
  live: LiveObjects,
  leaving: number | undefined,
  verdict: Verdict | undefined,
): readonly ObjectAction[] {
  if (leaving === undefined || verdict?.mark === undefined) return [];
  const claim = liveClaim(stack, live, leaving);
  return claim === undefined || markOf(claim) === verdict.mark ? [] : [marked(claim, verdict.mark)];
}

function marked({ apiVersion, kind, metadata }: KubeObject, mark: string): ObjectAction {
  const { name, namespace = '' } = metadata;
  const object = { apiVersion, kind, metadata: { name, namespace, annotations: { [annotations.drained]: mark } } };
  return { kind: 'apply', object, fieldManager: fieldManager('logstash') };
}

interface Behind {
  readonly set: LiveSet | undefined;
  readonly from: number;
  readonly at: string;
}

/** Claims of pods that are gone: those whose queue was seen empty go by `volumes.whenScaled`, the others stay and are told of. */
function claimsBehind(
  stack: ResolvedStack,
  live: LiveObjects,
  { set, from, at }: Behind,
): Pick<ScaleIn, 'deletions' | 'refusals' | 'lifted'> {
  const deletions: ObjectAction[] = [];
  const lifted: Override[] = [];
  const refusals: Refusal[] = [];
  for (const ordinal of ordinalsFrom(from)) {
    const claim = liveClaim(stack, live, ordinal);
    if (claim === undefined || livePod(stack, live, ordinal) !== undefined) continue;
    const mark = markOf(claim);
    const refusal = volumeLeftBehind(stack, claim.metadata.name, ordinal, mark);
    const override = mark === 'true' ? undefined : liftedBy(stack.overrides, refusal, at);
    if (override !== undefined) lifted.push(override);
    if (mark !== 'true' && override === undefined) refusals.push(refusal);
    else if (stack.volumes.whenScaled === 'Delete' && set?.current === true) deletions.push(deletionOf(claim));
  }
  return { deletions, refusals, lifted };
}

function deletionOf(claim: KubeObject): ObjectAction {
  const { uid = '', resourceVersion = '' } = claim.metadata;
  return { kind: 'delete', reference: referenceOf(claim), uid, resourceVersion };
}
