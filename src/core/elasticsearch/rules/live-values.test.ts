// Tests of the rules about values that a running Elasticsearch cannot change: what is refused, and what stays.
import { describe, expect, it } from 'vitest';
import type { LoggingStackSpec } from '../../../api/logging-stack.ts';
import { StackModel } from '../model.testing.ts';
import { settle, stackWith, step } from '../plan.testing.ts';
import { exampleStack } from '../../stack.testing.ts';
import type { ResolvedStack } from '../../stack.ts';

type ElasticsearchSpec = NonNullable<LoggingStackSpec['elasticsearch']>;
const dataWith = (data: Partial<ElasticsearchSpec['data']>): ResolvedStack =>
  stackWith({ data: { replicas: 2, ...data } });
const versioned = (version: string): ResolvedStack =>
  exampleStack({
    version,
    elasticsearch: { data: { replicas: 2 }, config: { 'indices.memory.index_buffer_size': '20%' } },
  });
const warm = (
  roles: ElasticsearchSpec['pools'] extends (infer P)[] | undefined ? (P & { roles: unknown })['roles'] : never,
) => stackWith({ pools: [{ name: 'warm', roles, replicas: 1 }] });

const spec = (model: StackModel, set: string) => model.sets.get(set)?.object['spec'];
const image = (model: StackModel) =>
  (spec(model, 'logs-es-data') as { template: { spec: { containers: { image: string }[] } } }).template.spec
    .containers[0]?.image;

describe('what is refused, by name, with a remedy', () => {
  it.each([
    [
      'larger volumes',
      stackWith(),
      dataWith({ storage: { size: '60Gi' } }),
      'StorageChangeRefused',
      'StatefulSet/logs-es-data',
    ],
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
    ['a newer version', stackWith(), versioned('9.5.0'), 'VersionChangeRefused', 'LoggingStack/logs'],
    ['an older version', stackWith(), versioned('9.3.0'), 'VersionChangeRefused', 'LoggingStack/logs'],
  ])('%s', (_name, before, after, rule, subject) => {
    const model = new StackModel();
    settle(model, before);
    const planned = settle(model, after);
    expect(planned.refusals.map((refusal) => `${refusal.rule} ${refusal.subject}`)).toEqual([`${rule} ${subject}`]);
    expect(planned.refusals[0]?.remedy).toMatch(/back|again/);
  });

  it('nothing when the same size is written otherwise', () => {
    const model = new StackModel();
    settle(model, stackWith());
    expect(settle(model, dataWith({ storage: { size: '51200Mi' } })).refusals).toEqual([]);
  });

  it('nothing any more once the spec is set back', () => {
    const model = new StackModel();
    settle(model, stackWith());
    expect(step(model, dataWith({ storage: { size: '60Gi' } })).refusals).toHaveLength(1);
    expect(step(model, stackWith()).refusals).toEqual([]);
  });
});

describe('unrelated parts go on', () => {
  it('a config rolls beside a refused storage change', () => {
    const model = new StackModel();
    settle(model, stackWith());
    const edit = {
      data: { replicas: 2, storage: { size: '60Gi' } },
      config: { 'indices.memory.index_buffer_size': '20%' },
    };
    settle(model, stackWith(edit));
    expect(model.restarts).toHaveLength(6);
    expect(spec(model, 'logs-es-data')).toMatchObject({
      replicas: 2,
      volumeClaimTemplates: [{ spec: { resources: { requests: { storage: '50Gi' } } } }],
    });
  });

  it('a config rolls beside a refused version; the image stays', () => {
    const model = new StackModel();
    settle(model, stackWith());
    settle(model, versioned('9.5.0'));
    expect(model.restarts).toHaveLength(6);
    expect(image(model)).toBe('example.test/elasticsearch:9.4.3');
  });

  it('other components are told the version that runs, also while Elasticsearch gives no answer', () => {
    const model = new StackModel();
    settle(model, stackWith());
    expect(step(model, versioned('9.5.0')).section.version).toBe('9.4.3');
    model.silent = true;
    expect(step(model, versioned('9.5.0')).section.version).toBe('9.4.3');
  });
});
