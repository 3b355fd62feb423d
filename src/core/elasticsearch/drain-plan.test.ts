// Tests of what a plan of drains says to the rest of the planner, on situations made by hand: whether one has its turn, who leaves, what pools keep until then, and whether a closer look is missing.
import { describe, expect, it } from 'vitest';
import { type DrainPlan, planDrains } from './drains.ts';
import { stackWith } from './plan.testing.ts';
import { contextOf } from './rules/rules.testing.ts';
import { hot, liveSet, situation, type SituationFacts } from './situation.testing.ts';
import type { PodView, SetView } from './view.ts';

interface DrainFacts extends Omit<SituationFacts, 'excludedNames' | 'settings'> {
  /** What the operator's mark names. */
  readonly mark?: readonly string[];
  /** The exclusion list; what the mark names unless given. */
  readonly excluded?: readonly string[];
  /** Versions of nodes that do not run the usual one. */
  readonly versions?: Readonly<Record<string, string>>;
  /** Roles that the cluster knows of nodes, where they are not those of their StatefulSet. */
  readonly roles?: Readonly<Record<string, readonly string[]>>;
  /** Nobody looked closer yet, or a closer look was asked for and could not be had. */
  readonly closer?: 'not yet' | 'failed';
}

/** Besides data nodes. */
const others = [liveSet('ingest', 1, ['ingest']), liveSet('master', 3, ['master'])];

const unseen = {
  'not yet': { detail: undefined },
  failed: { detail: undefined, detailFault: { code: 'EsTimeout', message: 'No answer in time.' } },
} as const;

/** Of three data nodes, of which the spec asks for two, unless told otherwise. */
function drains({ mark = [], excluded = mark, versions = {}, roles = {}, closer, ...facts }: DrainFacts): DrainPlan {
  const stack = facts.stack ?? stackWith();
  const sets = facts.sets ?? [liveSet('data', 3, hot), ...others];
  const { look } = situation({ ...facts, stack, sets, excludedNames: excluded });
  const nodes = look.nodes.map((node) => ({
    ...node,
    version: versions[node.name] ?? node.version,
    roles: roles[node.name] ?? node.roles,
  }));
  const marks = mark.length === 0 ? {} : { drains: mark.join() };
  const context = contextOf(sets, { stack });
  const seen = closer === undefined ? {} : unseen[closer];
  const cluster = { ...look, nodes, settings: { ...look.settings, marks }, ...seen };
  return planDrains({ ...context, observed: { ...context.observed, cluster } });
}

const data = (...ordinals: readonly number[]): readonly string[] =>
  ordinals.map((ordinal) => `logs-es-data-${ordinal}`);

/** The exclusion lists that are set; none when nothing is to be changed. */
const excluded = ({ actions }: DrainPlan): readonly (readonly string[])[] =>
  actions.flatMap((action) => (action.kind === 'setExclusions' ? [action.names] : []));

const withPod = (set: SetView, ordinal: number, facts: Partial<PodView>): SetView => ({
  ...set,
  pods: set.pods.map((one) => (one.ordinal === ordinal ? { ...one, ...facts } : one)),
});

const held = { a: { on: ['data-2'] } };
const absent = [liveSet('data', 3, hot, [2]), ...others];
/** A node without data is away: nothing starts to leave. */
const unsettled = [liveSet('data', 3, hot), liveSet('ingest', 1, ['ingest'], [0]), liveSet('master', 3, ['master'])];
/** So many data nodes, of which the last one was taken away and has not ended. */
const going = (count: number) => {
  const set = withPod(liveSet('data', count, hot), count - 1, { terminating: true, ready: false });
  return [{ ...set, replicas: count - 1, complete: false }, ...others];
};

