// Tests of which pod that serves is replaced next, on contexts made by hand: who is waited for, and whose copies hold it.
import { describe, expect, it } from 'vitest';
import type { LoggingStackSpec } from '../../api/logging-stack.ts';
import type { AnsweredLook, ClusterDetail } from './observed.ts';
import { type NextMember, nextMember } from './next-member.ts';
import { stackWith } from './plan.testing.ts';
import { untouched } from './look.testing.ts';
import { contextOf } from './rules/rules.testing.ts';
import { hot, liveSet, situation, type SituationFacts } from './situation.testing.ts';
import type { PodView } from './view.ts';

interface Facts {
  readonly spec?: NonNullable<LoggingStackSpec['elasticsearch']>;
  /** What is special about pods, by ordinal. */
  readonly pods?: Readonly<Record<number, Partial<PodView> & { readonly joined?: boolean }>>;
  readonly indices?: SituationFacts['indices'];
  readonly detail?: (detail: ClusterDetail) => Partial<ClusterDetail>;
  readonly settings?: Partial<AnsweredLook['settings']>;
  /** Nodes that are on their way out. */
  readonly leaving?: readonly string[];
}

/** Of three data nodes in a StatefulSet that was made anew around them, so that it tells of no older template. */
function next({ spec = {}, pods = {}, indices = {}, detail = () => ({}), ...facts }: Facts): NextMember | undefined {
  const stack = stackWith({ data: { replicas: 3 }, changeBudget: { maxUnavailable: 2 }, ...spec });
  const made = liveSet('data', 3, hot);
  const data = { ...made, pods: made.pods.map((one) => ({ ...one, ...pods[one.ordinal] })) };
  const seen = situation({ stack, sets: [made], indices }).detail;
  const nodes = seen.nodes.map((node) => ({
    ...node,
    ownShards: seen.shards.filter((copy) => copy.node === node.name).length,
  }));
  const whole = { ...seen, nodes };
  const unassigned = seen.shards.filter(({ state }) => state === 'UNASSIGNED').length;
  const context = contextOf([data], {
    stack,
    health: { unassigned },
    detail: { ...whole, ...detail(whole) },
    look: { settings: { ...untouched.settings, ...facts.settings } },
  });
  return nextMember(
    { ...context, leaving: new Set(facts.leaving) },
    data,
    data.pods.filter((one) => one.outdated),
  );
}

const away = { ready: false, joined: false } as const;
const outdated = { outdated: true } as const;

describe('[rejoin-before-next] within a budget of two, a pod of an older template', () => {
  it('waits for one above it that is not back, because Kubernetes would go on by itself', () => {
    expect(next({ pods: { 2: away, 1: outdated } })).toMatchObject({
      pod: { name: 'logs-es-data-1' },
      hold: { kind: 'wait', message: 'Waiting for logs-es-data-2 before logs-es-data-1 is replaced.' },
      isDue: false,
    });
  });

  it('keeps its turn while it waits for one above it: none below it goes instead', () => {
    expect(next({ pods: { 2: away, 1: outdated, 0: outdated } })).toMatchObject({
      pod: { name: 'logs-es-data-1' },
      hold: { kind: 'wait' },
      isDue: false,
    });
  });

  it('does not wait for one above it that is on its way out', () => {
    const pods = { 2: { ready: false }, 1: outdated };
    expect(next({ pods, leaving: ['logs-es-data-2'] })).toMatchObject({ pod: { name: 'logs-es-data-1' }, isDue: true });
  });

  it('does not wait for one below it', () => {
    expect(next({ pods: { 1: outdated, 0: away } })).toMatchObject({ pod: { name: 'logs-es-data-1' }, isDue: true });
  });

  it('does not wait for the word of one that says nothing of itself: it counts as away', () => {
    const detail: Facts['detail'] = ({ nodes }) => ({
      nodes: nodes.map((node) => (node.name === 'logs-es-data-0' ? { ...node, ownShards: undefined } : node)),
    });
    expect(next({ pods: { 2: outdated }, detail })).toMatchObject({ pod: { name: 'logs-es-data-2' }, isDue: true });
  });
});

describe('a pod whose node has the only copy of a shard', () => {
  const none = { redundancy: 'None' } as const;
  const logs = { on: ['data-2'], dataStream: 'logs-a-b' };

  it.each<[string, Facts, readonly string[]]>([
    ['goes where the spec asks for no copies of its streams', { spec: none, indices: { a: logs } }, []],
    [
      '[upgrade-yellow] stays when the index is to have a copy all the same',
      { spec: none, indices: { a: { ...logs, on: ['data-2', '-'] } } },
      ['LastCopy index/a'],
    ],
    [
      '[zero-replica-roll] stays when the index is of somebody else',
      { spec: none, indices: { a: { on: ['data-2'] } } },
      ['ZeroReplicaRestart index/a'],
    ],
    [
      '[zero-replica-roll] stays when the spec asks for copies',
      { indices: { a: logs } },
      ['ZeroReplicaRestart index/a'],
    ],
    [
      '[index-vanishes] goes when the index is gone since',
      { indices: { a: { on: ['data-2'] } }, detail: () => ({ indices: [] }) },
      [],
    ],
  ])('%s', (_name, facts, expected) => {
    const found = next({ pods: { 2: outdated }, ...facts });
    const refusals = found?.hold?.kind === 'refuse' ? found.hold.refusals : [];
    expect(refusals.map(({ rule, subject }) => `${rule} ${subject}`)).toEqual(expected);
    expect(found?.isDue).toBe(expected.length === 0);
  });
});

describe('a pod whose node has copies that another one has, too', () => {
  const facts: Facts = { pods: { 2: outdated }, indices: { a: { on: ['data-2', 'data-0'] } } };
  const restart = 'logs-es-data-2  2026-01-01T00:00:00Z copies';

  it('is due, and stays until they are kept from being rebuilt elsewhere', () => {
    expect(next(facts)).toMatchObject({
      pod: { name: 'logs-es-data-2' },
      hold: { kind: 'wait', message: 'logs-es-data-2 is about to be replaced.' },
      isDue: true,
    });
    const held = next({ ...facts, settings: { allocationEnable: 'primaries', marks: { restart } } });
    expect(held).toMatchObject({ pod: { name: 'logs-es-data-2' }, isDue: true });
    expect(held?.hold).toBeUndefined();
  });
});
