// For tests: a schedule, a repository with snapshots of many hands, an operator that may die at any boundary, and clocks that need not agree.
import { expect } from 'vitest';
import {
  type StackSnapshotScheduleSpec,
  stackSnapshotScheduleStatus,
  type StackSnapshotScheduleStatus,
} from '../../api/stack-snapshot-schedule.ts';
import type { KubeObject } from '../kubernetes.ts';
import { hashOf } from '../objects.ts';
import { secondsOf } from '../status/time.ts';
import { believed } from './due.ts';
import { ownSnapshots } from './history.ts';
import { identityOf, metadataOf, slotSnapshotName } from './identity.ts';
import type { Answer, SnapshotInfo } from './observed.ts';
import { type RefusedWrite, withRefusedWrites } from './refused-writes.ts';
import { planSchedule, type ScheduleAction } from './schedule-plan.ts';
import { needsLook, type ScheduleObjects } from './schedule-view.ts';
import { slotsOf } from './slots.ts';
import { snapshotsFinalizer } from './snapshot-actions.ts';
import type { StartVerdict } from './start-time.ts';

export const nightly = { namespace: 'team', name: 'nightly' } as const;
export const logs = { namespace: 'team', name: 'logs' } as const;

export const basicSpec: StackSnapshotScheduleSpec = {
  stackRef: { name: 'logs' },
  repositoryRef: { name: 'backups' },
  schedule: '30 1 * * *',
};

/** A snapshot as Elasticsearch tells of it. */
export const snapshotOf = (name: string, startedAt: string, more: Partial<SnapshotInfo> = {}): SnapshotInfo => ({
  name,
  uuid: `uuid-${name}`,
  state: 'Success',
  startedAt,
  endedAt: startedAt,
  shards: { total: 4, done: 4, failed: 0 },
  failures: [],
  indices: ['logs-1'],
  dataStreams: [],
  version: '9.4.3',
  metadata: undefined,
  ...more,
});

/** A snapshot that the schedule took for a time by the calendar, and began then. */
export const slotSnapshot = (slot: string, more: Partial<SnapshotInfo> = {}): SnapshotInfo =>
  snapshotOf(slotSnapshotName(nightly, slot), slot, {
    metadata: metadataOf({ stack: 'team/logs', schedule: 'team/nightly', slot }),
    ...more,
  });

const stackOf = (): KubeObject => ({
  apiVersion: 'loggingstack.dev/v1alpha1',
  kind: 'LoggingStack',
  metadata: { ...logs, uid: 'uid-logs' },
});

export const repositoryOf = (more: { readonly ready?: boolean; readonly mode?: string } = {}): KubeObject => ({
  apiVersion: 'loggingstack.dev/v1alpha1',
  kind: 'StackRepository',
  metadata: { namespace: 'team', name: 'backups' },
  spec: { stackRef: { name: 'logs' }, type: 'S3', mode: more.mode ?? 'ReadWrite' },
  status: {
    conditions: [{ type: 'Ready', status: more.ready === false ? 'False' : 'True', reason: 'R', message: 'As it is.' }],
  },
});

/** Where the operator dies: before or after one of its writes, whatever it is. */
export type Death = { readonly write: number; readonly when: 'before' | 'after' } | undefined;

class OperatorDied extends Error {}

/** Someone else's snapshots, as near to those of the schedule as may be. */
function strangers(slot: string): readonly SnapshotInfo[] {
  const old = '2020-01-01T00:00:00Z';
  const ours = { stack: 'team/logs', schedule: 'team/nightly', slot };
  const of = (name: string, metadata: unknown): SnapshotInfo => snapshotOf(name, old, { metadata });
  return [
    of('nightly-by-hand', undefined),
    of('nightly-clone', metadataOf(ours)),
    of('nightly-now-clone', metadataOf({ ...ours, requested: 'one' })),
    of('nightly-weekly', metadataOf({ ...ours, schedule: 'team/weekly' })),
    of('nightly-odd', { loggingstack: { ...ours, slot: 7 } }),
    of(slotSnapshotName(nightly, '2019-12-31T00:00:00Z'), metadataOf({ ...ours, stack: 'team/others' })),
    of(
      slotSnapshotName({ ...nightly, namespace: 'elsewhere' }, slot),
      metadataOf({ ...ours, schedule: 'elsewhere/nightly' }),
    ),
    // By the very name that the schedule will want.
    of(slotSnapshotName(nightly, slot), metadataOf({ ...ours, stack: 'team/others' })),
  ];
}

