// Tests of status writing: an unchanged look writes nothing, transition times are kept, refusals that ended disappear.
import { describe, expect, it } from 'vitest';
import { loggingStackStatus } from '../../api/logging-stack-status.ts';
import { type ComponentReport, componentStatus, type SharedStatus, statusDiffers, transitions } from './conditions.ts';
import { summarize } from './summary.ts';

const early = '2026-01-01T00:00:00Z';
const late = '2026-01-01T01:00:00Z';
const refusal = { rule: 'ForeignObject', subject: 'Service/x', message: 'It exists.', remedy: 'Rename it.' };

const report: ComponentReport = {
  component: 'kibana',
  generation: 3,
  findings: [{ type: 'KibanaReady', status: 'False', reason: 'Starting', message: '0 of 1 ready.' }],
  refusals: [refusal],
  section: { kibana: { ready: 0 } },
};

const live = componentStatus(report, {}, early) as SharedStatus;

describe('componentStatus', () => {
  it('writes nothing when nothing changed', () => {
    expect(statusDiffers('kibana', live, componentStatus(report, live, late))).toBe(false);
  });

  it('keeps the transition time while the status is the same, though the message differs', () => {
    const next = { ...report, findings: [{ ...report.findings[0], message: 'Pulling.' }] } as ComponentReport;
    const wanted = componentStatus(next, live, late) as SharedStatus;
    expect(wanted.conditions?.[0]).toMatchObject({ message: 'Pulling.', lastTransitionTime: early });
    expect(statusDiffers('kibana', live, { ...wanted })).toBe(true);
  });

  it('dates a changed status anew', () => {
    const next = { ...report, findings: [{ ...report.findings[0], status: 'True' }] } as ComponentReport;
    expect((componentStatus(next, live, late) as SharedStatus).conditions?.[0]?.lastTransitionTime).toBe(late);
  });

  it.each([
    ['the last item of a list of names', { requests: [{ name: 'Roll' }] }, { requests: [] }],
    ['one of two items', { es: { pools: [{ name: 'a' }, { name: 'b' }] } }, { es: { pools: [{ name: 'a' }] } }],
    ['a field', { es: { health: 'green', progress: [{ step: 'Drain' }] } }, { es: { health: 'green' } }],
  ])('notices that a section no longer says something: %s', (_name, before, after) => {
    const stood = componentStatus({ ...report, section: before }, {}, early);
    expect(statusDiffers('kibana', stood, componentStatus({ ...report, section: before }, stood, late))).toBe(false);
    expect(statusDiffers('kibana', stood, componentStatus({ ...report, section: after }, stood, late))).toBe(true);
  });

  it('notices that a refusal has ended, and leaves those of other components alone', () => {
    const cleared = componentStatus({ ...report, refusals: [] }, live, late);
    expect(statusDiffers('kibana', live, cleared)).toBe(true);
    expect(
      statusDiffers(
        'logstash',
        live,
        componentStatus({ ...report, component: 'logstash', refusals: [], findings: [], section: {} }, live, late),
      ),
    ).toBe(false);
  });

  it('cuts a message that the schema would refuse', () => {
    const long = { ...report, findings: [{ ...report.findings[0], message: 'x'.repeat(5000) }] } as ComponentReport;
    expect((componentStatus(long, {}, late) as SharedStatus).conditions?.[0]?.message).toHaveLength(1024);
    const refusals = [{ ...refusal, message: 'x'.repeat(5000), remedy: 'y'.repeat(5000) }];
    const [blocked] = (componentStatus({ ...report, refusals }, {}, late) as SharedStatus).blocked ?? [];
    expect([blocked?.message.length, blocked?.remedy.length]).toEqual([1024, 1024]);
  });

  it('has one entry for each rule and subject: with one key twice, the API server refuses the whole status', () => {
    const refusals = [refusal, { ...refusal, message: 'It is old.' }, { ...refusal, subject: 'Service/y' }];
    const { blocked } = componentStatus({ ...report, refusals }, {}, late) as SharedStatus;
    expect(blocked?.map(({ subject, message, remedy }) => [subject, message, remedy])).toEqual([
      ['Service/x', 'It exists. It is old.', 'Rename it.'],
      ['Service/y', 'It exists.', 'Rename it.'],
    ]);
  });
});

