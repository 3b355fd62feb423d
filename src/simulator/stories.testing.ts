// For tests: lets a story happen to a stack that the real planner looks after, and says which promises were broken.
import { isDeepStrictEqual } from 'node:util';
import { plan } from '../core/elasticsearch/plan.ts';
import { ready, templates } from '../core/elasticsearch/plan.testing.ts';
import type { ResolvedStack } from '../core/stack.ts';
import { actsOnOldStatus, drainsTooMany } from './audit.testing.ts';
import { type Happening, type NodeFault, small, type Spec, stackOf, type Story, usual } from './happenings.testing.ts';
import type { Simulator } from './simulator.ts';
import { act, look, type Planner, runningStack } from './simulator.testing.ts';
import { startSnapshot } from './snapshots.ts';
import { allShards, isDataNode } from './state.ts';

/** What the operator promises, whatever happens. */
export type Promised =
  /** It takes no cluster from quorum to none, but for a single master's own restart. */
  | 'quorum'
  /** It removes no last copy at all, and restarts none of an index that is to have more than one. */
  | 'last copy'
  /** No document is lost that a client was told is safe. */
  | 'data'
  /** It deletes no volume whose copy of a shard is not elsewhere: losing one more would lose the shard. */
  | 'copies'
  /** No more nodes are away by its doing than the budget allows. */
  | 'budget'
  /** No more nodes are drained at once than the budget allows. */
  | 'drains'
  /** It ends no pod upon a status that is older than its own last write. */
  | 'old status'
  /** A plan depends on its arguments alone, and changes none of them. */
  | 'pure'
  /** A spec that no node can start with stops at as many pods as the budget allows. */
  | 'bad config'
  /** Once the faults are over, it comes to rest within a time that nodes and shards bound. */
  | 'rest'
  /** And then the stack is what the spec asks for. */
  | 'as wanted'
  /** And nothing of what was done on the way is left. */
  | 'nothing left';

export interface Broken {
  readonly promise: Promised;
  readonly what: unknown;
}

const secondsPerTick = 15;

const specs: Readonly<Record<Story['from'], Spec>> = { small, usual };

/** Each story goes on from a copy of one of these. */
const beginnings: Readonly<Record<Story['from'], Simulator>> = {
  small: runningStack(stackOf(small), secondsPerTick),
  usual: runningStack(stackOf(usual), secondsPerTick),
};

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}

/** A plan twice would take half of the time: so often it is made again. */
const ticksPerCheck = 8;

class Telling {
  readonly simulator: Simulator;
  readonly broken: Broken[] = [];
  readonly #planner: Planner;
  spec: Spec;
  stack: ResolvedStack;
  /** Of all specs up to now. */
  #budget: number;
  /** Actions of the next look that are carried out before the operator dies. */
  actions = Number.POSITIVE_INFINITY;
  /** By the operator's own word at its last look. */
  isReady = false;

  constructor(from: Story['from'], planner: Planner) {
    this.simulator = beginnings[from].fork();
    this.spec = specs[from];
    this.stack = stackOf(this.spec);
    this.#budget = this.spec.maxUnavailable;
    this.#planner = planner;
  }

  breaks(promise: Promised, what: unknown): void {
    if (!this.broken.some((one) => one.promise === promise)) this.broken.push({ promise, what });
  }

  edit(change: Partial<Spec>): void {
    // Volumes never become smaller: who asks for it is refused, and the stack is not what the spec says.
    this.spec = { ...this.spec, ...change, size: Math.max(this.spec.size, change.size ?? 0) };
    this.stack = stackOf(this.spec);
    this.#budget = Math.max(this.#budget, this.spec.maxUnavailable);
  }

  /** One look, its actions, one moment; clients write meanwhile. Returns whether nothing was to be done. */
  pass(): boolean {
    const { simulator, stack } = this;
    if (hasDataNode(simulator)) {
      simulator.elasticsearch.write('logs-app-default', 10);
      simulator.elasticsearch.write('logs-audit-default', 1, 1024 ** 2);
    }
    const { observed, planned } = look(simulator, stack, this.#planner);
    if (simulator.elasticsearch.world.tick % ticksPerCheck === 0) this.#checkPure(observed, planned);
    const old = actsOnOldStatus(observed, planned.actions);
    if (old.length > 0) this.breaks('old status', old);
    const drained = drainsTooMany(observed.cluster, planned.actions, stack.elasticsearch.changeBudget.maxDrains);
    if (drained.length > 0) this.breaks('drains', drained);
    act(simulator, planned, this.actions);
    this.isReady = ready(planned)?.status === 'True';
    this.actions = Number.POSITIVE_INFINITY;
    simulator.tick();
    this.#checkBadConfig();
    return planned.actions.length === 0 && simulator.atRest;
  }

  /** Nodes that served until the operator gave them a config with which none starts. */
  #checkBadConfig(): void {
    const { records, pods, elasticsearch } = this.simulator;
    const failing = [...pods.values()].filter((pod) => pod.state === 'crashing' && !pod.crashes);
    // A new node of an old name, on a volume that no version has been on, never served.
    const hasServed = (name: string): boolean => elasticsearch.world.volumes.get(`data-${name}`)?.version !== undefined;
    const served = failing.filter(
      ({ name }) => hasServed(name) && records.restarts.some(({ pod, cause }) => pod === name && cause === 'operator'),
    );
    if (served.length > this.#budget)
      this.breaks(
        'bad config',
        served.map(({ name }) => name),
      );
  }

  #checkPure(...[observed, planned]: [ReturnType<typeof look>['observed'], ReturnType<typeof look>['planned']]): void {
    const again = this.#planner(this.stack, frozen(structuredClone(observed)), templates);
    if (!isDeepStrictEqual(again, planned)) this.breaks('pure', 'An equal look gives another plan.');
  }

