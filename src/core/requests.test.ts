// One-time actions: one for each value of an annotation, recorded, never done again.
import { describe, expect, it } from 'vitest';
import { noRequests, requestRecords, type RequestRecord, requestsOf } from './requests.ts';

const roll = 'loggingstack.dev/roll';
const replace = 'loggingstack.dev/replace-node';
const at = '2026-11-22T12:00:00Z';
const later = '2026-11-22T13:00:00Z';
const rolled: RequestRecord = { name: 'Roll', value: 'monday', state: 'Done', since: at };
const replaced: RequestRecord = { name: 'ReplaceNode', value: 'logs-es-data-1', state: 'Done', since: at };

describe('what annotations ask for', () => {
  it.each([
    ['nothing', undefined, undefined, noRequests],
    ['an empty value', { [roll]: '' }, [], noRequests],
    ['a first roll', { [roll]: 'monday' }, [], { roll: { value: 'monday', done: false } }],
    [
      'a roll that goes on',
      { [roll]: 'monday' },
      [{ ...rolled, state: 'UnderWay' as const }],
      { roll: { value: 'monday', done: false } },
    ],
    ['a roll that was done', { [roll]: 'monday' }, [rolled], { roll: { value: 'monday', done: true } }],
    ['another roll', { [roll]: 'tuesday' }, [rolled], { roll: { value: 'tuesday', done: false } }],
    ['a roll whose annotation is gone: pods keep its value', {}, [rolled], { roll: { value: 'monday', done: true } }],
    [
      'a replacement that was done',
      { [replace]: 'logs-es-data-1' },
      [replaced],
      { replaceNode: { value: 'logs-es-data-1', done: true } },
    ],
    [
      'a replacement of another node',
      { [replace]: 'logs-es-data-0' },
      [replaced],
      { replaceNode: { value: 'logs-es-data-0', done: false } },
    ],
    [
      'a replacement that is under way: of what, says the record',
      { [replace]: 'logs-es-data-1' },
      [{ ...replaced, state: 'UnderWay' as const, target: 'claim/pod' }],
      { replaceNode: { value: 'logs-es-data-1', done: false, target: 'claim/pod' } },
    ],
    ['a replacement whose annotation is gone', {}, [replaced], noRequests],
  ])('%s', (_name, given, recorded, expected) => {
    expect(requestsOf(given, recorded)).toEqual({ ...noRequests, ...expected });
  });

  it('keeps a value that is too long for the status apart from other such values', () => {
    const value = (text: string) => requestsOf({ [roll]: text }, []).roll?.value ?? '';
    expect(value('a'.repeat(1000)).length).toBeLessThan(128);
    expect(value('a'.repeat(1000))).not.toBe(value('b'.repeat(1000)));
  });
});

describe('what is recorded', () => {
  const none = { roll: false, replaceNode: false };

  it('of a replacement that is under way is what is to be replaced, as it was first seen', () => {
    const requests = requestsOf({ [replace]: 'logs-es-data-1' }, []);
    const first = requestRecords(requests, none, undefined, at, 'claim/pod');
    expect(first).toEqual([{ ...replaced, state: 'UnderWay', target: 'claim/pod' }]);
    expect(requestRecords(requests, none, first, later, 'claim/other')).toEqual(first);
    expect(requestRecords(requests, { ...none, replaceNode: true }, first, later, 'claim/pod')).toEqual([
      { ...replaced, since: later },
    ]);
  });

  const asked = requestsOf({ [roll]: 'monday', [replace]: 'logs-es-data-1' }, []);

  it('is under way from the first look, and keeps its time until it is done', () => {
    const first = requestRecords(asked, none, undefined, at);
    expect(first).toEqual([
      { ...replaced, state: 'UnderWay' },
      { ...rolled, state: 'UnderWay' },
    ]);
    expect(requestRecords(asked, none, first, later)).toEqual(first);
    expect(requestRecords(asked, { ...none, roll: true }, first, later)).toEqual([
      { ...replaced, state: 'UnderWay' },
      { ...rolled, since: later },
    ]);
  });

  it('stays done, whatever a later look finds', () => {
    const again = requestsOf({ [roll]: 'monday' }, [rolled]);
    expect(requestRecords(again, none, [rolled], later)).toEqual([rolled]);
  });

  it('is forgotten of a replacement when its annotation is taken away, so that it can be asked for again', () => {
    const without = requestsOf({}, [replaced]);
    const records = requestRecords(without, none, [replaced], later);
    expect(records).toEqual([]);
    expect(requestsOf({ [replace]: 'logs-es-data-1' }, records).replaceNode?.done).toBe(false);
  });
});
