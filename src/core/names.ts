// Names and labels of everything that belongs to a stack. Changing one of these orphans objects of running stacks.
import type { ComponentName } from '../api/operator-config.ts';
import type { OwnerReference } from './kubernetes.ts';
import type { StackIdentity } from './stack.ts';

export const labels = {
  stack: 'loggingstack.dev/stack',
  /** On cluster-scoped objects: the namespace of their stack. */
  namespace: 'loggingstack.dev/namespace',
  component: 'loggingstack.dev/component',
  pool: 'loggingstack.dev/pool',
  /** On pods that answer for the HTTP service: data and ingest nodes. */
  http: 'loggingstack.dev/http',
  /** On master-eligible pods. */
  master: 'loggingstack.dev/master',
} as const;

export const annotations = {
  /** Hash of the object as the operator wants it: a field that is no longer wanted is noticed by it. */
  desiredHash: 'loggingstack.dev/desired-hash',
  /** On pod templates: hash of the files that pods read only at their start. */
  configHash: 'loggingstack.dev/config-hash',
  /** On claims of master nodes: the Elasticsearch cluster that lives there. */
  clusterUuid: 'loggingstack.dev/cluster-uuid',
  /** On claims: `true` when the Elasticsearch node, or the queue of the Logstash pod, was seen empty just before it was taken away. */
  drained: 'loggingstack.dev/drained',
  /** On workloads: hash of the pod template as the operator rendered it when it was last written. */
  templateHash: 'loggingstack.dev/template-hash',
  /** On workloads: hash of what their pod template was rendered from, less the operator's own version. */
  inputs: 'loggingstack.dev/inputs',
  /** On StatefulSets of Elasticsearch: the node roles and the version that the template stands for. */
  nodeRoles: 'loggingstack.dev/node-roles',
  version: 'loggingstack.dev/version',
  /** On the workloads of Kibana, Logstash and Filebeat: the version of the stack by which they were made. */
  stackVersion: 'loggingstack.dev/stack-version',
  /** On claims of Elasticsearch nodes: the version of the node that joined with it last. */
  esVersion: 'loggingstack.dev/elasticsearch-version',
  /** On pods of Elasticsearch: with what of which StackRepositories they were made. */
  repositories: 'loggingstack.dev/repositories',
  /** On a StackRepository: that all nodes shall show that they reach it. */
  verify: 'loggingstack.dev/verify',
  /** On a LoggingStack, and then on its Elasticsearch pods: a forced roll. */
  roll: 'loggingstack.dev/roll',
  /** On a LoggingStack: the pod that is to be replaced. */
  replaceNode: 'loggingstack.dev/replace-node',
} as const;

export const managedBy = 'loggingstack-operator';

/** The parts of a stack that are reconciled by themselves: one queue key and one field manager each. */
export type ReconciledComponent = ComponentName | 'credentials' | 'stack';

export const fieldManager = (component: ReconciledComponent): string => `loggingstack-${component}`;

export const names = {
  pool: (stack: string, pool: string) => `${stack}-es-${pool}`,
  poolConfig: (stack: string, pool: string) => `${stack}-es-${pool}-config`,
  /** Headless: the masters, by which nodes find each other. */
  elasticsearchTransport: (stack: string) => `${stack}-es-transport`,
  /** Headless: every node by its own name, `<pod>.<stack>-es-nodes.<namespace>.svc`. A StatefulSet cannot change this name. */
  elasticsearchNodes: (stack: string) => `${stack}-es-nodes`,
  elasticsearchHttp: (stack: string) => `${stack}-es-http`,
  elasticsearchBudget: (stack: string) => `${stack}-es`,
  elasticsearchAccount: (stack: string) => `${stack}-es`,
  /** roles.yml: no secret, read by running nodes whenever it changes. */
  elasticsearchRoles: (stack: string) => `${stack}-es-roles`,
  /** Authorities hold a private key that signs: only the operator reads them. */
  transportAuthority: (stack: string) => `${stack}-es-transport-ca`,
  httpAuthority: (stack: string) => `${stack}-http-ca`,
  beatsAuthority: (stack: string) => `${stack}-beats-ca`,
  transportCertificate: (stack: string) => `${stack}-es-transport-certs`,
  elasticsearchHttpCertificate: (stack: string) => `${stack}-es-http-certs`,
  kibanaHttpCertificate: (stack: string) => `${stack}-kb-http-certs`,
  logstashCertificate: (stack: string) => `${stack}-ls-certs`,
  filebeatCertificate: (stack: string) => `${stack}-fb-certs`,
  /** Password of the `elastic` user, for people. */
  elasticUser: (stack: string) => `${stack}-es-elastic-user`,
  /** Password of the operator's own file-realm user. */
  operatorUser: (stack: string) => `${stack}-es-operator-user`,
  /** users, users_roles and service_tokens, as every Elasticsearch node reads them. */
  fileRealm: (stack: string) => `${stack}-es-file-realm`,
  /** What Elasticsearch nodes put into their keystore for a StackRepository. */
  repositoryCredentials: (stack: string, repository: string) => `${stack}-es-repository-${repository}`,
  kibanaToken: (stack: string) => `${stack}-kb-token`,
  kibanaKeys: (stack: string) => `${stack}-kb-keys`,
  /** By which Logstash writes to Elasticsearch. The two below are for Logstash's own API, which the operator asks. */
  logstashApiKey: (stack: string) => `${stack}-ls-api-key`,
  logstashApiUser: (stack: string) => `${stack}-ls-api-user`,
  logstashApiCertificate: (stack: string) => `${stack}-ls-api-certs`,
  kibana: (stack: string) => `${stack}-kb`,
  kibanaConfig: (stack: string) => `${stack}-kb-config`,
  kibanaHttp: (stack: string) => `${stack}-kb-http`,
  logstash: (stack: string) => `${stack}-ls`,
  logstashConfig: (stack: string) => `${stack}-ls-config`,
  logstashPipelines: (stack: string) => `${stack}-ls-pipelines`,
  logstashBeats: (stack: string) => `${stack}-ls-beats`,
  filebeat: (stack: string) => `${stack}-fb`,
  filebeatConfig: (stack: string) => `${stack}-fb-config`,
  /** Shipped with the operator: what a Filebeat may read of Pods and Namespaces. */
  filebeatClusterRole: 'loggingstack-filebeat',
  filebeatClusterRoleBinding: (namespace: string, stack: string) => `loggingstack-filebeat:${namespace}:${stack}`,
  /** The StackRestore that a new stack begins with. */
  firstRestore: (stack: string) => `${stack}-first`,
  indexTemplate: (stack: string) => `loggingstack-${stack}`,
} as const;

/** The name of the volume claim template of Elasticsearch pools; the claim of pod `p` is `data-p`. */
export const dataVolume = 'data';
export const queueVolume = 'queue';

/** Labels of every object of a component. */
export function componentLabels(stack: StackIdentity, component: ReconciledComponent): Record<string, string> {
  return {
    'app.kubernetes.io/name': component,
    'app.kubernetes.io/instance': stack.name,
    'app.kubernetes.io/managed-by': managedBy,
    [labels.stack]: stack.name,
    [labels.component]: component,
  };
}

/** The labels that select the pods of a component. A subset of componentLabels that never changes. */
export function podSelector(stack: StackIdentity, component: ReconciledComponent): Record<string, string> {
  return { [labels.stack]: stack.name, [labels.component]: component };
}

export function ownerReference(stack: StackIdentity): OwnerReference {
  return {
    apiVersion: 'loggingstack.dev/v1alpha1',
    kind: 'LoggingStack',
    name: stack.name,
    uid: stack.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}
