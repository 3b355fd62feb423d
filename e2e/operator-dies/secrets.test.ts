// Tests of the comparison of Secrets: every way in which one could have been made anew is found, and no value is told.
import { expect, it } from 'vitest';
import { changedSecrets, notMadeOnce, printsOf } from './secrets.ts';

const encode = (text: string): string => Buffer.from(text).toString('base64');
const secret = (name: string, uid: string, data: Readonly<Record<string, string>>) => ({
  metadata: { name, uid },
  data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, encode(value)])),
});

const user = secret('user', 'uid-1', { name: 'elastic', password: 'correct horse' });
const before = printsOf([user]);

it.each([
  ['nothing', [user], []],
  ['a new Secret beside it', [user, secret('other', 'uid-2', { key: 'x' })], []],
  [
    'another value',
    [secret('user', 'uid-1', { name: 'elastic', password: 'battery staple' })],
    ['user/password: changed'],
  ],
  ['a key that is missing', [secret('user', 'uid-1', { name: 'elastic' })], ['user/password: changed']],
  [
    'a key that was added',
    [secret('user', 'uid-1', { name: 'elastic', password: 'correct horse', extra: '' })],
    ['user/extra: changed'],
  ],
  [
    'the same values under another uid',
    [secret('user', 'uid-2', { name: 'elastic', password: 'correct horse' })],
    ['user: another Secret of the same name'],
  ],
  ['a Secret that is gone', [], ['user: gone']],
])('finds %s', (_name, after, expected) => {
  expect(changedSecrets(before, printsOf(after))).toEqual(expected);
});

it('keeps no value, neither raw nor encoded', () => {
  const kept = JSON.stringify([...before]);
  expect(kept).not.toContain('correct horse');
  expect(kept).not.toContain(encode('correct horse'));
});

it.each([
  ['each once', ['a', 'b'], { created: ['a', 'b'], deleted: [] }, []],
  ['one twice', ['a', 'b'], { created: ['a', 'b', 'a'], deleted: ['a'] }, ['a: created 2 times', 'a: deleted']],
  ['one whose creation was not seen answered', ['a', 'b'], { created: ['a'], deleted: [] }, []],
  ['one that was deleted, and made again unseen', ['a'], { created: ['a'], deleted: ['a'] }, ['a: deleted']],
  ['one that was created twice and is gone', ['a'], { created: ['a', 'b', 'b'], deleted: [] }, ['b: created 2 times']],
])('counts creations: %s', (_name, there, history, expected) => {
  expect(notMadeOnce(there, history)).toEqual(expected);
});
