// Prometheus metrics of the operator: fed by the hooks of the runtime and the controllers, and read from the stacks at each scrape.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Meters } from '../controllers/meters.ts';
import type { Moving } from '../core/elasticsearch/moving.ts';
import type { KubeObject } from '../core/kubernetes.ts';
import type { EsRequestReport } from '../elasticsearch/client.ts';
import type { Hooks } from '../kube/hooks.ts';
import { keyOf } from '../kube/resources.ts';
import { metricDefinitions, type MetricDefinition } from './definitions.ts';
import { figuresOf, type StackFigures } from './stacks.ts';

export interface Metrics {
  readonly registry: Registry;
  readonly hooks: Hooks;
  readonly meters: Meters;
  readonly onElasticsearchRequest: (report: EsRequestReport) => void;
  /** Tells where the stacks are: from then on their figures are in each scrape. */
  measureStacks(stacks: () => readonly KubeObject[], now: () => Date): void;
}

/** Registers all metrics. Label values come from closed sets or from the stacks that exist: no tenant can blow them up. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = histogram(registry, metricDefinitions.kubernetesRequests);
  const watches = counter(registry, metricDefinitions.watchEvents);
  const reconciles = histogram(registry, metricDefinitions.reconciles);
  const errors = counter(registry, metricDefinitions.reconcileErrors);
  const asked = histogram(registry, metricDefinitions.elasticsearchRequests);
  const steps = histogram(registry, metricDefinitions.steps);
  const hooks: Hooks = {
    onRequest: ({ verb, resource, code, seconds }) => {
      requests.observe({ verb, resource, code }, seconds);
    },
    onWatch: ({ resource, event }) => {
      watches.inc({ resource, event });
    },
    onReconcile: ({ queue, outcome, code, seconds }) => {
      reconciles.observe({ component: queue, outcome }, seconds);
      if (code !== undefined) errors.inc({ component: queue, code });
    },
  };
  const moving = new Map<string, Moving | undefined>();
  const meters: Meters = {
    onLook: (stack, found) => {
      moving.set(keyOf(stack), found);
    },
    onStepEnded: ({ step, seconds }) => {
      steps.observe({ step }, seconds);
    },
  };
  return {
    registry,
    hooks,
    meters,
    onElasticsearchRequest: ({ method, api, code, seconds }) => {
      asked.observe({ method, api, code }, seconds);
    },
    measureStacks: (stacks, now) => {
      registerStacks(registry, stacks, moving, now);
    },
  };
}

/** Gauges that are emptied and filled at each scrape: what a stack that is gone had is not there any more. */
function registerStacks(
  registry: Registry,
  stacks: () => readonly KubeObject[],
  moving: Map<string, Moving | undefined>,
  now: () => Date,
): void {
  const count = gauge(registry, metricDefinitions.stacks, () => {
    const existing = stacks();
    const keys = new Set(existing.map(({ metadata }) => keyOf(metadata)));
    for (const key of moving.keys()) if (!keys.has(key)) moving.delete(key);
    count.set(existing.length);
  });
  const figures = (stack: KubeObject): StackFigures => figuresOf(stack, moving.get(keyOf(stack.metadata)), now());
  for (const name of perStack) {
    const one = gauge(registry, metricDefinitions[name], () => {
      one.reset();
      for (const { labels, value } of stacks().flatMap((stack) => figures(stack)[name])) one.set(labels, value);
    });
  }
}

const perStack = [
  ...(['conditions', 'nodesDesired', 'nodesReady', 'nodesUpdated', 'blocked'] as const),
  ...(['shardsMoving', 'bytesMoving'] as const),
] satisfies readonly (keyof StackFigures)[];

const options = ({ name, help, labels }: MetricDefinition, registry: Registry) => ({
  name,
  help,
  labelNames: Object.keys(labels),
  registers: [registry],
});

const counter = (registry: Registry, definition: MetricDefinition): Counter =>
  new Counter(options(definition, registry));

/** @param collect called at each scrape */
const gauge = (registry: Registry, definition: MetricDefinition, collect: () => void): Gauge =>
  new Gauge({ ...options(definition, registry), collect });

const histogram = (registry: Registry, definition: MetricDefinition): Histogram =>
  new Histogram({ ...options(definition, registry), buckets: [...(definition.buckets ?? [])] });
