// The table of errors: which answer of the API server becomes which code, and what its message tells and keeps back.
import { describe, expect, it } from 'vitest';
import { codeOfError, Fault, faultOfStatus, FAULTS, isFault } from './errors.ts';

const request = { what: 'apply ConfigMap a/b', secret: false };

describe('faultOfStatus', () => {
  it.each([
    [400, {}, 'BadRequest'],
    [401, {}, 'Unauthorized'],
    [403, {}, 'Forbidden'],
    [404, {}, 'NotFound'],
    [405, {}, 'RequestRefused'],
    [409, { reason: 'AlreadyExists' }, 'AlreadyExists'],
    [409, { reason: 'Conflict' }, 'Conflict'],
    [409, { reason: 'Conflict', details: { causes: [{ reason: 'FieldManagerConflict' }] } }, 'FieldConflict'],
    [410, {}, 'Gone'],
    [413, {}, 'RequestRefused'],
    [422, {}, 'Invalid'],
    [422, { details: { causes: [{ field: 'spec.x' }] } }, 'Invalid'],
    [422, { details: { causes: [{ field: 'metadata.uid' }] } }, 'Conflict'],
    [429, {}, 'TooManyRequests'],
    [500, {}, 'ServerError'],
    [503, undefined, 'ServerError'],
  ] as const)('%i %j is %s', (status, body, code) => {
    const fault = faultOfStatus(status, body, request);
    expect(fault).toMatchObject({ code, status });
    expect(isFault(fault, code)).toBe(true);
    expect(fault.policy).toBe(FAULTS[code]);
  });

  it('tells what was asked and what the server said, cut to a sensible length', () => {
    const fault = faultOfStatus(403, { message: `no ${'x'.repeat(5000)}`, reason: 'Forbidden' }, request);
    expect(fault.message).toMatch(/^apply ConfigMap a\/b: 403: no xxx/);
    expect(fault.message.length).toBeLessThan(1100);
    expect(fault.reason).toBe('Forbidden');
  });

  it('names fields of a Secret, and repeats nothing else', () => {
    const body = {
      message: 'data: Invalid value: "hunter2"',
      reason: 'Invalid',
      details: { causes: [{ field: 'data[x]' }] },
    };
    const fault = faultOfStatus(422, body, { what: 'create Secret a/b', secret: true });
    expect(fault.message).toBe('create Secret a/b: 422: Invalid (data[x])');
  });

  it('knows how long the server asks to wait, from the header or from the body', () => {
    const body = { details: { retryAfterSeconds: 7 } };
    expect(faultOfStatus(429, body, request).retryAfterMs).toBe(7000);
    expect(faultOfStatus(429, body, request, 3000).retryAfterMs).toBe(3000);
    expect(faultOfStatus(500, {}, request).retryAfterMs).toBeUndefined();
  });
});

describe('isFault', () => {
  it('asks for codes, or for any', () => {
    const fault = new Fault('Gone', 'x', { cause: new Error('y') });
    expect([isFault(fault), isFault(fault, 'Gone'), isFault(fault, 'Conflict'), isFault(new Error('x'))]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(fault.cause).toEqual(new Error('y'));
  });
});

describe('the code of an error', () => {
  /** As other layers have them. */
  class OtherFault extends Error {
    override readonly name = 'OtherFault';
    readonly code = 'OtherBusy';
  }

  it.each([
    [new Fault('Conflict', 'm'), 'Conflict'],
    [new OtherFault('m'), 'OtherBusy'],
    [Object.assign(new Error('m'), { code: 'ECONNREFUSED' }), 'Unexpected'],
    [new TypeError('m'), 'Unexpected'],
    ['text', 'Unexpected'],
  ])('of %s is %s', (error, code) => {
    expect(codeOfError(error)).toBe(code);
  });
});
