// Tests of the rules for restarting a node that serves: one table, each row lets exactly one thing be wrong.
import { describe, expect, it } from 'vitest';
import type { ClusterHealth } from '../observed.ts';
import { oneNode, stackWith } from '../plan.testing.ts';
import { holdMember, isHealthyEnough } from './members.ts';
import { contextOf, green, pod, set } from './rules.testing.ts';

const candidate = pod('logs-es-data-1', { outdated: true });
const masters = set('master', [pod('logs-es-master-0')]);

describe('a node that serves', () => {
  it('may be restarted when all is well', () => {
    expect(
      holdMember(contextOf([set('data', [candidate, pod('logs-es-data-0')]), masters]), candidate),
    ).toBeUndefined();
  });

  it.each([
    [
      'another pod cannot start',
      pod('logs-es-data-0', { ready: false, stuck: true, joined: false }),
      {},
      'PodsNotReady',
    ],
    ['another pod is starting', pod('logs-es-data-0', { ready: false }), {}, 'wait'],
    ['another pod is leaving', pod('logs-es-data-0', { ready: false, terminating: true }), {}, 'wait'],
    ['another node has not joined', pod('logs-es-data-0', { joined: false }), {}, 'wait'],
    ['nodes run another version', pod('logs-es-data-0'), { version: '9.4.2' }, 'wait'],
    ['Elasticsearch gave no answer', pod('logs-es-data-0'), { answered: false }, 'ClusterUnknown'],
    ['the cluster is red', pod('logs-es-data-0'), { health: { status: 'red' } }, 'ClusterNotGreen'],
    ['the cluster is yellow and stays so', pod('logs-es-data-0'), { health: { status: 'yellow' } }, 'ClusterNotGreen'],
    ['copies recover', pod('logs-es-data-0'), { health: { status: 'yellow', initializing: 1 } }, 'wait'],
    ['the master has work to do', pod('logs-es-data-0'), { health: { settled: false } }, 'wait'],
  ] as const)('waits while %s', (_name, other, facts, expected) => {
    const hold = holdMember(contextOf([set('data', [candidate, other]), masters], facts), candidate);
    expect(hold?.kind === 'refuse' ? hold.refusal.rule : hold?.kind).toBe(expected);
    if (hold?.kind !== 'refuse') return;
    expect(hold.refusal.subject).toBe('Pod/logs-es-data-1');
    expect(hold.refusal.remedy).not.toBe('');
  });

  it('waits while a pod is missing', () => {
    const data = set('data', [candidate], { replicas: 2, complete: false });
    expect(holdMember(contextOf([data, masters]), candidate)).toMatchObject({ kind: 'wait' });
  });

  it('waits for pods of a pool that the spec no longer has, too', () => {
    const removed = set('warm', [pod('logs-es-warm-0', { ready: false })]);
    expect(holdMember(contextOf([set('data', [candidate]), masters, removed]), candidate)).toMatchObject({
      kind: 'wait',
    });
  });
});

describe('health that is enough', () => {
  const yellow: ClusterHealth = { ...green, status: 'yellow', unassigned: 3 };
  it.each([
    ['green', stackWith(), green, true],
    ['green that may change', stackWith(), { ...green, settled: false }, false],
    ['yellow with two data nodes', stackWith(), yellow, false],
    ['yellow on one node', oneNode(), yellow, true],
    ['yellow with one data node', stackWith({ data: { replicas: 1 } }), yellow, true],
    ['yellow without copies by policy', stackWith({ redundancy: 'None' }), yellow, true],
    ['yellow on one node while a shard starts', oneNode(), { ...yellow, initializing: 1 }, false],
    ['red on one node', oneNode(), { ...green, status: 'red' }, false],
    ['red without copies by policy', stackWith({ redundancy: 'None' }), { ...green, status: 'red' }, false],
  ] as const)('%s', (_name, stack, health, enough) => {
    expect(isHealthyEnough(stack, health)).toBe(enough);
  });
});
