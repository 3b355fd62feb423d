// Every metric of the operator: its name, its meaning, its labels. The registry and docs/metrics.md are made from this table.
import { progressSteps } from '../api/logging-stack-status.ts';
import { unknownRule } from './stacks.ts';

export interface MetricDefinition {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** What each label can be: a closed set, or the stacks that exist. */
  readonly labels: Readonly<Record<string, string>>;
  /** Upper bounds in seconds; of histograms only. */
  readonly buckets?: readonly number[];
}

const stackLabels = { namespace: 'of a stack that exists', stack: 'name of a stack that exists' } as const;
const component = 'credentials, elasticsearch, kibana, logstash, filebeat, stack or stack-plan';
const requestBuckets = [0.005, 0.02, 0.1, 0.5, 2, 10];

export const metricDefinitions = {
  kubernetesRequests: {
    name: 'loggingstack_kubernetes_request_seconds',
    type: 'histogram',
    help: 'Duration of requests to the Kubernetes API.',
    labels: {
      verb: 'get, list, watch, create, update, apply, merge or delete',
      resource: 'plural name of a resource that the operator knows',
      code: 'HTTP status, or Unreachable',
    },
    buckets: requestBuckets,
  },
  watchEvents: {
    name: 'loggingstack_watch_events_total',
    type: 'counter',
    help: 'How watches of the Kubernetes API began and ended.',
    labels: { resource: 'plural name of a watched resource', event: 'list, expired, gone, broken or stalled' },
  },
  reconciles: {
    name: 'loggingstack_reconcile_seconds',
    type: 'histogram',
    help: 'Duration of reconciles.',
    labels: { component, outcome: 'done, requeued, failed or aborted' },
    buckets: [0.005, 0.05, 0.5, 5, 30],
  },
  reconcileErrors: {
    name: 'loggingstack_reconcile_errors_total',
    type: 'counter',
    help: 'Reconciles that failed, by the code of the error.',
    labels: {
      component,
      code: 'code of the error, the same as in conditions and Events; Unexpected for a fault of the operator',
    },
  },
  elasticsearchRequests: {
    name: 'loggingstack_elasticsearch_request_seconds',
    type: 'histogram',
    help: 'Duration of requests to the Elasticsearch of all stacks.',
    labels: {
      method: 'GET, PUT, POST or DELETE',
      api: 'the API that was asked, such as _cluster/health; index for what concerns indices by name',
      code: 'ok, or the code of the error, such as EsTimeout',
    },
    buckets: requestBuckets,
  },
  steps: {
    name: 'loggingstack_step_seconds',
    type: 'histogram',
    help: 'How long steps of a change took, from the moment they showed in the status until they ended or were taken back.',
    labels: { step: progressSteps.join(', ') },
    buckets: [10, 60, 300, 900, 3600, 14_400, 86_400],
  },
  stacks: {
    name: 'loggingstack_stacks',
    type: 'gauge',
    help: 'Stacks that exist in the namespaces that this operator serves.',
    labels: {},
  },
  conditions: {
    name: 'loggingstack_condition',
    type: 'gauge',
    help: '1 for the status that each condition of a stack has now; there is no series for the others.',
    labels: { ...stackLabels, type: 'type of the condition, such as Ready', status: 'True, False or Unknown' },
  },
  nodesDesired: {
    name: 'loggingstack_nodes_desired',
    type: 'gauge',
    help: 'Elasticsearch nodes that the spec asks for.',
    labels: { ...stackLabels, pool: 'name of the pool' },
  },
  nodesReady: {
    name: 'loggingstack_nodes_ready',
    type: 'gauge',
    help: 'Elasticsearch nodes that are ready and have joined.',
    labels: { ...stackLabels, pool: 'name of the pool' },
  },
  nodesUpdated: {
    name: 'loggingstack_nodes_updated',
    type: 'gauge',
    help: 'Elasticsearch nodes that run the newest configuration.',
    labels: { ...stackLabels, pool: 'name of the pool' },
  },
  blocked: {
    name: 'loggingstack_blocked_seconds',
    type: 'gauge',
    help: 'For how long a safety rule has been holding something back; of several subjects, the longest.',
    labels: {
      ...stackLabels,
      rule: `name of the rule, see rules.md; ${unknownRule} for one that this operator does not know`,
    },
  },
  shardsMoving: {
    name: 'loggingstack_shards_moving',
    type: 'gauge',
    help: 'Shard copies that were being moved or recovered at the last look; none when Elasticsearch did not answer.',
    labels: stackLabels,
  },
  bytesMoving: {
    name: 'loggingstack_bytes_moving',
    type: 'gauge',
    help: 'Size of those shard copies in bytes. Known only while the operator looks closer, because a change is under way.',
    labels: stackLabels,
  },
} as const satisfies Record<string, MetricDefinition>;
