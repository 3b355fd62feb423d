// Plans the pools' StatefulSets: creates them, lets them grow, and rolls a new template out one pod at a time, masters last.
import { annotations, names } from '../names.ts';
import { type ObjectAction, planRemovals, referenceOf } from '../objects.ts';
import type { Refusal } from '../refusal.ts';
import type { NodePool } from '../stack.ts';
import { expectedVersion } from './away.ts';
import { type PlanContext, servesNobody, stays } from './context.ts';
import type { Hold } from './rules/hold.ts';
import { mayReplaceAtOnce } from './rules/non-members.ts';
import { hasWantedTemplate, leftConfigs, mayOvertake, type Shape, writePool } from './pool-set.ts';
import { type NextMember, nextMember } from './next-member.ts';
import { resize } from './resize.ts';
import { imageOf } from './versions.ts';
import { hasJoined, orphanedPods, type PodView, poolOf, type SetView } from './view.ts';

/** What a pool needs next. */
export interface PoolStep {
  readonly actions: readonly ObjectAction[];
  readonly refusals: readonly Refusal[];
  /** Why it is not at its goal yet. */
  readonly waiting: readonly string[];
  /** Its pods are all of the wanted template, ready and part of the cluster. */
  readonly settled: boolean;
  /** No pod of it has to take a new template: the next pool may have its turn, within the budget of nodes that are away. */
  readonly rolledOut: boolean;
  /** A decision needs a closer look than this one was. */
  readonly needsDetail: boolean;
  /** A pod that serves and may be replaced now, or as soon as its copies are kept in place. */
  readonly due: PodView | undefined;
  /** A pod waits for what passes soon, such as copies that recover. */
  readonly rolls: boolean;
}

interface Move {
  readonly shape: Shape;
  readonly remove?: PodView;
  readonly hold?: Hold;
  readonly due?: PodView;
}

const nothing: PoolStep = {
  actions: [],
  refusals: [],
  waiting: [],
  settled: false,
  rolledOut: false,
  needsDetail: false,
  due: undefined,
  rolls: false,
};

/**
 * Plans all pools, in the order in which they are rolled. A pool gets its new template only when those before it have
 * theirs, and no pool does while it may not roll because nodes are being drained.
 */
export function planPools(context: PlanContext, mayRoll: boolean): readonly PoolStep[] {
  let turn = mayRoll;
  return context.stack.elasticsearch.pools.map((pool) => {
    const set = context.sets.find((one) => one.pool === pool.name);
    const step = set === undefined ? create(context, pool) : planPool(context, pool, set, turn);
    turn &&= step.settled || step.rolledOut;
    return step;
  });
}

/** Secrets that a pod mounts: one that is missing would hold it up for minutes, because the kubelet looks again ever more seldom. */
const mountedSecrets = (stack: string): readonly string[] => [
  names.fileRealm(stack),
  names.elasticsearchHttpCertificate(stack),
  names.transportCertificate(stack),
];

function create(context: PlanContext, pool: NodePool): PoolStep {
  const [refused] = context.startRefusals;
  if (refused !== undefined) return { ...nothing, waiting: [refused.message] };
  const missing = mountedSecrets(context.stack.identity.name).filter(
    (name) => !context.observed.secrets.includes(name),
  );
  if (missing.length > 0) return { ...nothing, waiting: [`Waiting for the Secrets ${missing.join(', ')}.`] };
  return {
    ...nothing,
    ...writePool(context, pool, firstShape(context, pool)),
    waiting: [`Creating pool ${pool.name}.`],
  };
}

/**
 * A StatefulSet that is made anew around running pods (see expansion.ts) restarts none of itself, should the template have
 * changed meanwhile. Their claims tell how many there are.
 */
function firstShape({ observed }: PlanContext, pool: NodePool): Shape {
  const isRunning = orphanedPods(observed).some((pod) => poolOf(pod) === pool.name);
  return { replicas: pool.replicas, partition: isRunning ? pool.replicas : 0, onDelete: false };
}

/**
 * A pod that nothing but a new template can mend gets it before its pool's turn, but for the version: that would come to
 * masters first, and leave no way back (`evicted-early`).
 */
