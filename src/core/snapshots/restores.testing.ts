// For tests: StackRestores and what they refer to, and a model of an Elasticsearch that restores data streams, loses answers, and deletes what is too old.
import { apiVersion } from '../../api/logging-stack.ts';
import { type StackRestoreSpec, type StackRestoreStatus, stackRestoreKind } from '../../api/stack-restore.ts';
import type { AnsweredLook, ClusterLook } from '../elasticsearch/observed.ts';
import { untouched } from '../elasticsearch/look.testing.ts';
import type { KubeObject } from '../kubernetes.ts';
import type { ResolvedStack } from '../stack.ts';
import type { RestoreAction, RestoreStreams } from './restore-actions.ts';
import { metadataOf } from './identity.ts';
import type { Answer, SnapshotInfo, StandingStream } from './observed.ts';
import { planRestore } from './restore-plan.ts';
import type { StackRestore } from './restore-status.ts';
import type { RestoreLooks, RestoreNeed, RestoreStep } from './restore-step.ts';

export const usualSpec: StackRestoreSpec = {
  stackRef: { name: 'logs' },
  source: { type: 'LatestGood', repositoryRef: { name: 'backups' } },
};

export const restoreOf = (spec: Partial<StackRestoreSpec> = {}, status?: StackRestoreStatus): StackRestore => ({
  apiVersion,
  kind: stackRestoreKind,
  metadata: { name: 'back', namespace: 'team', uid: 'uid-restore', generation: 1, resourceVersion: '1' },
  spec: { ...usualSpec, ...spec },
  ...(status === undefined ? {} : { status }),
});

const condition = (type: string, status: string, message: string) => ({
  type,
  status,
  reason: 'Because',
  message,
  lastTransitionTime: '2026-11-20T00:00:00Z',
});

export const repositoryOf = (name: string, stack = 'logs', ready = 'True'): KubeObject => ({
  apiVersion,
  kind: 'StackRepository',
  metadata: { name, namespace: 'team' },
  spec: { stackRef: { name: stack } },
  status: { conditions: [condition('Ready', ready, 'All nodes reach it.')] },
});

export const snapshotOf = (changes: Partial<SnapshotInfo> = {}): SnapshotInfo => ({
  name: 'nightly-1',
  uuid: 'uuid-of-it',
  state: 'Success',
  startedAt: '2026-11-22T01:30:00Z',
  endedAt: '2026-11-22T01:34:00Z',
  shards: { total: 2, done: 2, failed: 0 },
  failures: [],
  indices: [],
  dataStreams: ['logs-a-default', 'logs-b-default'],
  version: '9.4.3',
  metadata: metadataOf({ stack: 'team/logs', schedule: 'team/nightly' }),
  ...changes,
});

/** Data nodes of the six-line stack, and its masters, all at work. */
export const readyCluster = (changes: Partial<AnsweredLook> = {}): AnsweredLook => ({
  answered: true,
  uuid: 'uuid-1',
  health: { status: 'green', settled: true, initializing: 0, relocating: 0, unassigned: 0 },
  nodes: ['data-0', 'data-1', 'master-0'].map((name) => ({
    name: `logs-es-${name}`,
    version: '9.4.3',
    roles: [name.startsWith('data') ? 'data_hot' : 'master'],
  })),
  capabilities: { streamLifecycle: true, componentTemplates: [], matchOnlyText: true },
  indexTemplate: { priority: 500 },
  ...untouched,
  ...changes,
});

/** A data stream that stands. */
export const standingOf = (name: string, changes: Partial<StandingStream> = {}): StandingStream => ({
  name,
  isStream: true,
  oldestAt: '2026-11-22T11:00:00Z',
  held: false,
  primaries: [{ index: `.ds-${name}-2026.11.22-000001`, shard: 0, state: 'Started' }],
  ...changes,
});

/** When nothing else is said: eleven hours after the snapshot. */
const usualNow = new Date('2026-11-22T12:30:00Z');

export type Origin = 'snapshot' | 'live';

interface ModelStream {
  readonly origin: Origin;
  readonly madeAt: Date;
  held: boolean;
  /** Looks until its shard has started. */
  waiting: number;
  lost: boolean;
}

