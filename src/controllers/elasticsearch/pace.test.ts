// Tests of the pace of looks: a wave of changes of the stack's own objects is one look, an edit is looked at at once, and the last change is never lost.
import { describe, expect, it } from 'vitest';
import type { Look, Outcome } from '../framework.ts';
import { Pace } from './pace.ts';

const outcome: Outcome = { findings: [], refusals: [], section: {}, requeueAfterMs: 5000 };

function scene() {
  const pace = new Pace();
  let now = 1000;
  const look = (changes: { uid?: string; generation?: number; name?: string } = {}, heldBack?: string[]): Look =>
    ({
      stack: { identity: { namespace: 'team', name: 'logs', uid: 'uid-1', generation: 1, ...changes } },
      runtime: { clock: { now: () => now } },
      ...(heldBack === undefined ? {} : { heldBack }),
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
    pace.begins(look());
    expect(pace.tooSoon(look())).toBeUndefined();
  });

  it('says of a paused stack also what it holds back: without it the status would change to and fro', () => {
    const { pace, look } = scene();
    pace.looked(look({}, ['create Service logs']), outcome);
    const heldBack: string[] = [];
    expect(pace.tooSoon(look({}, heldBack))).toBeDefined();
    expect(heldBack).toEqual(['create Service logs']);
  });
});

describe('look after look that says the same', () => {
  const seconds = 1000;
  const next = ({ pace, look }: ReturnType<typeof scene>, said: Partial<Outcome> = {}, changes = {}) => {
    pace.begins(look(changes));
    return pace.looked(look(changes), { ...outcome, ...said }).requeueAfterMs;
  };

  it('makes the next one wait for a fortieth of the time, and never for more than half a minute', () => {
    const made = scene();
    expect(next(made)).toBe(5 * seconds);
    made.pass(200 * seconds);
    expect(next(made)).toBe(5 * seconds);
    made.pass(200 * seconds);
    expect(next(made)).toBe(10 * seconds);
    made.pass(20_000 * seconds);
    expect(next(made)).toBe(30 * seconds);
    expect(next(made, { requeueAfterMs: 60 * seconds })).toBe(60 * seconds);
  });

  it.each<[string, Partial<Outcome>, object]>([
    ['other findings', { findings: [{ type: 'A', status: 'True', reason: 'B', message: 'c' }] }, {}],
    ['another refusal', { refusals: [{ rule: 'A', subject: 'B/c', message: 'd', remedy: 'e' }] }, {}],
    ['another progress', { section: { elasticsearch: { progress: [{ percent: 5 }] } } }, {}],
    ['an edit of the spec', {}, { generation: 2 }],
  ])('is over with %s', (_name, said, changes) => {
    const made = scene();
    next(made);
    made.pass(400 * seconds);
    expect(next(made)).toBe(10 * seconds);
    expect(next(made, said, changes)).toBe(5 * seconds);
  });
});
