// Tests of what a paused stack says.
import { describe, expect, it } from 'vitest';
import { objectWords, pausedRefusals } from './paused.ts';

const object = { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'logs-es-data' } } as const;

describe('a paused stack', () => {
  it('says nothing when nothing would be done', () => {
    expect(pausedRefusals('logs', [])).toEqual([]);
  });

  it('names each step once, and how many more there are', () => {
    const steps = Array.from({ length: 14 }, (_, number) => `create ConfigMap c${number}`);
    const [refusal, ...others] = pausedRefusals('logs', [...steps, ...steps]);
    expect(others).toEqual([]);
    expect(refusal).toMatchObject({ rule: 'Paused', subject: 'LoggingStack/logs' });
    expect(refusal?.message).toContain('create ConfigMap c0; create ConfigMap c1;');
    expect(refusal?.message).toContain('; and 2 more.');
  });

  it('tells writes of objects apart', () => {
    const reference = { apiVersion: 'v1', kind: 'Pod', name: 'logs-es-data-0' };
    expect(
      [
        { kind: 'create', object, fieldManager: 'test' } as const,
        { kind: 'apply', object, fieldManager: 'test' } as const,
        { kind: 'delete', reference, uid: 'u', resourceVersion: '1' } as const,
      ].map(objectWords),
    ).toEqual(['create StatefulSet logs-es-data', 'change StatefulSet logs-es-data', 'delete Pod logs-es-data-0']);
  });
});