/** What becomes of a request: `lost` never arrived, `unheard` did, and its answer got lost. */
export type Fate = 'done' | 'lost' | 'unheard';

/** An Elasticsearch as far as restores go. Restoring is all or nothing, and refused where something of the name stands. */
export class RestoreModel {
  readonly streams = new Map<string, ModelStream>();
  snapshots: readonly SnapshotInfo[] = [snapshotOf()];
  now = usualNow;
  /** What was done, in words. */
  readonly effects: string[] = [];
  /** Names that were deleted, with what stood there. */
  readonly deleted: { readonly name: string; readonly origin: Origin }[] = [];
  readonly restored: string[] = [];
  readonly requests: RestoreStreams[] = [];
  readonly cluster: () => ClusterLook;

  constructor(cluster: () => ClusterLook = readyCluster) {
    this.cluster = cluster;
  }

  /** Somebody writes to a data stream, which is made where there is none. */
  write(name: string, madeAt = this.now): void {
    if (!this.streams.has(name)) this.#make(name, 'live', madeAt);
  }

  #make(name: string, origin: Origin, madeAt: Date, waiting = 0): void {
    this.streams.set(name, { origin, madeAt, held: false, waiting, lost: false });
  }

  /** Time goes on: shards start, and retention deletes what is too old and not held. */
  pass(seconds: number, maxAgeSeconds = Number.POSITIVE_INFINITY): void {
    this.now = new Date(this.now.getTime() + seconds * 1000);
    for (const [name, stream] of this.streams) {
      stream.waiting = Math.max(0, stream.waiting - 1);
      if (!stream.held && this.now.getTime() - stream.madeAt.getTime() > maxAgeSeconds * 1000)
        this.streams.delete(name);
    }
  }

  look(need: RestoreNeed): RestoreLooks {
    const answer = <T>(value: T): Answer<T> => ({ answered: true, value });
    switch (need.of) {
      case 'cluster':
        return { cluster: this.cluster() };
      case 'snapshots':
        return {
          snapshots: answer(this.snapshots.filter(({ name }) => [undefined, name].includes(need.source.name))),
        };
      case 'streams':
        return { streams: answer(need.names.flatMap((name) => this.#standing(name))) };
      case 'progress':
        return { progress: answer({ totalBytes: 1000, doneBytes: 500, shards: need.names.length }) };
    }
  }

  #standing(name: string): readonly StandingStream[] {
    const found = this.streams.get(name);
    if (found === undefined) return [];
    const state = found.lost ? 'Lost' : found.waiting > 0 ? 'Waiting' : 'Started';
    const primaries = [{ index: `.ds-${name}-2026.11.22-000001`, shard: 0, state }] as const;
    return [standingOf(name, { oldestAt: found.madeAt.toISOString(), held: found.held, primaries })];
  }

  /** False when Elasticsearch refused. */
  take(action: RestoreAction): boolean {
    this.effects.push(`${action.kind} ${action.streams.join()}`);
    switch (action.kind) {
      case 'deleteStreams':
        for (const name of action.streams) this.#delete(name);
        return true;
      case 'restoreStreams':
        return this.#restore(action);
      case 'holdStreams':
      case 'releaseStreams':
        for (const name of action.streams) {
          const stream = this.streams.get(name);
          if (stream !== undefined) stream.held = action.kind === 'holdStreams';
        }
        return true;
    }
  }

  #delete(name: string): void {
    const found = this.streams.get(name);
    if (found !== undefined) this.deleted.push({ name, origin: found.origin });
    this.streams.delete(name);
  }

  #restore(request: RestoreStreams): boolean {
    this.requests.push(request);
    const { streams, suffix, snapshot } = request;
    const info = this.snapshots.find(({ name }) => name === snapshot);
    const targets = streams.map((name) => (suffix === undefined ? name : `${name}.${suffix}`));
    if (info === undefined || targets.some((name) => this.streams.has(name))) return false;
    const dayBefore = new Date(Date.parse(info.startedAt) - 86_400_000);
    for (const name of targets) this.#make(name, 'snapshot', dayBefore, 2);
    this.restored.push(...targets);
    return true;
  }
}

