// Tests of the rules for restarting a node that serves: one table for each, each row lets exactly one thing be wrong.
import { describe, expect, it } from 'vitest';
import { stackWith } from '../plan.testing.ts';
import { annotations } from '../../names.ts';
import type { ResolvedStack } from '../../stack.ts';
import type { PodView, SetView } from '../view.ts';
import { holdMember } from './members.ts';
import { contextOf, type ContextFacts, pod, set } from './rules.testing.ts';

const candidate = pod('logs-es-data-1', { outdated: true });
const masters = set('master', [pod('logs-es-master-0')]);

const withRoles = (one: SetView, roles: readonly string[]): SetView => ({
  ...one,
  object: {
    ...one.object,
    metadata: { ...one.object.metadata, annotations: { [annotations.nodeRoles]: roles.join() } },
  },
});

const held = (hold: ReturnType<typeof holdMember>): string | undefined =>
  hold?.kind === 'refuse' ? hold.refusals[0]?.rule : hold?.kind;

describe('a node that serves', () => {
  it('may be restarted when all is well', () => {
    const sets = [set('data', [candidate, pod('logs-es-data-0')]), masters];
    expect(holdMember(contextOf(sets), candidate)).toBeUndefined();
  });

  it.each<[string, PodView, ContextFacts, string]>([
    [
      'another pod cannot start',
      pod('logs-es-data-0', { ready: false, stuck: true, joined: false }),
      {},
      'PodsNotReady',
    ],
    ['another pod is starting', pod('logs-es-data-0', { ready: false }), {}, 'wait'],
    ['another pod is leaving', pod('logs-es-data-0', { ready: false, terminating: true }), {}, 'wait'],
    ['another node has not joined', pod('logs-es-data-0', { joined: false }), {}, 'wait'],
    ['Elasticsearch gave no answer', pod('logs-es-data-0'), { answered: false }, 'ClusterUnknown'],
    ['the master has work to do', pod('logs-es-data-0'), { health: { settled: false } }, 'wait'],
    [
      '[rejoin-before-next] copies recover, wherever they do: no closer look is asked for',
      pod('logs-es-data-0'),
      { detail: 'missing', health: { status: 'yellow', initializing: 1 } },
      'wait',
    ],
    ['nobody looked closer', pod('logs-es-data-0'), { detail: 'missing' }, 'look'],
    [
      'a closer look failed',
      pod('logs-es-data-0'),
      { detail: 'missing', look: { detailFault: { code: 'EsTimeout', message: 'No answer in time.' } } },
      'ClusterUnknown',
    ],
    [
      'a snapshot is being taken',
      pod('logs-es-data-0'),
      { detail: { snapshotsInProgress: ['a/b'] } },
      'SnapshotRunning',
    ],
    [
      'streams are to get more copies',
      pod('logs-es-data-0'),
      { look: { indexTemplate: { _meta: { existing_streams: 'pending' } } } },
      'wait',
    ],
  ])('[rejoin-before-next] waits while %s', (_name, other, facts, expected) => {
    const hold = holdMember(contextOf([set('data', [candidate, other]), masters], facts), candidate);
    expect(held(hold)).toBe(expected);
    if (hold?.kind !== 'refuse') return;
    expect(hold.refusals[0]?.subject).toBe('Pod/logs-es-data-1');
    expect(hold.refusals[0]?.remedy).not.toBe('');
  });

  it('[rejoin-before-next] waits while a pod is missing, and while it is itself about to come back', () => {
    const data = set('data', [candidate], { replicas: 2, complete: false });
    expect(held(holdMember(contextOf([data, masters]), candidate))).toBe('wait');
    const away = pod('logs-es-data-1', { outdated: true, joined: false, ready: false });
    const two = stackWith({ changeBudget: { maxUnavailable: 2 } });
    expect(held(holdMember(contextOf([set('data', [away]), masters], { stack: two }), away))).toBe('wait');
  });

  it.each([
    [
      'goes on beside a snapshot by an override',
      candidate,
      [{ rule: 'SnapshotRunning', subject: 'Pod/logs-es-data-1' }],
    ],
    ['that holds no data goes on beside a snapshot', pod('logs-es-master-0', { outdated: true }), []],
  ])('%s', (_name, one, lifted) => {
    const overrides = lifted.map((entry) => ({ ...entry, until: '2027-01-01T00:00:00Z', reason: 'known' }));
    const data = one === candidate ? [candidate, pod('logs-es-data-0')] : [pod('logs-es-data-0')];
    const sets = [set('data', data), ...(one === candidate ? [] : [withRoles(set('master', [one]), ['master'])])];
    const stack = { ...stackWith(), overrides } as ResolvedStack;
    expect(holdMember(contextOf(sets, { stack, detail: { snapshotsInProgress: ['a/b'] } }), one)).toBeUndefined();
  });

  it('waits for pods of a pool that the spec no longer has, too', () => {
    const removed = set('warm', [pod('logs-es-warm-0', { ready: false })]);
    expect(held(holdMember(contextOf([set('data', [candidate]), masters, removed]), candidate))).toBe('wait');
  });

  it('[upgrade-restarts-leaving] waits for no pod that is on its way out', () => {
    const sets = [set('data', [pod('logs-es-data-2', { ready: false }), candidate, pod('logs-es-data-0')]), masters];
    const context = { ...contextOf(sets), leaving: new Set(['logs-es-data-2']) };
    expect(holdMember(context, candidate)).toBeUndefined();
  });
});

