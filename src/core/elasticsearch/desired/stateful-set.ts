// The StatefulSet of one pool of Elasticsearch nodes.
import type { KubeObject } from '../../kubernetes.ts';
import { annotations, dataVolume, labels, names, ownerReference } from '../../names.ts';
import { fieldVariable, restrictedContainer, restrictedPod, spread, userPodFields } from '../../pods.ts';
import type { ConfigTemplates } from '../../rendering/templates.ts';
import type { NodePool, ResolvedStack } from '../../stack.ts';
import { groupReads } from '../../workloads.ts';
import { poolConfigHash, poolConfigName } from './config.ts';
import { isMasterEligible, poolLabels, poolSelector, servesClients } from './pool-labels.ts';
import { repositoryParts } from './repositories.ts';
import { httpPort, readinessPort, transportPort } from './shared.ts';

/** What the planner decides about a pool's StatefulSet. */
interface StatefulSetFacts {
  /** Pods of this ordinal and above get the new template; those below keep the old one, even when they are evicted. */
  readonly partition: number;
}

const home = '/usr/share/elasticsearch';
const preparedConfig = '/prepared-config';
const configFiles = '/config-files';

/** Seconds that a node has to end its work after SIGTERM before it is killed. */
const gracePeriod = 180;

export function desiredStatefulSet(
  stack: ResolvedStack,
  pool: NodePool,
  facts: StatefulSetFacts,
  templates: ConfigTemplates,
): KubeObject {
  const { identity } = stack;
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: {
      name: names.pool(identity.name, pool.name),
      namespace: identity.namespace,
      labels: poolLabels(stack, pool),
      ownerReferences: [ownerReference(identity)],
    },
    spec: {
      replicas: pool.replicas,
      serviceName: names.elasticsearchNodes(identity.name),
      // Masters need each other to become ready: one after the other, the first would wait for ever.
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: facts.partition } },
      persistentVolumeClaimRetentionPolicy: claimRetention(stack),
      selector: { matchLabels: poolSelector(stack, pool) },
      template: podTemplate(stack, pool, templates),
      volumeClaimTemplates: [claimTemplate(stack, pool)],
    },
  };
}

/** What becomes of the claims when the StatefulSet is deleted. Smaller sets never lose claims: scaling down is no deletion. */
export const claimRetention = ({ volumes }: ResolvedStack) =>
  ({ whenDeleted: volumes.whenDeleted, whenScaled: 'Retain' }) as const;

function claimTemplate(stack: ResolvedStack, pool: NodePool): Record<string, unknown> {
  const { size, className } = pool.storage;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: dataVolume, labels: { ...poolLabels(stack, pool), ...masterLabel(pool) } },
    spec: {
      accessModes: ['ReadWriteOnce'],
      ...(className === undefined ? {} : { storageClassName: className }),
      resources: { requests: { storage: size } },
    },
  };
}

const masterLabel = (pool: NodePool) => (isMasterEligible(pool) ? { [labels.master]: 'true' } : {});
const httpLabel = (pool: NodePool) => (servesClients(pool) ? { [labels.http]: 'true' } : {});

function podTemplate(stack: ResolvedStack, pool: NodePool, templates: ConfigTemplates): Record<string, unknown> {
  const { roll } = stack.requests;
  const forSnapshots = repositoryParts(stack, pool);
  return {
    metadata: {
      labels: { ...pool.pod.labels, ...poolLabels(stack, pool), ...masterLabel(pool), ...httpLabel(pool) },
      annotations: {
        'kubectl.kubernetes.io/default-container': 'elasticsearch',
        ...pool.pod.annotations,
        [annotations.configHash]: poolConfigHash(stack, pool, templates),
        ...forSnapshots.annotations,
        ...(roll === undefined ? {} : { [annotations.roll]: roll.value }),
      },
    },
    spec: {
      ...userPodFields(pool.pod),
      serviceAccountName: names.elasticsearchAccount(stack.identity.name),
      automountServiceAccountToken: false,
      // Kubernetes would add a variable for every Service of the namespace, and Elasticsearch's start script reads variables.
      enableServiceLinks: false,
      securityContext: restrictedPod,
      terminationGracePeriodSeconds: gracePeriod,
      topologySpreadConstraints: spread(poolSelector(stack, pool)),
      initContainers: [configContainer(stack), ...forSnapshots.initContainers],
      containers: [elasticsearchContainer(stack, pool, forSnapshots.mounts)],
      volumes: [...podVolumes(stack, pool, templates), ...forSnapshots.volumes],
    },
  };
}

