// Tests, through the planner on the simulator, of values that a running Elasticsearch cannot change: what is refused, and what stays.
import { describe, expect, it } from 'vitest';
import type { LoggingStackSpec } from '../../api/logging-stack.ts';
import type { Simulator } from '../../simulator/simulator.ts';
import { runningStack, settle, step } from '../../simulator/simulator.testing.ts';
import { stackWith } from './plan.testing.ts';
import type { ResolvedStack } from '../stack.ts';

type ElasticsearchSpec = NonNullable<LoggingStackSpec['elasticsearch']>;
const dataWith = (data: Partial<ElasticsearchSpec['data']>): ResolvedStack =>
  stackWith({ data: { replicas: 2, ...data } });
const warm = (
  roles: ElasticsearchSpec['pools'] extends (infer P)[] | undefined ? (P & { roles: unknown })['roles'] : never,
) => stackWith({ pools: [{ name: 'warm', roles, replicas: 1 }] });

const spec = ({ kubernetes }: Simulator, set: string) => kubernetes.sets.get(set)?.object['spec'];
describe('what is refused, by name, with a remedy', () => {
  it.each([
    [
      'smaller volumes',
      stackWith(),
      dataWith({ storage: { size: '40Gi' } }),
      'StorageChangeRefused',
      'StatefulSet/logs-es-data',
    ],
    [
      'another class',
      stackWith(),
      dataWith({ storage: { className: 'fast' } }),
      'StorageChangeRefused',
      'StatefulSet/logs-es-data',
    ],
    ['other roles', warm(['data_warm']), warm(['data_cold']), 'RoleChangeRefused', 'StatefulSet/logs-es-warm'],
  ])('%s', (_name, before, after, rule, subject) => {
    const simulator = runningStack(before);
    const planned = settle(simulator, after);
    expect(planned.refusals.map((refusal) => `${refusal.rule} ${refusal.subject}`)).toEqual([`${rule} ${subject}`]);
    expect(planned.refusals[0]?.remedy).toMatch(/back|again/);
  });

  it('with both sizes, and the class where one is asked for', () => {
    const simulator = runningStack(stackWith());
    const [refusal] = step(simulator, dataWith({ storage: { className: 'fast' } })).refusals;
    expect(refusal?.message).toContain('are 50Gi and the spec asks for 50Gi of class fast:');
  });

  it('nothing when the same size is written otherwise', () => {
    const simulator = runningStack(stackWith());
    expect(settle(simulator, dataWith({ storage: { size: '51200Mi' } })).refusals).toEqual([]);
  });

  it('nothing any more once the spec is set back', () => {
    const simulator = runningStack(stackWith());
    expect(step(simulator, dataWith({ storage: { size: '40Gi' } })).refusals).toHaveLength(1);
    expect(step(simulator, stackWith()).refusals).toEqual([]);
  });
});

describe('unrelated parts go on', () => {
  it('a config rolls beside a refused storage change', () => {
    const simulator = runningStack(stackWith());
    const edit = {
      data: { replicas: 2, storage: { size: '40Gi' } },
      config: { 'indices.memory.index_buffer_size': '20%' },
    };
    settle(simulator, stackWith(edit));
    expect(simulator.records.restarts).toHaveLength(6);
    expect(spec(simulator, 'logs-es-data')).toMatchObject({
      replicas: 2,
      volumeClaimTemplates: [{ spec: { resources: { requests: { storage: '50Gi' } } } }],
    });
  });
});
