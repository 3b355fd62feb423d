// Filebeat's Kubernetes objects, built from the resolved stack alone.
import type { KubeObject } from '../kubernetes.ts';
import { annotations, componentLabels, labels, names, podSelector } from '../names.ts';
import { hashOf } from '../objects.ts';
import { fieldVariable } from '../pods.ts';
import type { ConfigTemplates } from '../rendering/templates.ts';
import type { ResolvedStack } from '../stack.ts';
import { accountWithoutToken, componentMetadata, followerMetadata, groupReads, secretFiles } from '../workloads.ts';
import { filebeatYml, logFolder } from './config.ts';

const home = '/usr/share/filebeat';

/** Official limit of Elastic's own manifest for Filebeat on Kubernetes. */
const resources = { requests: { cpu: '100m', memory: '100Mi' }, limits: { memory: '200Mi' } };

/** All namespaced objects. `secrets` is the fingerprint of the Secrets that the pods read at their start. */
export function desiredFilebeat(
  stack: ResolvedStack,
  templates: ConfigTemplates,
  secrets: string,
): readonly KubeObject[] {
  return [
    accountWithoutToken(stack, 'filebeat', names.filebeat(stack.identity.name)),
    config(stack, templates),
    ...(stack.filebeat.collectEverywhere ? [] : [roleBinding(stack)]),
    daemonSet(stack, templates, secrets),
  ];
}

const roleReference = {
  apiGroup: 'rbac.authorization.k8s.io',
  kind: 'ClusterRole',
  name: names.filebeatClusterRole,
} as const;

const account = (stack: ResolvedStack) => ({
  kind: 'ServiceAccount',
  name: names.filebeat(stack.identity.name),
  namespace: stack.identity.namespace,
});

/** Lets Filebeat read the Pods of its own namespace. */
export function roleBinding(stack: ResolvedStack): KubeObject {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: componentMetadata(stack.identity, 'filebeat', names.filebeat(stack.identity.name)),
    roleRef: roleReference,
    subjects: [account(stack)],
  };
}

/**
 * Lets Filebeat read the Pods of all namespaces. It has no owner, because an object without a namespace cannot be owned by
 * one that has one: `planClusterBinding` takes it away.
 */
export function clusterBinding(stack: ResolvedStack): KubeObject {
  const { name, namespace } = stack.identity;
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: {
      name: names.filebeatClusterRoleBinding(namespace, name),
      labels: { ...componentLabels(stack.identity, 'filebeat'), [labels.namespace]: namespace },
    },
    roleRef: roleReference,
    subjects: [account(stack)],
  };
}

function config(stack: ResolvedStack, templates: ConfigTemplates): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: componentMetadata(stack.identity, 'filebeat', names.filebeatConfig(stack.identity.name)),
    data: { 'filebeat.yml': filebeatYml(stack, templates) },
  };
}

function daemonSet(stack: ResolvedStack, templates: ConfigTemplates, secrets: string): KubeObject {
  const { identity } = stack;
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: followerMetadata(stack, 'filebeat'),
    spec: {
      selector: { matchLabels: podSelector(identity, 'filebeat') },
      updateStrategy: { type: 'RollingUpdate' },
      template: {
        metadata: {
          labels: componentLabels(identity, 'filebeat'),
          annotations: { [annotations.configHash]: hashOf([filebeatYml(stack, templates), secrets]) },
        },
        spec: podSpec(stack),
      },
    },
  };
}

function podSpec(stack: ResolvedStack): Record<string, unknown> {
  const { name } = stack.identity;
  return {
    serviceAccountName: names.filebeat(name),
    automountServiceAccountToken: true,
    enableServiceLinks: false,
    // A node without Filebeat would lose its logs silently, so no taint keeps it away.
    tolerations: [{ operator: 'Exists' }],
    terminationGracePeriodSeconds: 30,
    // Logs belong to root. Nothing else of root's powers is left: see the container.
    securityContext: { runAsUser: 0, runAsGroup: 0, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [filebeatContainer(stack)],
    volumes: [
      { name: 'certs', projected: { defaultMode: groupReads, sources: certificates(name) } },
      // Filebeat refuses a configuration that others can write.
      { name: 'config', configMap: { name: names.filebeatConfig(name), defaultMode: groupReads } },
      { name: 'data', hostPath: { path: registryFolder(stack), type: 'DirectoryOrCreate' } },
      { name: 'logs', emptyDir: {} },
      { name: 'pod-logs', hostPath: { path: logFolder, type: 'Directory' } },
    ],
  };
}

/**
 * Where Filebeat remembers on the Kubernetes node how far it has read. Neither stacks of one name in two namespaces nor a
 * stack and its successor of the same name share it.
 */
export function registryFolder(stack: ResolvedStack): string {
  const { name, namespace, uid } = stack.identity;
  return `/var/lib/loggingstack/filebeat/${namespace}-${name}-${uid}`;
}

/** The authority of Logstash is that which Logstash's own Secret names. */
function certificates(stack: string): readonly unknown[] {
  return [
    secretFiles(names.filebeatCertificate(stack), { 'tls.crt': 'tls.crt', 'tls.key': 'tls.key' }),
    secretFiles(names.logstashCertificate(stack), { 'ca.crt': 'logstash-ca.crt' }),
  ];
}

function filebeatContainer(stack: ResolvedStack): Record<string, unknown> {
  return {
    name: 'filebeat',
    image: stack.images.filebeat.image,
    args: ['-e', '-c', `${home}/filebeat.yml`],
    env: [fieldVariable('NODE_NAME', 'spec.nodeName')],
    resources,
    // Root that owns the files it reads and writes, and may do nothing else that root may.
    securityContext: {
      allowPrivilegeEscalation: false,
      privileged: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [
      { name: 'certs', mountPath: `${home}/certs`, readOnly: true },
      { name: 'config', mountPath: `${home}/filebeat.yml`, subPath: 'filebeat.yml', readOnly: true },
      { name: 'data', mountPath: `${home}/data` },
      { name: 'logs', mountPath: `${home}/logs` },
      { name: 'pod-logs', mountPath: logFolder, readOnly: true },
    ],
  };
}
