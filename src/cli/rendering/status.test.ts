// What is shown of a status, and which changes are told.
import { describe, expect, it } from 'vitest';
import type { LoggingStackStatus } from '../../api/logging-stack-status.ts';
import { changeLines, type ShownStack, statusLines } from './status.ts';

const now = new Date('2026-11-22T12:10:00Z');
const since = '2026-11-22T12:00:00Z';

const condition = (type: string, status: 'True' | 'False', reason: string, message: string) => ({
  type,
  status,
  observedGeneration: 4,
  lastTransitionTime: since,
  reason,
  message,
});

const draining: LoggingStackStatus = {
  version: '9.4.3',
  conditions: [condition('Ready', 'False', 'Draining', 'Node logs-es-data-2 is being emptied.')],
  blocked: [
    {
      component: 'elasticsearch',
      rule: 'DiskTooSmall',
      subject: 'Pod/logs-es-data-1',
      message: 'About 80 GiB do not fit.',
      remedy: 'Keep 2 nodes.',
      since,
    },
  ],
  requests: [{ name: 'Roll', value: 'monday', state: 'Done', since }],
  elasticsearch: {
    health: 'green',
    pools: [
      { name: 'data', desired: 2, ready: 3, updated: 3 },
      { name: 'master', desired: 3, ready: 3, updated: 1 },
    ],
    progress: [
      { step: 'Drain', subject: 'Pod/logs-es-data-2', percent: 40, message: '12 shards of 8 GiB are left.', since },
    ],
  },
  kibana: { ready: 1, desired: 1 },
};

const stack = (status: LoggingStackStatus, more: Partial<ShownStack> = {}): ShownStack => ({
  name: 'logs',
  namespace: 'team',
  generation: 4,
  paused: false,
  status,
  ...more,
});

describe('the status', () => {
  it('says what holds, what is under way, and what is held back and why', () => {
    expect(statusLines(stack(draining), now)).toEqual([
      'Stack logs in namespace team: not ready. Node logs-es-data-2 is being emptied.',
      '',
      'Conditions:',
      '  Ready  False  10 min  Draining  Node logs-es-data-2 is being emptied.',
      '',
      'Elasticsearch:',
      '  version 9.4.3, health green',
      '  pool data    3 of 2 ready  3 up to date',
      '  pool master  3 of 3 ready  rolling [#######-------------]  33 %',
      '',
      'Components:',
      '  kibana  1 of 1 ready',
      '',
      'Under way:',
      '  Drain  Pod/logs-es-data-2  [########------------]  40 %  10 min  12 shards of 8 GiB are left.',
      '',
      'Blocked:',
      '  DiskTooSmall: Pod/logs-es-data-1, for 10 min',
      '    About 80 GiB do not fit.',
      '    What helps: Keep 2 nodes.',
      '',
      'Asked for by annotation:',
      '  Roll  monday  done  10 min',
    ]);
  });

  it('does not take what was found for an earlier spec for the state of this one', () => {
    const lines = statusLines(stack(draining, { generation: 5 }), now);
    expect(lines[0]).toContain('has not looked at its last change yet');
    expect(lines).toContain(
      '  Ready  False (of an earlier spec)  10 min  Draining  Node logs-es-data-2 is being emptied.',
    );
  });

  it('of a stack that nobody has looked at says so', () => {
    expect(statusLines(stack({}), now)).toEqual([
      'Stack logs in namespace team: the operator has not looked at it yet.',
    ]);
  });

  it('says when the stack is paused', () => {
    expect(statusLines(stack(draining, { paused: true }), now)[1]).toBe(
      'It is paused: the operator only says what it would do.',
    );
  });
});

describe('changes', () => {
  it('are none between two equal statuses', () => {
    expect(changeLines(stack(draining), stack(structuredClone(draining)))).toEqual([]);
  });

  it('are one line each, of whatever is new and whatever has ended', () => {
    const done: LoggingStackStatus = {
      ...draining,
      conditions: [condition('Ready', 'True', 'AllComponentsReady', 'Every component is ready.')],
      blocked: [],
      elasticsearch: {
        ...draining.elasticsearch,
        progress: [],
        pools: [{ name: 'data', desired: 2, ready: 2, updated: 2 }],
      },
    };
    expect(changeLines(stack(draining), stack(done))).toEqual([
      'Ready is True (AllComponentsReady): Every component is ready.',
      'No longer blocked by DiskTooSmall, Pod/logs-es-data-1',
      'Pool data: 2 of 2 ready, 2 up to date',
      'Drain of Pod/logs-es-data-2 has ended',
    ]);
    expect(changeLines(stack(done), stack(draining))).toEqual([
      'Ready is False (Draining): Node logs-es-data-2 is being emptied.',
      'Blocked by DiskTooSmall, Pod/logs-es-data-1: About 80 GiB do not fit. What helps: Keep 2 nodes.',
      'Pool data: 3 of 2 ready, 3 up to date',
      'Pool master: 3 of 3 ready, 1 up to date',
      'Drain of Pod/logs-es-data-2: 40 %. 12 shards of 8 GiB are left.',
    ]);
  });
});
