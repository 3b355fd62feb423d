// Tests of who counts as away: by the kubelet's word, by Elasticsearch's, and by the node's own where somebody asked it.
import { describe, expect, it } from 'vitest';
import { startedStack } from '../../simulator/simulator.testing.ts';
import { nodesAway } from './away.ts';
import { closerLook } from './look.testing.ts';
import { plan } from './plan.ts';
import { ready, stackWith, templates } from './plan.testing.ts';
import { holdMember } from './rules/members.ts';
import { contextOf, pod, set } from './rules/rules.testing.ts';

describe('nodes that are away', () => {
  const data = set('data', [pod('logs-es-data-1'), pod('logs-es-data-0')]);
  const away = (silent: readonly string[]) => {
    const { nodes } = closerLook(data.pods.map(({ name }) => ({ name, version: '9.4.3', roles: [] })));
    const detail = {
      nodes: nodes.map((node) => (silent.includes(node.name) ? { ...node, ownShards: undefined } : node)),
    };
    return nodesAway(contextOf([data], { detail })).map(({ name }) => name);
  };

  it('are those that do not answer for themselves, and no others beside them', () => {
    expect(away([])).toEqual([]);
    expect(away(['logs-es-data-0'])).toEqual(['logs-es-data-0']);
    expect(away(['logs-es-data-1'])).toEqual(['logs-es-data-1']);
  });
});

it('[upgrade-restarts-leaving] a node is restarted beside one that leaves and fails with the newest template', () => {
  const pods = [
    pod('logs-es-data-2', { ready: false, stuck: true }),
    pod('logs-es-data-1', { outdated: true }),
    pod('logs-es-data-0', { outdated: true }),
  ] as const;
  const context = contextOf([set('data', pods, { rolledOut: false })]);
  expect(holdMember(context, pods[1])).toMatchObject({ kind: 'refuse' });
  expect(holdMember({ ...context, leaving: new Set(['logs-es-data-2']) }, pods[1])).toBeUndefined();
});

it('[rejoin-before-next] a node of the newest template has not joined while the cluster counts it with another version', () => {
  const observed = startedStack(stackWith()).observe();
  const { cluster } = observed;
  if (!cluster.answered) throw new Error('the cluster answers');
  const nodes = cluster.nodes.map((node) => (node.name === 'logs-es-data-1' ? { ...node, version: '9.4.2' } : node));
  const planned = plan(stackWith(), { ...observed, cluster: { ...cluster, nodes } }, templates);
  expect(ready(planned)).toMatchObject({ status: 'False' });
  expect(ready(planned)?.message).toContain('logs-es-data-1');
});
