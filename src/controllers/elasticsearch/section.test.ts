// What of the status depends on the status as it stands: progress since its beginning, and actions that were asked for once.
import { describe, expect, it } from 'vitest';
import type { Observed } from '../../core/elasticsearch/observed.ts';
import { requestsOf } from '../../core/requests.ts';
import { exampleStack } from '../../core/stack.testing.ts';
import type { Look } from '../framework.ts';
import { sectionOf } from './index.ts';

const begun = '2026-11-22T12:00:00Z';

const seen = (drained: readonly string[], objects: Observed['objects'] = []): Observed => ({
  takenAt: '2026-11-22T12:05:00.123Z',
  objects,
  secrets: [],
  recordedUuid: undefined,
  cluster: {
    answered: true,
    nodes: [],
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

  it('[dead-node-local-volume] records what is to be replaced, keeps that, and shows it as progress', () => {
    const annotations = { 'loggingstack.dev/replace-node': 'logs-es-data-1' };
    const object = (kind: string, name: string, uid: string) => ({ apiVersion: 'v1', kind, metadata: { name, uid } });
    const parts = (claim: string, pod: string) => [
      object('PersistentVolumeClaim', 'data-logs-es-data-1', claim),
      object('Pod', 'logs-es-data-1', pod),
    ];
    const asked = sectionOf(lookAt({}, annotations), {}, seen([], parts('claim-1', 'pod-1')));
    const since = '2026-11-22T12:05:00Z';
    expect(asked).toEqual({
      elasticsearch: { progress: [{ step: 'Replacement', subject: 'Pod/logs-es-data-1', percent: 0, since }] },
      requests: [{ name: 'ReplaceNode', value: 'logs-es-data-1', state: 'UnderWay', since, target: 'claim-1/pod-1' }],
    });
    const later = sectionOf(lookAt(asked, annotations), {}, seen([], parts('claim-2', 'pod-2')));
    expect(later['requests']).toEqual(asked['requests']);
  });
});
