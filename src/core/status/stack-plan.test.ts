// What a StackPlan says of itself, and how long it is kept.
import { describe, expect, it } from 'vitest';
import { stackPlanStatus } from '../../api/stack-plan.ts';
import { expiryOf, type Forecast, isAnswered, plannedStatus, unplannedStatus } from './stack-plan.ts';

const created = '2026-11-22T12:00:00Z';
const now = new Date('2026-11-22T12:00:03Z');

const plan = (spec: object = {}, status?: object, generation = 1) => ({
  apiVersion: 'loggingstack.dev/v1alpha1',
  kind: 'StackPlan',
  metadata: { name: 'logs-1', generation, creationTimestamp: created },
  spec,
  ...(status === undefined ? {} : { status }),
});

const forecast: Forecast = {
  steps: [{ order: 1, action: 'ScaleUp', subject: 'StatefulSet/logs-es-data' }],
  refusals: [],
  bytesLost: 0,
  unfinished: undefined,
};
const basis = {
  generation: 4,
  at: new Date('2026-11-22T12:00:01.5Z'),
  speed: { bytesPerSecond: 40 * 1024 ** 2, measured: false },
  paused: false,
};

describe('the time of a plan', () => {
  it.each([
    [{}, '2026-11-22T13:00:00.000Z'],
    [{ ttl: '30m' }, '2026-11-22T12:30:00.000Z'],
    [{ ttl: '2h' }, '2026-11-22T14:00:00.000Z'],
    [{ ttl: '3d' }, '2026-11-25T12:00:00.000Z'],
  ])('%j ends at %s', (spec, expected) => {
    expect(expiryOf(plan(spec)).toISOString()).toBe(expected);
  });
});

describe('a plan', () => {
  it('that is there has its steps and says how durations were estimated', () => {
    const status = plannedStatus(plan(), forecast, basis, now);
    expect(stackPlanStatus.safeParse(status).error).toBeUndefined();
    expect(status).toEqual({
      conditions: [
        {
          type: 'Planned',
          status: 'True',
          reason: 'Planned',
          message:
            'Durations are estimated at 40 MiB a second, which is what indices.recovery.max_bytes_per_sec allows a node.',
          observedGeneration: 1,
          lastTransitionTime: '2026-11-22T12:00:03Z',
        },
      ],
      observed: { generation: 4, at: '2026-11-22T12:00:01Z' },
      steps: forecast.steps,
      refusals: [],
      bytesLost: 0,
      expiresAt: '2026-11-22T13:00:00Z',
    });
    expect(isAnswered(plan({}, status))).toBe(true);
    expect(isAnswered(plan({}, status, 2))).toBe(false);
  });

  it.each([
    ['was measured', {}, { speed: { bytesPerSecond: 1e8, measured: true } }, 'as fast as copies last came to a node'],
    ['is paused', {}, { paused: true }, 'The proposed spec is paused'],
    ['ends unready', { unfinished: 'It would not be ready.' }, {}, 'It would not be ready.'],
  ])('that %s says so', (_name, told, given, expected) => {
    const { conditions } = plannedStatus(plan(), { ...forecast, ...told }, { ...basis, ...given }, now);
    expect(conditions?.[0]?.message).toContain(expected);
  });

  it.each([
    [true, 'False', true],
    [false, 'Unknown', false],
  ])('that cannot be made (for good: %s) is %s', (final, expected, answered) => {
    const status = unplannedStatus(plan(), { final, reason: 'EsTimeout', message: 'x'.repeat(3000) }, now);
    expect(stackPlanStatus.safeParse(status).error).toBeUndefined();
    expect(status).toMatchObject({ conditions: [{ status: expected, reason: 'EsTimeout' }] });
    expect(status.conditions?.[0]?.message).toHaveLength(1024);
    expect(isAnswered(plan({}, status))).toBe(answered);
  });

  it('keeps the time of its last turn', () => {
    const first = unplannedStatus(plan(), { final: false, reason: 'EsTimeout', message: 'a' }, now);
    const later = new Date('2026-11-22T12:00:09Z');
    const again = unplannedStatus(plan({}, first), { final: false, reason: 'EsBusy', message: 'b' }, later);
    expect(again.conditions?.[0]?.lastTransitionTime).toBe('2026-11-22T12:00:03Z');
    const turned = unplannedStatus(plan({}, first), { final: true, reason: 'EsBusy', message: 'b' }, later);
    expect(turned.conditions?.[0]?.lastTransitionTime).toBe('2026-11-22T12:00:09Z');
  });
});
