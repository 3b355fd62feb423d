// Tests of telling of overrides that are used: once each, and again when one is renewed.
import { describe, expect, it } from 'vitest';
import type { Override } from '../../api/overrides.ts';
import { exampleIdentity, exampleStack } from '../../core/stack.testing.ts';
import type { EventRecord } from '../../kube/events.ts';
import { FakeClock, memoryLog } from '../../kube/testing.ts';
import type { Look } from '../framework.ts';
import { ToldOverrides } from './overrides.ts';

const never = new AbortController().signal;
const override: Override = {
  rule: 'DiskTooSmall',
  subject: 'StatefulSet/logs-es-data',
  until: '2026-12-01T00:00:00Z',
  reason: 'old logs go tonight',
};

function scene(takes: () => boolean = () => true) {
  const events: EventRecord[] = [];
  const clock = new FakeClock();
  const record = (event: EventRecord) => {
    events.push(event);
    return Promise.resolve(takes());
  };
  const look = {
    stack: exampleStack(),
    object: { metadata: exampleIdentity },
    runtime: { log: memoryLog(), recorder: { record }, clock },
  } as unknown as Look;
  return { events, clock, look, told: new ToldOverrides() };
}

describe('an override that is used', () => {
  it('is told of once, with who is spared, until when and why', async () => {
    const { events, look, told } = scene();
    await told.tell(look, [override], never);
    await told.tell(look, [override], never);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      type: 'Warning',
      reason: 'OverrideUsed',
      note: 'DiskTooSmall does not hold for StatefulSet/logs-es-data until 2026-12-01T00:00:00Z, by an override: old logs go tonight',
    });
  });

  it('is told of again after a minute when the Event was not taken', async () => {
    let takes = false;
    const { events, clock, look, told } = scene(() => takes);
    await told.tell(look, [override], never);
    await told.tell(look, [override], never);
    expect(events).toHaveLength(1);
    takes = true;
    await clock.advance(60_000);
    await told.tell(look, [override], never);
    expect(events).toHaveLength(2);
    await clock.advance(3600_000);
    await told.tell(look, [override], never);
    expect(events).toHaveLength(2);
  });

  it('is news when it is for longer, and after its stack was made anew', async () => {
    const { events, look, told } = scene();
    await told.tell(look, [override], never);
    await told.tell(look, [{ ...override, until: '2026-12-02T00:00:00Z' }], never);
    expect(events).toHaveLength(2);
    told.forget(look.stack.identity);
    await told.tell(look, [override], never);
    expect(events).toHaveLength(3);
  });
});
