// Tests of what is said of a write that was not taken: whether it passes by itself, and what it was for.
import { describe, expect, it } from 'vitest';
import { notTaken } from './writes.ts';

const action = { kind: 'setReplicas', indices: ['.ds-logs-a-b-000001'], replicas: 2 } as const;

describe('a write that was not taken', () => {
  it.each(['EsUnreachable', 'EsTimeout', 'EsNoMaster', 'EsBusy', 'EsInvalidAnswer'])('passes after %s', (code) => {
    expect(notTaken(action, { code, message: 'why' })).toMatchObject({ rule: 'ClusterUnknown', message: 'why' });
  });

  it.each(['EsError', 'EsUnauthorized', 'EsMissingApi', 'EsNotFound'])('has to be mended after %s', (code) => {
    expect(notTaken(action, { code, message: 'why' })).toMatchObject({
      rule: 'WriteRefused',
      message: 'The operator cannot keep 2 copies besides the primary of .ds-logs-a-b-000001: why',
    });
  });
});
