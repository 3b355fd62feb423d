// Logstash's Kubernetes objects, built from the resolved stack alone.
import type { KubeObject } from '../kubernetes.ts';
import { annotations, componentLabels, names, podSelector, queueVolume } from '../names.ts';
import { hashOf } from '../objects.ts';
import { fieldVariable, restrictedContainer, restrictedPod, spread, userPodFields } from '../pods.ts';
import { bytesOf } from '../quantities.ts';
import type { ConfigTemplates } from '../rendering/templates.ts';
import type { ResolvedStack } from '../stack.ts';
import {
  accountWithoutToken,
  componentMetadata,
  followerMetadata,
  groupReads,
  secretFiles,
  service,
} from '../workloads.ts';
import { type LogstashFiles, logstashFiles } from './config.ts';
import { pipelineText } from './pipeline.ts';
import type { PipelinePod } from './scale-in.ts';

const home = '/usr/share/logstash';
const beatsPort = { name: 'beats', port: 5044 } as const;
export const apiPort = { name: 'api', port: 9600 } as const;

/** Seconds to flush what is on its way. The queue is on a volume that comes back, so that need not be empty. */
const gracePeriod = 120;

/** Of the limit of memory. Besides the heap Java needs room for JRuby's classes, for network buffers and for queue pages. */
const heapShare = 0.5;

/** What the planner decides about Logstash's StatefulSet. */
interface LogstashFacts {
  /** As many as the spec asks for, or still more while pods leave. */
  readonly replicas: number;
  /** Size of the queue volumes: that of the running StatefulSet, which cannot be changed, or else that of the spec. */
  readonly queueSize: string;
  /** Fingerprint of the Secrets that the pods read only at their start. */
  readonly secrets: string;
}

export function desiredLogstash(
  stack: ResolvedStack,
  templates: ConfigTemplates,
  facts: LogstashFacts,
): readonly KubeObject[] {
  const files = logstashFiles(stack, templates, facts.queueSize);
  return [
    accountWithoutToken(stack, 'logstash', names.logstash(stack.identity.name)),
    config(stack, files),
    podsService(stack),
    beatsService(stack),
    statefulSet(stack, files, facts),
  ];
}

/**
 * A file for each pod, by its name. Running pods read theirs again when it changes. Apart from the other objects, because
 * it follows the number of pods, whatever else may be held back.
 */
export function pipelines(stack: ResolvedStack, templates: ConfigTemplates, pods: readonly PipelinePod[]): KubeObject {
  const [open, closed] = [false, true].map((one) => pipelineText(stack, templates, one));
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: componentMetadata(stack.identity, 'logstash', names.logstashPipelines(stack.identity.name)),
    data: Object.fromEntries(pods.map((pod) => [`${pod.name}.conf`, pod.closed ? closed : open])),
  };
}

const secretVariable = (name: string, secret: string, key: string): Record<string, unknown> => ({
  name,
  valueFrom: { secretKeyRef: { name: secret, key } },
});

const selector = (stack: ResolvedStack) => podSelector(stack.identity, 'logstash');

function config(stack: ResolvedStack, files: LogstashFiles): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: componentMetadata(stack.identity, 'logstash', names.logstashConfig(stack.identity.name)),
    data: { ...files },
  };
}

/** Gives every pod a name of its own. */
const podsService = (stack: ResolvedStack): KubeObject =>
  service(stack, 'logstash', { name: names.logstash(stack.identity.name), port: apiPort, headless: true });

/** Where Filebeat sends logs: one name for however many pods, so that their number is no part of Filebeat's configuration. */
const beatsService = (stack: ResolvedStack): KubeObject =>
  service(stack, 'logstash', { name: names.logstashBeats(stack.identity.name), port: beatsPort });

function statefulSet(stack: ResolvedStack, files: LogstashFiles, facts: LogstashFacts): KubeObject {
  const { identity, logstash, volumes } = stack;
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: followerMetadata(stack, 'logstash'),
    spec: {
      replicas: facts.replicas,
      serviceName: names.logstash(identity.name),
      // Pods know nothing of each other. New templates still roll out one pod at a time.
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'RollingUpdate' },
      // The operator deletes the volume of a pod that was scaled away itself: Kubernetes does not know whether it is empty.
      persistentVolumeClaimRetentionPolicy: { whenDeleted: volumes.whenDeleted, whenScaled: 'Retain' },
      selector: { matchLabels: selector(stack) },
      template: {
        metadata: {
          labels: { ...logstash.pod.labels, ...componentLabels(identity, 'logstash') },
          annotations: {
            ...logstash.pod.annotations,
            // Without the pipelines: Logstash itself takes up their changes.
            [annotations.configHash]: hashOf([files['logstash.yml'], files['pipelines.yml'], facts.secrets]),
          },
        },
        spec: podSpec(stack),
      },
      volumeClaimTemplates: [queueClaim(stack, facts.queueSize)],
    },
  };
}