describe('a drain has its turn, and no node that serves is restarted beside it', () => {
  it.each<[string, DrainFacts, boolean]>([
    ['from the look on with which it begins', {}, true],
    ['while it goes on', { mark: data(2), indices: held }, true],
    ['while the last node that was taken away has not ended', { sets: going(3), mark: data(2) }, true],
    [
      'while one node that was taken away has not ended and the next one waits',
      { sets: going(4), mark: data(3) },
      true,
    ],
    ['not when only nodes go that are no members', { sets: absent }, false],
    ['not while it waits for others', { sets: unsettled }, false],
    ['not when nothing leaves', { sets: [liveSet('data', 2, hot), ...others] }, false],
    ['as long as nobody looked closer', { closer: 'not yet' }, true],
    ['not when a closer look failed before it began', { closer: 'failed' }, false],
    ['also when a closer look fails after it began', { closer: 'failed', mark: data(2) }, true],
  ])('[upgrade-restarts-leaving] %s', (_name, facts, busy) => {
    expect(drains(facts).busy).toBe(busy);
  });
});

describe('a node that leaves is never restarted, and nobody waits for it', () => {
  const tied = { a: { on: ['data-2'], pinned: true } };

  it.each<[string, DrainFacts, readonly string[]]>([
    ['from the look on with which its drain begins', {}, data(2)],
    ['while it waits for others', { sets: unsettled }, data(2)],
    ['while nobody can look closer', { closer: 'failed' }, data(2)],
    ['but not while it may not leave', { indices: tied }, []],
  ])('[upgrade-restarts-leaving] %s', (_name, facts, leaving) => {
    expect([...drains(facts).leaving]).toEqual(leaving);
  });
});

it('[masters-3-1-3] nodes leave one after the other, masters last, each named once', () => {
  const sets = [liveSet('master', 3, ['master']), liveSet('data', 3, hot)];
  const { leaving } = situation({ stack: stackWith({ master: { replicas: 1 } }), sets });
  expect(leaving.map(({ name }) => name)).toEqual(['logs-es-data-2', 'logs-es-master-2', 'logs-es-master-1']);
});

it('[replicas-precheck] no copy is kept for a node that is being drained, as long as a closer look fails', () => {
  const stack = stackWith({ data: { replicas: 1 } });
  const planned = drains({ stack, closer: 'failed', mark: data(2) });
  expect(planned.stack.elasticsearch.pools.find(({ name }) => name === 'data')).toMatchObject({
    replicas: 2,
    leaving: 1,
  });
});

describe('a closer look is asked for', () => {
  const none = [liveSet('data', 2, hot), ...others];

  it.each<[string, DrainFacts, boolean]>([
    ['when nodes are to leave', { closer: 'not yet' }, true],
    ['once', {}, false],
    ['when indices were taken out of a tier', { sets: none, mark: ['tier:data_warm'], closer: 'not yet' }, true],
    ['once for that, too', { sets: none, mark: ['tier:data_warm'] }, false],
    ['not when nothing leaves', { sets: none, closer: 'not yet' }, false],
  ])('%s', (_name, facts, needsDetail) => {
    expect(drains(facts).needsDetail).toBe(needsDetail);
  });
});

describe('while another node is away', () => {
  it('a drain waits, and says for whom', () => {
    const planned = drains({ sets: unsettled });
    expect(planned.waiting).toEqual(['The drain of logs-es-data-2 waits for node logs-es-ingest-0 to serve.']);
    expect(planned.actions).toEqual([]);
  });

  it('[never-joined] a node that is no member goes', () => {
    const [, ...rest] = unsettled;
    expect(excluded(drains({ sets: [liveSet('data', 3, hot, [2]), ...rest] }))).toEqual([data(2)]);
  });

  it('a drain that is under way comes to its end', () => {
    expect(drains({ sets: unsettled, mark: data(2) }).waiting).toEqual(['logs-es-data-2 is being taken away.']);
  });
});

it('an emptied node goes although another one of its pool cannot be emptied, and both are told', () => {
  const sets = [liveSet('data', 4, hot), ...others];
  const planned = drains({ sets, indices: { a: { on: ['data-2'], pinned: true } }, mark: data(3, 2) });
  expect(planned.refusals).toMatchObject([{ rule: 'PinnedIndex' }]);
  expect(planned.waiting).toContain('logs-es-data-3 is being taken away.');
});
