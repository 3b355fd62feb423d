// Tests of what a failed write to Elasticsearch means for the conditions.
import { expect, it } from 'vitest';
import type { Finding } from '../../core/status/conditions.ts';
import { EsFault } from '../../elasticsearch/faults.ts';
import { withFailure } from './index.ts';

it('a failed write is said in both conditions that depend on it, and in no other', () => {
  const planned = ['ElasticsearchReady', 'RetentionEffective', 'IndexTemplateReady'].map((type): Finding => ({
    type,
    status: 'True',
    reason: 'Fine',
    message: '',
  }));
  const failed = withFailure(planned, new EsFault('EsUnreachable', 'No connection.'));
  expect(failed.map(({ type, status, reason }) => `${type} ${status} ${reason}`)).toEqual([
    'ElasticsearchReady True Fine',
    'RetentionEffective False EsUnreachable',
    'IndexTemplateReady False EsUnreachable',
  ]);
});
