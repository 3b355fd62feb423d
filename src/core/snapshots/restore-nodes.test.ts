// Tests of what a restore waits for in the stack that it is for: shards that find no place at once are given up for good.
import { describe, expect, it } from 'vitest';
import type { AnsweredLook } from '../elasticsearch/observed.ts';
import { exampleStack } from '../stack.testing.ts';
import { memberVersions, unready } from './restore-nodes.ts';
import { readyCluster } from './restores.testing.ts';

const stack = exampleStack();
const healthy = readyCluster();
const settings = (changes: Partial<AnsweredLook['settings']>) => ({ settings: { ...healthy.settings, ...changes } });
const health = (changes: Partial<AnsweredLook['health']>) => ({ health: { ...healthy.health, ...changes } });

describe('a restore', () => {
  it('begins when all data nodes are members, and waits for no other node', () => {
    expect(unready(stack, healthy)).toBeUndefined();
    const warm = [{ name: 'warm', roles: ['data_warm' as const] }];
    const larger = exampleStack({ elasticsearch: { pools: warm } });
    expect(unready(larger, healthy)).toMatchObject({ reason: 'WaitingForNodes', kind: 'waits' });
    expect(unready(larger, healthy)?.message).toContain('logs-es-warm-0');
  });

  it.each<[string, Partial<AnsweredLook>, string | undefined]>([
    ['one of them is missing', { nodes: healthy.nodes.slice(1) }, 'WaitingForNodes'],
    ['there is no index template yet', { indexTemplate: undefined }, 'WaitingForTemplate'],
    [
      'a node restarts',
      settings({ marks: { restart: 'logs-es-data-1 uid 2026-11-22T00:00:00Z copies' } }),
      'WaitingForRestart',
    ],
    ['a node is emptied', settings({ marks: { drains: 'logs-es-data-1' } }), 'WaitingForDrain'],
    ['no shard may go anywhere', settings({ allocationEnable: 'none' }), 'AllocationDisabled'],
    ['the same is set for a while', settings({ transient: { allocationEnable: 'none' } }), 'AllocationDisabled'],
    [
      'it is not, because what is set for a while wins',
      settings({ allocationEnable: 'none', transient: { allocationEnable: 'all' } }),
      undefined,
    ],
    ['primaries may go anywhere', settings({ allocationEnable: 'primaries' }), undefined],
    ['shards come back', health({ status: 'red', initializing: 1 }), 'ClusterRed'],
    ['the master has work to do', health({ status: 'red', settled: false }), 'ClusterRed'],
    ['some are lost, and it may be the remedy', health({ status: 'red' }), undefined],
    ['copies are made', health({ status: 'yellow', initializing: 3 }), undefined],
  ])('when %s', (_name, changes, expected) => {
    expect(unready(stack, { ...healthy, ...changes })?.reason).toBe(expected);
  });

  it('waits for an answer: silence is no yes', () => {
    const silent = { answered: false, code: 'EsTimeout', message: 'No answer in time.' } as const;
    expect(unready(stack, silent)).toMatchObject({ reason: 'EsTimeout', kind: 'waits' });
  });
});

describe('versions of members', () => {
  it('are the oldest and the newest', () => {
    const nodes = ['9.4.3', '8.19.8', '9.10.0'].map((version) => ({ name: version, version, roles: [] }));
    expect(memberVersions(readyCluster({ nodes }))).toEqual({ oldest: '8.19.8', newest: '9.10.0' });
    expect(memberVersions(readyCluster({ nodes: [] }))).toEqual({ oldest: undefined, newest: undefined });
  });
});