describe('[two-pools-stale-cache] the budget of nodes that are away, whoever took them', () => {
  const budget = (maxUnavailable: number): ContextFacts => ({ stack: stackWith({ changeBudget: { maxUnavailable } }) });
  const away = { ready: false, joined: false } as const;
  const three = (...others: readonly PodView[]) => withRoles(set('data', [candidate, ...others]), ['data_hot']);

  it.each<[string, number, readonly PodView[], string | undefined]>([
    ['one away of one', 1, [pod('logs-es-data-0', away)], 'wait'],
    ['one away of two', 2, [pod('logs-es-data-0', away)], undefined],
    ['two away of two', 2, [pod('logs-es-data-0', away), pod('logs-es-data-2', away)], 'wait'],
    ['one that cannot start, of two', 2, [pod('logs-es-data-0', { ...away, stuck: true })], undefined],
  ])('%s', (_name, most, others, expected) => {
    expect(held(holdMember(contextOf([three(...others), masters], budget(most)), candidate))).toBe(expected);
  });

  it('[bad-config-roll] is no leave to go on while a pod of the newest template is not ready', () => {
    const data = { ...three(pod('logs-es-data-2', away)), rolledOut: false };
    expect(held(holdMember(contextOf([data, masters], budget(3)), candidate))).toBe('wait');
  });

  it('is no leave for two masters at a time', () => {
    const master = pod('logs-es-master-1', { outdated: true });
    const other = set('master', [master, pod('logs-es-master-0', away)]);
    expect(held(holdMember(contextOf([other], budget(3)), master))).toBe('wait');
    expect(held(holdMember(contextOf([three(), other], budget(3)), candidate))).toBeUndefined();
  });
});

describe('[masters-3-1-3] masters that vote', () => {
  const name = (ordinal: number) => `logs-es-master-${ordinal}`;
  const master = pod(name(2), { outdated: true });
  const configuration = (...ordinals: readonly number[]) => ({
    voting: { configuration: ordinals.map(name), excluded: [] },
  });
  const all = set('master', [master, pod(name(1)), pod(name(0))]);

  it.each<[string, readonly number[], string | undefined]>([
    ['a majority stays', [0, 1, 2], undefined],
    ['one that votes is no member any more', [0, 7, 2], 'QuorumAtRisk'],
    ['it has no vote', [0, 7, 8], undefined],
    ['[single-master-roll] it is the only one that votes', [2], undefined],
    ['the other of two would be no majority', [0, 2], 'QuorumAtRisk'],
  ])('when %s', (_name, ordinals, expected) => {
    expect(held(holdMember(contextOf([all], { look: configuration(...ordinals) }), master))).toBe(expected);
  });

  it('one that hangs does not count, though it is a member', () => {
    const context = contextOf([all], { look: configuration(0, 1, 2) });
    const { cluster } = context.observed;
    if (!cluster.answered || cluster.detail === undefined) throw new Error('The look of a test is answered.');
    const nodes = cluster.detail.nodes.map((node) =>
      node.name === name(0) ? { ...node, ownShards: undefined } : node,
    );
    const observed = { ...context.observed, cluster: { ...cluster, detail: { ...cluster.detail, nodes } } };
    expect(held(holdMember({ ...context, observed }, master))).toBe('wait');
  });
});