/** What may happen at each step of a run: the operator dies, Elasticsearch does not answer, a request gets lost. */
export interface Luck {
  /** Whether the operator dies right now. */
  readonly dies: () => boolean;
  readonly answers: () => boolean;
  readonly fate: () => Fate;
}

export const goodLuck: Luck = { dies: () => false, answers: () => true, fate: () => 'done' };

/** A StackRestore in an API server, and the operator's work on it. */
export class RestoreRun {
  object: StackRestore;
  stack: ResolvedStack | undefined;
  repositories: readonly KubeObject[] = [repositoryOf('backups')];
  stackSnapshots: readonly KubeObject[] = [];
  /** Statuses as they were written, one after the other. */
  readonly written: StackRestoreStatus[] = [];
  readonly model: RestoreModel;

  constructor(model: RestoreModel, object: StackRestore, stack: ResolvedStack) {
    this.model = model;
    this.object = object;
    this.stack = stack;
  }

  edit(spec: Partial<StackRestoreSpec>): void {
    const { metadata } = this.object;
    const generation = (metadata.generation ?? 0) + 1;
    const resourceVersion = String(Number(metadata.resourceVersion) + 1);
    this.object = {
      ...this.object,
      metadata: { ...metadata, generation, resourceVersion },
      spec: { ...this.object.spec, ...spec },
    };
  }

  plan(object: StackRestore, looks: RestoreLooks): RestoreStep {
    return planRestore({
      object,
      stack: this.stack,
      repository: (name) => this.repositories.find(({ metadata }) => metadata.name === name),
      snapshot: (name) => this.stackSnapshots.find(({ metadata }) => metadata.name === name),
      looks,
      now: this.model.now,
    });
  }

  /**
   * One reconcile, as the controller does it: steps until there is nothing more to do, or the operator dies. Returns when it
   * wants to look again. @param cached the object as the operator knows it, which may be old
   */
  reconcile({ dies, answers, fate }: Luck = goodLuck, cached: StackRestore = this.object): number | undefined {
    let known = cached;
    let looks: RestoreLooks = {};
    for (let steps = 0; steps < 100; steps += 1) {
      const step = this.plan(known, looks);
      if (dies()) return 0;
      if (step.kind === 'look') {
        const unanswered = { answered: false, code: 'EsTimeout', message: 'No answer in time.' } as const;
        const { of } = step.need;
        looks = { ...looks, ...(answers() ? this.model.look(step.need) : { [of]: unanswered }) };
        continue;
      }
      // Whoever knows an old object only may neither write nor act.
      if (known.metadata.resourceVersion !== this.object.metadata.resourceVersion) return 0;
      if (step.kind === 'act') {
        const happens = fate();
        if (happens === 'lost' || !this.model.take(step.action) || happens === 'unheard') return 10;
      } else {
        this.#write(step.status);
        known = this.object;
        if (step.kind === 'rest') return step.againAfterSeconds;
      }
      looks = {};
      if (dies()) return 0;
    }
    throw new Error('The operator goes round in circles.');
  }

  #write(status: StackRestoreStatus): void {
    if (JSON.stringify(status) === JSON.stringify(this.object.status)) return;
    const { metadata } = this.object;
    const resourceVersion = String(Number(metadata.resourceVersion) + 1);
    this.object = { ...this.object, metadata: { ...metadata, resourceVersion }, status };
    this.written.push(status);
  }

  get complete() {
    const [found] = this.object.status?.conditions ?? [];
    return found === undefined ? undefined : `${found.status} ${found.reason}`;
  }

  get message(): string {
    return this.object.status?.conditions?.[0]?.message ?? '';
  }

  /** Reconciles, as often as it is asked for, until there is nothing more to do. */
  settle(luck: Luck = goodLuck): void {
    for (let round = 0; round < 200; round += 1) {
      const again = this.reconcile(luck);
      if (again === undefined) return;
      this.model.pass(Math.max(1, again));
    }
    throw new Error(`Not at rest: ${this.complete ?? 'no condition'}: ${this.message}`);
  }
}