function queueClaim(stack: ResolvedStack, size: string): Record<string, unknown> {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: queueVolume, labels: componentLabels(stack.identity, 'logstash') },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: size } } },
  };
}

function podSpec(stack: ResolvedStack): Record<string, unknown> {
  const { name } = stack.identity;
  const files = (...keys: readonly (keyof LogstashFiles)[]) => ({
    name: names.logstashConfig(name),
    items: keys.map((key) => ({ key, path: key })),
  });
  return {
    ...userPodFields(stack.logstash.pod),
    serviceAccountName: names.logstash(name),
    // Pipelines can run code.
    automountServiceAccountToken: false,
    // The image's start script takes variables that are spelled like settings for settings.
    enableServiceLinks: false,
    securityContext: restrictedPod,
    terminationGracePeriodSeconds: gracePeriod,
    topologySpreadConstraints: spread(selector(stack)),
    containers: [logstashContainer(stack)],
    volumes: [
      { name: 'certs', projected: { defaultMode: groupReads, sources: certificates(name) } },
      { name: 'config', configMap: files('logstash.yml', 'pipelines.yml') },
      { name: 'logs', emptyDir: {} },
      { name: 'pipeline', configMap: { name: names.logstashPipelines(name) } },
      { name: 'tmp', emptyDir: {} },
    ],
  };
}

/** The authority of a peer is that which the peer's own Secret names, whoever signed Logstash's leaf. */
function certificates(stack: string): readonly unknown[] {
  return [
    secretFiles(names.logstashCertificate(stack), { 'tls.crt': 'tls.crt', 'tls.key': 'tls.key' }),
    secretFiles(names.filebeatCertificate(stack), { 'ca.crt': 'beats-ca.crt' }),
    secretFiles(names.elasticsearchHttpCertificate(stack), { 'ca.crt': 'elasticsearch-ca.crt' }),
    secretFiles(names.logstashApiCertificate(stack), { 'keystore.p12': 'api.p12' }),
  ];
}

function logstashContainer(stack: ResolvedStack): Record<string, unknown> {
  const { identity, images, logstash } = stack;
  const heap = Math.floor((bytesOf(logstash.pod.resources.limits.memory) * heapShare) / 1024 ** 2);
  const opens = (port: { readonly name: string }) => ({ tcpSocket: { port: port.name }, timeoutSeconds: 5 });
  return {
    name: 'logstash',
    image: images.logstash.image,
    env: [
      fieldVariable('STACK_POD', 'metadata.name'),
      { name: 'LS_JAVA_OPTS', value: `-Xms${heap}m -Xmx${heap}m` },
      secretVariable('STACK_API_KEY', names.logstashApiKey(identity.name), 'api_key'),
      secretVariable('STACK_HTTP_PASSWORD', names.logstashApiUser(identity.name), 'password'),
      secretVariable('STACK_KEYSTORE_PASSWORD', names.logstashApiCertificate(identity.name), 'keystore.password'),
    ],
    ports: [beatsPort, apiPort].map(({ name, port }) => ({ name, containerPort: port, protocol: 'TCP' })),
    resources: logstash.pod.resources,
    // Ten minutes to start: JRuby is slow on little processor time, and a large queue is checked first.
    // Who asks the API needs a password, which no probe may have: that it listens must do.
    startupProbe: { ...opens(apiPort), periodSeconds: 5, failureThreshold: 120 },
    // No liveness probe: it would kill a Logstash that waits for Elasticsearch, and its queue would grow no shorter.
    // Ready is who takes logs. The API listens also while the pipeline is stopped or broken.
    readinessProbe: { ...opens(beatsPort), periodSeconds: 10, failureThreshold: 3 },
    securityContext: restrictedContainer,
    volumeMounts: [
      { name: 'certs', mountPath: `${home}/certs`, readOnly: true },
      // Single files: the image keeps jvm.options and log4j2.properties beside them.
      { name: 'config', mountPath: `${home}/config/logstash.yml`, subPath: 'logstash.yml', readOnly: true },
      { name: 'config', mountPath: `${home}/config/pipelines.yml`, subPath: 'pipelines.yml', readOnly: true },
      { name: 'logs', mountPath: `${home}/logs` },
      // The whole folder, because a single file would never change in a running pod.
      { name: 'pipeline', mountPath: `${home}/pipeline`, readOnly: true },
      { name: queueVolume, mountPath: `${home}/data` },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
}