  passes(count: number): void {
    for (let tick = 0; tick < count; tick += 1) this.pass();
  }

  checkRecords(): void {
    const { records } = this.simulator;
    const { quorumLosses, lastCopyLosses, dataLosses, neededVolumes, removals, unavailable } = records;
    const [quorum] = quorumLosses.filter((loss) => loss.cause === 'operator' && loss.voters > 1);
    if (quorum !== undefined) this.breaks('quorum', quorum);
    const removed = (loss: { readonly tick: number; readonly pod: string }): boolean =>
      removals.some((one) => one.cause === 'operator' && one.tick === loss.tick && one.pod === loss.pod);
    const [copy] = lastCopyLosses.filter((loss) => loss.cause === 'operator' && (loss.replicas > 0 || removed(loss)));
    if (copy !== undefined) this.breaks('last copy', copy);
    if (dataLosses[0] !== undefined) this.breaks('data', dataLosses[0]);
    const needed = neededVolumes.find((one) => one.cause === 'operator');
    if (needed !== undefined) this.breaks('copies', needed);
    const over = unavailable.find(({ byOperator }) => byOperator > this.#budget);
    if (over !== undefined) this.breaks('budget', over);
  }
}

function strike({ simulator }: Telling, kind: NodeFault, node: number): void {
  const names = [...simulator.pods.keys()].toSorted();
  const name = names[node % names.length] ?? '';
  const { totalBytes } = simulator.elasticsearch.volume(`data-${name}`, 0);
  switch (kind) {
    case 'mute':
      simulator.mute.add(name);
      break;
    case 'fill':
      simulator.fillDisk(name, 0.96 * totalBytes);
      break;
    case 'noGrowth':
      simulator.kubernetes.growthFails.add(`data-${name}`);
      break;
    case 'cordon':
      simulator.kubernetes.unschedulable.add(name);
      simulator.evict(name);
      break;
    case 'evict':
    case 'kill':
    case 'freeze':
      simulator[kind](name);
  }
}

/** What a look lacks for some ticks. */
function hide(telling: Telling, kind: 'silence' | 'halfAnswer' | 'oldShards' | 'slowWatch', ticks: number): void {
  const { simulator } = telling;
  simulator.silent = kind === 'silence';
  simulator.detailFails = kind === 'halfAnswer' && (ticks % 2 === 0 || 'untold');
  simulator.routingTableAge = kind === 'oldShards' ? ticks : 0;
  simulator.watchAge = kind === 'slowWatch' ? ticks : 0;
  telling.passes(ticks);
  Object.assign(simulator, { silent: false, detailFails: false, routingTableAge: 0, watchAge: 0 });
}

/** Without one there is no room for a shard, and no index can be made. */
const hasDataNode = ({ elasticsearch: { cluster } }: Simulator): boolean =>
  [...(cluster?.members.values() ?? [])].some(isDataNode);

function happen(telling: Telling, event: Happening): void {
  const { elasticsearch } = telling.simulator;
  const { cluster } = elasticsearch;
  switch (event.kind) {
    case 'edit':
      telling.edit(event.edit);
      break;
    case 'crash':
      telling.actions = event.after;
      break;
    case 'wait':
      telling.passes(event.ticks);
      break;
    case 'silence':
    case 'halfAnswer':
    case 'oldShards':
    case 'slowWatch':
      hide(telling, event.kind, event.ticks);
      break;
    case 'burst':
      if (hasDataNode(telling.simulator)) elasticsearch.write('logs-app-default', 1500, 1024 ** 2);
      break;
    case 'rollover':
      if (elasticsearch.look(false).answered && hasDataNode(telling.simulator))
        elasticsearch.rollOver('logs-app-default');
      break;
    case 'snapshot':
      if (cluster !== undefined && elasticsearch.look(false).answered) startSnapshot(cluster, 'backups/one');
      break;
    case 'evict':
    case 'kill':
    case 'freeze':
    case 'mute':
    case 'fill':
    case 'cordon':
    case 'noGrowth':
      strike(telling, event.kind, event.node);
  }
  telling.pass();
}

/** Everything that others did to the cluster is taken back, and the spec is one that can come true. */
function faultsEnd(telling: Telling): void {
  const { simulator } = telling;
  simulator.mute.clear();
  simulator.kubernetes.unschedulable.clear();
  simulator.kubernetes.growthFails.clear();
  for (const pod of simulator.pods.keys()) simulator.freeze(pod, false);
  for (const volume of simulator.elasticsearch.world.volumes.values()) volume.foreignBytes = 0;
  if (telling.spec.config === 'bad') telling.edit({ config: 'usual' });
  // No version reads what a newer one wrote: there is no way back once a node of it has joined.
  const { version } = telling.spec;
  const used = [...simulator.elasticsearch.world.volumes.values()].map((volume) => volume.version);
  if (version === '9.4.3' && used.includes('9.5.0')) telling.edit({ version: '9.5.0' });
}

/** Looks that find nothing to do, one after the other, while nothing moves. */
const quietLooks = 3;

/** Eleven minutes: what a stack that is not ready may wait for in vain, as for a node that does not join, is given up by then. */
const patientLooks = (11 * 60) / secondsPerTick;

/** Ticks in which a stack comes to rest: each node may be restarted, drained and started once, each shard moved or copied. */
function longest({ simulator, stack }: Telling): number {
  const { cluster } = simulator.elasticsearch;
  const wanted = stack.elasticsearch.pools.reduce((sum, pool) => sum + pool.replicas, 0);
  const shards = cluster === undefined ? 0 : allShards(cluster).reduce((sum, shard) => sum + shard.copies.length, 0);
  return 40 + 12 * (wanted + simulator.pods.size) + 4 * shards;
}

function comeToRest(telling: Telling): boolean {
  const ticks = longest(telling);
  for (let tick = 0, quiet = 0; tick - quiet < ticks; tick += 1) {
    quiet = telling.pass() ? quiet + 1 : 0;
    if (quiet >= (telling.isReady ? quietLooks : patientLooks)) return true;
  }
  return false;
}

/**
 * A pool may leave the spec in the very moment in which its StatefulSet is made anew around its pods, or with a config
 * that none of its nodes starts with; and a version may be taken back in the moment in which the first node of it joins.
 * That is refused by name: people do as the remedy says, bring the pool back, and take it away again afterwards, or let the
 * version be the newer one. Returns whether the stack came to rest.
 */
function followRemedy(telling: Telling, planner: Planner): boolean {
  const { topology } = telling.spec;
  const { refusals } = look(telling.simulator, telling.stack, planner).planned;
  const isRefused = (...rules: readonly string[]): boolean => refusals.some(({ rule }) => rules.includes(rule));
  const edits: readonly Partial<Spec>[] = [
    ...(isRefused('DowngradeRefused') ? [{ version: '9.5.0' } as const] : []),
    ...(isRefused('PoolRemovalRefused', 'UnassignedMayBeThere')
      ? [{ topology: topology === 'Combined' ? 'Dedicated' : 'Combined' } as const, { topology }]
      : []),
  ];
  return edits.every((edit) => {
    telling.edit(edit);
    return comeToRest(telling);
  });
}

function checkEnd(telling: Telling, planner: Planner): void {
  const { simulator, stack } = telling;
  const { planned } = look(simulator, stack, planner);
  const said = ready(planned);
  if (said?.status !== 'True') telling.breaks('as wanted', { said, refusals: planned.refusals });
  const asked = stack.elasticsearch.pools.reduce((sum, pool) => sum + pool.replicas, 0);
  if (simulator.pods.size !== asked) telling.breaks('as wanted', [...simulator.pods.keys()]);
  if (simulator.elasticsearch.world.clusters.size !== 1) telling.breaks('as wanted', 'There are two clusters.');
  const { cluster, objects } = simulator.observe();
  if (!cluster.answered || cluster.health.status !== 'green') {
    telling.breaks('as wanted', cluster.answered ? cluster.health : cluster);
    return;
  }
  const { settings, voting } = cluster;
  const { excludedNames, marks, allocationEnable } = settings;
  if (excludedNames.length + Object.keys(marks).length + voting.excluded.length > 0 || allocationEnable !== undefined)
    telling.breaks('nothing left', { settings, voting });
  const count = (kind: string): number => objects.filter((object) => object.kind === kind).length;
  if (count('PersistentVolumeClaim') !== asked) telling.breaks('nothing left', 'There are more claims than nodes.');
  if (count('StatefulSet') !== stack.elasticsearch.pools.length) telling.breaks('nothing left', 'A pool is left.');
}

/** The promises that were broken while a story was told, each with its first occasion. */
export function tell(story: Story, planner: Planner = plan): readonly Broken[] {
  const telling = new Telling(story.from, planner);
  for (const event of story.happenings) happen(telling, event);
  telling.checkRecords();
  faultsEnd(telling);
  if (comeToRest(telling) && followRemedy(telling, planner)) checkEnd(telling, planner);
  else
    telling.breaks(
      'rest',
      look(telling.simulator, telling.stack, planner).planned.actions.map(({ kind }) => kind),
    );
  telling.checkRecords();
  return telling.broken;
}
