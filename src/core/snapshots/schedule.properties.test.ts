// Whatever happens to a schedule, its operator, its repository and the clocks: one snapshot for each time, the last good ones stay, and nobody else's goes.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StackSnapshotScheduleSpec } from '../../api/stack-snapshot-schedule.ts';
import { secondsOf } from '../status/time.ts';
import { slotSnapshotName } from './identity.ts';
import { type Death, nightly, repositoryOf, ScheduleSimulator } from './schedule-simulator.testing.ts';
import { slotsOf } from './slots.ts';

interface Happening {
  /** For whoever reads of a failure. */
  readonly what: string;
  readonly happen: (simulator: ScheduleSimulator) => void;
}

const happening = (what: string, happen: Happening['happen']): Happening => ({ what, happen });

const hour = 3600;
const dayInSeconds = 24 * hour;

const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'] as const;
/** Times before and after clocks are changed there, and a time at which nothing is special. */
const starts = ['2026-03-28T12:00:00Z', '2026-03-07T12:00:00Z', '2026-04-04T00:00:00Z', '2026-10-03T00:00:00Z'];
const laterStarts = ['2026-10-24T12:00:00Z', '2026-10-31T12:00:00Z', '2026-07-01T00:00:00Z'];
const crons = ['30 2 * * *', '*/30 * * * *', '0 */3 * * *', '45 1 * * *', '15 1,13 * * *', '0 6 1 * MON'];

const timing: fc.Arbitrary<Partial<StackSnapshotScheduleSpec>> = fc.record({
  schedule: fc.constantFrom(...crons),
  timeZone: fc.constantFrom(...zones),
});
const keeping: fc.Arbitrary<StackSnapshotScheduleSpec['retention']> = fc
  .record({
    keepLast: fc.option(fc.integer({ min: 3, max: 5 }), { nil: undefined }),
    maxAge: fc.option(fc.constantFrom('1h', '12h', '2d'), { nil: undefined }),
    minKeep: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  })
  .map((fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)));
const habits: fc.Arbitrary<Partial<StackSnapshotScheduleSpec>> = fc.oneof(
  fc.constantFrom('Forbid' as const, 'Allow' as const).map((concurrencyPolicy) => ({ concurrencyPolicy })),
  fc.constantFrom('10m', '2h', '3d').map((startingDeadline) => ({ startingDeadline })),
  fc.constantFrom('Delete' as const, 'Retain' as const).map((deletionPolicy) => ({ deletionPolicy })),
  keeping.map((retention) => (retention === undefined ? {} : { retention })),
);

const deaths: fc.Arbitrary<Death> = fc.record({
  write: fc.integer({ min: 1, max: 3 }),
  when: fc.constantFrom('before' as const, 'after' as const),
});
const aWhile = fc.oneof(fc.integer({ min: 1, max: 3 * hour }), fc.integer({ min: 1, max: 30 * hour }));

const works = aWhile.map((seconds) =>
  happening(`works for ${seconds} s`, (simulator) => {
    simulator.wait(seconds);
  }),
);

/** Dies at each of several looks, just when something is due. */
const dies = fc.tuple(fc.array(deaths, { minLength: 1, maxLength: 5 }), fc.boolean()).map(([all, statusFirst]) =>
  happening(`dies at ${JSON.stringify(all)}, status ${statusFirst ? 'first' : 'last'}`, (simulator) => {
    simulator.statusFirst = statusFirst;
    const { nextRun } = simulator.status;
    const due = nextRun === undefined ? 0 : (new Date(nextRun).getTime() - simulator.now.getTime()) / 1000;
    if (due > 0 && due < 3 * dayInSeconds) simulator.wait(due + 1, 'is away');
    for (const death of all) {
      simulator.look(death);
      simulator.wait(1, 'is away');
    }
  }),
);

const skews = [0, -600, -3000, -5 * hour, -400 * dayInSeconds, 600, 3000, 2 * dayInSeconds, 400 * dayInSeconds];
const takings = fc.record({
  state: fc.constantFrom('Success' as const, 'Partial' as const, 'Failed' as const),
  minutes: fc.constantFrom(1, 10, 200),
});
const held = { allowed: false, reason: 'RestartUnderWay', message: 'A node is being restarted.' } as const;

const from = <T>(what: string, given: fc.Arbitrary<T>, happen: (simulator: ScheduleSimulator, value: T) => void) =>
  given.map((value) =>
    happening(`${what} ${JSON.stringify(value)}`, (simulator) => {
      happen(simulator, value);
    }),
  );

const others: readonly fc.Arbitrary<Happening>[] = [
  from('is away for', aWhile, (simulator, seconds) => {
    simulator.wait(seconds, 'is away');
  }),
  from('the clock is wrong by', fc.constantFrom(...skews), (simulator, seconds) => {
    simulator.setClock(seconds);
  }),
  from('suspend', fc.boolean(), (simulator, suspend) => {
    simulator.edit({ suspend });
  }),
  from('edit', fc.oneof(timing, habits), (simulator, change) => {
    simulator.edit(change);
  }),
  from('edit', habits, (simulator, change) => {
    simulator.edit(change);
  }),
  from('delete', fc.constant(0), (simulator) => {
    simulator.delete();
  }),
  from('snapshots end as', takings, (simulator, taking) => {
    simulator.taking = taking;
  }),
  from('writes are refused', fc.boolean(), (simulator, refuses) => {
    simulator.refuses = refuses;
  }),
  from('Elasticsearch answers', fc.boolean(), (simulator, answers) => {
    simulator.answers = answers;
  }),
  from('the repository is ready', fc.boolean(), (simulator, ready) => {
    simulator.repository = repositoryOf({ ready });
  }),
  from('snapshots may start', fc.boolean(), (simulator, allowed) => {
    simulator.mayStart = allowed ? { allowed } : held;
  }),
  from('run now', fc.constantFrom('one', 'two'), (simulator, value) => {
    simulator.ask(value);
  }),
];

