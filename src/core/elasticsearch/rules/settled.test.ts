// Tests of what a drain waits for before it starts.
import { describe, expect, it } from 'vitest';
import { hot, liveSet } from '../situation.testing.ts';
import type { SetView } from '../view.ts';
import { stackWith } from '../plan.testing.ts';
import { contextOf, pod, set } from './rules.testing.ts';
import { notSettled } from './settled.ts';

const master = liveSet('master', 3, ['master']);
const ingest = liveSet('ingest', 1, ['ingest']);
const data = liveSet('data', 3, hot);

describe('notSettled', () => {
  it.each<[string, readonly SetView[], string | undefined]>([
    ['everything serves', [data, ingest, master], undefined],
    ['a pool is not there yet', [data, master], 'pool ingest'],
    ['a pool has too few nodes', [liveSet('data', 1, hot), ingest, master], 'pool data'],
    ['a StatefulSet is being changed', [{ ...data, current: false }, ingest, master], 'pool data'],
    ['a pod is being replaced', [{ ...data, onDelete: true }, ingest, master], 'pool data'],
    [
      'a pod is still to go',
      [set('data', [pod('logs-es-data-2'), ...data.pods.slice(1)], { replicas: 2 }), ingest, master],
      'logs-es-data-2 to be gone',
    ],
    ['a node that stays is away', [liveSet('data', 3, hot, [0]), ingest, master], 'logs-es-data-0'],
    ['a node that leaves is away', [liveSet('data', 3, hot, [2]), ingest, master], undefined],
    ['a pod that stays is not there', [{ ...data, pods: data.pods.slice(0, 2) }, ingest, master], 'logs-es-data-0'],
    ['a pod of another pool is not ready', [data, ingest, liveSet('master', 3, ['master'], [1])], 'logs-es-master-1'],
  ])('%s', (_name, sets, expected) => {
    const found = notSettled(contextOf(sets, { stack: stackWith() }));
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(expected);
  });

  it('a pool that the spec no longer has is not waited for, whatever was begun there', () => {
    const gone = { ...liveSet('warm', 1, ['data_warm']), onDelete: true };
    expect(notSettled(contextOf([data, ingest, master, gone], { stack: stackWith() }))).toBeUndefined();
  });

  it('a pod that is ready, while its node is no member', () => {
    const pods = data.pods.map((one) => ({ ...one, joined: one.ordinal !== 1 }));
    expect(notSettled(contextOf([set('data', pods), ingest, master]))).toContain('logs-es-data-1');
  });
});
