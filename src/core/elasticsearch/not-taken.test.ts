// Tests of what is said of a write that Elasticsearch did not take.
import { expect, it } from 'vitest';
import { notTaken } from './rules/writes.ts';

const write = { kind: 'clearVotingExclusions' } as const;
const said = (code: string) => notTaken(write, { code, message: 'why' });

it.each(['EsUnreachable', 'EsTimeout', 'EsNoMaster', 'EsBusy', 'EsInvalidAnswer'])(
  'after %s it is unknown what the cluster has, which passes',
  (code) => {
    expect(said(code)).toMatchObject({ rule: 'ClusterUnknown', message: 'why' });
  },
);

it('what Elasticsearch refused has to be mended, and the write is named', () => {
  expect(said('EsRefused')).toMatchObject({ rule: 'WriteRefused' });
  expect(said('EsRefused').message).toMatch(/^The operator cannot .+: why$/);
});