interface Taking {
  readonly state: 'Success' | 'Partial' | 'Failed';
  readonly minutes: number;
}

export class ScheduleSimulator {
  /** The time, by which Kubernetes and Elasticsearch go. */
  time: Date;
  /** By how many seconds the operator's clock is wrong. */
  skewSeconds = 0;
  object: KubeObject;
  stack: KubeObject | undefined = stackOf();
  repository: KubeObject | undefined = repositoryOf();
  mayStart: StartVerdict = { allowed: true };
  answers = true;
  refuses = false;
  taking: Taking = { state: 'Success', minutes: 5 };
  statusFirst = true;
  readonly snapshots = new Map<string, SnapshotInfo>();
  readonly foreign: readonly SnapshotInfo[];
  readonly records = {
    looks: 0,
    statusWrites: 0,
    refused: [] as Date[],
    taken: [] as { readonly name: string; readonly slot: string | undefined; readonly at: Date }[],
    deleted: [] as string[],
    leftBehind: [] as string[],
  };
  /** Snapshots may be taken again that were taken by a clock that ran ahead, or for an object that is gone, and are gone, too. */
  forgiven = new Set<string>();
  private readonly ends = new Map<string, Date>();
  private death: Death;
  private writes = 0;
  private made = 0;

  constructor(start: string, spec: Partial<StackSnapshotScheduleSpec> = {}, foreignSlot = '2026-11-22T01:30:00Z') {
    this.time = new Date(start);
    this.object = this.newObject({ ...basicSpec, ...spec });
    this.foreign = strangers(foreignSlot);
    for (const one of this.foreign) this.snapshots.set(one.name, one);
  }

  private newObject(spec: StackSnapshotScheduleSpec): KubeObject {
    this.made += 1;
    const metadata = {
      ...nightly,
      uid: `uid-${this.made}`,
      generation: 1,
      creationTimestamp: secondsOf(this.time),
    };
    return { apiVersion: 'loggingstack.dev/v1alpha1', kind: 'StackSnapshotSchedule', metadata, spec };
  }

  get spec(): StackSnapshotScheduleSpec {
    return this.object['spec'] as StackSnapshotScheduleSpec;
  }

  get status(): StackSnapshotScheduleStatus {
    return (this.object['status'] ?? {}) as StackSnapshotScheduleStatus;
  }

  get now(): Date {
    return new Date(this.time.getTime() + this.skewSeconds * 1000);
  }

  get objects(): ScheduleObjects {
    return { object: this.object, stack: this.stack, repository: this.repository, now: this.now };
  }

  get own() {
    return ownSnapshots([...this.snapshots.values()], nightly, logs);
  }

  /** Every snapshot that the schedule ever took for a time by the calendar, in turn. */
  get takenSlots(): readonly string[] {
    return this.records.taken.flatMap(({ slot }) => slot ?? []);
  }

  edit(change: Partial<StackSnapshotScheduleSpec>): void {
    const { metadata } = this.object;
    const changed = { ...metadata, generation: (metadata.generation ?? 0) + 1 };
    this.object = { ...this.object, metadata: changed, spec: { ...this.spec, ...change } };
  }

  ask(value: string): void {
    const { metadata } = this.object;
    this.object = { ...this.object, metadata: { ...metadata, annotations: { 'loggingstack.dev/run-now': value } } };
  }

  delete(): void {
    const { metadata } = this.object;
    if (metadata.finalizers?.includes(snapshotsFinalizer) !== true) {
      this.remake();
      return;
    }
    const going = { ...metadata, deletionTimestamp: metadata.deletionTimestamp ?? secondsOf(this.time) };
    this.object = { ...this.object, metadata: going };
  }

