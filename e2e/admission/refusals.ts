// How the API server refuses what the corpora expect it to refuse: the field, and words of its message.
import { expect } from 'vitest';
import { type Answer, causesOf } from './api-server.ts';
import type { Refusal } from './corpus.ts';

/** Refused for this reason alone. */
export function expectRefusal(answer: Answer, { field, message, breaks }: Refusal): void {
  if (breaks === 'unknown') {
    // A new object is a bad request then, a patch of one is invalid.
    expect([400, 422]).toContain(answer.status);
    expect(answer.body['message']).toContain(`strict decoding error: ${message}`);
    return;
  }
  expect(answer.status, JSON.stringify(answer.body)).toBe(422);
  const [cause, ...others] = causesOf(answer);
  expect(others).toEqual([]);
  expect(cause?.field).toBe(field);
  expect(cause?.message).toContain(message);
}

interface ExpectedCause {
  readonly name: string;
  readonly field: string;
  readonly message: string;
}

/** Refused for this reason among others: one broken field may break rules, too. */
export function expectCause(answer: Answer, { name, field, message }: ExpectedCause): void {
  expect(answer.status, `${name}: ${JSON.stringify(answer.body).slice(0, 500)}`).toBe(422);
  const found = causesOf(answer).some((cause) => cause.field === field && cause.message.includes(message));
  expect(found, `${name}: ${message}, not ${JSON.stringify(causesOf(answer)).slice(0, 1000)}`).toBe(true);
}
