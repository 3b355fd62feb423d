// Events: the same occurrence has the same name, another has another, and all stays within the API's limits.
import { describe, expect, it } from 'vitest';
import { Fault } from './errors.ts';
import { type EventRecord, EventRecorder, eventOf } from './events.ts';
import { configMap, FakeClock, memoryLog } from './testing.ts';
import type { ApiRequest, Transport } from './transport.ts';

const source = { controller: 'loggingstack.dev/operator', instance: 'operator-0' };
const at = new Date('2026-01-01T00:00:00.123Z');

function record(more: Partial<EventRecord> = {}): EventRecord {
  const regarding = configMap('logs', { uid: 'u', resourceVersion: '7' });
  return { regarding, type: 'Normal', reason: 'Ready', action: 'Reconcile', note: 'It is.', occurrence: '1', ...more };
}

const nameOf = (more?: Partial<EventRecord>, time = at): string => eventOf(record(more), source, time).metadata.name;

describe('eventOf', () => {
  it('is named after what happened, not after when it was written', () => {
    expect(nameOf()).toMatch(/^logs\.[0-9a-f]{16}$/);
    expect(nameOf({}, new Date())).toBe(nameOf());
    const others: Partial<EventRecord>[] = [
      { reason: 'Blocked' },
      { note: 'Not yet.' },
      { occurrence: '2' },
      { type: 'Warning' },
      { regarding: configMap('logs', { uid: 'another' }) },
    ];
    expect(new Set([nameOf(), ...others.map((more) => nameOf(more))]).size).toBe(others.length + 1);
  });

  it('keeps to the limits of the API, and cuts no character in two', () => {
    const long = { note: `${'a'.repeat(1020)}🙂🙂`, reason: 'R'.repeat(200), action: 'A'.repeat(200) };
    const event = eventOf(record({ ...long, regarding: configMap('n'.repeat(253)) }), source, at);
    expect(event['note']).toBe(`${'a'.repeat(1020)}…`);
    expect(String(event['reason'])).toHaveLength(128);
    expect(String(event['action'])).toHaveLength(128);
    expect(event.metadata.name).toHaveLength(253);
    expect(event['eventTime']).toBe('2026-01-01T00:00:00.123000Z');
    expect(eventOf(record({ note: 'b'.repeat(1024) }), source, at)['note']).toBe('b'.repeat(1024));
  });
});

describe('EventRecorder', () => {
  it.each([
    [true, 1],
    [false, 0],
  ])('sends only while it may write (%s): %i', async (mayWrite, expected) => {
    const sent: ApiRequest[] = [];
    const log = memoryLog();
    const standIn = { request: (request: ApiRequest) => Promise.resolve(sent.push(request)) } as unknown as Transport;
    const recorder = new EventRecorder(standIn, source, new FakeClock(), log, { mayWrite: () => mayWrite });
    expect(await recorder.record(record(), new AbortController().signal)).toBe(mayWrite);
    expect(sent).toHaveLength(expected);
    expect(log.lines).toEqual([]);
    // Work waits for it: whatever Events are kept in may be down.
    for (const { timeoutMs, retries } of sent) expect([timeoutMs, retries]).toEqual([5000, 0]);
  });

  it.each([
    ['AlreadyExists', true],
    ['TooManyRequests', false],
    ['TimedOut', false],
    ['Aborted', false],
  ] as const)('says whether it was taken: %s is %s', async (code, expected) => {
    const standIn = { request: () => Promise.reject(new Fault(code, 'test')) } as unknown as Transport;
    const recorder = new EventRecorder(standIn, source, new FakeClock(), memoryLog());
    expect(await recorder.record(record(), new AbortController().signal)).toBe(expected);
  });
});