  /** Another object of the same name. */
  remake(): void {
    this.object = this.newObject(this.spec);
    this.forgive();
  }

  /** @param seconds by which the operator's clock is wrong from now on */
  setClock(seconds: number): void {
    if (seconds < this.skewSeconds - 3600) this.forgive();
    this.skewSeconds = seconds;
  }

  private forgive(): void {
    for (const { name } of this.records.taken) this.forgiven.add(name);
  }

  /** Time goes by, for the operator, too, unless it is away. */
  wait(seconds: number, operator: 'works' | 'is away' = 'works'): void {
    const end = this.time.getTime() + seconds * 1000;
    while (this.time.getTime() < end) {
      const pause = operator === 'works' ? this.pauseAfterLook() : seconds;
      this.time = new Date(Math.min(end, this.time.getTime() + pause * 1000));
      this.endSnapshots();
    }
  }

  /** Looks that would find the same and do nothing are left out, or hours would be thousands of them. */
  private pauseAfterLook(): number {
    const before = JSON.stringify([this.object, this.records.refused.length, this.snapshots.size]);
    const pause = this.look();
    expect(pause).toBeGreaterThanOrEqual(1);
    if (JSON.stringify([this.object, this.records.refused.length, this.snapshots.size]) !== before) return pause;
    const { nextRun } = this.status;
    const running = [...this.snapshots.values()].filter(({ state }) => state === 'InProgress');
    const ends = running
      .flatMap(({ name }) => this.ends.get(name)?.getTime() ?? [])
      .map((at) => at - this.time.getTime());
    const next =
      nextRun === undefined ? [] : [new Date(nextRun).getTime() - this.now.getTime()].filter((gap) => gap > 0);
    return Math.max(pause, Math.ceil(Math.min(3_600_000, ...ends, ...next) / 1000));
  }

  private endSnapshots(): void {
    for (const [name, one] of this.snapshots) {
      if (one.state !== 'InProgress' || (this.ends.get(name) ?? this.time) > this.time) continue;
      const failed = this.taking.state === 'Success' ? 0 : 1;
      const failures = failed === 0 ? [] : [{ index: 'logs-1', shard: 0, reason: 'NodeClosedException' }];
      const shards = { total: 4, done: 4 - failed, failed };
      this.snapshots.set(name, {
        ...one,
        state: this.taking.state,
        endedAt: this.time.toISOString(),
        shards,
        failures,
      });
    }
  }

  /** One look of the operator, that may be its last; another one starts at once. Returns after how many seconds it looks again. */
  look(death?: Death): number {
    this.death = death;
    this.writes = 0;
    try {
      return this.lookOnce();
    } catch (error) {
      if (!(error instanceof OperatorDied)) throw error;
      return 1;
    }
  }

  private lookOnce(): number {
    const { objects } = this;
    const look = needsLook(objects) ? this.askElasticsearch() : undefined;
    const { actions, status, requeueAfterSeconds } = planSchedule({ ...objects, look, mayStart: this.mayStart });
    if (this.statusFirst) this.writeStatus(status);
    const refused = actions.flatMap((action) => this.act(action));
    const { generation = 0 } = this.object.metadata;
    if (refused.length > 0) this.writeStatus(withRefusedWrites(status, refused, generation, objects.now));
    else if (!this.statusFirst) this.writeStatus(status);
    return requeueAfterSeconds;
  }

  private askElasticsearch(): Answer<{ readonly snapshots: readonly SnapshotInfo[] }> {
    this.records.looks += 1;
    if (!this.answers) return { answered: false, code: 'EsTimeout', message: 'No answer within 10 s.' };
    return { answered: true, value: { snapshots: [...this.snapshots.values()] } };
  }

  private write(effect: () => void): void {
    this.writes += 1;
    const dies = this.death?.write === this.writes ? this.death.when : undefined;
    if (dies === 'before') throw new OperatorDied();
    effect();
    if (dies === 'after') throw new OperatorDied();
  }

