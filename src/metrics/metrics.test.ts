// What a scrape says: figures of the stacks that exist and of no others, under labels of closed sets.
import { beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../core/kubernetes.ts';
import { metricDefinitions } from './definitions.ts';
import { createMetrics, type Metrics } from './index.ts';

const since = '2026-11-22T12:00:00Z';
const now = new Date('2026-11-22T12:05:00Z');

const blocked = (rule: string, subject: string, from = since) => ({
  component: 'elasticsearch',
  rule,
  subject,
  since: from,
});

const stack = (name: string, status: object): KubeObject => ({
  apiVersion: 'loggingstack.dev/v1alpha1',
  kind: 'LoggingStack',
  metadata: { name, namespace: 'team' },
  status,
});

const logs = stack('logs', {
  conditions: [{ type: 'Ready', status: 'False' }],
  blocked: [
    blocked('DiskTooSmall', 'Pod/a', '2026-11-22T12:04:00Z'),
    blocked('DiskTooSmall', 'Pod/b'),
    blocked('MadeUpByATenant', 'Pod/c'),
  ],
  elasticsearch: { pools: [{ name: 'data', desired: 3, ready: 2, updated: 1 }] },
});

let stacks: readonly KubeObject[];
let metrics: Metrics;

beforeEach(() => {
  stacks = [logs, stack('other', { conditions: [{ type: 'Ready', status: 'True' }] })];
  metrics = createMetrics();
  metrics.measureStacks(
    () => stacks,
    () => now,
  );
});

/** The values of our own metrics, by name and labels. */
async function scraped(): Promise<readonly string[]> {
  const text = await metrics.registry.metrics();
  return text.split('\n').filter((line) => line.startsWith('loggingstack_'));
}

describe('stacks', () => {
  it('are measured by what stands in their status', async () => {
    metrics.meters.onLook({ namespace: 'team', name: 'logs' }, { shards: 3, bytes: 4096 });
    const lines = await scraped();
    expect(lines).toEqual(
      expect.arrayContaining([
        'loggingstack_stacks 2',
        'loggingstack_condition{namespace="team",stack="logs",type="Ready",status="False"} 1',
        'loggingstack_condition{namespace="team",stack="other",type="Ready",status="True"} 1',
        'loggingstack_nodes_desired{namespace="team",stack="logs",pool="data"} 3',
        'loggingstack_nodes_ready{namespace="team",stack="logs",pool="data"} 2',
        'loggingstack_nodes_updated{namespace="team",stack="logs",pool="data"} 1',
        'loggingstack_blocked_seconds{namespace="team",stack="logs",rule="DiskTooSmall"} 300',
        'loggingstack_blocked_seconds{namespace="team",stack="logs",rule="Other"} 300',
        'loggingstack_shards_moving{namespace="team",stack="logs"} 3',
        'loggingstack_bytes_moving{namespace="team",stack="logs"} 4096',
      ]),
    );
  });

  it('that have changed leave nothing of their old status', async () => {
    await scraped();
    stacks = [stack('logs', { conditions: [{ type: 'Ready', status: 'True' }] })];
    const lines = await scraped();
    expect(lines.filter((line) => line.includes('stack="logs"'))).toEqual([
      'loggingstack_condition{namespace="team",stack="logs",type="Ready",status="True"} 1',
    ]);
  });

  it('that are gone have no series, not even when one of their name comes back', async () => {
    metrics.meters.onLook({ namespace: 'team', name: 'logs' }, { shards: 3, bytes: 4096 });
    stacks = [];
    expect((await scraped()).filter((line) => line.includes('stack='))).toEqual([]);
    stacks = [stack('logs', {})];
    expect((await scraped()).filter((line) => line.includes('stack='))).toEqual([]);
  });

  it('whose Elasticsearch no longer answers are not said to move anything', async () => {
    metrics.meters.onLook({ namespace: 'team', name: 'logs' }, { shards: 3, bytes: undefined });
    expect(await scraped()).toContain('loggingstack_shards_moving{namespace="team",stack="logs"} 3');
    metrics.meters.onLook({ namespace: 'team', name: 'logs' }, undefined);
    expect((await scraped()).filter((line) => line.startsWith('loggingstack_shards_moving'))).toEqual([]);
  });
});

describe('hooks', () => {
  it('count what went wrong by its code', async () => {
    metrics.hooks.onReconcile?.({ queue: 'elasticsearch', outcome: 'failed', code: 'Conflict', seconds: 1 });
    metrics.hooks.onReconcile?.({ queue: 'elasticsearch', outcome: 'done', seconds: 1 });
    expect(await scraped()).toContain(
      'loggingstack_reconcile_errors_total{component="elasticsearch",code="Conflict"} 1',
    );
  });

  it('measure requests to Elasticsearch, and steps', async () => {
    metrics.onElasticsearchRequest({ method: 'GET', api: '_cluster/health', code: 'ok', seconds: 0.01 });
    metrics.meters.onStepEnded({ step: 'Drain', seconds: 100 });
    const lines = await scraped();
    expect(lines).toContain(
      'loggingstack_elasticsearch_request_seconds_count{method="GET",api="_cluster/health",code="ok"} 1',
    );
    expect(lines).toContain('loggingstack_step_seconds_bucket{le="300",step="Drain"} 1');
  });
});

it('the registry has the metrics of the table, each once, and nothing else of ours', () => {
  const names = metrics.registry.getMetricsAsArray().map(({ name }) => name);
  const wanted = Object.values(metricDefinitions).map(({ name }) => name);
  expect(names.filter((name) => name.startsWith('loggingstack_')).toSorted()).toEqual(wanted.toSorted());
});

it('a stack is a label of gauges only: what adds up cannot forget the stacks that are gone', () => {
  for (const { type, labels } of Object.values(metricDefinitions))
    if (type !== 'gauge') expect(Object.keys(labels)).not.toContain('stack');
});
