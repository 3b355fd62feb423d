// For tests of one StackSnapshot: its objects, a repository in memory, and a controller that may die between any two of its deeds.
import * as fc from 'fast-check';
import { apiVersion } from '../../api/logging-stack.ts';
import { stackSnapshotKind, type StackSnapshotSpec, type StackSnapshotStatus } from '../../api/stack-snapshot.ts';
import type { KubeObject } from '../kubernetes.ts';
import { snapshotsFinalizer } from './snapshot-actions.ts';
import { objectSnapshotName } from './identity.ts';
import type { Answer, SnapshotInfo } from './observed.ts';
import { planSnapshot } from './snapshot-plan.ts';
import {
  dueSince,
  needsLook,
  needsStart,
  type Refused,
  type SnapshotObjects,
  type SnapshotPlan,
} from './snapshot-view.ts';
import type { StartVerdict } from './start-time.ts';

const inTeam = (kind: string, name: string, more: object): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'team', uid: `uid-${name}`, generation: 1 },
  ...more,
});

export const stack = inTeam('LoggingStack', 'logs', {});

export const repository = (changes: { readonly spec?: object; readonly ready?: string } = {}): KubeObject =>
  inTeam('StackRepository', 'backups', {
    spec: { stackRef: { name: 'logs' }, type: 'FileSystem', ...changes.spec },
    status: {
      conditions: [{ type: 'Ready', status: changes.ready ?? 'True', reason: 'Any', message: 'Its volume is full.' }],
    },
  });

export const snapshotObject = (spec: Partial<StackSnapshotSpec> = {}): KubeObject =>
  inTeam(stackSnapshotKind, 'one', {
    spec: { stackRef: { name: 'logs' }, repositoryRef: { name: 'backups' }, ...spec },
  });

/** The name of its snapshot in the repository. */
export const ownName = objectSnapshotName({ namespace: 'team', name: 'one' }, 'uid-one');

/** A snapshot that somebody else took, which nobody may touch. */
export const foreign = (name: string): SnapshotInfo => ({ ...taken(name, undefined, new Date(0)), state: 'Success' });

export const taken = (name: string, metadata: unknown, now: Date): SnapshotInfo => ({
  name,
  uuid: `uuid-${name}`,
  state: 'InProgress',
  startedAt: now.toISOString().replace(/\.\d+/, ''),
  endedAt: undefined,
  shards: { total: 4, done: 0, failed: 0 },
  failures: [],
  indices: ['a'],
  dataStreams: [],
  version: '9.4.3',
  metadata,
});

/** How far a step comes before the operator dies. */
export interface Until {
  readonly actions?: number;
  /** Whether the status is written after all actions. */
  readonly status?: boolean;
}

const start = new Date('2026-11-22T01:30:00Z').getTime();

export class SnapshotWorld {
  object: KubeObject | undefined;
  stack: KubeObject | undefined = stack;
  repository: KubeObject | undefined = repository();
  /** Whether Elasticsearch answers, and takes writes. */
  reachable = true;
  writable = true;
  now = start;
  readonly snapshots = new Map<string, SnapshotInfo>([['theirs', foreign('theirs')]]);
  readonly told: string[] = [];
  /** Accepted requests for new snapshots, refused writes, and writes of the status. */
  begun = 0;
  refusals = 0;
  writes = 0;
  refused: Refused | undefined;
  start: (waitedMs: number) => StartVerdict = (waitedMs) =>
    waitedMs >= 2000 ? { allowed: true } : { allowed: false, reason: 'Waiting', message: 'Soon.' };

  constructor(spec: Partial<StackSnapshotSpec> = {}) {
    this.object = snapshotObject(spec);
  }

  get status(): StackSnapshotStatus {
    return this.object?.['status'] ?? {};
  }

  /** `Unknown Waiting`. */
  get condition(): string {
    const [condition] = this.status.conditions ?? [];
    return `${condition?.status} ${condition?.reason}`;
  }

  plan(): SnapshotPlan | undefined {
    const { object, refused } = this;
    if (object === undefined) return undefined;
    const objects: SnapshotObjects = {
      object,
      stack: this.stack,
      repository: this.repository,
      now: new Date(this.now),
    };
    const look = needsLook(objects) ? this.#look(object) : undefined;
    const asked = look !== undefined && needsStart(objects, look, refused);
    const waited = this.now - dueSince(objects, refused).getTime();
    return planSnapshot({
      ...objects,
      look,
      progress: undefined,
      start: asked ? this.start(waited) : undefined,
      refused,
    });
  }

