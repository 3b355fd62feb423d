// Prometheus metrics of the operator, fed by the runtime's hooks.
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import type { Hooks } from './kube/hooks.ts';

export interface Metrics {
  readonly registry: Registry;
  readonly hooks: Hooks;
}

/** Registers all metrics. Label values come from closed sets, so that no tenant can blow up the number of series. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'loggingstack_kubernetes_request_seconds',
    help: 'Duration of requests to the Kubernetes API, by verb, resource and status code.',
    labelNames: ['verb', 'resource', 'code'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [registry],
  });
  const watches = new Counter({
    name: 'loggingstack_watch_events_total',
    help: 'How watches began and ended, by resource.',
    labelNames: ['resource', 'event'],
    registers: [registry],
  });
  const reconciles = new Histogram({
    name: 'loggingstack_reconcile_seconds',
    help: 'Duration of reconciles, by component and outcome.',
    labelNames: ['component', 'outcome'],
    buckets: [0.005, 0.05, 0.5, 5, 30],
    registers: [registry],
  });
  const hooks: Hooks = {
    onRequest: ({ verb, resource, code, seconds }) => {
      requests.observe({ verb, resource, code }, seconds);
    },
    onWatch: ({ resource, event }) => {
      watches.inc({ resource, event });
    },
    onReconcile: ({ queue, outcome, seconds }) => {
      reconciles.observe({ component: queue, outcome }, seconds);
    },
  };
  return { registry, hooks };
}