  private writeStatus(status: StackSnapshotScheduleStatus): void {
    const { error } = stackSnapshotScheduleStatus.safeParse(status);
    expect(error).toBeUndefined();
    if (hashOf(this.status) === hashOf(status)) return;
    this.write(() => {
      if (process.env['TRACE']) { const d = (o: any, n: any) => Object.fromEntries([...new Set([...Object.keys(o), ...Object.keys(n)])].filter((k) => JSON.stringify(o[k]) !== JSON.stringify(n[k])).map((k) => [k, [o[k], n[k]]])); console.log(this.time.toISOString(), this.skewSeconds, JSON.stringify(d(this.status, status)).slice(0, 900)); }
      this.records.statusWrites += 1;
      this.object = { ...this.object, status };
    });
  }

  private act(action: ScheduleAction): readonly RefusedWrite[] {
    switch (action.kind) {
      case 'addFinalizer':
        this.write(() => {
          this.setFinalizers([snapshotsFinalizer]);
        });
        return [];
      case 'releaseFinalizer':
        if (action.leftBehind !== undefined) this.records.leftBehind.push(action.leftBehind);
        this.write(() => {
          if (this.object.metadata.deletionTimestamp === undefined) this.setFinalizers([]);
          else this.remake();
        });
        return [];
      case 'createSnapshot':
      case 'deleteSnapshots': {
        if (this.refuses) {
          this.records.refused.push(this.time);
          return [{ action, fault: { code: 'EsRefused', message: 'The repository is read-only.' } }];
        }
        this.write(() => {
          if (action.kind === 'createSnapshot') this.take(action.name, action.body['metadata']);
          else this.remove(action.names);
        });
        return [];
      }
    }
  }

  private setFinalizers(finalizers: readonly string[]): void {
    this.object = { ...this.object, metadata: { ...this.object.metadata, finalizers } };
  }

  private take(name: string, metadata: unknown): void {
    // What is there is never asked for again.
    expect([...this.snapshots.keys()]).not.toContain(name);
    const { slot, requested } = identityOf({ metadata }) ?? {};
    if (requested === undefined) this.expectDue(name, slot ?? '');
    this.ends.set(name, new Date(this.time.getTime() + this.taking.minutes * 60_000));
    const startedAt = this.time.toISOString();
    const shards = { total: 0, done: 0, failed: 0 };
    const info = snapshotOf(name, startedAt, { state: 'InProgress', endedAt: undefined, shards, metadata });
    this.snapshots.set(name, info);
    this.records.taken.push({ name, slot: requested === undefined ? slot : undefined, at: this.now });
  }

  /** For the last time by the calendar that is in force, once, and not too late. */
  private expectDue(name: string, slot: string): void {
    const { spec, status, now } = this;
    const verdict = slotsOf(spec.schedule, spec.timeZone ?? 'Etc/UTC');
    if (!verdict.possible) throw new Error(verdict.message);
    const last = verdict.slots.last(now);
    expect(slot).toBe(last === undefined ? undefined : secondsOf(last));
    expect(spec.suspend).not.toBe(true);
    expect(new Date(slot) >= (believed(status.inForce?.since, now) ?? now)).toBe(true);
    const before = this.records.taken.some((one) => one.name === name);
    if (before) expect([...this.forgiven]).toContain(name);
  }

  private remove(names: readonly string[]): void {
    const { metadata } = this.object;
    const isEnd = metadata.deletionTimestamp !== undefined;
    const going = names.map((name) => this.own.find((one) => one.name === name));
    // Never a foreign one, and none that is not there.
    expect(going).not.toContain(undefined);
    if (!isEnd) expect(going.map((one) => one?.state)).not.toContain('InProgress');
    for (const name of names) this.snapshots.delete(name);
    this.records.deleted.push(...names);
    if (isEnd) return;
    const good = this.own.filter(({ state }) => state === 'Success');
    const { minKeep = 1 } = this.spec.retention ?? {};
    const least = going.some((one) => one?.state === 'Success') ? minKeep : 1;
    expect(good.length).toBeGreaterThanOrEqual(least);
  }
}
