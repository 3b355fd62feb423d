// Tests of names and identities of snapshots: equal for equal askers, different for different ones, and nobody else's is taken for ours.
import { describe, expect, it } from 'vitest';
import {
  identityOf,
  isOfObject,
  isOfSchedule,
  metadataOf,
  objectSnapshotName,
  requestedSnapshotName,
  slotSnapshotName,
} from './identity.ts';

const nightly = { namespace: 'logging', name: 'nightly' };
const stack = { namespace: 'logging', name: 'logs' };
const slot = '2026-11-22T01:30:00Z';

describe('names of snapshots', () => {
  it('are the same for the same slot of the same schedule, and for no other', () => {
    const name = slotSnapshotName(nightly, slot);
    expect(name).toMatch(/^nightly-20261122t013000z-[0-9a-f]{8}$/);
    expect(slotSnapshotName(nightly, slot)).toBe(name);
    expect(slotSnapshotName({ ...nightly, namespace: 'other' }, slot)).not.toBe(name);
    expect(slotSnapshotName(nightly, '2026-11-23T01:30:00Z')).not.toBe(name);
  });

  it('tell requests and objects apart', () => {
    expect(requestedSnapshotName(nightly, 'one')).not.toBe(requestedSnapshotName(nightly, 'two'));
    expect(objectSnapshotName(nightly, 'a')).not.toBe(objectSnapshotName(nightly, 'b'));
  });

  it('are what Elasticsearch and the schema take, however long the name of the object', () => {
    const long = { namespace: 'logging', name: 'n'.repeat(253) };
    for (const name of [slotSnapshotName(long, slot), requestedSnapshotName(long, 'X'), objectSnapshotName(long, 'U')])
      expect(name).toMatch(/^[a-z0-9][a-z0-9._-]{0,199}$/);
  });
});

describe('the identity in the metadata', () => {
  const metadata = metadataOf({ stack: 'logging/logs', schedule: 'logging/nightly', slot });

  it('is read as it was written', () => {
    expect(identityOf({ metadata })).toEqual({ stack: 'logging/logs', schedule: 'logging/nightly', slot });
  });

  it.each([undefined, null, 'text', {}, { loggingstack: 7 }, { loggingstack: {} }, { loggingstack: { stack: 1 } }])(
    'is none in %j',
    (other) => {
      expect(identityOf({ metadata: other })).toBeUndefined();
    },
  );

  it('makes a snapshot that of its schedule and stack only', () => {
    expect(isOfSchedule({ metadata }, nightly, stack)).toBe(true);
    expect(isOfSchedule({ metadata }, { ...nightly, name: 'weekly' }, stack)).toBe(false);
    expect(isOfSchedule({ metadata }, nightly, { ...stack, name: 'others' })).toBe(false);
    expect(isOfSchedule({ metadata: { policy: 'slm' } }, nightly, stack)).toBe(false);
  });

  it('makes a snapshot that of its object only', () => {
    const own = metadataOf({ stack: 'logging/logs', snapshot: 'logging/one', uid: 'a' });
    expect(isOfObject({ metadata: own }, 'a')).toBe(true);
    expect(isOfObject({ metadata: own }, 'b')).toBe(false);
    expect(isOfObject({ metadata }, 'a')).toBe(false);
  });
});
