// Tests of the search for secrets: it must find what is hidden in each of the forms, and nothing where nothing is.
import { expect, it } from 'vitest';
import { findLeaks, secretValues } from './secret-search.ts';

const password = 'p4ss+w/rd&with=signs';
const encode = (text: string): string => Buffer.from(text).toString('base64');
const secrets = [
  { metadata: { name: 'user' }, data: { username: encode('elastic-superuser'), password: encode(password) } },
  { metadata: { name: 'key' }, data: { api_key: encode('the-public-id:the-secret-part-of-it') } },
];
const values = secretValues(secrets);

it('knows what is secret and what is not', () => {
  expect(values.map(({ source, value }) => [source, value])).toEqual([
    ['user/password', password],
    ['key/api_key', 'the-secret-part-of-it'],
  ]);
});

it.each([
  ['raw', `the log says ${password} at last`],
  ['base64', `Basic ${encode(`elastic:${password}`)}`],
  ['base64', `Basic ${encode(`elastic1:${password}`)}`],
  ['base64', `Basic ${encode(`elastic12:${password}`)}`],
  ['URL-encoded', `?password=${encodeURIComponent(password)}&x=1`],
])('finds it %s', (form, text) => {
  expect(findLeaks(values, [{ name: 'log', text }])).toEqual([{ source: 'user/password', place: 'log', form }]);
});

it('finds nothing where nothing is', () => {
  expect(findLeaks(values, [{ name: 'log', text: 'user elastic-superuser, key the-public-id' }])).toEqual([]);
});
