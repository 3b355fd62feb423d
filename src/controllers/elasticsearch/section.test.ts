// What of the status depends on the status as it stands: progress since its beginning, and actions that were asked for once.
import { describe, expect, it } from 'vitest';
import type { Observed } from '../../core/elasticsearch/observed.ts';
import { requestsOf } from '../../core/requests.ts';
import { exampleStack } from '../../core/stack.testing.ts';
import type { Look } from '../framework.ts';
import { sectionOf } from './index.ts';

const begun = '2026-11-22T12:00:00Z';

const seen = (drained: readonly string[]): Observed => ({
  takenAt: '2026-11-22T12:05:00.123Z',
  objects: [],
  secrets: [],
  recordedUuid: undefined,
  cluster: {
    answered: true,
    health: { status: 'green', settled: true, initializing: 0, relocating: 1, unassigned: 0 },
    settings: { excludedNames: drained, allocationEnable: undefined, marks: { drains: drained.join(',') } },
  } as unknown as Observed['cluster'],
});

/** A look at a stack with this status and these annotations. */
function lookAt(status: object, annotations: Readonly<Record<string, string>> = {}): Pick<Look, 'object' | 'stack'> {
  const metadata = { name: 'logs', namespace: 'team', annotations };
  const { requests } = status as { requests?: Parameters<typeof requestsOf>[1] };
  return {
    object: { apiVersion: 'loggingstack.dev/v1alpha1', kind: 'LoggingStack', metadata, status },
    stack: exampleStack({}, {}, requestsOf(annotations, requests)),
  };
}

describe('the section of Elasticsearch', () => {
  const drain = { step: 'Drain', subject: 'Pod/logs-es-data-2', percent: 40, total: 1000, since: begun };

  it('keeps since when a step goes on, and drops it when it is over', () => {
    const status = { elasticsearch: { progress: [drain] } };
    const goesOn = sectionOf(lookAt(status), { elasticsearch: { health: 'green' } }, seen(['logs-es-data-2']));
    expect(goesOn).toEqual({ elasticsearch: { health: 'green', progress: [drain] } });
    const over = sectionOf(lookAt(status), { elasticsearch: { health: 'green' } }, seen([]));
    expect(over).toEqual({ elasticsearch: { health: 'green' } });
  });

  it('records a roll that is asked for, and keeps the record when the annotation is gone', () => {
    const asked = sectionOf(lookAt({}, { 'loggingstack.dev/roll': 'monday' }), {}, seen([]));
    expect(asked['requests']).toEqual([
      { name: 'Roll', value: 'monday', state: 'UnderWay', since: '2026-11-22T12:05:00Z' },
    ]);
    const done = { requests: [{ name: 'Roll', value: 'monday', state: 'Done', since: begun }] };
    expect(sectionOf(lookAt(done), {}, seen([]))['requests']).toEqual(done.requests);
  });

  it('does not record a replacement as begun while there is none', () => {
    const asked = sectionOf(lookAt({}, { 'loggingstack.dev/replace-node': 'logs-es-data-1' }), {}, seen([]));
    expect(asked['requests']).toBeUndefined();
  });
});