  /** One look, and as much of its plan as the operator comes to. Time goes by as the plan says. */
  step({ actions = Number.POSITIVE_INFINITY, status = true }: Until = {}): SnapshotPlan | undefined {
    const plan = this.plan();
    if (plan === undefined) return undefined;
    const isDead = actions < plan.actions.length;
    const isTaken = plan.actions.slice(0, actions).every((action) => this.#carryOut(action));
    if (!isDead && status) this.#write(isTaken ? plan.status : this.plan()?.status);
    this.now += Math.min(plan.requeueAfterMs ?? 60_000, 60_000);
    return plan;
  }

  /** The operator starts anew: what only it knew is forgotten. */
  restart(): void {
    this.refused = undefined;
  }

  delete(): void {
    if (this.object === undefined) return;
    const { metadata } = this.object;
    if ((metadata.finalizers ?? []).length === 0) this.object = undefined;
    else
      this.object = { ...this.object, metadata: { ...metadata, deletionTimestamp: new Date(this.now).toISOString() } };
  }

  /** All that Elasticsearch takes comes to its end. */
  end(state: 'Success' | 'Partial' | 'Failed' = 'Success'): void {
    for (const [name, info] of this.snapshots) {
      if (info.state !== 'InProgress') continue;
      const failed = state === 'Success' ? 0 : 1;
      const shards = { total: 4, done: 4 - failed, failed };
      const endedAt = new Date(this.now).toISOString().replace(/\.\d+/, '');
      this.snapshots.set(name, { ...info, state, endedAt, shards, bytes: 3 * 1024 ** 3 });
    }
  }

  #look(object: KubeObject): Answer<SnapshotInfo | undefined> {
    if (!this.reachable) return { answered: false, code: 'EsTimeout', message: 'No answer.' };
    const own = [...this.snapshots.values()].find(({ name }) => name.startsWith(`${object.metadata.name}-`));
    return { answered: true, value: own };
  }

  #carryOut(action: SnapshotPlan['actions'][number]): boolean {
    switch (action.kind) {
      case 'addFinalizer':
        this.#setFinalizers([snapshotsFinalizer]);
        return true;
      case 'releaseFinalizer':
        if (action.leftBehind !== undefined) this.told.push(action.leftBehind);
        this.#setFinalizers([]);
        return true;
      case 'createSnapshot':
        if (!this.#mayWrite()) return false;
        if (!this.snapshots.has(action.name)) {
          this.begun += 1;
          this.snapshots.set(action.name, taken(action.name, action.body['metadata'], new Date(this.now)));
        }
        return true;
      case 'deleteSnapshots':
        if (!this.#mayWrite()) return false;
        for (const name of action.names) this.snapshots.delete(name);
        return true;
    }
  }

  #mayWrite(): boolean {
    const now = new Date(this.now);
    this.refusals += this.writable ? 0 : 1;
    this.refused = this.writable
      ? undefined
      : {
          fault: { code: 'EsBusy', message: 'Read-only file system.' },
          since: this.refused?.since ?? now,
          until: new Date(this.now + 10_000),
        };
    return this.writable;
  }

  #setFinalizers(finalizers: readonly string[]): void {
    if (this.object === undefined) return;
    const { metadata } = this.object;
    const isGone = metadata.deletionTimestamp !== undefined && finalizers.length === 0;
    this.object = isGone ? undefined : { ...this.object, metadata: { ...metadata, finalizers } };
  }

  #write(status: StackSnapshotStatus | undefined): void {
    if (status === undefined || this.object === undefined) return;
    const text = JSON.stringify(status);
    if (text === JSON.stringify(this.status)) return;
    this.writes += 1;
    this.object = { ...this.object, status: JSON.parse(text) as unknown };
  }
}

/** Steps until the condition is this one. */
export function reach(world: SnapshotWorld, condition: string, most = 20): SnapshotWorld {
  for (let steps = 0; world.condition !== condition; steps += 1) {
    if (steps === most) throw new Error(`It is ${world.condition} and never ${condition}.`);
    world.step();
  }
  return world;
}

/** A step that may be cut off by the operator's end, or something that happens to Elasticsearch. */
export type Happening = Until | 'silent' | 'refusing' | 'answering' | 'busy' | 'free' | 'ends';

export const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ actions: fc.nat(2), status: fc.boolean() }) },
  { weight: 6, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.constantFrom('silent', 'refusing', 'answering', 'busy', 'free', 'ends') },
);

export function tell(world: SnapshotWorld, one: Happening): void {
  if (one === 'silent') world.reachable = false;
  else if (one === 'refusing') world.writable = false;
  else if (one === 'busy') world.start = () => ({ allowed: false, reason: 'WaitingForRestart', message: '' });
  else if (one === 'free') world.start = () => ({ allowed: true });
  else if (one === 'ends') world.end();
  else if (one === 'answering') Object.assign(world, { reachable: true, writable: true });
  else {
    world.step(one);
    if (Object.keys(one).length > 0) world.restart();
  }
}

/** Nothing is in the way any more. */
export function recovered(world: SnapshotWorld): SnapshotWorld {
  for (const one of ['answering', 'free'] as const) tell(world, one);
  return world;
}
