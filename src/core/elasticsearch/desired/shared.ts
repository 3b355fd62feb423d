// The objects that all pools of a stack share: Services, disruption budget, account and the operator's role.
import type { KubeObject } from '../../kubernetes.ts';
import { labels, names, podSelector } from '../../names.ts';
import { type ConfigTemplates, templateText } from '../../rendering/templates.ts';
import type { ResolvedStack } from '../../stack.ts';
import { accountWithoutToken, componentMetadata, service } from '../../workloads.ts';
import { isMasterEligible } from './pool-labels.ts';

const component = 'elasticsearch';
export const httpPort = { name: 'https', port: 9200 } as const;
export const transportPort = { name: 'transport', port: 9300 } as const;
export const readinessPort = { name: 'readiness', port: 8080 } as const;

/** Everything of Elasticsearch that belongs to no single pool. */
export function desiredShared(stack: ResolvedStack, templates: ConfigTemplates): readonly KubeObject[] {
  return [
    // Elasticsearch never talks to Kubernetes.
    accountWithoutToken(stack, component, names.elasticsearchAccount(stack.identity.name)),
    roles(stack, templates),
    transportService(stack),
    nodesService(stack),
    httpService(stack),
    budget(stack),
  ];
}

/** No secret, and read by running nodes when it changes: so neither in the file realm's Secret nor in a pool's ConfigMap. */
function roles(stack: ResolvedStack, templates: ConfigTemplates): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: componentMetadata(stack.identity, component, names.elasticsearchRoles(stack.identity.name)),
    data: { 'roles.yml': templateText(templates, 'elasticsearch/roles.yml') },
  };
}

/** The masters' addresses, also of those that are not ready: nodes must find each other to become ready. */
const transportService = (stack: ResolvedStack): KubeObject =>
  service(stack, component, {
    name: names.elasticsearchTransport(stack.identity.name),
    port: transportPort,
    pods: { [labels.master]: 'true' },
    headless: true,
  });

/** Gives every pod a name of its own. One for all pools: the certificate for these names need not change with the pools. */
const nodesService = (stack: ResolvedStack): KubeObject =>
  service(stack, component, {
    name: names.elasticsearchNodes(stack.identity.name),
    port: httpPort,
    headless: true,
  });

/** Where clients send their requests: data and ingest nodes that are ready. */
const httpService = (stack: ResolvedStack): KubeObject =>
  service(stack, component, {
    name: names.elasticsearchHttp(stack.identity.name),
    port: httpPort,
    pods: { [labels.http]: 'true' },
  });

/**
 * Others may evict as many nodes at a time as we restart, but never so many that the masters among them could be a
 * majority. It blocks for ever neither a stack of one node, because one may always go, nor pods that are not ready, because
 * those may go at any time (`kubectl-drain`).
 */
function budget(stack: ResolvedStack): KubeObject {
  const { pools, changeBudget } = stack.elasticsearch;
  const masters = pools.filter(isMasterEligible).reduce((sum, pool) => sum + pool.replicas, 0);
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: componentMetadata(stack.identity, component, names.elasticsearchBudget(stack.identity.name)),
    spec: {
      maxUnavailable: Math.max(1, Math.min(changeBudget.maxUnavailable, Math.floor((masters - 1) / 2))),
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: podSelector(stack.identity, component) },
    },
  };
}