function withoutItsVersion(context: PlanContext, set: SetView, turn: boolean): PlanContext {
  const version = set.object.metadata.annotations?.[annotations.version];
  const image = imageOf(set.object);
  if (turn || version === undefined || image === undefined) return context;
  if (!stayingPods(context, set).some((pod) => pod.stuck)) return context;
  const { stack } = context;
  return { ...context, stack: { ...stack, images: { ...stack.images, elasticsearch: { version, image } } } };
}

function planPool(given: PlanContext, pool: NodePool, set: SetView, turn: boolean): PoolStep {
  const context = withoutItsVersion(given, set, turn);
  const live: Shape = { replicas: set.replicas, partition: set.partition, onDelete: set.onDelete };
  if (!hasWantedTemplate(context, pool, set)) {
    const staying = stayingPods(context, set);
    // A window that is open is closed in any case: a template that nobody takes yet does no harm, and drains wait for it.
    // One that ends is on its way to the template that is live: below a new partition it would come back on the one before.
    const isEnding = set.pods.some((pod) => pod.terminating);
    const mayStart = (turn && !isEnding) || staying.some((pod) => mayOvertake(context, pool, set, pod)) || set.onDelete;
    // Nodes may join on a template that all have: drains of other pools wait for them, and this pool's turn for the drains.
    const grows = pool.replicas > set.replicas && set.current && set.rolledOut;
    if (!mayStart)
      return {
        ...nothing,
        actions: grows ? [resize(set, pool.replicas)] : [],
        waiting: [`Pool ${pool.name} gets its new template after the pools before it.`],
      };
    const replicas = Math.max(pool.replicas, set.replicas);
    const written = writePool(context, pool, { replicas, partition: replicas, onDelete: false });
    return { ...nothing, ...written, waiting: [`Pool ${pool.name} gets a new template.`] };
  }
  const { shape, remove, hold, due } = set.current ? nextMove(context, pool, set, turn) : { shape: live };
  const written = writePool(context, pool, shape);
  if (written.refusals.length > 0) return { ...nothing, refusals: written.refusals };
  const actions = [...written.actions, ...deletions(remove)];
  const waiting = [...(hold?.kind === 'wait' ? [hold.message] : []), ...unsettled(context, pool, set)];
  const settled = actions.length === 0 && waiting.length === 0 && hold === undefined;
  const cleaned = settled ? planRemovals(context.stack.identity, leftConfigs(context, set)) : [];
  return {
    actions: [...actions, ...cleaned],
    refusals: hold?.kind === 'refuse' ? hold.refusals : [],
    waiting,
    settled,
    rolledOut: actions.length === 0 && isRolledOut(context, pool, set),
    needsDetail: hold?.kind === 'look',
    due,
    rolls: hold?.kind === 'wait',
  };
}

/** Its template has proved itself: pods that are away were taken by others, or are on their way out. */
function isRolledOut(context: PlanContext, pool: NodePool, set: SetView): boolean {
  const staying = stayingPods(context, set);
  const isLeft = set.complete && staying.length < set.pods.length;
  const isProven = set.rolledOut || (isLeft && staying.every((pod) => pod.ready));
  const isWhole = set.current && !set.onDelete && set.replicas >= pool.replicas;
  return isWhole && isProven && !staying.some((pod) => pod.outdated);
}

/** Pods that are not on their way out (`upgrade-restarts-leaving`). */
const stayingPods = (context: PlanContext, set: SetView): readonly PodView[] => set.pods.filter(stays(context));

/** What is missing until the pool is what the spec asks for; empty when nothing is. */
function unsettled(context: PlanContext, pool: NodePool, set: SetView): readonly string[] {
  if (!set.current || set.replicas < pool.replicas || !set.complete) return [`Pool ${pool.name} is being changed.`];
  const staying = stayingPods(context, set);
  if (set.onDelete || set.partition > 0 || staying.some((pod) => pod.outdated))
    return [`Pool ${pool.name} is being rolled.`];
  // Pods of a cluster that serves nobody may be waiting for those of the next pool.
  if (servesNobody(context)) return [];
  const unready = staying.find((pod) => !pod.ready);
  if (unready !== undefined) return [`Pod ${unready.name} is not ready.`];
  const missing = staying.find((pod) => !hasJoined(context.observed.cluster, pod.name, expectedVersion(set, pod)));
  return missing === undefined ? [] : [`Node ${missing.name} has not joined.`];
}

