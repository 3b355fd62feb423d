// The objects that all pools of a stack share: Services, disruption budget, account and the operator's role.
import type { KubeObject } from '../../kubernetes.ts';
import { componentLabels, labels, names, ownerReference, podSelector } from '../../names.ts';
import { type ConfigTemplates, templateText } from '../../rendering/templates.ts';
import type { ResolvedStack } from '../../stack.ts';

export const httpPort = { name: 'https', port: 9200 } as const;
export const transportPort = { name: 'transport', port: 9300 } as const;
export const readinessPort = { name: 'readiness', port: 8080 } as const;

/** Everything of Elasticsearch that belongs to no single pool. */
export function desiredShared(stack: ResolvedStack, templates: ConfigTemplates): readonly KubeObject[] {
  return [
    account(stack),
    roles(stack, templates),
    transportService(stack),
    nodesService(stack),
    httpService(stack),
    budget(stack),
  ];
}

function metadata(stack: ResolvedStack, name: string): KubeObject['metadata'] {
  return {
    name,
    namespace: stack.identity.namespace,
    labels: componentLabels(stack.identity, 'elasticsearch'),
    ownerReferences: [ownerReference(stack.identity)],
  };
}

const selector = (stack: ResolvedStack) => podSelector(stack.identity, 'elasticsearch');

/** An account without rights and without a token: Elasticsearch never talks to Kubernetes. */
function account(stack: ResolvedStack): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: metadata(stack, names.elasticsearchAccount(stack.identity.name)),
    automountServiceAccountToken: false,
  };
}

/** No secret, and read by running nodes when it changes: so neither in the file realm's Secret nor in a pool's ConfigMap. */
function roles(stack: ResolvedStack, templates: ConfigTemplates): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadata(stack, names.elasticsearchRoles(stack.identity.name)),
    data: { 'roles.yml': templateText(templates, 'elasticsearch/roles.yml') },
  };
}

/** The masters' addresses, also of those that are not ready: nodes must find each other to become ready. */
function transportService(stack: ResolvedStack): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(stack, names.elasticsearchTransport(stack.identity.name)),
    spec: {
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector: { ...selector(stack), [labels.master]: 'true' },
      ports: [{ ...transportPort, protocol: 'TCP', targetPort: transportPort.name }],
    },
  };
}

/** Gives every pod a name of its own. One for all pools: the certificate for these names need not change with the pools. */
function nodesService(stack: ResolvedStack): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(stack, names.elasticsearchNodes(stack.identity.name)),
    spec: {
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector: selector(stack),
      ports: [{ ...httpPort, protocol: 'TCP', targetPort: httpPort.name }],
    },
  };
}

/** Where clients send their requests: data and ingest nodes that are ready. */
function httpService(stack: ResolvedStack): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(stack, names.elasticsearchHttp(stack.identity.name)),
    spec: {
      type: 'ClusterIP',
      selector: { ...selector(stack), [labels.http]: 'true' },
      ports: [{ ...httpPort, protocol: 'TCP', targetPort: httpPort.name }],
    },
  };
}

/**
 * One node of the stack at a time may be evicted. It blocks for ever neither a stack of one node, because one may always
 * go, nor pods that are not ready, because those may go at any time.
 */
function budget(stack: ResolvedStack): KubeObject {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: metadata(stack, names.elasticsearchBudget(stack.identity.name)),
    spec: {
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: selector(stack) },
    },
  };
}