/**
 * Fills the config folder, which must be writable because Elasticsearch keeps its keystore there: the image's own files,
 * the operator's over them, and links to the files that change while the node runs. It may run again in the same pod
 * after a reboot of the Kubernetes node, so it starts from an empty folder.
 */
function configContainer(stack: ResolvedStack): Record<string, unknown> {
  const links = [...fileRealmFiles.map((file) => `file-realm/${file}`), 'roles/roles.yml'];
  const script = [
    'set -eu',
    `rm -rf ${preparedConfig}/*`,
    `cp -r ${home}/config/. ${preparedConfig}/`,
    `cp ${configFiles}/elasticsearch.yml ${preparedConfig}/elasticsearch.yml`,
    `mkdir -p ${preparedConfig}/jvm.options.d`,
    `cp ${configFiles}/jvm.options ${preparedConfig}/jvm.options.d/loggingstack.options`,
    `for file in ${links.join(' ')}; do ln -sf "$file" "${preparedConfig}/\${file##*/}"; done`,
  ];
  return {
    name: 'prepare-config',
    image: stack.images.elasticsearch.image,
    command: ['sh', '-c', script.join('\n')],
    resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '64Mi' } },
    securityContext: restrictedContainer,
    volumeMounts: [
      { name: 'config', mountPath: preparedConfig },
      { name: 'config-files', mountPath: configFiles, readOnly: true },
    ],
  };
}

/** Files of the file realm, as Secret keys and as Elasticsearch looks for them in its config folder. */
const fileRealmFiles = ['users', 'users_roles', 'service_tokens'] as const;

function elasticsearchContainer(
  stack: ResolvedStack,
  pool: NodePool,
  further: readonly object[],
): Record<string, unknown> {
  return {
    name: 'elasticsearch',
    image: stack.images.elasticsearch.image,
    env: [
      fieldVariable('POD_NAME', 'metadata.name'),
      fieldVariable('POD_IP', 'status.podIP'),
      fieldVariable('NODE_NAME', 'spec.nodeName'),
    ],
    ports: [httpPort, transportPort, readinessPort].map(({ name, port }) => ({
      name,
      containerPort: port,
      protocol: 'TCP',
    })),
    resources: pool.pod.resources,
    // No liveness probe: a node that waits for a master must not be killed, and a broken one ends by itself.
    readinessProbe: {
      tcpSocket: { port: readinessPort.name },
      periodSeconds: 3,
      timeoutSeconds: 3,
      failureThreshold: 3,
    },
    // Clients learn that the pod is leaving before it stops to answer them.
    ...(servesClients(pool) ? { lifecycle: { preStop: { exec: { command: ['sleep', '5'] } } } } : {}),
    securityContext: restrictedContainer,
    volumeMounts: [
      { name: 'config', mountPath: `${home}/config` },
      { name: dataVolume, mountPath: `${home}/data` },
      { name: 'file-realm', mountPath: `${home}/config/file-realm`, readOnly: true },
      { name: 'http-certs', mountPath: `${home}/config/http-certs`, readOnly: true },
      { name: 'logs', mountPath: `${home}/logs` },
      { name: 'roles', mountPath: `${home}/config/roles`, readOnly: true },
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'transport-certs', mountPath: `${home}/config/transport-certs`, readOnly: true },
      ...further,
    ],
  };
}

/** Files that Elasticsearch watches come as whole folders: a single file mounted by subPath would never change. */
function podVolumes(stack: ResolvedStack, pool: NodePool, templates: ConfigTemplates): readonly unknown[] {
  const { name } = stack.identity;
  const secret = (volume: string, secretName: string) => ({
    name: volume,
    secret: { secretName, defaultMode: groupReads },
  });
  return [
    { name: 'config', emptyDir: {} },
    { name: 'config-files', configMap: { name: poolConfigName(stack, pool, templates) } },
    secret('file-realm', names.fileRealm(name)),
    secret('http-certs', names.elasticsearchHttpCertificate(name)),
    { name: 'logs', emptyDir: {} },
    { name: 'roles', configMap: { name: names.elasticsearchRoles(name) } },
    { name: 'tmp', emptyDir: {} },
    secret('transport-certs', names.transportCertificate(name)),
  ];
}
