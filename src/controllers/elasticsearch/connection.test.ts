// Tests which pods let the operator ask a stack's Elasticsearch.
import { expect, it } from 'vitest';
import { labels } from '../../core/names.ts';
import { answers } from './connection.ts';

const data = { [labels.component]: 'elasticsearch', [labels.http]: 'true' };

it.each([
  ['a ready data node', data, 'True', {}, true],
  ['a data node that knows no master', data, 'False', {}, false],
  ['a data node on its way out', data, 'True', { deletionTimestamp: '2026-01-01T00:00:00Z' }, false],
  ['a dedicated master', { [labels.component]: 'elasticsearch', [labels.master]: 'true' }, 'True', {}, false],
  ['a pod of another component', { [labels.component]: 'logstash', [labels.http]: 'true' }, 'True', {}, false],
])('%s', (_name, given, ready, metadata, expected) => {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'logs-es-data-0', labels: given, ...metadata },
    status: { conditions: [{ type: 'Ready', status: ready }] },
  };
  expect(answers(pod)).toBe(expected);
});
