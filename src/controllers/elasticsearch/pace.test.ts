// Tests of the pace of looks: a wave of changes of the stack's own objects is one look, an edit is looked at at once, and the last change is never lost.
import { describe, expect, it } from 'vitest';
import type { Look, Outcome } from '../framework.ts';
import { Pace } from './pace.ts';

const outcome: Outcome = { findings: [], refusals: [], section: {}, requeueAfterMs: 5000 };

function scene() {
  const pace = new Pace();
  let now = 1000;
  const look = (changes: { uid?: string; generation?: number; name?: string } = {}): Look =>
    ({
      stack: { identity: { namespace: 'team', name: 'logs', uid: 'uid-1', generation: 1, ...changes } },
      runtime: { clock: { now: () => now } },
    }) as unknown as Look;
  return { pace, look, pass: (milliseconds: number) => (now += milliseconds) };
}

describe('the pace of looks', () => {
  it('says what was said last within a second, and when to look again', () => {
    const { pace, look, pass } = scene();
    expect(pace.tooSoon(look())).toBeUndefined();
    pace.looked(look(), outcome);
    pass(300);
    expect(pace.tooSoon(look())).toEqual({ ...outcome, requeueAfterMs: 700 });
    pass(699);
    expect(pace.tooSoon(look())).toEqual({ ...outcome, requeueAfterMs: 1 });
    pass(1);
    expect(pace.tooSoon(look())).toBeUndefined();
  });

  it.each([
    ['an edit of the spec', { generation: 2 }],
    ['a stack of the same name that was made anew', { uid: 'uid-2' }],
    ['another stack', { name: 'other' }],
  ])('does not wait with %s', (_name, changes) => {
    const { pace, look } = scene();
    pace.looked(look(), outcome);
    expect(pace.tooSoon(look(changes))).toBeUndefined();
  });

  it('does not wait after a look that failed', () => {
    const { pace, look } = scene();
    pace.looked(look(), outcome);
    pace.forget(look().stack.identity);
    expect(pace.tooSoon(look())).toBeUndefined();
  });
});
