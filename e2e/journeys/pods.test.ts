// Tests of counting pods that are away.
import { describe, expect, it } from 'vitest';
import { AwayCounter } from './pods.ts';

const set = (replicas: number) => ({ metadata: { name: 'logs-es-data' }, spec: { replicas } });

function pod(ordinal: number, uid: string, ready: boolean, leaving = false) {
  return {
    metadata: {
      name: `logs-es-data-${ordinal}`,
      uid,
      ownerReferences: [{ kind: 'StatefulSet', name: 'logs-es-data' }],
      ...(leaving ? { deletionTimestamp: new Date(0) } : {}),
    },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  };
}

function running(): AwayCounter {
  const counter = new AwayCounter();
  counter.set(set(2), false);
  counter.pod(pod(0, 'a', true), false);
  counter.pod(pod(1, 'b', true), false);
  return counter;
}

describe('pods that are away', () => {
  it('none while all serve, also when they are unready for a moment', () => {
    const counter = running();
    counter.pod(pod(0, 'a', false), false);
    counter.pod(pod(1, 'b', false), false);
    expect(counter.away()).toEqual([]);
  });

  it('from the moment it leaves until its successor was ready', () => {
    const counter = running();
    counter.pod(pod(1, 'b', true, true), false);
    expect(counter.away()).toEqual(['logs-es-data-1']);
    counter.pod(pod(1, 'b', true, true), true);
    expect(counter.away()).toEqual(['logs-es-data-1']);
    counter.pod(pod(1, 'c', false), false);
    expect(counter.away()).toEqual(['logs-es-data-1']);
    counter.pod(pod(1, 'c', true), false);
    expect(counter.away()).toEqual([]);
  });

  it('one that its StatefulSet no longer asks for is not away, and a new one of its name not until it has served', () => {
    const counter = running();
    counter.set(set(1), false);
    counter.pod(pod(1, 'b', true, true), false);
    expect(counter.away()).toEqual([]);
    counter.pod(pod(1, 'b', true, true), true);
    counter.set(set(2), false);
    counter.pod(pod(1, 'c', false), false);
    expect(counter.away()).toEqual([]);
  });

  it('the end of a pod that has a successor already is no news', () => {
    const counter = running();
    counter.pod(pod(1, 'c', true), false);
    counter.pod(pod(1, 'b', true, true), true);
    expect(counter.away()).toEqual([]);
  });

  it('a pod that serves, and was never seen to, tells of a watch that stopped', () => {
    const counter = running();
    const now = new Map([
      ['logs-es-data-0', 'a'],
      ['logs-es-data-1', 'c'],
    ]);
    expect(counter.unseen(now)).toEqual(['logs-es-data-1']);
    counter.pod(pod(1, 'c', true), false);
    expect(counter.unseen(now)).toEqual([]);
  });
});
