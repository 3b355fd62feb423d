// docs/metrics.md: every metric with its meaning and labels, from the table that the registry is made from.
import { metricDefinitions, type MetricDefinition } from '../../src/metrics/definitions.ts';
import { tableOf } from './markdown.ts';

const labelsOf = ({ labels }: MetricDefinition): string =>
  Object.entries(labels)
    .map(([name, meaning]) => `\`${name}\`: ${meaning}`)
    .join('; ');

const row = (metric: MetricDefinition): readonly string[] => [
  `\`${metric.name}\``,
  metric.type,
  metric.help,
  labelsOf(metric),
];

const examples = [
  ['A stack is not ready', 'loggingstack_condition{type="Ready",status!="True"} == 1'],
  ['A rule has held something back for an hour', 'loggingstack_blocked_seconds > 3600'],
  ['Nodes are missing', 'loggingstack_nodes_ready < loggingstack_nodes_desired'],
  ['Reconciles fail', 'sum by (component, code) (rate(loggingstack_reconcile_errors_total[15m])) > 0'],
] as const;

export function metricsPage(generatedBy: string): string {
  return [
    `<!-- ${generatedBy} -->`,
    '# Metrics',
    '',
    'The operator serves these at `/metrics` on its port 8081, for Prometheus. Beside them are the usual figures of the process (`process_*`, `nodejs_*`).',
    '',
    'Labels come from closed sets. Names of stacks are labels of gauges only: they are read from the stacks at each scrape, and are gone with them. Counters and histograms are of all stacks together.',
    '',
    ...tableOf(['Metric', 'Type', 'Meaning', 'Labels'], Object.values(metricDefinitions).map(row)),
    '',
    'What one may want to be told:',
    '',
    ...tableOf(
      ['When', 'Expression'],
      examples.map(([when, expression]) => [when, `\`${expression}\``]),
    ),
    '',
  ].join('\n');
}
