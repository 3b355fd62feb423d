// Tests of Elasticsearch's own words: what helps people stays, what is secret or different each time does not.
import { describe, expect, it } from 'vitest';
import { oneLine, reasonOf } from './reasons.ts';

/** A refusal with these reasons, from the outermost to the innermost. */
const refusal = (...reasons: readonly string[]) => ({
  error: reasons.reduceRight<object | undefined>(
    (inner, reason) => ({ type: 'some_exception', reason, ...(inner === undefined ? {} : { caused_by: inner }) }),
    undefined,
  ),
  status: 500,
});

describe('the reason of a refusal', () => {
  it('is that of the error', () => {
    expect(reasonOf(refusal('[backups] could not read repository data'))).toBe(
      '[backups] could not read repository data',
    );
  });

  it('ends with the cause that lies deepest', () => {
    expect(reasonOf(refusal('[backups] path is not accessible', 'a', '/backups/logging: Read-only file system'))).toBe(
      '[backups] path is not accessible: /backups/logging: Read-only file system',
    );
  });

  it('says nothing twice', () => {
    expect(reasonOf(refusal('[backups] Bad key: Denied', 'Denied'))).toBe('[backups] Bad key: Denied');
  });

  it.each([undefined, null, '', 7, {}, { error: null }, { error: {} }, { error: { reason: 7 } }])(
    'is none in %j',
    (body) => {
      expect(reasonOf(body)).toBeUndefined();
    },
  );

  it('is the text of an error that is one', () => {
    expect(reasonOf({ error: 'no handler found' })).toBe('no handler found');
  });

  it('does not follow causes for ever', () => {
    const endless: { reason: string; caused_by?: unknown } = { reason: 'again' };
    endless.caused_by = endless;
    expect(reasonOf({ error: endless })).toBe('again');
  });
});

describe('what is told', () => {
  it.each([
    ['two\nlines', 'two'],
    ['  a\tb\u0000c ', 'a b c'],
    ['see https://store/b?sig=abc&se=1 for it', 'see https://store/b for it'],
    [
      'Denied (Service: S3, Status Code: 403, Request ID: 17A9F1, Extended Request ID: x/y=)',
      'Denied (Service: S3, Status Code: 403, …, …)',
    ],
    ['RequestId:7c1-4, Host Id: 3', '…, Host Id: 3'],
    ['x-ms-request-id: 7c1 failed', '… failed'],
    ['[logs-es-data-0][10.42.0.15:9300] failed', '[logs-es-data-0]… failed'],
    ['{logs-es-data-0}{k4QWx_9dT1y2AbCdEfGh3w}{fs}', '{logs-es-data-0}{…}{fs}'],
    ['/backups/tests-Pf3kQ_x-2/master.dat', '/backups/tests-…/master.dat'],
    [
      '[backups:nightly-20261122t013000z-5d3f7a80] is missing',
      '[backups:nightly-20261122t013000z-5d3f7a80] is missing',
    ],
    ['index .ds-logs-app-default-2026.11.22-000001', 'index .ds-logs-app-default-2026.11.22-000001'],
  ])('of %j is %j', (text, told) => {
    expect(oneLine(text)).toBe(told);
  });

  it('is bounded', () => {
    expect(oneLine('x '.repeat(1000))).toHaveLength(300);
  });
});
