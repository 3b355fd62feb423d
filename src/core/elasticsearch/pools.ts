// Plans the pools' StatefulSets: creates them, lets them grow, and rolls a new template out one pod at a time, masters last.
import type { KubeObject } from '../kubernetes.ts';
import { annotations, names } from '../names.ts';
import {
  contains,
  hashOf,
  type ObjectAction,
  type ObjectPlan,
  planObjects,
  planRemovals,
  referenceOf,
} from '../objects.ts';
import type { Refusal } from '../refusal.ts';
import type { NodePool } from '../stack.ts';
import { expectedVersion } from './away.ts';
import { type PlanContext, servesNobody, stays } from './context.ts';
import { desiredPoolConfig, desiredStatefulSet } from './desired/index.ts';
import type { Hold } from './rules/hold.ts';
import { mayReplaceAtOnce } from './rules/non-members.ts';
import { type NextMember, nextMember } from './next-member.ts';
import { resize } from './resize.ts';
import { hasJoined, liveObject, ofKind, type PodView, poolOf, type SetView } from './view.ts';

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

/** The fields of a StatefulSet that the planner moves step by step. */
interface Shape {
  readonly replicas: number;
  readonly partition: number;
  /** Opens a short window in which a deleted pod comes back on the newest template, whatever its ordinal. */
  readonly onDelete: boolean;
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
    ...write(context, pool, wantedSet(context, pool, firstShape(context, pool))),
    waiting: [`Creating pool ${pool.name}.`],
  };
}

/**
 * A StatefulSet that is made anew around running pods (see expansion.ts) restarts none of itself, should the template have
 * changed meanwhile. Their claims tell how many there are.
 */
function firstShape({ observed }: PlanContext, pool: NodePool): Shape {
  const isRunning = ofKind(observed, 'Pod').some(
    (pod) => poolOf(pod) === pool.name && (pod.metadata.ownerReferences ?? []).length === 0,
  );
  return { replicas: pool.replicas, partition: isRunning ? pool.replicas : 0, onDelete: false };
}

function planPool(context: PlanContext, pool: NodePool, set: SetView, turn: boolean): PoolStep {
  const live: Shape = { replicas: set.replicas, partition: set.partition, onDelete: set.onDelete };
  if (!hasWantedTemplate(context, pool, set)) {
    const staying = stayingPods(context, set);
    // A window that is open is closed in any case: a template that nobody takes yet does no harm, and drains wait for it.
    // One that ends is on its way to the template that is live: below a new partition it would come back on the one before.
    const isWhole = staying.length === set.pods.length && !set.pods.some((pod) => pod.terminating);
    const mayStart = (turn && isWhole) || staying.some((pod) => pod.stuck) || set.onDelete;
    // Nodes may join on a template that all have: drains of other pools wait for them, and this pool's turn for the drains.
    const grows = pool.replicas > set.replicas && set.current && set.rolledOut;
    if (!mayStart)
      return {
        ...nothing,
        actions: grows ? [resize(set, pool.replicas)] : [],
        waiting: [`Pool ${pool.name} gets its new template after the pools before it.`],
      };
    const replicas = Math.max(pool.replicas, set.replicas);
    const wanted = wantedSet(context, pool, { replicas, partition: replicas, onDelete: false });
    return { ...nothing, ...write(context, pool, wanted), waiting: [`Pool ${pool.name} gets a new template.`] };
  }
  const { shape, remove, hold, due } = set.current ? nextMove(context, pool, set, turn) : { shape: live };
  const written = write(context, pool, wantedSet(context, pool, shape));
  if (written.refusals.length > 0) return { ...nothing, refusals: written.refusals };
  const actions = [...written.actions, ...deletions(remove)];
  const waiting = [...(hold?.kind === 'wait' ? [hold.message] : []), ...unsettled(context, pool, set)];
  const settled = actions.length === 0 && waiting.length === 0 && hold === undefined;
  const cleaned = settled ? planRemovals(context.stack.identity, leftConfigs(context, pool, set)) : [];
  return {
    actions: [...actions, ...cleaned],
    refusals: hold?.kind === 'refuse' ? hold.refusals : [],
    waiting,
    settled,
    rolledOut: actions.length === 0 && isRolledOut(pool, set),
    needsDetail: hold?.kind === 'look',
    due,
    rolls: hold?.kind === 'wait',
  };
}

