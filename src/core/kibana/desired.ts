// Kibana's Kubernetes objects, built from the resolved stack alone.
import { stringify } from 'yaml';
import { holdTemplates, inputsOf } from '../held-templates.ts';
import type { KubeObject } from '../kubernetes.ts';
import { annotations, componentLabels, names, podSelector } from '../names.ts';
import { hashOf, type LiveObjects, planObjects } from '../objects.ts';
import { kibanaKeyNames } from '../pki/recipes.ts';
import { restrictedContainer, restrictedPod, spread, userPodFields } from '../pods.ts';
import { type ConfigTemplates, templateData } from '../rendering/templates.ts';
import type { ResolvedStack } from '../stack.ts';
import {
  accountWithoutToken,
  componentMetadata,
  followerMetadata,
  groupReads,
  secretFiles,
  service,
  type StartSecret,
  startSecrets,
  type WorkloadPlan,
} from '../workloads.ts';

const home = '/usr/share/kibana';
const httpPort = { name: 'https', port: 5601 } as const;

/**
 * Environment variables of the Secrets that kibana.yml refers to. The image's start script turns every variable that is
 * spelled like a setting (ELASTICSEARCH_…, XPACK_…) into an argument of the process, so these are spelled like none.
 */
const keyVariables = ['STACK_SECURITY_KEY', 'STACK_SAVED_OBJECTS_KEY', 'STACK_REPORTING_KEY'] as const;
const tokenVariable = 'STACK_SERVICE_TOKEN';

/** Plans Kibana's objects. The Deployment waits for the Secrets that its pods need. */
export function planKibana(stack: ResolvedStack, templates: ConfigTemplates, live: LiveObjects): WorkloadPlan {
  const { identity } = stack;
  const { missing, fingerprint } = startSecrets(identity, secretsOfKibana(identity.name), live);
  const desired = desiredKibana(stack, templates, fingerprint);
  const possible = missing.length === 0 ? desired : desired.filter(({ kind }) => kind !== 'Deployment');
  const held = holdTemplates(possible, inputsOf(stack, 'kibana', stack.kibana.given, fingerprint), live);
  return { ...planObjects(identity, 'kibana', held, live), missingSecrets: missing };
}

/** All objects of Kibana. `secrets` is the fingerprint of the Secrets that its pods read at their start. */
export function desiredKibana(
  stack: ResolvedStack,
  templates: ConfigTemplates,
  secrets: string,
): readonly KubeObject[] {
  return [
    accountWithoutToken(stack, 'kibana', names.kibana(stack.identity.name)),
    config(stack, templates),
    service(stack, 'kibana', { name: names.kibanaHttp(stack.identity.name), port: httpPort }),
    deployment(stack, templates, secrets),
  ];
}

function secretsOfKibana(stack: string): readonly StartSecret[] {
  return [
    { secret: names.kibanaHttpCertificate(stack), key: 'tls.crt' },
    { secret: names.elasticsearchHttpCertificate(stack), key: 'ca.crt' },
    { secret: names.kibanaToken(stack), key: 'token' },
    ...kibanaKeyNames.map((key) => ({ secret: names.kibanaKeys(stack), key })),
  ];
}

function kibanaYml(stack: ResolvedStack, templates: ConfigTemplates): string {
  const { name, namespace } = stack.identity;
  return stringify({
    ...templateData(templates, 'kibana/kibana.yml'),
    'server.name': names.kibana(name),
    'elasticsearch.hosts': [`https://${names.elasticsearchHttp(name)}.${namespace}.svc:9200`],
  });
}

function config(stack: ResolvedStack, templates: ConfigTemplates): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: componentMetadata(stack.identity, 'kibana', names.kibanaConfig(stack.identity.name)),
    data: { 'kibana.yml': kibanaYml(stack, templates) },
  };
}

function deployment(stack: ResolvedStack, templates: ConfigTemplates, secrets: string): KubeObject {
  const { identity, kibana } = stack;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: followerMetadata(stack, 'kibana'),
    spec: {
      replicas: kibana.replicas,
      // A new Kibana migrates its saved objects, and an old one must not write to them meanwhile: all old pods go first.
      // Kibana holds no logs, so a minute without it loses nothing.
      strategy: { type: 'Recreate' },
      selector: { matchLabels: podSelector(identity, 'kibana') },
      template: {
        metadata: {
          labels: { ...kibana.pod.labels, ...componentLabels(identity, 'kibana') },
          annotations: {
            ...kibana.pod.annotations,
            [annotations.configHash]: hashOf([kibanaYml(stack, templates), secrets]),
          },
        },
        spec: podSpec(stack),
      },
    },
  };
}

function podSpec(stack: ResolvedStack): Record<string, unknown> {
  const { identity, kibana } = stack;
  const { name } = identity;
  return {
    ...userPodFields(kibana.pod),
    serviceAccountName: names.kibana(name),
    automountServiceAccountToken: false,
    // A Service named `elasticsearch` would add ELASTICSEARCH_… variables, which the start script takes for settings.
    enableServiceLinks: false,
    securityContext: restrictedPod,
    terminationGracePeriodSeconds: 30,
    topologySpreadConstraints: spread(podSelector(identity, 'kibana')),
    containers: [kibanaContainer(stack)],
    volumes: [
      { name: 'certs', projected: { defaultMode: groupReads, sources: certificates(name) } },
      { name: 'config', configMap: { name: names.kibanaConfig(name) } },
      { name: 'data', emptyDir: {} },
      { name: 'logs', emptyDir: {} },
      { name: 'tmp', emptyDir: {} },
    ],
  };
}

/** Of Elasticsearch's Secret only the authority's certificate: its key is none of Kibana's business. */
function certificates(stack: string): readonly unknown[] {
  return [
    secretFiles(names.kibanaHttpCertificate(stack), { 'tls.crt': 'tls.crt', 'tls.key': 'tls.key' }),
    secretFiles(names.elasticsearchHttpCertificate(stack), { 'ca.crt': 'elasticsearch-ca.crt' }),
  ];
}

function kibanaContainer(stack: ResolvedStack): Record<string, unknown> {
  const { name } = stack.identity;
  const secretVariable = (variable: string, secret: string, key: string) => ({
    name: variable,
    valueFrom: { secretKeyRef: { name: secret, key } },
  });
  return {
    name: 'kibana',
    image: stack.images.kibana.image,
    env: [
      secretVariable(tokenVariable, names.kibanaToken(name), 'token'),
      ...keyVariables.map((variable, index) =>
        secretVariable(variable, names.kibanaKeys(name), kibanaKeyNames[index] ?? ''),
      ),
    ],
    ports: [{ name: httpPort.name, containerPort: httpPort.port, protocol: 'TCP' }],
    resources: stack.kibana.pod.resources,
    // 503 until Elasticsearch answers. No liveness probe: restarting Kibana does not bring Elasticsearch back.
    readinessProbe: {
      httpGet: { path: '/api/status', port: httpPort.name, scheme: 'HTTPS' },
      initialDelaySeconds: 5,
      periodSeconds: 5,
      timeoutSeconds: 5,
      failureThreshold: 3,
    },
    securityContext: restrictedContainer,
    volumeMounts: [
      { name: 'certs', mountPath: `${home}/certs`, readOnly: true },
      // One file: the image keeps node.options beside it.
      { name: 'config', mountPath: `${home}/config/kibana.yml`, subPath: 'kibana.yml', readOnly: true },
      { name: 'data', mountPath: `${home}/data` },
      { name: 'logs', mountPath: `${home}/logs` },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
}
