// What an override lifts, and what none can.
import { expect, it } from 'vitest';
import { liftedBy } from './overrides.ts';

const until = '2026-12-01T00:00:00Z';
const override = { rule: 'ZeroReplicaRestart', subject: 'index/old', until, reason: 're-import possible' };
const refusal = { rule: 'ZeroReplicaRestart', subject: 'index/old', message: 'm', remedy: 'r' };
const now = '2026-11-22T12:00:00Z';

it.each([
  ['its rule and subject, in time', override, refusal, now, true],
  ['not another subject', override, { ...refusal, subject: 'index/new' }, now, false],
  ['not another rule', override, { ...refusal, rule: 'DiskTooSmall' }, now, false],
  ['nothing from the end on', override, refusal, until, false],
  ['until the end in whatever time zone', { ...override, until: '2026-11-22T14:00:00+02:00' }, refusal, now, false],
  ['nothing when its end cannot be read', { ...override, until: 'soon' }, refusal, now, false],
  ['nothing when the time of the look cannot be read', override, refusal, 'now', false],
  [
    'no rule that nobody may lift, even where the API server let it through',
    { ...override, rule: 'QuorumAtRisk' },
    { ...refusal, rule: 'QuorumAtRisk' },
    now,
    false,
  ],
])('lifts %s', (_name, given, refused, at, lifts) => {
  expect(liftedBy([given], refused, at)).toEqual(lifts ? given : undefined);
});
