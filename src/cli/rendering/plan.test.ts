// What is shown of a plan.
import { describe, expect, it } from 'vitest';
import type { StackPlanStatus } from '../../api/stack-plan.ts';
import { longestWay, planLines } from './plan.ts';

const plan: StackPlanStatus = {
  observed: { generation: 4, at: '2026-11-22T12:00:00Z' },
  expiresAt: '2026-11-22T13:00:00Z',
  steps: [
    { order: 2, action: 'RemoveNode', subject: 'Pod/logs-es-data-2', seconds: 30, dependsOn: [1] },
    { order: 1, action: 'Drain', subject: 'Pod/logs-es-data-2', sizeBytes: 8 * 1024 ** 3, seconds: 240 },
  ],
  refusals: [
    {
      rule: 'DiskTooSmall',
      subject: 'Pod/logs-es-data-1',
      message: 'About 80 GiB do not fit.',
      remedy: 'Keep 2 nodes.',
    },
  ],
  bytesLost: 0,
};

describe('a plan', () => {
  it('has its steps in order, with sizes and times, then what would be refused and lost', () => {
    expect(planLines('logs', 'logs-ab12', plan)).toEqual([
      'Plan for stack logs, from its generation 4 at 2026-11-22T12:00:00Z. It is kept as StackPlan logs-ab12 until 2026-11-22T13:00:00Z.',
      '',
      '  #  STEP        SUBJECT             SIZE   TIME   AFTER',
      '  1  Drain       Pod/logs-es-data-2  8 GiB  4 min',
      '  2  RemoveNode  Pod/logs-es-data-2         30 s   1',
      '',
      '2 steps, 8 GiB to move, about 5 min.',
      '',
      'Refused:',
      '  DiskTooSmall: Pod/logs-es-data-1',
      '    About 80 GiB do not fit.',
      '    What helps: Keep 2 nodes.',
      '',
      'No logs would be lost.',
    ]);
  });

  it('of nothing says so', () => {
    expect(planLines('logs', 'logs-ab12', { bytesLost: 0 })).toEqual([
      'Plan for stack logs.',
      '',
      'Nothing would be done.',
      '',
      'No logs would be lost.',
    ]);
  });

  it('shows what the operator remarks on it', () => {
    const condition = {
      type: 'Planned',
      status: 'True' as const,
      reason: 'Planned',
      message: 'Durations are estimated.',
      observedGeneration: 1,
      lastTransitionTime: '2026-11-22T12:00:00Z',
    };
    expect(planLines('logs', 'logs-ab12', { ...plan, conditions: [condition] })).toContain('Durations are estimated.');
    expect(planLines('logs', 'logs-ab12', { ...plan, conditions: [{ ...condition, type: 'Other' }] })).toEqual(
      planLines('logs', 'logs-ab12', plan),
    );
  });

  it.each([
    [1024 ** 3, '1 GiB of logs WOULD BE LOST.'],
    [undefined, 'Whether logs would be lost is not known.'],
  ])('that loses %s bytes says it last', (bytesLost, line) => {
    expect(planLines('logs', 'logs-ab12', bytesLost === undefined ? {} : { bytesLost }).at(-1)).toBe(line);
  });
});

describe('the time of a plan', () => {
  const step = (order: number, seconds: number, dependsOn: number[] = []) => ({
    ...{ order, action: 'Step', subject: 'Pod/a', seconds },
    ...(dependsOn.length === 0 ? {} : { dependsOn }),
  });

  it.each([
    ['none', [], 0],
    ['of steps beside each other: the longest', [step(1, 10), step(2, 30)], 30],
    ['of steps after each other: the sum', [step(1, 10), step(2, 30, [1])], 40],
    ['the longest way through both', [step(1, 10), step(2, 30), step(3, 5, [1, 2]), step(4, 50, [1])], 60],
  ])('is %s', (_name, steps, seconds) => {
    expect(longestWay(steps)).toBe(seconds);
  });
});
