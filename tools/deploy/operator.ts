// The operator itself as Kubernetes objects: namespace, account, configuration, Deployment.
import { Document, isScalar, visit } from 'yaml';
import type { z } from 'zod';
import packageFile from '../../package.json' with { type: 'json' };
import { operatorConfig } from '../../src/api/operator-config.ts';
import { type Manifest, operatorLabels, operatorName, operatorNamespace } from './roles.ts';

type Configuration = z.input<typeof operatorConfig>;

/** The official images, by their short names on Docker Hub. */
const images: Configuration['images'] = {
  elasticsearch: { default: { image: 'elasticsearch:{version}' } },
  kibana: { default: { image: 'kibana:{version}' } },
  logstash: { default: { image: 'logstash:{version}' } },
  filebeat: { default: { image: 'elastic/filebeat:{version}' } },
};

/** Serves all namespaces. A stack in `logging` collects the logs of all of them. */
export const clusterConfiguration: Configuration = {
  logLevel: 'info',
  collectEverywhereFrom: ['logging'],
  allowMemoryMap: true,
  images,
};

/** Serves these namespaces. Collecting from all namespaces would need rights in all. */
export const namespacedConfiguration = (watched: string[]): Configuration => ({
  logLevel: 'info',
  watchNamespaces: watched,
  collectEverywhereFrom: [],
  allowMemoryMap: true,
  images,
});

/** A namespace that refuses every pod which asks for more than the operator does. */
export const namespace = (): Manifest => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name: operatorNamespace,
    labels: { ...operatorLabels, 'pod-security.kubernetes.io/enforce': 'restricted' },
  },
});

const metadata = (name: string): Manifest['metadata'] => ({
  name,
  namespace: operatorNamespace,
  labels: operatorLabels,
});

export const account = (): Manifest => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: metadata(operatorName),
});

/** The operator's configuration file. It is read at the start: restart the Deployment after a change. */
export const configuration = (value: Configuration): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: metadata(`${operatorName}-config`),
  data: { 'config.yaml': configurationText(value) },
});

/** Says above allowMemoryMap what it needs: whoever installs the operator has to see to that first. */
function configurationText(value: Configuration): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  const { description = '' } = operatorConfig.shape.allowMemoryMap.meta() ?? {};
  visit(document, {
    Pair: (_key, { key }) => {
      if (isScalar(key) && key.value === 'allowMemoryMap') key.commentBefore = ` ${description}`;
    },
  });
  return document.toString({ lineWidth: 0 });
}

const probePort = { name: 'probes', port: 8081 } as const;
const configFolder = '/etc/loggingstack';

export function deployment(): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata(operatorName),
    spec: {
      // One works at a time, by a Lease. A second one takes over sooner when a Kubernetes node is lost.
      replicas: 1,
      selector: { matchLabels: { 'app.kubernetes.io/name': operatorName } },
      template: {
        metadata: { labels: operatorLabels },
        spec: {
          serviceAccountName: operatorName,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 65532,
            runAsGroup: 65532,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          // Work under way gets 25 seconds to end, then the Lease is given back.
          terminationGracePeriodSeconds: 40,
          containers: [container()],
          volumes: [{ name: 'config', configMap: { name: `${operatorName}-config` } }],
        },
      },
    },
  };
}

function container(): Record<string, unknown> {
  const podField = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
  const probe = (path: string) => ({ httpGet: { path, port: probePort.name }, periodSeconds: 10, timeoutSeconds: 5 });
  return {
    name: 'operator',
    image: `loggingstack/operator:${packageFile.version}`,
    args: ['--config', `${configFolder}/config.yaml`],
    env: [podField('POD_NAME', 'metadata.name'), podField('POD_NAMESPACE', 'metadata.namespace')],
    ports: [{ name: probePort.name, containerPort: probePort.port }],
    resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } },
    livenessProbe: { ...probe('/healthz'), initialDelaySeconds: 10, failureThreshold: 3 },
    readinessProbe: { ...probe('/readyz'), periodSeconds: 3 },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [{ name: 'config', mountPath: configFolder, readOnly: true }],
  };
}