const stories = fc.record({
  start: fc.constantFrom(...starts, ...laterStarts),
  spec: fc
    .tuple(timing, habits, habits)
    .map((parts): Partial<StackSnapshotScheduleSpec> => Object.assign({}, ...parts) as object),
  happenings: fc.array(fc.oneof({ arbitrary: works, weight: 8 }, { arbitrary: dies, weight: 4 }, ...others), {
    minLength: 5,
    maxLength: 25,
  }),
});

/** No fault any more. */
function heal(simulator: ScheduleSimulator): void {
  simulator.setClock(0);
  simulator.refuses = false;
  simulator.answers = true;
  simulator.repository = repositoryOf();
  simulator.mayStart = { allowed: true };
  simulator.taking = { state: 'Success', minutes: 5 };
  if (simulator.spec.suspend === true) simulator.edit({ suspend: false });
}

const slotsIn = ({ spec }: ScheduleSimulator) => {
  const verdict = slotsOf(spec.schedule, spec.timeZone ?? 'Etc/UTC');
  if (!verdict.possible) throw new Error(verdict.message);
  return verdict.slots;
};

/** Snapshots in the repository by the time that they were taken for. */
const inRepository = (simulator: ScheduleSimulator): readonly string[] =>
  simulator.own.flatMap(({ slot, requested }) => (requested === undefined ? [slot] : []));

describe('whatever happens', () => {
  it('[schedule-edit] [policy-rewritten] one snapshot is taken for each time, none of the last good ones goes, nobody else is touched, and it comes to rest', () => {
    fc.assert(
      fc.property(stories, ({ start, spec, happenings }) => {
        const simulator = new ScheduleSimulator(start, spec, foreignSlotAfter(start, spec));
        for (const { happen } of happenings) happen(simulator);
        const { snapshots, foreign } = simulator;
        const taken = inRepository(simulator);
        expect(new Set(taken).size).toBe(taken.length);
        heal(simulator);
        simulator.wait(5 * hour);
        const last = slotsIn(simulator).last(simulator.now) ?? new Date(0);
        // What is due just now has not begun yet.
        if (simulator.now.getTime() - last.getTime() < 600_000) simulator.wait(600);
        expectNewest(simulator);
        expectRest(simulator);
        const next = slotsIn(simulator).next(simulator.now);
        simulator.wait((next.getTime() - simulator.now.getTime()) / 1000 + 600);
        expectNewest(simulator);
        for (const one of foreign) expect(snapshots.get(one.name)).toBe(one);
      }),
      { seed: Number(process.env["FCSEED"] ?? 11), numRuns: Number(process.env["FCRUNS"] ?? 60), path: process.env["FCPATH"] ?? "", endOnFailure: true },
    );
  });
});

/** The first time but two of a schedule: somebody has the name that the schedule would give. */
function foreignSlotAfter(start: string, { schedule = '', timeZone = '' }: Partial<StackSnapshotScheduleSpec>): string {
  const verdict = slotsOf(schedule, timeZone);
  if (!verdict.possible) throw new Error(verdict.message);
  const { next } = verdict.slots;
  return secondsOf(next(next(next(new Date(start)))));
}

/** The newest time that was due is taken, unless the schedule says that it came too late, or somebody has the name. */
function expectNewest(simulator: ScheduleSimulator): void {
  const { status, now, foreign } = simulator;
  const last = slotsIn(simulator).last(now);
  if (last === undefined || last < new Date(status.inForce?.since ?? now)) return;
  const slot = secondsOf(last);
  if (status.lastSkipped?.slot === slot) {
    const isTaken = foreign.some(({ name }) => name === slotSnapshotName(nightly, slot));
    expect(['DeadlineExceeded', ...(isTaken ? ['NameTaken'] : [])]).toContain(status.lastSkipped.reason);
    return;
  }
  expect(new Date(status.lastSlot ?? 0).getTime()).toBeGreaterThanOrEqual(last.getTime());
  if (status.lastSlot === slot) expect([...simulator.takenSlots]).toContain(slot);
}

/** Between two times nothing is asked and nothing is written. */
function expectRest(simulator: ScheduleSimulator): void {
  const { records } = simulator;
  const next = slotsIn(simulator).next(simulator.now);
  const rest = (next.getTime() - simulator.now.getTime()) / 1000 - 1;
  if (simulator.own.some(({ state }) => state === 'InProgress') || rest < 1) return;
  const before = JSON.stringify(records);
  simulator.wait(Math.min(rest, 3 * dayInSeconds));
  expect(JSON.stringify(records)).toBe(before);
  expect(simulator.status.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({ status: 'True' });
}