describe('of very many refusals', () => {
  const many = (count: number, rule = 'LastCopy') =>
    Array.from({ length: count }, (_, place) => ({ ...refusal, rule, subject: `index/${100 + place}` }));
  const blockedOf = (component: string, refusals: ComponentReport['refusals'], stood: SharedStatus = {}) =>
    (componentStatus({ ...report, component, refusals }, stood, early) as SharedStatus).blocked ?? [];
  const components = ['credentials', 'elasticsearch', 'kibana', 'logstash', 'filebeat', 'stack'];

  it('no more are written of all components together than the schema takes', () => {
    const rules = Array.from({ length: 50 }, (_, place) => many(3, `Rule${place}`)).flat();
    for (const refusals of [many(1000), rules]) {
      const blocked = components.flatMap((component) => blockedOf(component, refusals));
      expect(loggingStackStatus.safeParse({ blocked }).error).toBeUndefined();
    }
  });

  it('the first are named each, and of the others how many they are and what they are called', () => {
    const blocked = blockedOf('elasticsearch', [...many(50), ...many(2, 'ZeroReplicaRestart')]);
    expect(blocked).toHaveLength(22);
    expect(blocked[18]).toMatchObject({ rule: 'LastCopy', subject: 'index/118' });
    expect(blocked[19]).toMatchObject({
      rule: 'LastCopy',
      subject: 'others',
      remedy: 'For each of them as for index/100: Rename it.',
    });
    expect(blocked[19]?.message).toMatch(/^And 31 more: index\/119, index\/120, .*, index\/149\.$/);
    expect(blocked.slice(20).map(({ subject }) => subject)).toEqual(['index/100', 'index/101']);
  });

  it('the same are named whatever their order', () => {
    const stood = { blocked: blockedOf('elasticsearch', many(80)) };
    const again = { ...report, component: 'elasticsearch', refusals: many(80).toReversed(), findings: [], section: {} };
    expect(statusDiffers('elasticsearch', stood, componentStatus(again, stood, late))).toBe(false);
  });
});

it('a condition that nobody could look at stays of the generation that it is about', () => {
  const { conditions = [] } = componentStatus(
    { ...report, generation: 4, findings: live.conditions ?? [] },
    live,
    late,
  );
  expect(conditions).toEqual(live.conditions);
});

describe('transitions', () => {
  it('speaks once of a new refusal and a changed condition, then is silent', () => {
    const wanted = componentStatus(report, {}, early);
    expect(transitions({}, wanted).map((one) => one.reason)).toEqual(['Starting', 'ForeignObject']);
    expect(transitions(live, wanted)).toEqual([]);
  });

  it.each([
    ['False', 'RollingOut', 'Normal'],
    ['True', 'RolledOut', 'Normal'],
    ['False', 'Forbidden', 'Warning'],
    ['False', 'SecretLost', 'Warning'],
    ['False', 'InternalError', 'Warning'],
    ['False', 'ClusterRed', 'Warning'],
  ] as const)('tells a condition that is %s for the reason %s as %s', (status, reason, type) => {
    const findings = [{ type: 'KibanaReady', status, reason, message: 'It is so.' }];
    const wanted = componentStatus({ ...report, findings, refusals: [] }, {}, early);
    expect(transitions({}, wanted)).toMatchObject([{ reason, type }]);
  });
});

describe('summarize', () => {
  const ready = ['CredentialsReady', 'ElasticsearchReady', 'KibanaReady', 'LogstashReady', 'FilebeatReady'].map(
    (type) => ({
      type,
      status: 'True' as const,
      reason: 'Ready',
      message: 'Ready.',
      observedGeneration: 3,
      lastTransitionTime: early,
    }),
  );
  const stateOf = (status: SharedStatus, generation = 3) =>
    Object.fromEntries(summarize(generation, status).map((finding) => [finding.type, finding.status]));

  it('is ready when all components are', () => {
    expect(stateOf({ conditions: ready })).toEqual({
      Ready: 'True',
      Reconciling: 'False',
      Stalled: 'False',
      Blocked: 'False',
      Paused: 'False',
    });
  });

  it('is not ready while a component speaks of an older generation', () => {
    expect(stateOf({ conditions: ready }, 4)).toMatchObject({ Ready: 'False', Reconciling: 'True' });
  });

  it('is stalled, not reconciling, when only what cannot mend itself is left', () => {
    const stuck = ready.map((one) =>
      one.type === 'FilebeatReady' ? { ...one, status: 'False' as const, reason: 'ForeignObject' } : one,
    );
    expect(stateOf({ conditions: stuck })).toEqual({
      Ready: 'False',
      Reconciling: 'False',
      Stalled: 'True',
      Blocked: 'False',
      Paused: 'False',
    });
  });

  it('is paused, and changes nothing, while the spec says so', () => {
    const starting = ready.map((one) => ({ ...one, status: 'False' as const, reason: 'Starting' }));
    const found = summarize(3, { conditions: starting }, true);
    expect(found.find(({ type }) => type === 'Paused')).toMatchObject({ status: 'True', reason: 'PausedBySpec' });
    expect(found.find(({ type }) => type === 'Reconciling')).toMatchObject({ status: 'False' });
  });

  it('is blocked, and may be ready, when a part of the spec is refused', () => {
    expect(
      stateOf({ conditions: ready, blocked: [{ component: 'elasticsearch', since: early, ...refusal }] }),
    ).toMatchObject({
      Ready: 'True',
      Blocked: 'True',
    });
  });
});