/** One move towards the goal, or none. Called only while the StatefulSet's status is up to date. */
function nextMove(context: PlanContext, pool: NodePool, set: SetView, turn: boolean): Move {
  if (set.onDelete) return insideWindow(context, set, turn);
  const staying = stayingPods(context, set);
  const outdated = staying.filter((pod) => pod.outdated);
  const grown = growth(pool, set, outdated);
  if (grown !== undefined) return { shape: grown };
  const live: Shape = { replicas: set.replicas, partition: set.partition, onDelete: false };
  const [candidate] = outdated;
  // With no partition Kubernetes would replace those that leave, too.
  const isOver = set.complete && !set.pods.some((pod) => pod.outdated);
  if (candidate === undefined) return { shape: isOver ? { ...live, partition: 0 } : live };
  // A pod that is missing would come back on the new template if the partition sank below it.
  if (!set.complete) return { shape: live };
  const idle = outdated.find((pod) => mayReplaceAtOnce(context, pod, turn));
  if (idle !== undefined) return { shape: release(set, live, idle) };
  const next = turn ? nextMember(context, set, outdated) : undefined;
  if (next === undefined) return { shape: live };
  return { shape: next.hold === undefined ? release(set, live, next.pod) : live, ...heldBy(next) };
}

/** What holds a member up, and whether it is its turn all the same. */
const heldBy = ({ pod, hold, isDue }: NextMember): Pick<Move, 'hold' | 'due'> => ({
  ...(hold === undefined ? {} : { hold }),
  ...(isDue ? { due: pod } : {}),
});

/** New nodes start on a template that is known to work: the old one before a roll, the new one once its pods are ready. */
function growth(pool: NodePool, set: SetView, outdated: readonly PodView[]): Shape | undefined {
  if (pool.replicas <= set.replicas) return undefined;
  const untouched = outdated.length > 0 && set.partition >= set.replicas;
  const proven = set.pods.every((pod) => pod.outdated || pod.ready);
  if (!untouched && !proven && outdated.length > 0) return undefined;
  return { replicas: pool.replicas, partition: untouched ? pool.replicas : set.partition, onDelete: false };
}

/**
 * Lowers the partition to a pod when all above it are new and ready already. Otherwise Kubernetes would replace those
 * first, or wait for them: then the pod is deleted by the operator within a window of `OnDelete`.
 */
function release(set: SetView, live: Shape, pod: PodView): Shape {
  const above = set.pods.filter((other) => other.ordinal > pod.ordinal);
  return above.every((other) => !other.outdated && other.ready)
    ? { ...live, partition: pod.ordinal }
    : { ...live, partition: 0, onDelete: true };
}

/** Deletes one pod whose turn the partition cannot give it, waits until it is back, and closes the window again. */
function insideWindow(context: PlanContext, set: SetView, turn: boolean): Move {
  const open: Shape = { replicas: set.replicas, partition: 0, onDelete: true };
  if (!set.complete) return { shape: open };
  const outdated = stayingPods(context, set).filter((pod) => pod.outdated);
  const idle = outdated.find((pod) => mayReplaceAtOnce(context, pod, turn));
  if (idle !== undefined) return { shape: open, remove: idle };
  const next = turn ? nextMember(context, set, outdated) : undefined;
  if (next?.hold?.kind === 'look') return { shape: open, hold: next.hold };
  if (next !== undefined && next.hold === undefined && release(set, open, next.pod).onDelete)
    return { shape: open, remove: next.pod, due: next.pod };
  return { shape: { replicas: set.replicas, partition: set.replicas, onDelete: false } };
}

function deletions(pod: PodView | undefined): readonly ObjectAction[] {
  if (pod === undefined) return [];
  const { uid = '', resourceVersion = '' } = pod.object.metadata;
  return [{ kind: 'delete', reference: referenceOf(pod.object), uid, resourceVersion }];
}
