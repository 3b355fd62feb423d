// Tests of what a drain waits for before it starts.
import { describe, expect, it } from 'vitest';
import { hot, liveSet } from '../situation.testing.ts';
import type { PlanContext } from '../context.ts';
import { untouched } from '../look.testing.ts';
import type { PodView, SetView } from '../view.ts';
import { stackWith } from '../plan.testing.ts';
import { contextOf, pod, set } from './rules.testing.ts';
import { notSettled } from './settled.ts';

const master = liveSet('master', 3, ['master']);
const ingest = liveSet('ingest', 1, ['ingest']);
const data = liveSet('data', 3, hot);

/** The restart of data-2, which is to leave, has been prepared for a pod with the UID `one`. */
function restarting({ uid, ...facts }: Partial<PodView> & { readonly uid: string }): PlanContext {
  const made = pod('logs-es-data-2', facts);
  const { object } = made;
  const leaving = { ...made, object: { ...object, metadata: { ...object.metadata, uid } } };
  const sets = [set('data', [leaving, ...data.pods.slice(1)], { partition: 3 }), ingest, master];
  const marks = { restart: 'logs-es-data-2 one 2026-11-22T10:00:00Z copies' };
  const settings = { ...untouched.settings, allocationEnable: 'primaries', marks };
  return contextOf(sets, { stack: stackWith(), look: { settings } });
}

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

  it.each<[string, 'green' | 'yellow', string | undefined]>([
    ['no copy is missing: what leaves makes room for it', 'green', undefined],
    ['it may have a copy that is missing', 'yellow', 'logs-es-ingest-1'],
  ])('a pod for which there is no place, while %s', (_name, status, expected) => {
    const waiting = pod('logs-es-ingest-1', { ready: false, stuck: true, joined: false });
    const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }];
    const homeless = { ...waiting, object: { ...waiting.object, status: { conditions } } };
    const stack = stackWith({ ingest: { replicas: 2 } });
    const found = notSettled(
      contextOf([data, set('ingest', [homeless, ...ingest.pods]), master], { stack, health: { status } }),
    );
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(expected);
  });

  it('a pod that is ready, while its node is no member', () => {
    const pods = data.pods.map((one) => ({ ...one, joined: one.ordinal !== 1 }));
    expect(notSettled(contextOf([set('data', pods), ingest, master]))).toContain('logs-es-data-1');
  });

  it.each<[string, PlanContext, string | undefined]>([
    ['has not begun', restarting({ uid: 'one', outdated: true }), undefined],
    ['has begun', restarting({ uid: 'one', outdated: true, terminating: true }), 'the restart of logs-es-data-2'],
    ['is over as far as the pod can tell', restarting({ uid: 'two' }), 'the restart of logs-es-data-2'],
  ])(
    'a node that leaves, but may come back with a newer version from a restart that %s',
    (_name, context, expected) => {
      const found = notSettled(context);
      if (expected === undefined) expect(found).toBeUndefined();
      else expect(found).toContain(expected);
    },
  );
});