/** Pods of it that are away were taken by others. */
const isRolledOut = (pool: NodePool, { current, rolledOut, onDelete, replicas, pods }: SetView): boolean =>
  current && rolledOut && !onDelete && replicas >= pool.replicas && !pods.some((pod) => pod.outdated);

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
  // One that is new and ready already is nothing that Kubernetes would replace.
  const isLeaving = set.pods.some((pod) => !staying.includes(pod) && (pod.outdated || !pod.ready));
  const outdated = staying.filter((pod) => pod.outdated);
  const grown = growth(pool, set, outdated);
  if (grown !== undefined) return { shape: grown };
  const live: Shape = { replicas: set.replicas, partition: set.partition, onDelete: false };
  const [candidate] = outdated;
  // Below the partition, Kubernetes replaces from the highest ordinal down, and would begin with pods that leave.
  if (candidate === undefined) return { shape: set.complete && !isLeaving ? { ...live, partition: 0 } : live };
  // A pod that is missing would come back on the new template if the partition sank below it.
  if (!set.complete) return { shape: live };
  const idle = outdated.find((pod) => mayReplaceAtOnce(context, pod, turn));
  if (idle !== undefined) return { shape: release(set, live, idle) };
  const next = isLeaving || !turn ? undefined : nextMember(context, set, outdated);
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
  // The first of them needs no window.
  const next = turn ? nextMember(context, set, outdated) : undefined;
  if (next?.hold?.kind === 'look') return { shape: open, hold: next.hold };
  if (next !== undefined && next.hold === undefined && next.pod !== outdated[0])
    return { shape: open, remove: next.pod, due: next.pod };
  return { shape: { replicas: set.replicas, partition: set.replicas, onDelete: false } };
}

/** The objects of a pool: first the config, then the StatefulSet that refers to it. If one is another's, neither is written. */
function write(context: PlanContext, pool: NodePool, set: KubeObject): ObjectPlan {
  const { bootstrap, stack, templates, observed } = context;
  const config = desiredPoolConfig(stack, pool, { initialMasterNodes: bootstrap.initialMasterNodes }, templates);
  const planned = planObjects(stack.identity, 'elasticsearch', [config, set], ({ kind, name }) =>
    liveObject(observed, kind, name),
  );
  return planned.refusals.length === 0 ? planned : { actions: [], refusals: planned.refusals };
}

function wantedSet(context: PlanContext, pool: NodePool, shape: Shape): KubeObject {
  const { stack, templates } = context;
  const set = desiredStatefulSet(
    stack,
    { ...pool, replicas: shape.replicas },
    { partition: shape.partition },
    templates,
  );
  const spec = set['spec'] as Record<string, unknown>;
  const records = {
    [annotations.templateHash]: hashOf(spec['template']),
    [annotations.nodeRoles]: pool.roles.join(','),
    [annotations.version]: stack.images.elasticsearch.version,
  };
  return {
    ...set,
    metadata: { ...set.metadata, annotations: { ...set.metadata.annotations, ...records } },
    spec: shape.onDelete ? { ...spec, updateStrategy: { type: 'OnDelete' } } : spec,
  };
}

export function hasWantedTemplate(context: PlanContext, pool: NodePool, set: SetView): boolean {
  const wanted = wantedSet(context, pool, { replicas: set.replicas, partition: set.partition, onDelete: false });
  const { template } = wanted['spec'] as { template: unknown };
  const live = set.object['spec'] as { template: unknown };
  return (
    set.object.metadata.annotations?.[annotations.templateHash] === hashOf(template) &&
    contains(live.template, template)
  );
}

function deletions(pod: PodView | undefined): readonly ObjectAction[] {
  if (pod === undefined) return [];
  const { uid = '', resourceVersion = '' } = pod.object.metadata;
  return [{ kind: 'delete', reference: referenceOf(pod.object), uid, resourceVersion }];
}

/** ConfigMaps of former templates that no pod can come back to. */
function leftConfigs(context: PlanContext, pool: NodePool, set: SetView): readonly KubeObject[] {
  if (!set.rolledOut || set.pods.some((pod) => !pod.ready)) return [];
  const { name } = desiredPoolConfig(
    context.stack,
    pool,
    { initialMasterNodes: undefined },
    context.templates,
  ).metadata;
  return ofKind(context.observed, 'ConfigMap').filter(
    (config) => poolOf(config) === pool.name && config.metadata.name !== name,
  );
}
